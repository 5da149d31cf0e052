#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iperf.sh PATH ROUNDS: iperf3 from a host through a gateway to a server, three
# namespaces joined by veth; TCP with segmentation offload on and off, and UDP.
#
#	begin KIND
#	end KIND bytes N
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

path=$1 rounds=$2
for ns in host gw net; do
	ip netns add $ns
	ip -n $ns link set lo up
done
ip -n host link add d0 type veth peer name d0 netns gw
ip -n net link add d1 type veth peer name d1 netns gw
ip -n host addr add 10.0.0.2/24 dev d0
ip -n gw addr add 10.0.0.1/24 dev d0
ip -n gw addr add $GATEWAY/24 dev d1
ip -n net addr add 203.0.113.254/24 dev d1
for end in host:d0 net:d1 gw:d0 gw:d1; do
	ip -n "${end%:*}" link set "${end#*:}" up
done
ip -n host route add default via 10.0.0.1
ip netns exec gw sysctl -qw net.ipv4.ip_forward=1
case $path in
plain)		ip -n net route add 10.0.0.0/24 via $GATEWAY ;;
masq)		ip netns exec gw nft "$rules_masq" ;;
flowtable)	ip netns exec gw nft "$rules_masq$rules_flowtable" ;;
out)		insmod "$PORTICO_KO"
		"$PORTICO" -n gw uplink add d1
		"$PORTICO" -n gw inside add 10.0.0.0/8 ;;
esac || fail "$path: the set-up"
ip netns exec net iperf3 -s -D >/dev/null
sleep 1

# run KIND IPERF-ARGUMENT...
run()
{
	local kind=$1 bytes

	shift
	echo "begin $kind"
	sleep 0.1
	bytes=$(ip netns exec host timeout 60 iperf3 -J -c 203.0.113.254 "$@" | jq '.end.sum_received.bytes // .end.sum.bytes')
	echo "end $kind bytes ${bytes:-0}"
	sleep 0.2
}

offload()
{
	local end

	for end in host:d0 net:d1 gw:d0 gw:d1; do
		ip netns exec "${end%:*}" ethtool -K "${end#*:}" tso "$1" gso "$1" gro "$1" >/dev/null 2>&1
	done
}

for ((i = 0; i < rounds; i++)); do
	offload on
	run tcp -n 400M
	offload off
	run tcp-nogso -n 60M
	run udp -u -b 0 -l 1400 -n 20M
done
if [ "$path" = out ]; then
	books=ok
	"$PORTICO" -n gw audit >/tmp/audit || { books=bad; cat /tmp/audit; }
	echo "books $books"
fi
echo "finished"
