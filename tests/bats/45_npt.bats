#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# IPv6 prefixes exchanged (NPTv6): real programs through it, and the books.
load six

A_OUT=2001:db8:1:d550::10	# RFC 6296 3.6: subnet 1 is d550 outside
B_OUT=2001:db8:1:d550::11

setup_file()
{
	begin
	net_up far six
	watch_wire
	gw_up_six npt 2001:db8:1::/48
	ip -n srv route add 2001:db8:1::/48 via "$GW6"
	ip -n srv route add 2001:db8:2::/48 via "$GW6"
	serve6 srv 7000
	serve6 a 8000
	mkdir "$RUN/www"
	echo 'a page from outside' >"$RUN/www/page"
	bg httpd srv python3 -u -m http.server 80 --bind :: --directory "$RUN/www"
	wait_for 'the web server' listening srv t 80
}

# host_row HOST: what is booked on it, out and in.
host_row()
{
	# shellcheck disable=SC2016 # $h is jq's
	q 'host show' --arg h "$1" '.[] | select(.host == $h) | "\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"'
}

@test "curl gets the page, and the server saw the external address" {
	a curl -sS --max-time 30 -o "$RUN/got" "http://[$SRV6]/page"
	cmp "$RUN/got" "$RUN/www/page"
	wait_for 'the log line' grep -q "^$A_OUT .*GET /page" "$RUN/httpd"
	absent fd01: "$RUN/httpd"
}

@test "no ports change and no mapping is made" {
	is "$(udp6 a -s 5000 "[$SRV6]:7000")" "$A_OUT 5000"
	is "$(udp6 b -s 5000 "[$SRV6]:7000")" "$B_OUT 5000"
	is "$(q 'mapping show' '[.[] | select(.internal.address | test(":"))] | length')" 0
}

@test "the outside begins: TCP, UDP and ping to the external address" {
	is "$(in_ns srv "$TOOL/tcp" -s 5001 "[$A_OUT]:8000")" "$SRV6 5001"
	is "$(udp6 srv -s 5002 "[$A_OUT]:8000")" "$SRV6 5002"
	srv ping -6 -c 2 -i 0.05 -W 10 "$A_OUT"
}

