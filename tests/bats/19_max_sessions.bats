#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The cap of sessions per host, exact, whatever mappings they belong to.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	portico inside set 192.168.0.0/24 max-sessions 4
	serve srv 7000
}

host_sessions()
{
	q "host show address $1" '.[0].sessions'
}

has_sessions()
{
	[ "$(host_sessions "$1")" = "$2" ]
}

@test "four sessions of three mappings; the fifth is refused with ICMP 3/13" {
	a "$TOOL/udp-from" 5000 5002 203.0.113.100:7000
	is "$(a "$TOOL/udp" -s 5000 198.51.100.100:7000)" '203.0.113.1 5000'
	is "$(host_sessions 192.168.0.10)" 4
	run -0 a "$TOOL/udp" -s 5001 198.51.100.100:7000
	is "${lines[-1]}" 'icmp 3/13'
	is "$(reason host-sessions)" 1
	is "$(host_sessions 192.168.0.10)" 4
}

@test "a new mapping is refused too, and takes no port" {
	is "$(q 'mapping show internal 192.168.0.10' length)" 3
	run -0 a "$TOOL/udp" -s 5003 203.0.113.100:7000
	is "${lines[-1]}" 'icmp 3/13'
	is "$(q 'mapping show internal 192.168.0.10' length)" 3
}

@test "another host has its own" {
	b "$TOOL/udp-from" 6000 6003 203.0.113.100:7000
	wait_for 'four sessions' has_sessions 192.168.0.11 4
}

@test "a forward's sessions count, whoever begins them" {
	portico forward add udp 203.0.113.1:8000 to 192.168.0.10:7000
	srv "$TOOL/udp" -w 1 -s 5010 203.0.113.1:8000
	is "$(q 'session show external :8000' length)" 0
	is "$(reason host-sessions)" 3
	portico forward del udp 203.0.113.1:8000
}

@test "what ends makes room" {
	portico mapping del internal 192.168.0.10:5000
	is "$(host_sessions 192.168.0.10)" 2
	is "$(a "$TOOL/udp" -s 5001 198.51.100.100:7000)" '203.0.113.1 5001'
}

@test "without a cap there is none" {
	portico inside set 192.168.0.0/24 max-sessions 0
	a "$TOOL/udp-from" 5000 5009 203.0.113.100:7000
	wait_for 'eleven sessions' has_sessions 192.168.0.10 11
	balanced
}
