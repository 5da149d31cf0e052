#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Mappings that have ended stay in a bounded history with their final numbers.
load lib

setup_file()
{
	begin
	net_up
	gw_up timeout icmp 1s
	serve srv 7000
}

# ended FILTER JQ: over the history, oldest first.
ended()
{
	q "mapping show --ended $1" "$2"
}

kept()
{
	is "$(q status '"\(.mappings_ended.used) \(.ended_lost)"')" "$1" 'kept and lost'
}

# use PORT: one datagram there and back by this port.
use()
{
	a "$TOOL/udp" -s "$1" 203.0.113.100:7000 >&2
}

gone()
{
	portico mapping del proto udp internal ":$1" >&2
}

# The bytes that the module booked for the port, live.
bytes()
{
	q "mapping show proto udp internal :$1" '.[0] | "\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"'
}

@test "removed: kept with its endpoints, its numbers and its times" {
	local before live

	before=$(date +%s%3N)
	use 5000
	is "$(ended '' length)" 0 'nothing has ended yet'
	live=$(bytes 5000)
	[ "$live" != '0 0 0 0' ]
	gone 5000
	is "$(ended '' '.[] | "\(.proto) \(.internal.address):\(.internal.port) \(.external.address):\(.external.port) \(.dev) \(.sessions) \(.flags[0])"')" \
		'udp 192.168.0.10:5000 203.0.113.1:5000 wan 1 preserved'
	is "$(ended '' '.[0] | "\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"')" "$live"
	is "$(ended '' '.[0] | "\(.remote) \(.state) \(.expires_ms)"')" 'null null null' 'what is not kept'
	# The time of making is known to the second.
	is "$(ended '' ".[0] | .created_at_ms >= $before - 2000 and .created_at_ms <= .ended_at_ms and .ended_at_ms <= $(date +%s%3N)")" true
	balanced
}

@test "expired by itself: kept as well" {
	a ping -c 1 -W 5 -e 501 203.0.113.100 >&2
	wait_for 'its end' history_has icmp
	is "$(ended 'proto icmp' '.[0] | "\(.out_packets) \(.in_packets) \(.out_bytes)"')" '1 1 84'
}

history_has()
{
	[ "$(ended "proto $1" length)" -gt 0 ]
}

@test "one that had several remotes, and packets about to arrive: all of it" {
	"$PORTICO" -n gw uplink set wan filtering endpoint-independent
	a "$TOOL/udp" -s 5010 203.0.113.100:7000 >&2
	a "$TOOL/udp" -s 5010 198.51.100.100:7000 >&2
	local live

	live=$(bytes 5010)
	gone 5010
	is "$(ended 'internal :5010' '.[0] | "\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"')" "$live"
	is "$(ended 'internal :5010' '.[0].sessions')" 2
}

@test "filters: the endpoints, the protocol, the uplink" {
	is "$(ended 'internal 192.168.0.10:5000' length)" 1
	is "$(ended 'external 203.0.113.1:5010' length)" 1
	is "$(ended 'external 203.0.113.9' length)" 0
	is "$(ended 'proto tcp' length)" 0
	is "$(ended 'dev wan' length)" 3
	is "$(ended 'dev lan' length)" 0
	run -2 --separate-stderr portico mapping show --ended state active
	# shellcheck disable=SC2154 # stderr is set by run
	[[ $stderr == *'kept without remote and state'* ]]
}

@test "who had an endpoint: the history answers" {
	run -0 portico who 203.0.113.1:5000/udp
	[[ ${lines[-1]} == *'203.0.113.1:5000/udp was inside host 192.168.0.10:5000/udp by uplink wan (from '*' to '* ]]
	is "$("$PORTICO" -n gw -j who 203.0.113.1:5000/udp | jq -r '.found[0] | "\(.kind) \(.state) \(.ended_at_ms > 0)"')" 'mapping null true'
}

@test "bounded: the oldest go first, are counted, and the books balance" {
	local port

	portico status set ended-max 4
	kept '3 0'
	for port in 5020 5021 5022; do
		use "$port"
		gone "$port"
	done
	kept '4 2'
	is "$(ended 'proto udp' '[.[].internal.port] | join(" ")')" '5010 5020 5021 5022'
	balanced
	portico status set ended-max 2
	kept '2 4'
	is "$(ended '' '[.[].internal.port] | join(" ")')" '5021 5022'
	portico status set ended-max 100
	use 5023
	gone 5023
	is "$(ended '' '[.[].internal.port] | join(" ")')" '5021 5022 5023'
	balanced
}

@test "none at all: nothing is kept, the books balance" {
	portico status set ended-max 0
	use 5030
	gone 5030
	kept '0 8'
	is "$(ended '' length)" 0
	balanced
}

@test "thousands: the last of them are kept, each once" {
	local port

	portico status set ended-max 3000
	for ((port = 10000; port < 15000; port++)); do
		echo "udp 192.168.0.20:$port 203.0.113.1:$port"
	done >"$BATS_TEST_TMPDIR/many"
	portico mapping restore "$BATS_TEST_TMPDIR/many"
	portico mapping flush proto udp
	is "$(q status .mappings_ended.used)" 3000
	is "$(ended '' '[.[].external.port] | unique | length')" 3000
	balanced
}
