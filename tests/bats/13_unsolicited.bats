#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What nobody asked for is dropped, and its reason is counted.
load lib

setup_file()
{
	begin
	net_up peer
	gw_up
	# An address that is not the gateway's own, so nothing is left to it.
	ip -n srv route add 203.0.113.8/29 via 203.0.113.1
}

@test "UDP to a port without mapping or socket: dropped, counted, no answer" {
	before=$(reason unsolicited)
	run -0 srv "$TOOL/udp" -w 1 203.0.113.1:6000
	is "${lines[-1]}" - 'the answer'
	is "$(reason unsolicited)" $((before + 1)) unsolicited
}

@test "TCP SYN likewise" {
	before=$(reason unsolicited)
	run -0 srv "$TOOL/tcp" -w 0.5 203.0.113.1:6000
	is "${lines[-1]}" -
	is "$(reason unsolicited)" $((before + 1)) unsolicited
}

@test "each of a hundred is counted once" {
	before=$(reason unsolicited)
	to=()
	for port in {6001..6100}; do
		to+=("203.0.113.1:$port")
	done
	srv "$TOOL/udp" -q "${to[@]}"
	wait_for 'the hundredth' reason_is unsolicited $((before + 100))
}

@test "a service of the gateway itself still answers" {
	serve gw 7100
	run -0 srv "$TOOL/udp" 203.0.113.1:7100
	[[ ${lines[-1]} == '203.0.113.100 '* ]]
	run -0 srv "$TOOL/tcp" 203.0.113.1:7100
	[[ ${lines[-1]} == '203.0.113.100 '* ]]
}

@test "an ACK out of nowhere opens nothing" {
	before=$(reason not-opening)
	in_ns a python3 - <<-'END'
	from scapy.all import IP, TCP, send
	send(IP(dst="203.0.113.100") / TCP(sport=6200, dport=80, flags="A"), verbose=0)
	END
	wait_for 'its reason' reason_is not-opening $((before + 1))
	is "$(q 'mapping show internal :6200' length)" 0 mappings
}
