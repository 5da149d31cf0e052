#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Fragments: in order, reversed, overlapping, incomplete.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

# fragments HOW PORT: a datagram of 3,000 bytes in four pieces from a to srv.
fragments()
{
	in_ns a "$TOOL/fragments" "$1" "$2" 203.0.113.100 7000
}

got()
{
	grep -qx "udp 7000 203.0.113.1 $1 3000" "$RUN/serve-srv"
}

@test "in order" {
	fragments ordered 5000
	wait_for 'the datagram' got 5000
}

@test "the last one first" {
	fragments reversed 5001
	wait_for 'the datagram' got 5001
}

@test "twice the same piece" {
	fragments doubled 5002
	wait_for 'the datagram' got 5002
}

@test "overlapping pieces are thrown away whole" {
	fragments overlapping 5003
	# What comes after it on the same way has overtaken it.
	fragments ordered 5004
	wait_for 'the next one' got 5004
	run ! got 5003
	mappings_are 0 internal :5003
}

@test "an incomplete datagram makes no mapping" {
	fragments incomplete 5005
	fragments ordered 5006
	wait_for 'the next one' got 5006
	mappings_are 0 internal :5005
}

@test "and inwards: a reply of 4,000 bytes" {
	a ping -c 2 -i 0.05 -W 10 -s 4000 203.0.113.100
}

@test "hundreds of incomplete ones do not stop the complete" {
	fragments 400 5007
	fragments ordered 5008
	wait_for 'the complete one' got 5008
}

# More than the kernel's defragmenter keeps (net.ipv4.ipfrag_high_thresh).
@test "a flood of incomplete ones does not stop what is whole" {
	fragments 3000 5009
	is "$(a "$TOOL/udp" -s 5010 203.0.113.100:7000)" '203.0.113.1 5010'
	fragments 100 5011
	is "$(b "$TOOL/udp" -s 5012 203.0.113.100:7000)" '203.0.113.1 5012'
}
