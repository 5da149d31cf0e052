#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The uplink's own address goes: its mappings end, or wait for it a while.
load six

setup_file()
{
	begin
	net_up six
	gw_up address-loss hold 60s
	portico inside add fd01:203:405::/48
	static_neighbours
	serve srv 7000
	serve6 srv 7006
	bg echo srv socat TCP-LISTEN:7400,fork,reuseaddr PIPE
	wait_for 'the echo' listening srv t 7400
}

lose()
{
	ip -n gw addr del 203.0.113.1/24 dev wan
	wait_for 'its absence' addresses_are "$GW6"
	# A way out is left, only nothing to be known by.
	ip -n gw route replace 203.0.113.0/24 dev wan
}

regain()
{
	ip -n gw addr add 203.0.113.1/24 dev wan
	ip -n gw route replace 198.51.100.0/24 dev wan
	wait_for 'its return' addresses_are "203.0.113.1 $GW6"
}

addresses_are()
{
	[ "$(q 'uplink show wan' '.[0].addresses | join(" ")')" = "$1" ]
}

endpoints()
{
	q 'mapping show proto udp' '[.[] | "\(.internal.address):\(.internal.port) \(.external.port)"] | sort | .[]'
}

@test "gone and back in time: the same endpoints, and connections go on" {
	# The second of two is another port, that nobody would get by chance.
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	second=$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)
	[ "$second" != '203.0.113.1 5000' ]
	mkfifo "$RUN/say"
	bg talk a sh -c "socat - TCP:203.0.113.100:7400 <$RUN/say"
	exec 7>"$RUN/say"
	echo before >&7
	wait_for 'the echo' grep -qx before "$RUN/talk"
	before=$(endpoints)
	lose
	is "$(endpoints)" "$before"
	regain
	is "$(endpoints)" "$before"
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)" "$second"
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	echo after >&7
	wait_for 'the echo' grep -qx after "$RUN/talk"
	exec 7>&-
}

@test "meanwhile what belongs to them is dropped and counted, both ways" {
	lose
	before=$(reason address-away)
	is "$(a "$TOOL/udp" -w 1 -s 5000 203.0.113.100:7000)" -
	is "$(reason address-away)" $((before + 1)) 'outwards'
	srv "$TOOL/udp" -q -s 7001 203.0.113.1:5000
	wait_for 'inwards' reason_is address-away $((before + 2))
	# There is nothing that a new one could be known by.
	before=$(reason no-address)
	run -0 a "$TOOL/udp" -w 1 -s 5001 203.0.113.100:7000
	holds 'counted' "$(reason no-address) > $before"
	# What belongs to none of them is not of our business.
	before=$(reason unsolicited)
	srv "$TOOL/udp" -q -s 7001 203.0.113.1:5999
	is "$(reason unsolicited)" "$before"
	regain
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
}

@test "the fast path is left meanwhile, and taken again" {
	[ "${WAY:-}" != slow ] || skip 'without the fast path'
	fast()
	{
		q 'session show proto udp internal 192.168.0.10:5000 remote :7000' '.[0].flags | map(select(startswith("fast"))) | length'
	}
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	is "$(fast)" 2 'fast directions'
	lose
	is "$(fast)" 0 'fast directions'
	regain
	for _ in 1 2; do
		a "$TOOL/udp" -s 5000 203.0.113.100:7000
	done
	is "$(fast)" 2 'fast directions'
}

@test "the interface is renamed and back, removed and made anew" {
	before=$(endpoints)
	[ -n "$before" ]
	ip -n gw link set wan down
	ip -n gw link set wan name other
	ip -n gw link set other up
	wait_for 'its absence' addresses_are ''
	is "$(endpoints)" "$before"
	ip -n gw link set other down
	ip -n gw link set other name wan
	ip -n gw link set wan up
	wait_for 'its return' addresses_are '203.0.113.1'
	static_neighbours
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	is "$(endpoints)" "$before"
	ip -n gw link del wan
	wait_for 'its absence' addresses_are ''
	plug gw wan wan0
	is "$(endpoints)" "$before"
	six gw wan "$GW6/64"
	ip -n gw addr add 203.0.113.1/24 dev wan
	static_neighbours
	wait_for 'its return' addresses_are "203.0.113.1 $GW6"
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	is "$(endpoints)" "$before"
}

