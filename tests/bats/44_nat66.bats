#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# IPv6 through the same engine: mappings, filters, errors, books.
load six

setup_file()
{
	begin
	net_up peer far six
	watch_wire
	gw_up_six
	serve6 srv 7000
	serve6 far 7000
	mkdir "$RUN/www"
	echo 'a page from outside' >"$RUN/www/page"
	bg httpd srv python3 -u -m http.server 80 --bind :: --directory "$RUN/www"
	wait_for 'the web server' listening srv t 80
}

@test "the uplink is known by both of its addresses" {
	is "$(q 'uplink show' '.[0].addresses | join(" ")')" "203.0.113.1 $GW6"
}

@test "curl gets the page, and the server saw the gateway" {
	a curl -sS --max-time 30 -o "$RUN/got" "http://[$SRV6]/page"
	cmp "$RUN/got" "$RUN/www/page"
	wait_for 'the log line' grep -q "^$GW6 .*GET /page" "$RUN/httpd"
	absent fd01: "$RUN/httpd"
}

@test "UDP: there and back, the port kept" {
	is "$(udp6 a -s 5000 "[$SRV6]:7000")" "$GW6 5000"
}

@test "ping, small and larger than the MTU" {
	run -0 a ping -6 -c 10 -i 0.02 -W 10 "$SRV6"
	[[ $output == *'10 received'* ]]
	run -0 a ping -6 -c 3 -i 0.05 -W 10 -s 4000 "$SRV6"
	[[ $output == *'3 received'* ]]
}

@test "the same port of two hosts: two external ones, of the same parity" {
	is "$(udp6 a -s 5010 "[$SRV6]:7000")" "$GW6 5010"
	udp6 b -s 5010 "[$SRV6]:7000"
	is "$(q 'mapping show proto udp internal :5010' '[.[].external.port] | "\(unique | length) \(map(. % 2) | unique)"')" '2 [0]'
}

@test "one mapping for every remote" {
	first=$(udp6 a -s 5020 "[$SRV6]:7000")
	is "$(udp6 a -s 5020 '[2001:db8:fa::100]:7000')" "$first"
	is "$(q 'mapping show proto udp internal :5020' '"\(length) \(.[0].sessions)"')" '1 2'
}

@test "traceroute6 sees every hop" {
	traceroute6_sees_all
}

@test "packet too big from the gateway and from a router outside" {
	too_big_outwards
}

@test "TCP finds its size behind a narrow link, and all of it arrives" {
	bg sink far python3 -c 'import hashlib, socket
s = socket.create_server(("", 9000), family=socket.AF_INET6).accept()[0]
d = b"".join(iter(lambda: s.recv(65536), b""))
print(len(d), hashlib.sha256(d).hexdigest(), flush=True)'
	wait_for 'the receiver' listening far t 9000
	sent=$(a "$TOOL/stream" send 2001:db8:fa::100 9000 2)
	wait_for 'the hash' grep -q . "$RUN/sink"
	is "$(cat "$RUN/sink")" "$sent"
}

@test "port unreachable from outside, and from inside in external form" {
	run -0 udp6 a -s 5030 "[$SRV6]:9"
	is "${lines[-1]}" 'icmp 1/4'
	run -0 in_ns srv "$TOOL/udp" -6 -s 9 -w 5 "[$GW6]:5030"
	is "${lines[-1]}" 'icmp 1/4'
}

@test "what nobody asked for is dropped and counted, once each" {
	before=$(reason unsolicited)
	udp6 srv -q "[$GW6]:6100" "[$GW6]:6101" "[$GW6]:6102"
	wait_for 'the third' reason_is unsolicited $((before + 3))
}

# came_in PORT PACKETS: so many came in by the mapping of that internal port.
came_in()
{
	[ "$(q "mapping show proto udp internal :$1" '.[0].in_packets')" = "$2" ]
}

@test "a stranger is filtered, unless the filter is open" {
	udp6 a -s 5040 "[$SRV6]:7000"
	before=$(reason filtered)
	udp6 peer -q "[$GW6]:5040"
	wait_for 'the verdict' reason_is filtered $((before + 1))
	portico uplink set wan filtering endpoint-independent
	udp6 peer -q -s 5041 "[$GW6]:5040"
	wait_for 'it in' came_in 5040 2
	portico uplink set wan filtering address-dependent
}

@test "hairpin: b sees the external endpoint of a, and an error comes back as the gateway's" {
	portico uplink set wan filtering endpoint-independent
	udp6 b -s 5300 "[$SRV6]:7000"
	bg inbox b "$TOOL/udp" -6 -s 5300 -r -w 600
	wait_for 'the inbox' listening b u 5300
	udp6 a -q -s 5301 -n 99 "[$GW6]:5300"
	wait_for 'the datagram' grep -q . "$RUN/inbox"
	is "$(cat "$RUN/inbox")" "$GW6 5301 99"
	udp6 b -s 5304 "[$SRV6]:7000"
	run -0 udp6 a -s 5305 "[$GW6]:5304"
	is "${lines[-1]}" 'icmp 1/4'
	portico uplink set wan filtering address-dependent
}

