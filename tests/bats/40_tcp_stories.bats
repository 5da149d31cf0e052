#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Valid TCP, segment by segment: opening, closing, starting again.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "a whole life, state by state" { "$TOOL/tcp-cases" whole_life; }
@test "the server closes first" { "$TOOL/tcp-cases" closed_from_outside; }
@test "both close at once" { "$TOOL/tcp-cases" simultaneous_close; }
@test "both open at once" { "$TOOL/tcp-cases" simultaneous_open; }
@test "SYN and SYN-ACK sent again" { "$TOOL/tcp-cases" syn_retransmitted; }
@test "options pass unchanged" { "$TOOL/tcp-cases" syn_options; }
@test "a refused connection" { "$TOOL/tcp-cases" refused; }
@test "data after a reset" { "$TOOL/tcp-cases" alive_after_reset; }
@test "the same endpoints again at once" { "$TOOL/tcp-cases" port_used_again; }
@test "a connection from outside through a mapping" { "$TOOL/tcp-cases" from_outside; }
@test "sequence numbers wrap around" { "$TOOL/tcp-cases" wrapped_sequence; }
