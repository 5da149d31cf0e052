#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock,smp
# What a host sent and got is what is booked on it: packets and bytes, equal.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	static_neighbours
	serve srv 7000
}

# account NS: what the wire says must be what the books say.
account()
{
	is "$(booked "$1")" "$(less "$wire" "$(wire_counts "$1")")" "the account of $1"
}

@test "UDP and ICMP queries" {
	wire=$(wire_counts a)
	is "$(booked a)" '0 0 0 0'
	for size in 1 100 1000 1472; do
		a "$TOOL/udp" -s 5000 -n $size 203.0.113.100:7000
	done
	a ping -c 10 -i 0.02 -W 10 -s 300 203.0.113.100
	account a
}

@test "an ICMP error is nobody's traffic, and counted with its reason" {
	before=$(booked a)
	wire=$(wire_counts a)
	a "$TOOL/udp" -s 5001 203.0.113.100:9
	is "$(less "$before" "$(booked a)")" '1 32 0 0' 'booked'
	is "$(less "$wire" "$(wire_counts a)")" '1 32 1 60' 'on the wire'
	is "$(q 'reason show name icmp-error' '[.[] | "\(.packets) \(.bytes)"] | join(" ")')" '1 60'
}

@test "it adds up: mappings that end hand over what they counted" {
	before=$(booked a)
	portico mapping flush
	wait_for 'their end' mappings_are 0
	is "$(booked a)" "$before"
}

# Aggregates cross the gateway, and each stands for its segments: TCP's own
# account of its segments decides.
@test "TCP with segmentation offload: counted as wire packets" {
	bg sink srv "$TOOL/stream" receive 9000
	wait_for 'the receiver' listening srv t 9000
	before=$(booked b)
	sent=$(b "$TOOL/tcp-account" 203.0.113.100 9000 20)
	say "TCP says $sent"
	wait_for 'the end' no_more
	is "$(less "$before" "$(booked b)" | cut -d' ' -f1,2)" "$sent" 'packets and bytes out'
}

no_more()
{
	[ -z "$(quiet_ns srv ss -Htn 'sport = :9000')" ]
}

@test "aggregates did cross: fewer buffers than packets" {
	holds 'GSO was at work' "$(ip -n b -s -j link show eth0 | jq '.[0].stats64.tx.packets') < $(booked b | cut -d' ' -f1)"
}
