#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Accounts: named sums over the hosts of prefixes; resets lose nothing.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
	monitor account
}

# account NAME JQ
account()
{
	q "account show $1" ".[0] | $2"
}

counts()
{
	account "$1" '"\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"'
}

# Two datagrams of 28 and some bytes each way, by one host.
talk()
{
	"$1" "$TOOL/udp" -s "$2" 203.0.113.100:7000 >&2
}

# What the records of these hosts say.
hosts()
{
	q "host show $1" '"\(map(.out_packets) | add) \(map(.out_bytes) | add) \(map(.in_packets) | add) \(map(.in_bytes) | add)"'
}

@test "it counts from when it was made" {
	talk a 5000
	portico account add one 192.168.0.10/32
	portico account add both 192.168.0.8/30,192.168.0.10/32
	is "$(counts one)" '0 0 0 0'
	is "$(account one '"\(.hosts) \(.mappings) \(.prefixes[0])"')" '1 1 192.168.0.10/32'
	talk a 5000
	talk b 5000
	is "$(account one '"\(.out_packets) \(.in_packets)"')" '1 1'
	is "$(account both '"\(.hosts) \(.out_packets) \(.in_packets)"')" '2 2 2' 'each host once'
	balanced
}

@test "a reset tells what it was, and nothing is lost or told twice" {
	local was sum=0 now i

	was=$("$PORTICO" -n gw -j account reset both | jq -r '.[0].out_bytes')
	[ "$was" -gt 0 ]
	is "$(counts both)" '0 0 0 0'
	now=$(hosts 'address 192.168.0.0/24' | cut -d' ' -f2)
	# While packets pass.
	ip netns exec a "$TOOL/burst" udp 203.0.113.100 7000 300 10 >&2 &
	for ((i = 0; i < 5; i++)); do
		sum=$((sum + $("$PORTICO" -n gw -j account reset both | jq -r '.[0].out_bytes')))
	done
	wait
	sum=$((sum + $(account both .out_bytes)))
	is "$sum" "$(($(hosts 'address 192.168.0.0/24' | cut -d' ' -f2) - now))" 'bytes out'
	is "$(account one '.out_packets > 1')" true 'the other goes on'
}

@test "what ended is still in it" {
	local before

	before=$(counts one)
	portico mapping flush
	is "$(counts one)" "$before"
	is "$(account one .mappings)" 0
}

@test "dumped and applied: it goes on counting; changed, it begins anew" {
	local before

	before=$(counts one)
	portico dump >"$BATS_TEST_TMPDIR/conf"
	grep -qx 'account add both 192.168.0.8/30,192.168.0.10/32' "$BATS_TEST_TMPDIR/conf"
	portico apply "$BATS_TEST_TMPDIR/conf"
	is "$(counts one)" "$before"
	sed -i 's,^account add one .*,account add one 192.168.0.0/24,; /^account add both/d' "$BATS_TEST_TMPDIR/conf"
	portico apply "$BATS_TEST_TMPDIR/conf"
	is "$(q 'account show' '[.[] | .name] | join(" ")')" one
	is "$(counts one)" '0 0 0 0'
	echo 'account add one 10.0.0.0/8' >>"$BATS_TEST_TMPDIR/conf"
	run -1 portico apply "$BATS_TEST_TMPDIR/conf"
}

@test "taken back; events told of all that" {
	portico account del one
	is "$(q 'account show' length)" 0
	run -2 portico account show one
	run -2 --separate-stderr portico account del one
	# shellcheck disable=SC2154 # stderr is set by run
	[[ $stderr == *'no account of this name'* ]]
	is "$(jq -r '"\(.event) \(.account)"' "$RUN/events" | tr '\n' ,)" \
		'account-add one,account-add both,account-del one,account-del both,account-add one,account-del one,'
}

@test "in the metrics" {
	portico account add all 0.0.0.0/0
	talk a 5005
	run -0 portico metrics
	[[ $output == *'portico_account_packets_total{account="all",direction="out"} 1'* ]]
}

@test "reasons: a reset shows what it was" {
	local was

	was=$("$PORTICO" -n gw -j reason show name outbound | jq 'map(.packets) | add')
	is "$("$PORTICO" -n gw -j reason reset | jq 'map(select(.reason == "outbound").packets) | add')" "$was"
	is "$("$PORTICO" -n gw -j reason show name outbound | jq 'map(.packets) | add // 0')" 0
	balanced
}
