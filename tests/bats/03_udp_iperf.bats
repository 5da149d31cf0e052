#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# UDP streams in both directions.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	bg iperf srv iperf3 -s
	wait_for 'iperf3' listening srv t 5201
}

# stream [-R]: 2,000 datagrams of 1,000 bytes; prints what was sent and lost.
stream()
{
	a iperf3 -c 203.0.113.100 -u -b 4M -l 1000 -n 2000000 -w 4M -J "$@" >"$RUN/json"
	jq -r '.end.sum | "\(.packets) \(.lost_packets)"' "$RUN/json"
}

@test "datagrams out: none lost" {
	is "$(stream --get-server-output)" '2000 0' 'sent and lost'
}

@test "datagrams in: none lost" {
	run -0 stream -R
	read -r packets lost <<<"${lines[-1]}"
	holds 'all came' "$packets >= 2000"
	is "$lost" 0 lost
}

@test "TCP in both directions at once" {
	a iperf3 -c 203.0.113.100 --bidir -n 8M -J >"$RUN/json"
	is "$(jq -r '.error // "none"' "$RUN/json")" none error
	holds 'bytes came back' "$(jq '.end.sum_received_bidir_reverse.bytes' "$RUN/json") > 0"
}
