#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# The fast path and the normal way: the same results, the same counts.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	offload off
	static_neighbours
	serve srv 7000
}

# One round of traffic; the account must grow by exactly what a sent and got.
round()
{
	local before start sent

	before=$(booked a)
	start=$(wire_counts a)
	bg "sink-$1" srv "$TOOL/stream" receive 9000
	wait_for 'the receiver' listening srv t 9000
	a "$TOOL/stream" send 203.0.113.100 9000 4
	quiet_ns a "$TOOL/udp" -s 5000-5019 -n 700 203.0.113.100:7000 203.0.113.100:7000 \
		>"$RUN/answers-$1"
	wait_for 'the end of TCP' stream_closed
	sent=$(less "$start" "$(wire_counts a)")
	say "a sent and got $sent"
	is "$(less "$before" "$(booked a)")" "$sent" "booked, $1"
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
}

@test "in batches: it carries most packets, counts are exact" {
	portico uplink set wan fastpath on
	portico status set batch-from 0
	before=$(fast)
	round batch
	holds 'the fast path was used' "$(fast) - $before > 1000"
}

@test "the answers were the same" {
	is "$(sort -u "$RUN/answers-fast" | wc -l)" 20 'external endpoints'
	is "$(cat "$RUN/answers-slow")" "$(cat "$RUN/answers-fast")"
	is "$(cat "$RUN/answers-batch")" "$(cat "$RUN/answers-fast")"
}

# netem lets packets go in bursts, so that many come in one softirq.
@test "in batches: nothing is overtaken by what takes another way" {
	ip netns exec a tc qdisc add dev eth0 root netem slot 20ms 20ms limit 10000
	bg order srv "$TOOL/flood" receive 7001 2000
	wait_for 'the receiver' listening srv u 7001
	a "$TOOL/flood" send 5200 203.0.113.100 7001 2000
	wait_for 'the last one' grep -q . "$RUN/order"
	is "$(cat "$RUN/order")" '2000 in order'
	ip netns exec a tc qdisc del dev eth0 root
}

@test "in batches: an interface and a whole gateway go in the middle" {
	bg flood a "$TOOL/flood" send 5300 203.0.113.100 7001 20000
	for _ in 1 2 3; do
		ip -n gw link add link lan name vl type macvlan
		ip -n gw link set vl up
		ip -n gw link del vl
	done
	portico uplink del wan
	portico uplink add wan
	portico status set batch-from 0
	a "$TOOL/udp" -s 5400 203.0.113.100:7000
}

@test "the TTL is lowered once on either way" {
	portico status set batch-from 32768
	for way in on off; do
		portico uplink set wan fastpath $way
		a "$TOOL/udp" -s 5100 203.0.113.100:7000 203.0.113.100:7000
		bg "ttl-$way" srv tcpdump -l -c 1 -vni eth0 'udp and src port 5100'
		wait_for 'tcpdump' grep -q listening "$RUN/ttl-$way"
		a "$TOOL/udp" -s 5100 203.0.113.100:7000
		wait_for 'the packet' grep -q 'ttl 63' "$RUN/ttl-$way"
	done
}
