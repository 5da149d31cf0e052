#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The uplink's own address becomes another one: its mappings end, or move.
load six

setup_file()
{
	begin
	net_up peer six
	gw_up address-change migrate timeout hold 1s
	portico inside add fd01:203:405::/48
	static_neighbours
	# The second address of a network stays when the first one goes.
	gw sysctl -qw net.ipv4.conf.wan.promote_secondaries=1
	serve srv 7000
	serve6 srv 7006
}

# become FROM TO: the new one first.
become()
{
	ip -n gw addr add "$2/24" dev wan
	ip -n srv neigh replace "$2" lladdr "$(mac gw wan)" dev eth0
	ip -n gw addr del "$1/24" dev wan
	wait_for 'the change' addresses_are "$2"
	ip -n gw route replace 198.51.100.0/24 dev wan
}

addresses_are()
{
	[[ " $(q 'uplink show wan' '.[0].addresses | join(" ")') " == *" $1 "* ]]
}

# endpoints ADDRESS: internal endpoint and external port of all that are known by it.
endpoints()
{
	q "mapping show proto udp external $1" '[.[] | "\(.internal.address):\(.internal.port) \(.external.port)"] | sort | .[]'
}

@test "they move with their ports, preserved or not" {
	a "$TOOL/udp-from" 5000 5009 203.0.113.100:7000
	wait_for 'ten' mappings_are 10
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	second=$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)
	a ping -c 1 -W 5 -e 500 203.0.113.100
	before=$(endpoints 203.0.113.1)
	is "$(wc -l <<<"$before")" 11
	become 203.0.113.1 203.0.113.2
	is "$(endpoints 203.0.113.2)" "$before"
	mappings_are 0 external 203.0.113.1
	mappings_are 1 proto icmp external 203.0.113.2
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.2 5000'
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)" "203.0.113.2 ${second#* }"
}

@test "the old ones are in the history with what they carried, and the books balance" {
	is "$(q 'mapping show --ended external 203.0.113.1:5000' 'map(.out_packets) | add')" 2
	is "$(q 'mapping show external 203.0.113.2:5000' '.[0].out_packets')" 1
	is "$(q 'host show address 192.168.0.11' '.[0].out_packets')" 2
	balanced
}

@test "a lease goes with it, for what is left of its time" {
	bg pcpd gw "$PORTICO-pcpd" --refresh 1s
	wait_for 'the daemon listens' listening gw u 5351
	is "$(a "$TOOL/pcp" map -p udp -i 6000 -l 600 | cut -d' ' -f1,4,5)" 'success 203.0.113.2 6000'
	become 203.0.113.2 203.0.113.3
	q 'mapping show internal :6000' '.[0].flags' | grep -q leased
	left=$(q 'mapping show internal :6000' '.[0].expires_ms')
	holds 'what was left' "$left > 500000 && $left <= 600000"
	# It is open to everybody, by the new address.
	bg ear a "$TOOL/udp" -s 6000 -r -w 60
	wait_for 'the ear' listening a u 6000
	peer "$TOOL/udp" -q 203.0.113.3:6000
	wait_for 'a datagram' grep -q '^203.0.113.101 ' "$RUN/ear"
}

@test "a port that the gateway has itself there: that one ends, others move" {
	bg own gw socat -u UDP4-RECV:5000 -
	wait_for 'a socket' listening gw u 5000
	before=$(endpoints 203.0.113.3 | grep -v ':5000 5000$')
	become 203.0.113.3 203.0.113.4
	is "$(endpoints 203.0.113.4)" "$before"
	seen=$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)
	[[ $seen == '203.0.113.4 '* && $seen != '203.0.113.4 5000' ]]
	kill "$(tail -n 1 "$RUN/pids")"
}

@test "a forward stays with its address" {
	portico forward add udp 203.0.113.4:9000 to 192.168.0.10:9000
	become 203.0.113.4 203.0.113.5
	mappings_are 0 internal :9000
	is "$(q 'forward show' '.[0] | "\(.external.address) \(.placed)"')" '203.0.113.4 0'
	portico forward del udp 203.0.113.4:9000
}

