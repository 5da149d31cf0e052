#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# All ports given: the next mapping is refused, and nothing else is touched.
load lib

setup_file()
{
	begin
	net_up
	gw_up ports 20000-20015
	serve srv 7000
	# Sixteen mappings fill the sixteen ports.
	a "$TOOL/udp-from" 5000 5015 203.0.113.100:7000
	wait_for 'sixteen mappings' mappings_are 16 proto udp
}

@test "all sixteen ports of the range are in use, each once" {
	is "$(q 'mapping show proto udp' '[.[].external.port] | unique | "\(length) \(.[0]) \(.[-1])"')" \
		'16 20000 20015'
}

@test "the seventeenth is refused: reason, ICMP 3/13, counters" {
	refused=$(q 'status show' .mappings_refused)
	before=$(reason ports-exhausted)
	run -0 b "$TOOL/udp" -s 5100 203.0.113.100:7000
	is "${lines[-1]}" 'icmp 3/13'
	is "$(reason ports-exhausted)" $((before + 1))
	is "$(q 'status show' .mappings_refused)" $((refused + 1))
	is "$(q 'host show' '.[] | select(.host == "192.168.0.11") | .refused')" 1 "b's refused"
}

@test "the code is a setting, and silence too" {
	portico uplink set wan icmp-code 1
	run -0 b "$TOOL/udp" -s 5101 203.0.113.100:7000
	is "${lines[-1]}" 'icmp 3/1'
	portico uplink set wan icmp-code none
	run -0 b "$TOOL/udp" -w 1 -s 5102 203.0.113.100:7000
	is "${lines[-1]}" -
	portico uplink set wan icmp-code 13
}

@test "the sixteen still work, unchanged" {
	before=$(q 'mapping show proto udp' '[.[] | [.internal.port, .external.port]] | sort | tostring')
	a "$TOOL/udp" -s 5000-5015 203.0.113.100:7000 >"$RUN/answers"
	is "$(grep -c '^203\.0\.113\.1 200' "$RUN/answers")" 16 answers
	is "$(q 'mapping show proto udp' '[.[] | [.internal.port, .external.port]] | sort | tostring')" "$before"
}

@test "another protocol has ports of its own" {
	run -0 b "$TOOL/tcp" -s 5100 203.0.113.100:7000
	[[ ${lines[-1]} == '203.0.113.1 200'* ]]
}

@test "well-known source ports are another class: not affected" {
	is "$(b "$TOOL/udp" -s 500 203.0.113.100:7000)" '203.0.113.1 500'
}
