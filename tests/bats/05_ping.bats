#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Echo requests and their replies.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "twenty out, twenty back" {
	run -0 a ping -c 20 -i 0.02 -W 10 203.0.113.100
	[[ $output == *'20 packets transmitted, 20 received'* ]]
}

@test "packets larger than the MTU" {
	run -0 a ping -c 3 -i 0.05 -W 10 -s 4000 203.0.113.100
	[[ $output == *'3 received'* ]]
}

@test "two hosts with the same identifier reach the same server" {
	a ping -c 3 -i 0.05 -W 10 -e 77 203.0.113.100
	b ping -c 3 -i 0.05 -W 10 -e 77 203.0.113.100
	ids=$(q 'mapping show proto icmp' '[.[] | select(.internal.port == 77) | .external.port] | length, (unique | length)' | xargs)
	is "$ids" '2 2' 'mappings of identifier 77, and different external ones'
}

@test "the gateway itself answers on its external address" {
	srv ping -c 1 -W 10 203.0.113.1
}

@test "an echo request from outside reaches no host" {
	run srv ping -c 1 -W 1 192.168.0.10
	[ "$status" -ne 0 ]
}
