# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # set for those who source this
# The rig inside a guest: d0 (inside) -> gateway -> d1 (outside), both dummies,
# one static neighbour behind each, and pktgen, which hands packets to the
# stack as if d0 (or d1) had received them. Sourced by the guest scripts.

PORT=20000		# the first source port

# rig_family 4|6: the addresses that rig_up and pktgen use.
rig_family()
{
	FAMILY=$1
	INSIDE=10.0.0.2		# the first inside host, behind the neighbour on d0
	GATEWAY=203.0.113.1	# the outside address
	REMOTE=198.51.100.1
	[ "$1" = 4 ] || INSIDE=fd01::2 GATEWAY=2001:db8:ff::1 REMOTE=2001:db8:fa::1
}
rig_family 4

fail()
{
	echo "fail $*"
	exit 1
}

rig_up()
{
	local dev

	for dev in d0 d1; do
		ip link add $dev type dummy
		# Checksums are in the packet, as they are in one off a wire.
		ethtool -K $dev tx off >/dev/null 2>&1
		echo 1 >"/proc/sys/net/ipv6/conf/$dev/disable_ipv6" 2>/dev/null
		ip link set $dev up
	done
	ip addr add 192.168.255.1/24 dev d0
	ip addr add 203.0.113.1/24 dev d1
	ip neigh add 192.168.255.2 lladdr 02:00:00:00:00:02 dev d0 nud permanent
	ip neigh add 203.0.113.254 lladdr 02:00:00:00:01:02 dev d1 nud permanent
	ip route add 10.0.0.0/8 via 192.168.255.2
	ip route add default via 203.0.113.254
	echo 1 >/proc/sys/net/ipv4/ip_forward
	[ "$FAMILY" = 4 ] || rig_up_6
}

rig_up_6()
{
	local dev

	for dev in d0 d1; do
		# What leaves is what pktgen sent: no reports of groups, no solicitations.
		ip link set $dev multicast off
		echo 0 >/proc/sys/net/ipv6/conf/$dev/router_solicitations
		echo 0 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6
	done
	ip addr add fd00:ffff::1/64 dev d0 nodad
	ip addr add $GATEWAY/64 dev d1 nodad
	ip neigh add fd00:ffff::2 lladdr 02:00:00:00:00:02 dev d0 nud permanent
	ip neigh add 2001:db8:ff::fe lladdr 02:00:00:00:01:02 dev d1 nud permanent
	ip route add fd01::/16 via fd00:ffff::2
	ip route add default via 2001:db8:ff::fe
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}

rig_down()
{
	ip link del d0
	ip link del d1
}

# rig_neat: nothing of a row stays behind for the next one.
rig_neat()
{
	nft flush ruleset
	[ ! -d /sys/module/bench_drop ] || rmmod bench_drop
	[ ! -d /sys/module/portico ] || rmmod portico
	echo rem_device_all >/proc/net/pktgen/kpktgend_0
	rig_down
	[ ! -d /sys/module/nf_conntrack ] || conntrack -F >/dev/null 2>&1
	sleep 1
}

mac()
{
	cat "/sys/class/net/$1/address"
}

# pg DEV SETTING...: one pktgen device with these settings and no other.
pg()
{
	local dev=$1 setting i

	shift
	echo rem_device_all >/proc/net/pktgen/kpktgend_0
	# The thread removes it when it gets to it.
	for ((i = 0; i < 50; i++)); do
		echo "add_device $dev" >/proc/net/pktgen/kpktgend_0 && break
		sleep 0.1
	done 2>/dev/null
	[ -e "/proc/net/pktgen/$dev" ] || fail pktgen
	for setting in 'xmit_mode netif_receive' 'flag !SHARED' 'burst 1' 'clone_skb 0' 'delay 0' \
		'pkt_size 60' 'flag NO_TIMESTAMP' 'flag UDPCSUM' "dst_mac $(mac "$dev")" \
		'src_mac 02:00:00:00:00:02' "$@"; do
		echo "$setting" >"/proc/net/pktgen/$dev" || fail "pktgen $setting"
	done
}

# pg_ends FROM TO: sets ENDS, the settings for these addresses.
pg_ends()
{
	if [ "$FAMILY" = 4 ]; then
		ENDS=("src_min $1" "src_max $1" "dst $2")
	else
		ENDS=("src6 $1" "dst6 $2")
	fi
}

# Outbound by FLOWS source ports (from port FIRST on); inbound to as many
# external ports. pktgen takes them in turn.
pg_out()
{
	pg_ends "$INSIDE" "$REMOTE"
	pg d0 "${ENDS[@]}" "udp_dst_min 9" "udp_dst_max 9" \
		"udp_src_min ${2:-$PORT}" "udp_src_max $((${2:-$PORT} + $1))"
}

pg_in()
{
	pg_ends "$REMOTE" "$GATEWAY"
	pg d1 "${ENDS[@]}" "udp_src_min 9" "udp_src_max 9" \
		"udp_dst_min $PORT" "udp_dst_max $((PORT + $1))"
}

sent_by()
{
	cat "/sys/class/net/$1/statistics/tx_packets"
}

# pg_run DEV COUNT: send; TOOK is the time in microseconds.
pg_run()
{
	local i result=''

	echo "count $2" >"/proc/net/pktgen/$1"
	echo start >/proc/net/pktgen/pgctrl
	# The write may return before the thread has even begun.
	for ((i = 0; i < 1000; i++)); do
		result=$(grep -o 'OK: [0-9]\+' "/proc/net/pktgen/$1") && break
		sleep 0.1
	done
	[ -n "$result" ] || fail "pktgen did not finish"
	TOOK=${result#OK: }
}
