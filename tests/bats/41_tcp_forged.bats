#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Forged TCP: it neither closes nor shortens what is alive.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "exact RST from outside ends it" { "$TOOL/tcp-cases" rst_exact_out; }
@test "exact RST from inside ends it" { "$TOOL/tcp-cases" rst_exact_in; }
@test "RST from outside below the window" { "$TOOL/tcp-cases" rst_below_window_out; }
@test "RST from outside above the window" { "$TOOL/tcp-cases" rst_above_window_out; }
@test "RST from outside inside the window, not exact" { "$TOOL/tcp-cases" rst_inexact_out; }
@test "RST from inside below the window" { "$TOOL/tcp-cases" rst_below_window_in; }
@test "RST from inside above the window" { "$TOOL/tcp-cases" rst_above_window_in; }
@test "RST from inside inside the window, not exact" { "$TOOL/tcp-cases" rst_inexact_in; }
@test "FIN far outside the window" { "$TOOL/tcp-cases" fin_out_of_window; }
@test "segments out of nowhere" { "$TOOL/tcp-cases" stray_segments; }
@test "segments of a stranger" { "$TOOL/tcp-cases" stranger; }
