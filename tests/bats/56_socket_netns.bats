#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Books are per network namespace: nothing shows in another, and a namespace that
# ends with its sockets open, or full of history, takes all with it.
load books

setup_file()
{
	begin
	insmod "$PORTICO_KO"
}

@test "a namespace sees its own sockets and ports only" {
	new_ns one
	new_ns gw
	bg server one "$TOOL/burst" serve 8080 127.0.0.1
	wait_for 'the server' listening one t 8080
	ip netns exec one "$TOOL/burst" tcp 127.0.0.1 8080 3 10
	is "$("$PORTICO" -n one -j port show proto tcp port 8080 | jq '.[0].wildcard + .[0].listener')" 3
	is "$(q 'port show' length)" 0
	is "$(socks '' length)" 0
}

@test "without the capability nothing is told" {
	run setpriv --reuid 65534 --clear-groups --bounding-set=-all "$PORTICO" socket show
	[ "$status" -ne 0 ]
	run unshare -Urn "$PORTICO" socket show
	[ "$status" -ne 0 ]
}

@test "namespaces come and go with sockets in them" {
	for ((i = 0; i < 20 / SLOW; i++)); do
		ip netns add "churn$i"
		ip -n "churn$i" link set lo up
		ip netns exec "churn$i" "$TOOL/burst" serve 8080 127.0.0.1 3>&- 4>&- &
		pid=$!
		wait_for 'the server' listening "churn$i" t 8080
		ip netns exec "churn$i" "$TOOL/burst" tcp 127.0.0.1 8080 5 10
		ip netns exec "churn$i" "$TOOL/burst" udp 127.0.0.1 8080 5 10
		"$PORTICO" -n "churn$i" -j socket show >/dev/null
		ip netns delete "churn$i"
		kill "$pid"
		wait "$pid" 2>/dev/null || true
	done
}

@test "the module goes while sockets are open and packets fly" {
	new_ns two
	bg server two "$TOOL/burst" serve 8080 127.0.0.1
	wait_for 'the server' listening two t 8080
	bg traffic two "$TOOL/burst" tcp 127.0.0.1 8080 100000 10
	for _ in 1 2 3 4 5; do
		"$PORTICO" -n two -j socket show >/dev/null
		rmmod portico
		insmod "$PORTICO_KO"
	done
}
