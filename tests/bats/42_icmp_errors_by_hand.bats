#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# ICMP errors written by hand: true ones arrive whole, none ends anything.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "every kind of error from any router" { "$TOOL/icmp-cases" true_errors; }
@test "the MTU of 3/4 is kept" { "$TOOL/icmp-cases" mtu_is_kept; }
@test "the checksum of an embedded TCP segment" { "$TOOL/icmp-cases" inner_tcp_checksum; }
@test "eight bytes of transport are enough" { "$TOOL/icmp-cases" eight_bytes; }
@test "fewer are not" { "$TOOL/icmp-cases" too_short; }
@test "about an echo request" { "$TOOL/icmp-cases" query; }
@test "embedded IP options" { "$TOOL/icmp-cases" options_skipped; }
@test "wrong checksums are dropped" { "$TOOL/icmp-cases" bad_checksum; }
@test "a wrong embedded transport checksum does not matter" { "$TOOL/icmp-cases" inner_transport_checksum_ignored; }
@test "about what was never sent" { "$TOOL/icmp-cases" unmapped; }
@test "no error ends or shortens a mapping" { "$TOOL/icmp-cases" nothing_ends; }
@test "an error does not refresh" { "$TOOL/icmp-cases" not_refreshed; }
@test "from inside, about what came" { "$TOOL/icmp-cases" from_inside; }
@test "from inside, about what never came" { "$TOOL/icmp-cases" from_inside_unmapped; }
@test "timestamp queries" { "$TOOL/icmp-cases" timestamps; }
