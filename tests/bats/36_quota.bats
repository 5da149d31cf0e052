#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# How fast a host is, and how much it may move in a time.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
	bg sink srv sh -c 'exec socat -u UDP-RECV:7001 OPEN:/dev/null'
	monitor host
}

# send NS BYTES: that many bytes of layer 3 in packets of 1028, to nobody who answers.
send()
{
	in_ns "$1" sh -c "head -c $(($2 * 1000 / 1028)) /dev/zero | socat -u -b 1000 - UDP-SENDTO:203.0.113.100:7001,bind=:6000"
}

host()
{
	q "host show address $1" ".[0] | $2"
}

used()
{
	host "$1" .quota_used
}

# told HOST: how often.
told()
{
	# shellcheck disable=SC2016 # jq's
	jq -s --arg h "$1" 'map(select(.event == "host-quota" and .host == $h)) | length' "$RUN/events"
}

told_once()
{
	[ "$(told "$1")" = 1 ]
}

fast_now()
{
	[ "$(host 192.168.0.10 '.out_rate > 1000')" = true ]
}

calm_now()
{
	[ "$(host 192.168.0.10 '.out_rate == 0')" = true ]
}

@test "the rate of a host: seen while it sends, gone after it; the minute remembers" {
	send a 102800 &
	wait_for 'a rate' fast_now
	wait
	wait_for 'its end' calm_now
	is "$(host 192.168.0.10 '.out_rate_minute > 0 and .in_rate == 0')" true
	is "$(q 'host show sort rate' 'length > 0')" true
	is "$(q 'host show --by 24' '.[0].out_rate_minute > 0')" true
}

@test "a quota: shown, written, and read again" {
	portico inside set 192.168.0.0/24 quota 100k/hour
	is "$(q 'inside show' '.[0].quota | "\(.bytes) \(.period_ms) \(.refuse)"')" '100000 3600000 false'
	portico dump >"$BATS_TEST_TMPDIR/conf"
	grep -q ' quota 100k/hour$' "$BATS_TEST_TMPDIR/conf"
	portico apply "$BATS_TEST_TMPDIR/conf"
	is "$(q 'inside show' '.[0].quota.bytes')" 100000
}

quota_is_on()
{
	[ "$(used "$1")" != null ]
}

@test "what was moved before it does not count; what follows does, exactly" {
	wait_for 'the period' quota_is_on 192.168.0.10
	is "$(used 192.168.0.10)" 0
	send a 51400
	is "$(used 192.168.0.10)" 51400
	is "$(host 192.168.0.10 '.quota_over')" false
}

@test "used up: an event tells once, nothing is refused" {
	send a 51400
	wait_for 'the event' told_once 192.168.0.10
	is "$(host 192.168.0.10 '.quota_over')" true
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
	sleep 2.5
	is "$(told 192.168.0.10)" 1
	is "$(jq -s '.[0].quota_used >= 100000' "$RUN/events")" true
}

no_mappings()
{
	[ "$(host "$1" .mappings)" = 0 ]
}

@test "refuse: its mappings end, new ones are refused; others go on" {
	portico inside set 192.168.0.0/24 over-quota refuse
	wait_for 'the end of its mappings' no_mappings 192.168.0.10
	is "$(a "$TOOL/udp" -s 5001 203.0.113.100:7000)" 'icmp 3/13'
	holds 'refused' "$(q 'reason show name host-quota' '.[0].packets') > 0"
	is "$(b "$TOOL/udp" -s 5001 203.0.113.100:7000)" '203.0.113.1 5001'
	wait_for 'the period of b' quota_is_on 192.168.0.11
	send b 102800
	wait_for 'the end of its mappings' no_mappings 192.168.0.11
	is "$(b "$TOOL/udp" -s 5003 203.0.113.100:7000)" 'icmp 3/13'
	balanced
}

works()
{
	[[ "$(ip netns exec a "$TOOL/udp" -s 5004 203.0.113.100:7000)" == '203.0.113.1 '* ]]
}

@test "raised, or its period over: it may go on" {
	portico inside set 192.168.0.0/24 quota 1M
	wait_for 'a to be let out' works
	is "$(host 192.168.0.10 .quota_over)" false
	portico inside set 192.168.0.0/24 quota 10k/2s
	send a 30840 || true
	wait_for 'the end of its mappings' no_mappings 192.168.0.10
	wait_for 'the next period' works
}

over()
{
	[ "$(host "$1" .quota_over)" = true ]
}

@test "taken back: who was over may go on at once, and no quota is shown" {
	portico inside set 192.168.0.0/24 quota 1 over-quota refuse
	wait_for 'it to be over' over 192.168.0.10
	run -0 a "$TOOL/udp" -s 5990 203.0.113.100:7000
	is "${lines[-1]%/*}" 'icmp 3'
	portico inside set 192.168.0.0/24 quota none
	run -0 a "$TOOL/udp" -s 5991 203.0.113.100:7000
	is "${lines[-1]% *}" 203.0.113.1
	wait_for 'it to be forgotten' quota_is_off 192.168.0.10
	is "$(q 'inside show' '.[0].quota')" null
	balanced
}

quota_is_off()
{
	[ "$(used "$1")" = null ]
}