@test "a forward waits with them" {
	serve a 80
	portico forward add tcp 203.0.113.1:80 to 192.168.0.10:80
	lose
	regain
	is "$(srv "$TOOL/tcp" -s 5100 203.0.113.1:80)" '203.0.113.100 5100'
	portico forward del tcp 203.0.113.1:80
}

@test "too late: they have ended" {
	portico uplink set wan address-loss hold 1s
	mappings_are 2 internal :5000
	lose
	wait_for 'their end' mappings_are 0 external 203.0.113.1
	regain
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
}

@test "another address: they end at once, and the host has the new one" {
	portico uplink set wan address-loss hold 60s
	is "$(a "$TOOL/udp" -s 5010 203.0.113.100:7000)" '203.0.113.1 5010'
	lose
	mappings_are 1 internal :5010
	ip -n gw addr add 203.0.113.2/24 dev wan
	wait_for 'the new one' addresses_are "203.0.113.2 $GW6"
	mappings_are 0 external 203.0.113.1
	ip -n srv neigh replace 203.0.113.2 lladdr "$(mac gw wan)" dev eth0
	is "$(a "$TOOL/udp" -s 5010 203.0.113.100:7000)" '203.0.113.2 5010'
	ip -n gw addr del 203.0.113.2/24 dev wan
	regain
}

@test "drop, while they wait: they end at once; and drop is the default" {
	is "$(a "$TOOL/udp" -s 5020 203.0.113.100:7000)" '203.0.113.1 5020'
	lose
	mappings_are 1 internal :5020
	portico uplink set wan address-loss drop
	mappings_are 0 internal :5020
	regain
	is "$(a "$TOOL/udp" -s 5020 203.0.113.100:7000)" '203.0.113.1 5020'
	lose
	mappings_are 0 internal :5020
	regain
	is "$(q 'uplink show' '.[0].address_hold')" 0
	portico dump | grep -q 'address-loss drop'
}

@test "shown, dumped and applied from the dump" {
	portico uplink set wan address-loss hold 90s
	is "$(q 'uplink show' '.[0].address_hold')" 90
	portico dump >"$RUN/dump"
	grep -q 'address-loss hold 1m30s' "$RUN/dump"
	portico uplink set wan address-loss drop
	portico apply "$RUN/dump"
	is "$(portico dump)" "$(cat "$RUN/dump")"
}

@test "the address comes to another uplink: that has it at once" {
	ip -n gw link add spare type dummy
	ip -n gw link set spare up
	portico uplink add spare
	is "$(a "$TOOL/udp" -s 5030 203.0.113.100:7000)" '203.0.113.1 5030'
	lose
	mappings_are 1 internal :5030
	ip -n gw addr add 203.0.113.1/32 dev spare
	is "$(q 'uplink show spare' '.[0].addresses | join(" ")')" 203.0.113.1
	mappings_are 0 internal :5030
	ip -n gw link del spare
	portico uplink del spare
	regain
	is "$(a "$TOOL/udp" -s 5030 203.0.113.100:7000)" '203.0.113.1 5030'
}

@test "IPv6 the same" {
	addresses_are "203.0.113.1 $GW6"
	is "$(udp6 a -s 5040 "[$SRV6]:7006")" "$GW6 5040"
	second=$(udp6 b -s 5040 "[$SRV6]:7006")
	ip -n gw addr del "$GW6/64" dev wan
	wait_for 'its absence' addresses_are 203.0.113.1
	ip -n gw route replace 2001:db8:ff::/64 dev wan
	before=$(reason address-away)
	is "$(udp6 b -w 1 -s 5040 "[$SRV6]:7006")" -
	is "$(reason address-away)" $((before + 1))
	ip -n gw addr add "$GW6/64" dev wan nodad
	wait_for 'its return' addresses_are "203.0.113.1 $GW6"
	is "$(udp6 b -s 5040 "[$SRV6]:7006")" "$second"
	is "$(udp6 a -s 5040 "[$SRV6]:7006")" "$GW6 5040"
}

@test "the uplink goes while they wait: nothing is left" {
	lose
	portico uplink del wan
	mappings_are 0
	is "$(q 'uplink show' length)" 0
}
