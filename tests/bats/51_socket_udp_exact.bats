#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# UDP, both families: every datagram is in the books of its socket and port.
load books

setup_file()
{
	books_up
	bg server gw "$TOOL/burst" serve 5353
	wait_for 'the server' listening gw u 5353
}

echoes()
{
	far_counts udp 5353
	read -r in_p in_b out_p out_b <<<"$(row)"
	is "$(srv "$TOOL/burst" udp "$1" 5353 500 "$2" 2>/dev/null)" 500 'came back'
	read -r sent sent_b <<<"$(far sent)"
	read -r got got_b <<<"$(far got)"
	is "$(row)" "$((in_p + sent)) $((in_b + sent_b)) $((out_p + got)) $((out_b + got_b))" 'port row'
	is "$(socks 'proto udp local :5353' '.[0] | "\(.in_packets) \(.in_bytes) \(.out_packets) \(.out_bytes)"')" \
		"$(row)" 'the socket'
}

row()
{
	port_row udp 5353 '"\(.in_packets // 0) \(.in_bytes // 0) \(.out_packets // 0) \(.out_bytes // 0)"'
}

@test "500 datagrams over IPv4, to a dual-stack socket" {
	echoes 203.0.113.1 100
}

@test "500 datagrams over IPv6" {
	echoes 2001:db8::1 100
}

@test "empty datagrams and large ones" {
	echoes 203.0.113.1 0
	echoes 2001:db8::1 1400
}

@test "an unconnected wildcard socket: the lookup found the wildcard" {
	is "$(port_row udp 5353 '.wildcard - .in_packets')" 0
}

@test "datagrams in fragments count whole, once" {
	read -r in_p in_b _ <<<"$(row)"
	is "$(srv "$TOOL/burst" udp 203.0.113.1 5353 10 4000 2>/dev/null)" 10
	read -r now_p now_b _ <<<"$(row)"
	is "$((now_p - in_p)) $((now_b - in_b))" "10 $((10 * 4028))"
}

@test "bound to the address: listener; connected: established" {
	bg exact gw socat -u UDP4-RECV:5354,bind=203.0.113.1 /dev/null
	tail -n 1 "$RUN/pids" >"$RUN/exact.pid"
	wait_for 'the receiver' listening gw u 5354
	srv "$TOOL/udp" -q 203.0.113.1:5354
	wait_for 'the datagram' arrived 5354 listener
	is "$(port_row udp 5354 '"\(.established) \(.listener) \(.wildcard) \(.none)"')" '0 1 0 0'
	bg peer gw socat -u UDP4:203.0.113.100:5600,bind=203.0.113.1:5355 /dev/null
	wait_for 'the receiver' connected 5355
	srv "$TOOL/udp" -q -s 5600 203.0.113.1:5355
	wait_for 'the datagram' arrived 5355 established
	is "$(port_row udp 5355 '"\(.established) \(.listener) \(.wildcard) \(.none)"')" '1 0 0 0'
	is "$(socks 'proto udp local :5355' '.[0] | "\(.state) \(.remote.address) \(.remote.port)"')" \
		'connected 203.0.113.100 5600'
}

@test "of two that share the port by SO_REUSEPORT, one: reuseport" {
	bg group gw python3 -c "import signal, socket
for _ in range(2):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(('203.0.113.1', 5357))
    globals().setdefault('kept', []).append(s)
signal.pause()"
	wait_for 'the group' listening gw u 5357
	srv "$TOOL/udp" -q 203.0.113.1:5357
	wait_for 'the datagram' arrived 5357 reuseport
	is "$(port_row udp 5357 '"\(.established) \(.listener) \(.wildcard) \(.reuseport) \(.none)"')" '0 0 0 1 0'
}

arrived()
{
	[ "$(port_row udp "$1" ".$2")" = 1 ]
}

connected()
{
	quiet_ns gw ss -Hun "sport = :$1" | grep -q .
}

@test "multicast goes to one record, and the sums hold" {
	ip -n srv route add 224.0.0.0/4 dev eth0
	ip -n gw route add 224.0.0.0/4 dev wan
	bg group gw socat -u UDP4-RECV:5356,ip-add-membership=239.1.2.3:wan /dev/null
	wait_for 'the member' listening gw u 5356
	srv "$TOOL/udp" -q 239.1.2.3:5356
	wait_for 'the datagram' arrived 5356 wildcard
}

@test "a socket that is gone is closed within two sweeps, with its figures" {
	is "$(socks 'proto udp local :5354' '.[0].closed')" false
	kill "$(<"$RUN/exact.pid")"
	wait_for 'the close' closed 5354
	is "$(socks 'proto udp local :5354' '.[0] | "\(.in_packets) \(.in_bytes > 28)"')" '1 true'
}

closed()
{
	[ "$(socks "proto udp local :$1" '.[0].closed')" = true ]
}