@test "a forward that waits for the new address has its port back" {
	portico forward add udp 203.0.113.5:9001 to 192.168.0.10:9001
	become 203.0.113.5 203.0.113.6
	is "$(a "$TOOL/udp" -s 9001 203.0.113.100:7000)" '203.0.113.6 9001'
	become 203.0.113.6 203.0.113.5
	is "$(q 'forward show' '.[0].placed')" 1
	is "$(q 'mapping show internal :9001' 'map(.flags | index("static") != null) | join(" ")')" true
	portico forward del udp 203.0.113.5:9001
}

connected()
{
	quiet_ns a ss -Htn state established 'dport = :7400' | grep -q 203.0.113.100
}

disconnected()
{
	! connected
}

@test "a connection is reset by its other end, at the next segment" {
	bg echo srv socat TCP-LISTEN:7400,fork,reuseaddr PIPE
	wait_for 'the echo' listening srv t 7400
	mkfifo "$RUN/say"
	bg talk a sh -c "socat - TCP:203.0.113.100:7400 <$RUN/say"
	exec 7>"$RUN/say"
	echo before >&7
	wait_for 'the echo' grep -qx before "$RUN/talk"
	become 203.0.113.5 203.0.113.6
	connected
	echo after >&7
	wait_for 'the reset' disconnected
	exec 7>&-
	become 203.0.113.6 203.0.113.5
}

@test "the old one goes first: they move if they were held" {
	before=$(endpoints 203.0.113.5)
	[ -n "$before" ]
	portico uplink set wan address-loss hold 60s
	ip -n gw addr del 203.0.113.5/24 dev wan
	wait_for 'its absence' addresses_are "$GW6"
	is "$(endpoints 203.0.113.5)" "$before"
	ip -n gw addr add 203.0.113.1/24 dev wan
	wait_for 'the new one' addresses_are 203.0.113.1
	ip -n gw route replace 198.51.100.0/24 dev wan
	is "$(endpoints 203.0.113.1)" "$before"
}

@test "with blocks they move into blocks, of their hosts" {
	portico uplink set wan block 64
	portico mapping flush
	a "$TOOL/udp-from" 5000 5039 203.0.113.100:7000
	b "$TOOL/udp-from" 5000 5009 203.0.113.100:7000
	wait_for 'fifty' mappings_are 50
	before=$(endpoints 203.0.113.1)
	become 203.0.113.1 203.0.113.2
	is "$(endpoints 203.0.113.2)" "$before"
	is "$(q 'block show external 203.0.113.2' 'map([.host, .used] | join(" ")) | sort[]')" \
		$'192.168.0.10 40\n192.168.0.11 10'
	portico uplink set wan block off
}

@test "IPv6 the same" {
	is "$(udp6 a -s 5040 "[$SRV6]:7006")" "$GW6 5040"
	second=$(udp6 b -s 5040 "[$SRV6]:7006")
	new=${GW6%::*}::99
	ip -n gw addr add "$new/64" dev wan nodad
	ip -n srv neigh replace "$new" lladdr "$(mac gw wan)" dev eth0
	ip -n gw addr del "$GW6/64" dev wan
	wait_for 'the change' addresses_are "$new"
	is "$(q 'mapping show internal :5040' 'map(.external.address) | unique[]')" "$new"
	is "$(udp6 a -s 5040 "[$SRV6]:7006")" "$new 5040"
	is "$(udp6 b -s 5040 "[$SRV6]:7006")" "$new ${second#* }"
}

@test "drop is the default: they end" {
	portico uplink set wan address-change drop
	a "$TOOL/udp" -s 5060 203.0.113.100:7000
	mappings_are 1 internal :5060
	become 203.0.113.2 203.0.113.1
	mappings_are 0 internal :5060
	is "$(q 'uplink show' '.[0].address_migrate')" false
	portico dump | grep -q 'address-change drop'
	balanced
}

@test "shown, dumped and applied from the dump" {
	portico uplink set wan address-change migrate
	portico dump >"$RUN/dump"
	grep -q 'address-change migrate' "$RUN/dump"
	portico uplink set wan address-change drop
	portico apply "$RUN/dump"
	is "$(portico dump)" "$(cat "$RUN/dump")"
}
