#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# A port that a socket of the gateway holds is never given to a host.
load lib

setup_file()
{
	begin
	net_up
	gw_up filtering endpoint-independent
	serve srv 7000
	serve gw 1194 8443
}

@test "UDP: the gateway listens on 1194, a host sends from 1194" {
	run -0 a "$TOOL/udp" -s 1194 203.0.113.100:7000
	[[ ${lines[-1]} == '203.0.113.1 '* ]]
	[ "${lines[-1]}" != '203.0.113.1 1194' ]
}

@test "TCP: the same with 8443" {
	run -0 a "$TOOL/tcp" -s 8443 203.0.113.100:7000
	[[ ${lines[-1]} == '203.0.113.1 '* ]]
	[ "${lines[-1]}" != '203.0.113.1 8443' ]
}

@test "the services are reached from outside, not the host" {
	is "$(srv "$TOOL/udp" -s 5600 203.0.113.1:1194)" '203.0.113.100 5600'
	is "$(srv "$TOOL/tcp" -s 5600 203.0.113.1:8443)" '203.0.113.100 5600'
}

@test "not by chance: with a small range, that port is the one left out" {
	portico uplink set wan ports 1192-1197
	taken=$(quiet_ns a "$TOOL/udp" -w 0.3 -s 5600-5620 203.0.113.100:7000 |
		awk '$1 == "203.0.113.1" { print $2 }' | sort -n | xargs)
	is "$taken" '1192 1193 1195 1196 1197' 'ports given'
}

@test "when the socket goes the port is free" {
	portico mapping flush
	portico uplink set wan ports 1024-65535
	bg short gw "$TOOL/udp" -s 1300 -r -w 600
	wait_for 'the socket' listening gw u 1300
	run -0 a "$TOOL/udp" -s 1300 203.0.113.100:7000
	[ "${lines[-1]}" != '203.0.113.1 1300' ]
	portico mapping flush
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'its end' gone gw u 1300
	is "$(a "$TOOL/udp" -s 1300 203.0.113.100:7000)" '203.0.113.1 1300'
}