@test "a service of the gateway itself answers, inside and outside" {
	serve6 gw 7100
	is "$(udp6 srv -s 5400 "[$GW6]:7100")" "$SRV6 5400"
	is "$(udp6 a -s 5401 "[$GW6]:7100")" "$A6 5401"
	in_ns srv ping -6 -c 1 -W 10 "$GW6"
}

@test "the books are exact to the byte" {
	before=$(q "host show side inside" "[.[] | select(.host == \"$B6\") | .out_packets, .out_bytes, .in_packets, .in_bytes] | join(\" \")")
	udp6 b -s 5500 -n 100 "[$SRV6]:7000"
	in_ns b ping -6 -c 5 -i 0.02 -W 10 -s 300 "$SRV6"
	after=$(q "host show side inside" "[.[] | select(.host == \"$B6\") | .out_packets, .out_bytes, .in_packets, .in_bytes] | join(\" \")")
	answer=$((40 + 8 + ${#GW6} + 5))
	is "$(less "$before" "$after")" "6 $((148 + 5 * 348)) 6 $((answer + 5 * 348))"
}

@test "who is behind an endpoint; both families side by side" {
	a "$TOOL/udp" -s 5600 203.0.113.100:9
	udp6 a -s 5600 "[$SRV6]:7000"
	is "$(q "who [$GW6]:5600/udp" '.found[0].internal.address')" "$A6"
	is "$(q 'mapping show proto udp internal :5600' 'map(.internal.address) | sort | join(" ")')" "192.168.0.10 $A6"
	is "$(q 'inside show' 'map(.prefix) | sort | join(" ")')" '192.168.0.0/24 fd01:203:405::/48'
}

@test "multicast from an inside source does not leave; link-local is let alone" {
	before=$(reason multicast)
	ip -n gw -6 route add multicast ff15::1 dev wan table local
	in_ns gw "$TOOL/udp" -6 -q -a fd01:203:405:1::1 '[ff15::1]:9999'
	wait_for 'its reason' reason_is multicast $((before + 1))
	before=$(reason link-scope)
	ip -n srv addr add fe80::100/64 dev eth0 nodad
	in_ns gw ping -6 -c 1 -W 10 fe80::100%wan
	holds 'link-local counted' "$(reason link-scope) > $before"
}

# The first of the uplink's addresses is its IPv4 one.
second_address_is()
{
	[ "$(q 'uplink show' '.[0].addresses[1]')" = "$1" ]
}

addresses_left()
{
	[ "$(q 'uplink show' '.[0].addresses | length')" = "$1" ]
}

@test "another address: followed, mappings with it; one that is tentative is waited for" {
	ip -n gw addr add 2001:db8:ff::2/64 dev wan nodad
	is "$(udp6 a -s 5700 "[$SRV6]:7000")" "$GW6 5700" 'while the old one is there'
	ip -n gw addr del "$GW6/64" dev wan
	wait_for 'the new one' second_address_is 2001:db8:ff::2
	is "$(udp6 a -s 5700 "[$SRV6]:7000")" '2001:db8:ff::2 5700'
	mappings_are 0 external "$GW6"
	ip -n gw addr del 2001:db8:ff::2/64 dev wan
	wait_for 'none' addresses_left 1
	before=$(reason no-address)
	ip -n gw route add 2001:db8:ff::/64 dev wan
	run -0 udp6 a -s 5701 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 1/1'
	holds counted "$(reason no-address) > $before"
	ip netns exec gw sysctl -qw net.ipv6.conf.wan.accept_dad=1
	ip -n gw addr add "$GW6/64" dev wan
	wait_for 'the first again' second_address_is "$GW6"
	is "$(udp6 a -s 5700 "[$SRV6]:7000")" "$GW6 5700"
}

@test "given addresses of one family; the other one is followed" {
	ip -n srv route add 2001:db8:ee::/64 via "$GW6"
	portico uplink set wan address 2001:db8:ee::9
	is "$(q 'uplink show' '.[0].addresses | sort | join(" ")')" '2001:db8:ee::9 203.0.113.1'
	is "$(udp6 a -s 5800 "[$SRV6]:7000")" '2001:db8:ee::9 5800'
	portico uplink set wan follow
	is "$(udp6 a -s 5801 "[$SRV6]:7000")" "$GW6 5801"
}

@test "all the while srv saw no inside source" {
	holds 'packets came' "$(wire_count seen) > 100"
	is "$(wire_count inside)" 0 'with an inside source'
}
