#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# A long transfer arrives whole, and both ways are counted.
load lib

MIB=$((1024 / SLOW))

mapping_state()
{
	[ "$(q 'mapping show' '.[0].state')" = "$1" ]
}

setup_file()
{
	begin
	net_up
	gw_up
}

@test "a GiB (scaled) sent out arrives with the same hash" {
	bg sink srv "$TOOL/stream" receive 9000
	wait_for 'the receiver' listening srv t 9000
	sent=$(a "$TOOL/stream" send 203.0.113.100 9000 $MIB)
	wait_for 'the hash' grep -q . "$RUN/sink"
	is "$(cat "$RUN/sink")" "$sent" 'bytes and hash'
	is "${sent%% *}" $((MIB << 20)) 'bytes'
}

@test "the host's account has more bytes than the payload, and not much more" {
	out=$(q 'host show' '.[0].out_bytes')
	payload=$((MIB << 20))
	# 52 bytes of headers for each 1448: 3.6 per cent.
	holds 'no byte forgotten' "$out > $payload"
	holds 'no byte counted twice' "$out < $payload + $payload / 20"
}

@test "after the end the mapping is closing, and lives no longer than four minutes" {
	wait_for 'the state' mapping_state closing
	expires=$(q 'mapping show' '.[0].expires_ms')
	holds 'it expires' "$expires <= 241000"
}
