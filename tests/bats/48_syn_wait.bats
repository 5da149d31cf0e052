#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# A SYN that nobody asked for: six seconds of silence, then ICMP or nothing.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "answered after six seconds, once" { "$TOOL/syn-wait-cases" answered; }
@test "only what asks for a connection" { "$TOOL/syn-wait-cases" not_asking; }
@test "not when a SYN went out meanwhile" { "$TOOL/syn-wait-cases" crossed; }
@test "not where it is switched off" { "$TOOL/syn-wait-cases" silent; }
@test "256 at most wait" { "$TOOL/syn-wait-cases" bounded; }
@test "not for an address that is gone" { "$TOOL/syn-wait-cases" address_gone; }
