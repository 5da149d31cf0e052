#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ports.sh: what a new mapping costs, in instructions, when a part of the only
# external address's ports is taken: 0, 50, 90 and 99 per cent, taken at
# random. For each, for nft and for Portico:
#
#	taken PATH PERCENT insn N sent N forwarded N inuse N
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

ALL=64512		# 1024 to 65535
NEW=400
EXTERNAL=203.0.113.64

# random FIRST LAST: packets of random hosts of that range, from random ports but
# the last, which pktgen leaves out (and 65536 is 0 to it).
random()
{
	pg d0 "flag UDPSRC_RND" "flag IPSRC_RND" "src_min $1" "src_max $2" "dst $REMOTE" \
		"udp_dst_min 9" "udp_dst_max 9" "udp_src_min 1024" "udp_src_max 65535"
}

inuse()
{
	case $1 in
	masq)	conntrack -C ;;
	out)	"$PORTICO" -j status show | jq .mappings.used ;;
	*)	echo 0 ;;
	esac
}

setup()
{
	case $1 in
	drop)	row_up drop ;;
	masq)	nft "table ip n { chain post { type nat hook postrouting priority srcnat;
			oifname \"d1\" snat to $EXTERNAL; }; }" || fail nft ;;
	out)	portico_up address $EXTERNAL ports 1024-65535 timeout udp 7200s ;;
	esac
}

# fill PATH TARGET: mappings in batches, so that tables grow meanwhile.
fill()
{
	local have now

	random 10.1.0.1 10.1.0.254
	have=$(inuse "$1")
	while [ "$have" -lt $(($2 - 200)) ]; do
		pg_run d0 $(($2 - have < 4000 ? $2 - have : 4000))
		now=$(inuse "$1")
		[ "$now" -gt "$have" ] || break
		have=$now
	done
}

modprobe pktgen
modprobe nf_conntrack
echo 262144 >/sys/module/nf_conntrack/parameters/hashsize
echo 262144 >/proc/sys/net/netfilter/nf_conntrack_max
echo 0 >/proc/sys/net/netfilter/nf_conntrack_checksum
echo 7200 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
echo "kernel $(uname -r)"
[ $# -gt 0 ] || set -- masq out
for path in drop "$@"; do
	rig_up
	setup "$path"
	for percent in 0 50 90 99; do
		[ "$path" != drop ] || [ $percent = 0 ] || continue
		if [ $percent = 0 ]; then
			# The hosts are known before their mappings are counted.
			pg d0 "src_min 10.1.0.1" "src_max 10.1.0.254" "dst $REMOTE" "udp_dst_min 9" \
				"udp_dst_max 9" "udp_src_min 1024" "udp_src_max 1024"
			pg_run d0 254
		fi
		[ "$path" = drop ] || fill "$path" $((ALL * percent / 100))
		used=$(inuse "$path")
		random 10.1.0.1 10.1.0.254
		before=$(sent_by d1)
		pg_run d0 $NEW
		echo "taken $path percent $percent insn $((TOOK * 10000 / NEW)) sent $NEW" \
			"forwarded $(($(sent_by d1) - before)) inuse $used"
	done
	rig_neat
done
