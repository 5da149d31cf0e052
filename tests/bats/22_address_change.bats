#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# The uplink's address changes: mappings follow it, old ones end.
load lib

setup_file()
{
	begin
	net_up
	# The second address takes over when the first one goes.
	ip netns exec gw sysctl -qw net.ipv4.conf.wan.promote_secondaries=1
	gw_up
	serve srv 7000
}

address()
{
	q 'uplink show' '.[0].addresses | join(" ")'
}

address_is()
{
	[ "$(address)" = "$1" ]
}

@test "at first: the interface's own" {
	address_is 203.0.113.1
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
}

@test "another address: the same host is known by the new one" {
	ip -n gw addr add 203.0.113.2/24 dev wan
	ip -n gw addr del 203.0.113.1/24 dev wan
	wait_for 'the new address' address_is 203.0.113.2
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.2 5000'
	mappings_are 0 external 203.0.113.1
}

@test "no address: refused with a reason, and told" {
	ip -n gw addr del 203.0.113.2/24 dev wan
	wait_for 'no address' address_is ''
	# A way out is left, only nothing to be known by.
	ip -n gw route replace 203.0.113.0/24 dev wan
	before=$(reason no-address)
	run -0 a "$TOOL/udp" -w 2 -s 5001 203.0.113.100:7000
	[ "${lines[-1]}" != '203.0.113.2 5001' ]
	holds 'counted' "$(reason no-address) > $before"
}

@test "an address again: at work again" {
	ip -n gw addr add 203.0.113.3/24 dev wan
	wait_for 'the address' address_is 203.0.113.3
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.3 5000'
}

@test "given addresses stay when the interface's change" {
	ip -n srv route add 203.0.113.8/29 via 203.0.113.3
	portico uplink set wan address 203.0.113.9
	ip -n gw addr add 203.0.113.4/24 dev wan
	address_is 203.0.113.9
	is "$(a "$TOOL/udp" -s 5002 203.0.113.100:7000)" '203.0.113.9 5002'
}

@test "and follow brings the interface's back" {
	portico uplink set wan follow
	wait_for 'its own' address_is 203.0.113.3
}
