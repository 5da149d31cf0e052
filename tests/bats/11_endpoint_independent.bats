#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# One internal endpoint is one external endpoint, whoever it talks to.
load lib

setup_file()
{
	begin
	net_up peer
	gw_up
	serve srv 7000 7001
	serve peer 7000
}

# All four combinations of address and port.
everywhere=(203.0.113.100:7000 203.0.113.100:7001 198.51.100.100:7000 203.0.113.101:7000)

@test "UDP to four remote endpoints: one external port, preserved" {
	run -0 --separate-stderr a "$TOOL/udp" -s 5100 "${everywhere[@]}"
	is "$(sort -u <<<"$output")" '203.0.113.1 5100'
	is "${#lines[@]}" 4 answers
}

@test "UDP with a port that could not be preserved: still one" {
	run -0 --separate-stderr b "$TOOL/udp" -s 5100 "${everywhere[@]}"
	is "$(sort -u <<<"$output" | wc -l)" 1 'external endpoints'
	is "${#lines[@]}" 4 answers
	[ "${lines[0]}" != '203.0.113.1 5100' ]
}

@test "TCP from one port to two servers: one external port" {
	bg tcp-1 a "$TOOL/tcp" -s 5101 -k 20 203.0.113.100:7000
	bg tcp-2 a "$TOOL/tcp" -s 5101 -k 20 203.0.113.101:7000
	wait_for 'the first answer' grep -q . "$RUN/tcp-1"
	wait_for 'the second answer' grep -q . "$RUN/tcp-2"
	is "$(cat "$RUN/tcp-1")" '203.0.113.1 5101'
	is "$(cat "$RUN/tcp-2")" '203.0.113.1 5101'
	is "$(q 'mapping show proto tcp internal :5101' '.[0].sessions')" 2 sessions
}

@test "a mapping of UDP does not serve TCP" {
	run srv "$TOOL/tcp" -w 1 203.0.113.1:5100
	is "${lines[-1]}" -
}
