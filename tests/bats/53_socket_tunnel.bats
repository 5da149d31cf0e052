#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Tunnels: packets that one process lets in and another one answers, and a socket
# that is the kernel's own.
load books

setup_file()
{
	begin
	new_ns gw
	modprobe -q tun || true		# built in, or a module
	insmod "$PORTICO_KO"
}

@test "what answers a tunnel's packets is the server's, not its daemon's" {
	# shellcheck disable=SC2016 # socat's words
	bg server gw socat TCP-LISTEN:7070,fork,reuseaddr SYSTEM:'read x; echo got $x; sleep 60'
	wait_for 'the server' listening gw t 7070
	bg daemon gw "$TOOL/tun-daemon" 7070
	wait_for 'the answer' grep -qx 'got hello' "$RUN/daemon"
	is "$(socks 'proto tcp local :7070 remote 10.8.0.2' '.[0] | "\(.comm) \(.create_comm)"')" 'socat socat'
}

# bats test_tags=modules
@test "a tunnel's own socket is nobody's, whoever sends through it" {
	ips gw <<-IP
		link add d0 type dummy
		link set d0 up
		addr add 192.0.2.1/24 dev d0
		neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev d0 nud permanent
		link add vx0 type vxlan id 7 remote 192.0.2.2 dstport 4789 dev d0
		addr add 10.9.0.1/24 dev vx0
		link set vx0 up
	IP
	gw ping -c 1 -W 1 10.9.0.2 || true
	is "$(socks 'proto udp local :4789' '.[0] | "\(.out_packets > 0) \(.pid) \(.create_pid)"')" 'true null null'
}
