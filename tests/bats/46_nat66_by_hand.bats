#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# IPv6 packets made by hand: headers, errors, what must not leave.
load six

setup_file()
{
	begin
	net_up six
	gw_up_six
}

@test "hop limit, class and label" { "$TOOL/nat66-cases" hops; }
@test "extension headers" { "$TOOL/nat66-cases" extension_headers; }
@test "broken extension headers" { "$TOOL/nat66-cases" broken_chains; }
@test "headers that are closed" { "$TOOL/nat66-cases" closed_headers; }
@test "GRE and ESP" { "$TOOL/nat66-cases" tunnels; }
@test "a routing header" { "$TOOL/nat66-cases" routing_header; }
@test "every kind of error" { "$TOOL/nat66-cases" true_errors; }
@test "packet too big about TCP" { "$TOOL/nat66-cases" too_big_about_tcp; }
@test "echo by identifier" { "$TOOL/nat66-cases" query; }
@test "options within an error" { "$TOOL/nat66-cases" inner_options; }
@test "an error's checksum" { "$TOOL/nat66-cases" error_checksum; }
@test "errors about nothing" { "$TOOL/nat66-cases" unrelated_errors; }
@test "errors from inside" { "$TOOL/nat66-cases" from_inside; }
@test "an inside source on the uplink" { "$TOOL/nat66-cases" martian; }
@test "UDP without a checksum" { "$TOOL/nat66-cases" no_udp_checksum; }
@test "what cannot be translated" { "$TOOL/nat66-cases" no_leak; }
