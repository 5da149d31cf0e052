#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The cap of external ports per host, exact, and no concern of other hosts.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	portico inside set 192.168.0.0/24 max-ports 10
	serve srv 7000
}

@test "ten mappings, the eleventh is refused with ICMP 3/13" {
	a "$TOOL/udp-from" 5000 5009 203.0.113.100:7000
	wait_for 'ten mappings' mappings_are 10 internal 192.168.0.10
	run -0 a "$TOOL/udp" -s 5010 203.0.113.100:7000
	is "${lines[-1]}" 'icmp 3/13'
	is "$(reason host-ports)" 1
	mappings_are 10 internal 192.168.0.10
}

@test "protocols share the cap" {
	run -0 a "$TOOL/tcp" -w 2 -s 5010 203.0.113.100:7000
	[[ ${lines[-1]} != 203.* ]]
	mappings_are 10 internal 192.168.0.10
}

@test "the ten go on, to new servers too" {
	is "$(a "$TOOL/udp" -s 5003 198.51.100.100:7000)" '203.0.113.1 5003'
}

@test "another host has ten of its own" {
	b "$TOOL/udp-from" 6000 6009 203.0.113.100:7000
	wait_for 'ten mappings' mappings_are 10 internal 192.168.0.11
}

@test "a raised cap counts at once" {
	portico inside set 192.168.0.0/24 max-ports 11
	is "$(a "$TOOL/udp" -s 5011 203.0.113.100:7000)" '203.0.113.1 5011'
}
