#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# From how many addresses a port was spoken to: one is exact, more an estimate.
load books

setup_file()
{
	books_up
	# What comes from nobody's address is let in all the same.
	ip netns exec gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0
	bg server gw "$TOOL/burst" serve 5400
	wait_for 'the server' listening gw u 5400
}

sources()
{
	port_row "$1" "$2" .sources
}

came()
{
	[ "$(port_row udp "$1" '.in_packets')" -ge "$2" ]
}

@test "one address, however often" {
	srv "$TOOL/udp" -q -s 6000-6009 203.0.113.1:5400
	wait_for 'the datagrams' came 5400 10
	is "$(sources udp 5400)" 1
	is "$(socks 'proto udp local :5400' '.[0].remotes')" 1
}

# Two different ones may be taken for one, once in 256 times; five standard errors
# of 200 are a fourth.
@test "200 addresses: a fourth off at most" {
	srv "$TOOL/udp-sources" 198.51.100.1 200 203.0.113.1:5400
	wait_for 'the datagrams' came 5400 210
	sources udp 5400 >"$RUN/said"
	holds 'about 201' "$(<"$RUN/said") >= 150 && $(<"$RUN/said") <= 250"
	is "$(socks 'proto udp local :5400' '.[0].remotes')" "$(<"$RUN/said")"
}

@test "the same once more: no more than before" {
	srv "$TOOL/udp-sources" 198.51.100.1 200 203.0.113.1:5400
	wait_for 'the datagrams' came 5400 410
	is "$(sources udp 5400)" "$(<"$RUN/said")"
}

@test "without a socket: the same addresses, the same number" {
	srv "$TOOL/udp-sources" 198.51.100.1 200 203.0.113.1:5401
	srv "$TOOL/udp" -q 203.0.113.1:5401
	wait_for 'the datagrams' came 5401 201
	is "$(sources udp 5401)" "$(<"$RUN/said")"
	is "$(q 'port show misses sort sources top 1' '.[0].port')" 5401
}

@test "connections, open and closed, from one address, then over IPv6 too" {
	srv "$TOOL/burst" tcp 203.0.113.1 5400 10 100
	is "$(sources tcp 5400)" 1
	srv "$TOOL/burst" tcp 2001:db8::1 5400 10 100
	sources tcp 5400 >"$RUN/both"
	holds 'two' "$(<"$RUN/both") == 2 || $(<"$RUN/both") == 1"
}

@test "they stay when the sockets are gone, and out of the history" {
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'the end' gone gw u 5400
	"$PORTICO" -n gw status set history-max 0
	wait_for 'no sockets' no_sockets
	is "$(sources udp 5400)" "$(<"$RUN/said")"
	is "$(sources tcp 5400)" "$(<"$RUN/both")"
}

no_sockets()
{
	[ "$(socks 'proto udp local :5400' length)$(socks 'proto udp local :5400 --closed' length)" = 00 ]
}
