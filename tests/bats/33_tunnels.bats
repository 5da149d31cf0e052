#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# GRE and ESP, which have no ports: one inside host at each external address.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "GRE of PPTP there and back" { "$TOOL/tunnel-cases" gre_there_and_back; }
@test "ESP there and back" { "$TOOL/tunnel-cases" esp_there_and_back; }
@test "taken by another host" { "$TOOL/tunnel-cases" taken; }
@test "given back, it is free at once" { "$TOOL/tunnel-cases" free_at_once; }
@test "the gateway's own tunnel" { "$TOOL/tunnel-cases" own_tunnel; }
@test "a forward" { "$TOOL/tunnel-cases" forward; }
@test "errors" { "$TOOL/tunnel-cases" errors; }
@test "fragments" { "$TOOL/tunnel-cases" fragments; }
@test "headers cut short" { "$TOOL/tunnel-cases" cut; }
@test "saved and restored" { "$TOOL/tunnel-cases" saved; }
@test "from inside to inside" { "$TOOL/tunnel-cases" hairpin; }
