#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Sockets of all kinds come and go while tables overflow, limits change, books
# close and open and others read: at the end the books balance.
load books

TIME=8

setup_file()
{
	books_up
	bg server gw "$TOOL/churn" serve 7000 $((TIME + 2))
	wait_for 'the server' listening gw t 7000
}

@test "churn, readers and changing limits" {
	local pids=() host
	for host in 203.0.113.1 2001:db8::1; do
		ip netns exec srv "$TOOL/churn" call $host 7000 $TIME 3>&- &
		pids+=($!)
	done
	ip netns exec gw "$TOOL/churn" call 127.0.0.1 7000 $TIME 3>&- &
	pids+=($!)
	end=$((SECONDS + TIME))
	while ((SECONDS < end)); do
		for limits in 'history-max 0 sockets-max 5' 'history-max 50 sockets-max 20' \
			'history-max 1000 sockets-max 262144'; do
			# shellcheck disable=SC2086 # words
			portico status set $limits
			socks '' length >/dev/null
			q 'port show' length >/dev/null
		done
	done
	wait "${pids[@]}"
	holds 'there was traffic' "$(reason socket) > 100"
	holds 'tables were full' "$(reason sockets-full) > 0"
	wait_for 'the last socket to go' none_open
}

none_open()
{
	[ "$(q status .sockets.used)" = 0 ]
}

@test "the sums are those of the hooks" {
	is "$(q 'port show' 'map(.in_packets) | add')" \
		"$(q 'reason show' '[.[] | select(.hook == "local-in") |
		select(.reason == "socket" or .reason == "sockets-full" or .reason == "no-socket") | .packets] | add')"
	is "$(q 'port show' 'map(.out_bytes) | add')" \
		"$(q 'reason show' '[.[] | select(.hook == "local-out") |
		select(.reason == "socket" or .reason == "sockets-full") | .bytes] | add')"
}
