# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with those who source this
# Many flows: $hosts x $ports of them, by way of $path. Sourced after rig.sh and
# rows.sh.

# Addresses enough for the ports, and for the unevenness of drawing them.
flows=$((hosts * ports))
pool=203.0.113.64-203.0.113.$((64 + (flows + 34999) / 35000 - 1))

# A pause that starts no program.
exec {never}<> <(:)
pause()
{
	read -rt "$1" -u "$never"
	:
}

address_at()
{
	local n=$((0x0a000002 + $1))

	echo "$((n >> 24)).$((n >> 16 & 255)).$((n >> 8 & 255)).$((n & 255))"
}

conntrack_room()
{
	local k=/proc/sys/net/netfilter

	echo $((flows * 2 < 65536 ? 65536 : flows * 2)) >/sys/module/nf_conntrack/parameters/hashsize
	echo $((flows * 2 + 65536)) >$k/nf_conntrack_max
	echo 7200 >$k/nf_conntrack_udp_timeout
	echo 7200 >$k/nf_conntrack_udp_timeout_stream
	echo 7200 >$k/nf_flowtable_udp_timeout
}

# Every flow COUNT times: neither side of the product divides the other, so
# pktgen, which advances both with each packet, meets all pairs.
each_flow()
{
	local i

	for ((i = 0; i < $1; i++)); do
		pg d0 "src_min $INSIDE" "src_max $(address_at $((hosts - 1)))" "dst $REMOTE" \
			"udp_dst_min 9" "udp_dst_max 9" "udp_src_min $PORT" "udp_src_max $((PORT + ports))"
		pg_run d0 "$flows"
	done
}

# The path, without a flow yet.
flows_up()
{
	rig_up
	[ "$path" = out ] || conntrack_room
	case $path in
	out)	insmod "$PORTICO_KO" || fail insmod
		"$PORTICO" uplink add d1 address "$pool" timeout udp 7200s || fail uplink
		"$PORTICO" inside add 10.0.0.0/8 || fail inside ;;
	masq|flowtable)
		rules="table ip n { chain post { type nat hook postrouting priority srcnat;
			oifname \"d1\" snat to $pool; }; }"
		[ "$path" = masq ] || rules+=$rules_flowtable
		nft "$rules" || fail nft ;;
	*)	row_up "$path" ;;
	esac
	echo 0 >/proc/sys/net/netfilter/nf_conntrack_checksum
	echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct
}

# Every flow; the second time, a lost first packet is made good, the third, what
# a flowtable takes over at a flow's second packet is there.
flows_fill()
{
	case $path in
	masq|out)	each_flow 2 ;;
	flowtable)	each_flow 3 ;;
	esac
}