@test "every byte is booked on its host, both ways" {
	before=$(host_row "$A6")
	udp6 a -s 5003 -n 100 "[$SRV6]:7000"
	udp6 a -s 5004 -n 1000 "[$SRV6]:7000"
	# The answers tell the endpoint: "ADDRESS PORT".
	answer=$((48 + ${#A_OUT} + 5))
	is "$(less "$before" "$(host_row "$A6")")" "2 $((1100 + 96)) 2 $((2 * answer))" 'UDP'
	before=$(host_row "$A6")
	a ping -6 -q -c 5 -i 0.02 -W 10 -s 300 "$SRV6"
	is "$(less "$before" "$(host_row "$A6")")" '5 1740 5 1740' 'ping'
	balanced
}

@test "what comes in for a host that never sent is booked under other" {
	ip -n a addr add fd01:203:405:1::66/64 dev eth0 nodad
	wait_for 'the answer' srv ping -6 -q -c 1 -W 2 2001:db8:1:d550::66
	is "$(q 'host show' '.[] | select(.host == "other") | "\(.in_packets >= 1) \(.out_packets)"')" 'true 0'
	ip -n a addr del fd01:203:405:1::66/64 dev eth0
	# Its answer has made it known.
	is "$(q 'host show' '[.[] | select(.host == "fd01:203:405:1::66") | .out_packets >= 1] | first')" true
	balanced
}

@test "one inside host reaches another by its external address, and is seen by its own" {
	is "$(udp6 b -s 5005 "[$A_OUT]:8000")" "$B_OUT 5005"
	run -0 in_ns b "$TOOL/tcp" -s 5006 "[$A_OUT]:8000"
	[[ ${lines[-1]} == "$B_OUT 5006" ]]
	holds 'counted' "$(reason npt-hairpin) >= 4"
	balanced
}

@test "traceroute6 sees every hop" {
	ip -n far route replace default via 2001:db8:fa::1
	traceroute6_sees_all
}

@test "packet too big: from the gateway, from a router outside, and towards outside" {
	too_big_outwards
	# The gateway itself says it about a packet whose address it has changed.
	ip -n gw link set lan mtu 1280
	run -0 udp6 srv -d -n 1300 "[$A_OUT]:8000"
	is "${lines[-1]}" 'icmp 2/0 1280'
	ip -n gw link set lan mtu 1500
	ip -n srv route flush cache
}

@test "fragments" {
	run -0 a ping -6 -c 3 -i 0.05 -W 10 -s 4000 "$SRV6"
	[[ $output == *'3 received'* ]]
}

@test "the delegated prefix changes: the next packet has the new one" {
	portico inside set fd01:203:405::/48 npt 2001:db8:2::/48
	run -0 udp6 a -s 5007 "[$SRV6]:7000"
	[[ ${lines[-1]} == 2001:db8:2:*' 5007' ]]
	run -1 srv ping -6 -q -c 1 -W 1 "$A_OUT"
	portico inside set fd01:203:405::/48 npt 2001:db8:1::/48
	is "$(udp6 a -s 5007 "[$SRV6]:7000")" "$A_OUT 5007"
}

@test "two prefixes are not exchanged for one, nor for what overlaps" {
	run -2 --separate-stderr portico inside add fd02::/56 npt 2001:db8:1:100::/56
	# shellcheck disable=SC2154 # stderr is set by run
	[[ $stderr == *'another inside prefix is exchanged for one that overlaps it'* ]]
	portico inside add fd02::/56 npt 2001:db8:3:100::/56
	portico inside del fd02::/56
}

@test "the gateway's own address within the external prefix is its own" {
	ip -n gw addr add 2001:db8:1::1/128 dev wan nodad
	serve6 gw 9000
	is "$(udp6 srv -s 5008 '[2001:db8:1::1]:9000')" "$SRV6 5008"
	ip -n gw addr del 2001:db8:1::1/128 dev wan
}

@test "a forward to such a host is refused, and says why" {
	run -2 --separate-stderr portico forward add tcp "[$GW6]:80" to "[$A6]:80"
	[[ $stderr == *'its prefix is exchanged whole'* ]]
}

@test "from ports to prefix and back: mappings end, and what is new is right at once" {
	portico inside set fd01:203:405::/48 npt none
	is "$(udp6 a -s 5010 "[$SRV6]:7000")" "$GW6 5010"
	mappings_are 1 internal "[$A6]:5010"
	portico inside set fd01:203:405::/48 npt 2001:db8:1::/48
	mappings_are 0 internal "[$A6]:5010"
	is "$(udp6 a -s 5010 "[$SRV6]:7000")" "$A_OUT 5010"
	balanced
}

no_row()
{
	[ -z "$(host_row "$1")" ]
}

exchanged()
{
	q 'host show side inside' '"\(map(.out_packets) | add) \(map(.in_packets) | add)"'
}

@test "a full table: who sends is kept, who is silent makes room, and nothing is lost" {
	read -ra before < <(exchanged)
	portico status set hosts-max 1
	a ping -6 -q -c 70 -i 0.2 -W 10 "$SRV6" &
	local ping=$!
	wait_for 'b to be forgotten' no_row "$B6"
	wait "$ping"
	holds 'a has a row' "$(host_row "$A6" | cut -d' ' -f1) >= 70"
	read -ra after < <(exchanged)
	is "$((after[0] - before[0])) $((after[1] - before[1]))" '70 70'
	portico status set hosts-max 262144
	balanced
}

@test "no inside address was ever seen outside" {
	is "$(wire_count inside)" 0
	holds 'the watch saw traffic' "$(wire_count seen) > 50"
}
