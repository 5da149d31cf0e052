#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What a new uplink is set to, and what a mapping is given to live.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

@test "time-outs: UDP 300, TCP 240, 7440, 240, ICMP 60, hold 120" {
	is "$(q 'uplink show' '.[0].timeouts | [.udp, .tcp_opening, .tcp_established, .tcp_closing,
		.icmp, .hold, .other] | join(" ")')" '300 240 7440 240 60 120 300'
}

@test "the rest: ports, filtering, fast path, hairpin, ICMP code" {
	is "$(q 'uplink show' '.[0] | "\(.port_min)-\(.port_max) \(.filtering) \(.fastpath) \(.hairpin) \(.refresh_inbound) \(.icmp_code) \(.mss) \(.follow) \(.syn_answer) \(.block) \(.max_blocks) \(.deterministic) \(.address_migrate)"')" \
		'1024-65535 address-dependent true true false 13 0 true true 0 8 false false'
}

# expires PROTO PORT SECONDS
expires()
{
	local ms

	ms=$(q "mapping show proto $1 internal :$2" '.[0].expires_ms')
	say "$1 expires in $ms ms"
	holds 'no more than that' "$ms <= $3 * 1000 + 250"
	holds 'just begun' "$ms > $3 * 1000 - 10000 * ${SLOW:-1}"
}

@test "a UDP mapping has 300 s, an ICMP one 60 s" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	expires udp 5000 300
	a ping -c 1 -W 5 -e 501 203.0.113.100
	expires icmp 501 60
}

@test "a TCP connection has 7440 s, and 240 s when closed" {
	bg tcp a "$TOOL/tcp" -s 5001 -k 600 203.0.113.100:7000
	wait_for 'the connection' mappings_are 1 internal :5001 state established
	expires tcp 5001 7440
	a "$TOOL/tcp" -s 5002 203.0.113.100:7000
	wait_for 'its end' mappings_are 1 internal :5002 state closing
	expires tcp 5002 240
}

@test "the tables' limits" {
	is "$(q 'status show' '"\(.mappings.max) \(.sessions.max) \(.hosts.max)"')" '4194304 4194304 262144'
}
