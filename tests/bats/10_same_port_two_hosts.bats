#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Two hosts use the same source port to the same server: both work.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

@test "UDP: both are answered, from different external ports" {
	run -0 a "$TOOL/udp" -s 5000 203.0.113.100:7000
	first=${lines[-1]}
	run -0 b "$TOOL/udp" -s 5000 203.0.113.100:7000
	second=${lines[-1]}
	[[ $first == '203.0.113.1 '* ]]
	[[ $second == '203.0.113.1 '* ]]
	[ "$first" != "$second" ]
}

@test "TCP: both connections are open at the same time" {
	bg tcp-a a "$TOOL/tcp" -s 5000 -k 20 203.0.113.100:7000
	bg tcp-b b "$TOOL/tcp" -s 5000 -k 20 203.0.113.100:7000
	wait_for "a's answer" grep -q . "$RUN/tcp-a"
	wait_for "b's answer" grep -q . "$RUN/tcp-b"
	[ "$(cat "$RUN/tcp-a")" != "$(cat "$RUN/tcp-b")" ]
	is "$(q 'mapping show proto tcp internal :5000 state established' length)" 2 'open connections'
}

@test "the server never heard of a private address" {
	grep -q '^udp 7000 203\.0\.113\.1 ' "$RUN/serve-srv"
	absent 192.168 "$RUN/serve-srv"
}
