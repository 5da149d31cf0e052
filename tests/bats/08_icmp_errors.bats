#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Errors from outside and from inside reach the program that must know.
load lib

setup_file()
{
	begin
	net_up far
	gw_up
	serve srv 7000
}

@test "port unreachable from the server reaches the host's socket" {
	run -0 a "$TOOL/udp" -s 4100 203.0.113.100:9
	is "${lines[-1]}" 'icmp 3/3'
}

@test "a refused TCP connection is refused, not timed out" {
	run a curl -sS --max-time 20 http://203.0.113.100:9/
	is "$status" 7 "curl's status"
}

@test "host unreachable from a router outside" {
	ip -n srv route add unreachable 192.0.2.200
	run -0 a "$TOOL/udp" -s 4101 192.0.2.200:9
	is "${lines[-1]}" 'icmp 3/1'
}

@test "administratively prohibited from a router outside" {
	ip -n srv route add prohibit 192.0.2.201
	run -0 a "$TOOL/udp" -s 4102 192.0.2.201:9
	is "${lines[-1]}" 'icmp 3/13'
}

@test "port unreachable from inside reaches the server's socket, in external form" {
	a "$TOOL/udp" -s 4103 203.0.113.100:7000
	# The socket is gone: the host says so to whoever answers now.
	run -0 srv "$TOOL/udp" -w 5 203.0.113.1:4103
	is "${lines[-1]}" 'icmp 3/3'
}

@test "no error removed a mapping" {
	for port in 4100 4101 4102 4103; do
		is "$(q "mapping show proto udp internal :$port" length)" 1 "mappings of :$port"
	done
}
