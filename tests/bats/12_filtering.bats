#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Who may answer: the three filtering modes, switched while mappings live.
load lib

setup_file()
{
	begin
	net_up peer
	gw_up
	serve srv 7000
	# The mapping under test: a:5200 has talked to srv:7000 and to nobody else.
	a "$TOOL/udp" -s 5200 203.0.113.100:7000
	bg inbox a "$TOOL/udp" -s 5200 -r -w 600
	wait_for 'the inbox' listening a u 5200
}

# knock NS PORT: one datagram from there to the mapping; did it come in?
knock()
{
	local before after filtered

	before=$(q 'mapping show proto udp internal :5200' '.[0].in_packets')
	filtered=$(reason filtered)
	"$1" "$TOOL/udp" -q -s "$2" 203.0.113.1:5200
	wait_for 'a verdict' verdict "$before" "$filtered"
	after=$(q 'mapping show proto udp internal :5200' '.[0].in_packets')
	echo $((after - before))
}

verdict()
{
	[ "$(q 'mapping show proto udp internal :5200' '.[0].in_packets')" != "$1" ] ||
		[ "$(reason filtered)" != "$2" ]
}

# modes MODE SAME-ENDPOINT SAME-ADDRESS OTHER-ADDRESS
mode()
{
	portico uplink set wan filtering "$1"
	is "$(knock srv 7001)" "$3" "$1: another port of the address"
	is "$(knock peer 7000)" "$4" "$1: another address"
	# The answer of serve itself: from the endpoint that was contacted.
	is "$(a "$TOOL/udp" -s 5201 203.0.113.100:7000)" '203.0.113.1 5201'
}

# Those let in made sessions, which must not count as having been contacted:
# the strict modes come first.
@test "address and port dependent: nobody else" {
	mode address-and-port-dependent 1 0 0
}

@test "address dependent, the default: any port of that address" {
	mode address-dependent 1 1 0
}

@test "endpoint independent: everybody" {
	mode endpoint-independent 1 1 1
}

@test "what came in was heard by the host's socket" {
	wait_for 'the datagrams' grep -q '^203\.0\.113\.101 7000 ' "$RUN/inbox"
	grep -q '^203\.0\.113\.100 7001 ' "$RUN/inbox"
}

@test "per protocol: UDP open, TCP strict" {
	portico uplink set wan filtering address-and-port-dependent
	portico uplink set wan filtering udp endpoint-independent
	is "$(q 'uplink show' '.[0] | "\(.filtering_tcp) \(.filtering_udp)"')" \
		'address-and-port-dependent endpoint-independent'
	a "$TOOL/tcp" -s 5202 203.0.113.100:7000
	before=$(reason filtered)
	run peer "$TOOL/tcp" -w 1 203.0.113.1:5202
	is "${lines[-1]}" -
	holds 'counted as filtered' "$(reason filtered) > $before"
	is "$(knock peer 7005)" 1 'UDP from anywhere'
}
