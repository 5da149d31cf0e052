#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# A freed port rests before it is given again.
load lib

# Seconds; long enough to ask twice meanwhile.
REST=$((1 + 2 * ${SLOW:-1}))

setup_file()
{
	begin
	net_up
	gw_up ports 20000-20001 timeout hold ${REST}s
	serve srv 7000
}

@test "the port of a deleted mapping is at rest, then free" {
	start=$SECONDS
	a "$TOOL/udp-from" 5000 5001 203.0.113.100:7000
	wait_for 'both ports' mappings_are 2 proto udp
	portico mapping del internal :5000
	is "$(q 'status show' .held)" 1 'ports at rest'
	run -0 b "$TOOL/udp" -s 6000 203.0.113.100:7000
	is "${lines[-1]}" 'icmp 3/13'
	wait_for 'the end of its rest' held_is 0
	holds 'it rested' "$SECONDS - $start >= $REST - 1"
	is "$(b "$TOOL/udp" -s 6000 203.0.113.100:7000)" '203.0.113.1 20000'
}

held_is()
{
	[ "$(q 'status show' .held)" = "$1" ]
}

@test "the default is two minutes" {
	portico uplink del wan
	portico uplink add wan
	is "$(q 'uplink show' '.[0].timeouts.hold')" 120
}
