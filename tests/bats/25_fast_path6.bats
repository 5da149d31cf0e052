#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# IPv6 on the fast path and the normal way: the same results, the same counts, and
# what changes about the way takes effect at once.
load six

setup_file()
{
	begin
	net_up six
	gw_up_six
	offload off
	serve6 srv 7000
	# What crosses a's link from now on is what programs send.
	ip -n a neigh replace fd01:203:405:1::1 lladdr "$(mac gw lan)" dev eth0 nud permanent
	ip -n gw neigh replace "$A6" lladdr "$(mac a eth0)" dev lan nud permanent
	ip -n gw neigh replace "$SRV6" lladdr "$(mac srv eth0)" dev wan nud permanent
	ip -n srv neigh replace "$GW6" lladdr "$(mac gw wan)" dev eth0 nud permanent
}

booked6()
{
	# shellcheck disable=SC2016 # $h is jq's
	q 'host show side inside' --arg h "$A6" '[.[] | select(.host == $h) |
		"\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"] | .[0] // "0 0 0 0"'
}

# One transfer from a to srv; what arrives is what was sent.
transfer()
{
	bg "sink-$1" srv "$TOOL/stream" receive6 9000
	wait_for 'the receiver' listening srv t 9000
	run -0 a "$TOOL/stream" send "$SRV6" 9000 4
	wait_for 'the end of TCP' stream_closed
	is "$(cat "$RUN/sink-$1")" "${lines[-1]}" 'what arrived'
}

# Segments that a has sent more than once.
retransmitted()
{
	ip netns exec a nstat -asz TcpRetransSegs | awk '$1 == "TcpRetransSegs" { print $2 }'
}

# One round of traffic; the account must grow by exactly what a sent and got.
round()
{
	local before start sent

	before=$(booked6)
	start=$(wire_counts a)
	transfer "$1"
	quiet_ns a "$TOOL/udp" -6 -s 5000-5019 -n 700 "[$SRV6]:7000" "[$SRV6]:7000" \
		>"$RUN/answers-$1"
	sent=$(less "$start" "$(wire_counts a)")
	say "a sent and got $sent"
	is "$(less "$before" "$(booked6)")" "$sent" "booked, $1"
}

@test "switched on: it carries most packets, counts are exact" {
	before=$(fast)
	round fast
	holds 'the fast path was used' "$(fast) - $before > 1000"
}

@test "switched off: it carries none, counts are exact" {
	portico uplink set wan fastpath off
	before=$(fast)
	round slow
	is "$(fast)" "$before" 'packets on the fast path'
	portico uplink set wan fastpath on
}

@test "beside batches of IPv4: counts are exact" {
	portico status set batch-from 0
	round batch
	portico status set batch-from 32768
}

@test "the answers were the same" {
	is "$(sort -u "$RUN/answers-fast" | wc -l)" 20 'external endpoints'
	is "$(cat "$RUN/answers-slow")" "$(cat "$RUN/answers-fast")"
	is "$(cat "$RUN/answers-batch")" "$(cat "$RUN/answers-fast")"
}

@test "the hop limit is lowered once on either way" {
	for way in on off; do
		portico uplink set wan fastpath $way
		udp6 a -s 5100 "[$SRV6]:7000" "[$SRV6]:7000"
		bg "hops-$way" srv tcpdump -l -c 1 -vni eth0 'ip6 and udp and src port 5100'
		wait_for 'tcpdump' grep -q listening "$RUN/hops-$way"
		udp6 a -s 5100 "[$SRV6]:7000"
		wait_for 'the packet' grep -q 'hlim 63' "$RUN/hops-$way"
	done
	portico uplink set wan fastpath on
}

# From now on packets of this flow are on the fast path, there and back.
settle()
{
	local before

	udp6 a -s "$1" "[$SRV6]:7000" "[$SRV6]:7000"
	before=$(fast)
	is "$(udp6 a -s "$1" "[$SRV6]:7000")" "$GW6 $1"
	is "$(fast)" $((before + 2)) 'packets on the fast path'
}

@test "the MTU: smaller at once, in either direction, and larger again" {
	settle 5200
	run -0 udp6 a -d -s 5200 -n 1400 "[$SRV6]:7000"
	[[ ${lines[-1]} == "$GW6 5200" ]]
	ip -n gw link set wan mtu 1300
	run -0 udp6 a -d -s 5200 -n 1400 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 2/0 1300'
	ip -n gw link set wan mtu 1500
	ip -n a route flush cache
	# By what routers announce, too.
	ip netns exec gw sysctl -qw net.ipv6.conf.wan.mtu=1320
	settle 5201
	run -0 udp6 a -d -s 5201 -n 1400 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 2/0 1320'
	# What the route says of the MTU is for what the gateway itself sends.
	ip -n gw route add "$SRV6/128" dev wan mtu 1500
	settle 5202
	run -0 udp6 a -d -s 5202 -n 1400 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 2/0 1320'
	ip -n gw route del "$SRV6/128" dev wan
	ip netns exec gw sysctl -qw net.ipv6.conf.wan.mtu=1500
	ip -n a route flush cache
	settle 5203
}

@test "the route: away and back" {
	settle 5300
	ip -n gw route add unreachable "$SRV6/128"
	run -0 udp6 a -w 1 -s 5300 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 1/0'
	ip -n gw route del unreachable "$SRV6/128"
	settle 5300
}

@test "forwarding: off and on" {
	settle 5400
	ip netns exec gw sysctl -qw net.ipv6.conf.all.forwarding=0
	is "$(udp6 a -w 1 -s 5400 "[$SRV6]:7000")" -
	ip netns exec gw sysctl -qw net.ipv6.conf.all.forwarding=1
	settle 5400
}

@test "IPv6 switched off where it comes in, and on" {
	settle 5450
	ip netns exec gw sysctl -qw net.ipv6.conf.lan.disable_ipv6=1
	is "$(udp6 a -w 1 -s 5450 "[$SRV6]:7000")" -
	ip netns exec gw sysctl -qw net.ipv6.conf.lan.disable_ipv6=0
	ip -n gw addr add fd01:203:405:1::1/64 dev lan nodad
	ip -n gw neigh replace "$A6" lladdr "$(mac a eth0)" dev lan nud permanent
	settle 5450
}

@test "the neighbour: elsewhere and back" {
	settle 5500
	ip -n gw neigh replace "$SRV6" lladdr 02:00:00:00:00:99 dev wan nud permanent
	is "$(udp6 a -w 1 -s 5500 "[$SRV6]:7000")" -
	ip -n gw neigh replace "$SRV6" lladdr "$(mac srv eth0)" dev wan nud permanent
	settle 5500
}

@test "aggregates: segments as they are on the wire" {
	offload on
	before=$(booked6)
	again=$(retransmitted)
	transfer aggregates
	after=$(booked6)
	again=$(($(retransmitted) - again))
	say "booked $(less "$before" "$after"), $again segments sent again"
	# 4 MiB in segments of 1,428 bytes at most, each with 72 of headers; a SYN has 80.
	read -r packets bytes _ <<<"$(less "$before" "$after")"
	more=$((bytes - 72 * packets - 8 - 4194304))
	holds 'payload' "$more >= 0 && $more <= 1428 * $again"
	holds 'packets' "$packets >= 4194304 / 1428 && $packets < 4400"
}

@test "the books balance" {
	balanced
}
