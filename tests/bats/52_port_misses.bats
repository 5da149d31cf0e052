#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What arrives for a port without a socket is counted there, as a miss.
load books

setup_file()
{
	books_up
}

misses()
{
	q 'port show misses' "[.[] | select(.proto == \"$1\" and .port == $2) | .none] | add // 0"
}

@test "a SYN to a closed port" {
	is "$(srv "$TOOL/tcp" 203.0.113.1:99)" refused
	is "$(misses tcp 99)" 1
	is "$(reason no-socket)" 1
}

@test "the reset that answers it is the kernel's" {
	is "$(q 'reason show' '[.[] | select(.hook == "local-out" and .reason == "kernel") | .packets] | add')" 1
}

@test "datagrams to a closed port, both families" {
	for _ in 1 2 3; do
		srv "$TOOL/udp" 203.0.113.1:99
	done
	srv timeout 5 socat -u - 'UDP6:[2001:db8::1]:98' <<<x
	is "$(misses udp 99)" 3
	wait_for 'IPv6' test "$(misses udp 98)" = 1
}

@test "a scan of 1,000 ports: a row for each, none for others" {
	before=$(q 'port show misses' length)
	srv timeout 120 nmap -sT -n -Pn -T5 --max-retries 0 -p 20001-21000 203.0.113.1 >/dev/null
	is "$(q 'port show misses' '[.[] | select(.port > 20000 and .port <= 21000)] | length')" 1000
	is "$(q 'port show misses' length)" "$((before + 1000))"
}

@test "a port that gets a socket keeps its misses" {
	bg server gw "$TOOL/burst" serve 99
	wait_for 'the server' listening gw t 99
	srv "$TOOL/burst" tcp 203.0.113.1 99 1 10
	is "$(port_row tcp 99 '"\(.none) \(.wildcard) \(.sockets)"')" '1 1 1'
}
