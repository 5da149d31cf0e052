#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Sockets that are older than the module are in its books.
load books

setup_file()
{
	LATER=1 books_up
	bg server gw "$TOOL/burst" serve 8080
	wait_for 'the server' listening gw t 8080
	bg held srv "$TOOL/burst" hold 203.0.113.1 8080 100
	wait_for 'connections' grep -q held "$RUN/held"
	bg out srv "$TOOL/burst" serve 7000
	wait_for 'the far server' listening srv t 7000
	bg client gw "$TOOL/burst" hold 203.0.113.100 7000 10
	wait_for 'connections' grep -q held "$RUN/client"
	insmod "$PORTICO_KO"
}

@test "listener, accepted connections, client and UDP, each once" {
	is "$(socks 'proto tcp local :8080' 'map(select(.state == "listen")) | length')" 1
	is "$(socks 'proto tcp local :8080' 'map(select(.state == "established")) | length')" 100
	is "$(socks 'remote :7000' 'map(select(.state == "established")) | length')" 10
	is "$(socks 'proto udp local :8080' length)" 1
	is "$(socks '' length)" 112
}

@test "with their processes, though they never moved since" {
	is "$(socks '' 'map(select(.pid == null)) | length')" 0
	is "$(socks 'remote :7000' '.[0].pid')" "$(tail -n 1 "$RUN/pids")"
	is "$(socks 'local :8080' '[.[].pid] | unique | length')" 1
}

@test "nothing is counted for what was before" {
	is "$(socks '' '[.[].in_packets + .[].out_packets] | add')" 0
}

@test "from now on they are counted, and closed when they close" {
	far_counts tcp 8080
	kill "$(sed -n 2p "$RUN/pids")"
	wait_for 'the closes' all_closed
	is "$(sum_in 'proto tcp local :8080')" "$(far sent)"
	is "$(sum_out 'proto tcp local :8080')" "$(far got)"
}

all_closed()
{
	[ "$(socks 'proto tcp local :8080' 'map(select(.closed)) | length')" = 100 ]
}
