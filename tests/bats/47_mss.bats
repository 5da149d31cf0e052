#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The segment size of SYNs is lowered to what the uplink carries.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "by default it is untouched" { "$TOOL/mss-cases" off; }
@test "lowered in SYNs and SYN-ACKs of both directions" { "$TOOL/mss-cases" lowered; }
@test "never raised, never added" { "$TOOL/mss-cases" never_raised; }
@test "wherever among the options it stands" { "$TOOL/mss-cases" any_place; }
@test "broken options are left alone" { "$TOOL/mss-cases" broken; }
@test "only of SYNs" { "$TOOL/mss-cases" only_syn; }
@test "by the uplink's MTU" { "$TOOL/mss-cases" by_path; }
@test "by the MTU of a route" { "$TOOL/mss-cases" by_route; }

# Nobody hears of a packet too big: only the segment size helps.
@test "two hundred kilobytes over a narrow link without ICMP" {
	offload off
	ip -n gw link set wan mtu 1280
	ip netns exec gw nft 'add table ip deaf; add chain ip deaf out { type filter hook output priority 0; };
		add rule ip deaf out ip protocol icmp drop;'
	portico uplink set wan mss pmtu
	bg data srv "$TOOL/burst" serve 7100
	wait_for 'the server' listening srv t 7100
	is "$(a timeout 20 "$TOOL/burst" tcp 203.0.113.100 7100 1 200000)" 1
	ip netns exec gw nft delete table ip deaf
	ip -n gw link set wan mtu 1500
}

@test "a size that is none is refused" {
	run -1 --separate-stderr portico uplink set wan mss 63
	# shellcheck disable=SC2154 # run sets stderr
	[[ $stderr == *mss*63* ]]
	portico uplink set wan mss off
}
