#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# SCTP and DCCP, packets made by hand.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "SCTP there and back" { "$TOOL/transport-cases" sctp_there_and_back; }
@test "SCTP: a port that is taken" { "$TOOL/transport-cases" sctp_taken; }
@test "SCTP: a stranger" { "$TOOL/transport-cases" sctp_filtered; }
@test "SCTP: a forward" { "$TOOL/transport-cases" sctp_forward; }
@test "DCCP there and back" { "$TOOL/transport-cases" dccp_there_and_back; }
@test "errors about both" { "$TOOL/transport-cases" errors; }
@test "headers cut short" { "$TOOL/transport-cases" cut; }
