#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# 10,000 short TCP connections to a server on the gateway: every packet and byte
# is in the books, per connection, per listener and per port.
load books

N=10000

setup_file()
{
	books_up
	portico status set history-max 30000
	bg server gw "$TOOL/burst" serve 8080
	wait_for 'the server' listening gw t 8080
	far_counts tcp 8080
	srv "$TOOL/burst" tcp 203.0.113.1 8080 "$N" 100
	wait_for 'the last close' last_closed
}

last_closed()
{
	[ "$(socks 'proto tcp local :8080' '[.[] | select(.closed)] | length')" = $N ]
}

@test "one record for each connection, all closed, and the listener" {
	is "$(socks 'proto tcp local :8080' 'map(select(.closed)) | length')" $N
	is "$(socks 'proto tcp local :8080' 'map(select(.closed | not)) | length')" 1
	is "$(socks 'proto tcp local :8080' 'map(select(.closed | not))[0].state')" listen
	is "$(socks 'proto tcp local :8080' '[.[].cookie] | unique | length')" $((N + 1))
}

@test "the sum over the sockets is what the far end sent and got" {
	is "$(sum_in 'proto tcp local :8080')" "$(far sent)" 'in'
	is "$(sum_out 'proto tcp local :8080')" "$(far got)" 'out'
}

@test "so is the port's row" {
	is "$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')" "$(far sent)" 'in'
	is "$(port_row tcp 8080 '"\(.out_packets) \(.out_bytes)"')" "$(far got)" 'out'
}

@test "arrivals by what the lookup found: SYNs found the wildcard listener" {
	is "$(port_row tcp 8080 .wildcard)" $N
	is "$(port_row tcp 8080 .listener)" 0
	is "$(port_row tcp 8080 .none)" 0
	is "$(port_row tcp 8080 '.established + .wildcard - .in_packets')" 0
	is "$(socks 'proto tcp local :8080' 'map(select(.closed | not))[0].in_packets')" $N
}

@test "each connection has its own figures" {
	# SYN-ACK, ACK, data and FIN are at least 4 packets with 100 bytes of data
	is "$(socks 'proto tcp local :8080' \
		'[.[] | select(.closed) | select(.out_packets < 3 or .in_packets < 3 or
		.out_bytes < 100 + 40 * .out_packets or .in_bytes < 100 + 40 * .in_packets)] | length')" 0
}

@test "nothing was booked elsewhere" {
	is "$(reason no-socket)" 0
	is "$(reason sockets-full)" 0
}

@test "the same over IPv6" {
	far_counts tcp 8080
	read -r in_before _ <<<"$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')"
	read -r _ bytes_before <<<"$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')"
	read -r out_before out_bytes <<<"$(port_row tcp 8080 '"\(.out_packets) \(.out_bytes)"')"
	srv "$TOOL/burst" tcp 2001:db8::1 8080 $((1000 / SLOW)) 100
	wait_for 'the last packet' settled
	read -r packets bytes <<<"$(far sent)"
	is "$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')" \
		"$((in_before + packets)) $((bytes_before + bytes))" 'in'
	read -r packets bytes <<<"$(far got)"
	is "$(port_row tcp 8080 '"\(.out_packets) \(.out_bytes)"')" \
		"$((out_before + packets)) $((out_bytes + bytes))" 'out'
}

# All connections of IPv6 are over.
settled()
{
	[ "$(socks 'proto tcp local [2001:db8::1]:8080' 'map(select(.closed)) | length')" = $((1000 / SLOW)) ]
}
