#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The internal port is kept when it is free; class and parity always.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

# external HOST PORT: the external port it gets.
external()
{
	"$1" "$TOOL/udp" -s "$2" 203.0.113.100:7000 | cut -d' ' -f2
}

@test "free ports are kept, low and high, even and odd" {
	for port in 1 123 1023 1024 5401 31000 61000 65535; do
		is "$(external a "$port")" "$port" "external port of $port"
	done
}

@test "taken ports: the class stays, the parity stays" {
	for port in 123 1022 1023 1025 5401 31000 61001 65534 65535; do
		quiet_ns a "$TOOL/udp" -s "$port" 203.0.113.100:7000
		got=$(external b "$port")
		say "$port became $got"
		[ "$got" != "$port" ]
		is $((got % 2)) $((port % 2)) "parity of $got for $port"
		is $((got < 1024)) $((port < 1024)) "class of $got for $port"
	done
}

@test "the range of the uplink binds the upper class" {
	portico uplink set wan ports 20000-20099
	for port in {5500..5519}; do
		got=$(external a "$port")
		holds "$got in range" "$got >= 20000 && $got <= 20099"
		is $((got % 2)) $((port % 2)) parity
	done
}
