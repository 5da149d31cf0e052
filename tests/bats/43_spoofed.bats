#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Spoofed and broken packets: dropped or left alone, each with its reason.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "inside source arriving on the uplink" { "$TOOL/spoof-cases" martian; }
@test "a source of no inside prefix" { "$TOOL/spoof-cases" foreign_source; }
@test "a protocol without ports" { "$TOOL/spoof-cases" unknown_protocol; }
@test "headers that contradict themselves" { "$TOOL/spoof-cases" bad_headers; }
@test "UDP without a checksum" { "$TOOL/spoof-cases" no_udp_checksum; }
@test "a UDP checksum that comes out as zero" { "$TOOL/spoof-cases" checksum_ffff; }
@test "an echo reply that nobody asked for" { "$TOOL/spoof-cases" reply_not_asked; }
@test "ICMP that cannot be translated" { "$TOOL/spoof-cases" redirect; }
