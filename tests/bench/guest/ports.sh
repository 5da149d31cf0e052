#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ports.sh: what a new mapping costs, in instructions, when a part of the only
# external address's ports is taken: 0, 50, 90 and 99 per cent, taken at
# random. For each, for nft and for Portico, of flows of a few hosts that open one
# after the other, as a browser or a resolver does, and of flows of many hosts:
#
#	taken PATH percent N hosts few|many insn N sent N forwarded N inuse N
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

ALL=64512		# 1024 to 65535
NEW=200
FEW=72			# hosts, as in the row out-new
EXTERNAL=203.0.113.64

# random FIRST LAST FLAG...: packets of the hosts of that range, from random ports but
# the last, which pktgen leaves out (and 65536 is 0 to it).
random()
{
	local first=$1 last=$2

	shift 2
	pg d0 "flag UDPSRC_RND" "${@/#/flag }" "src_min $first" "src_max $last" "dst $REMOTE" \
		"udp_dst_min 9" "udp_dst_max 9" "udp_src_min 1024" "udp_src_max 65535"
}

few()
{
	random 10.2.0.1 10.2.0.$FEW
}

many()
{
	random 10.1.0.1 10.1.0.254 IPSRC_RND
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

	many
	have=$(inuse "$1")
	while [ "$have" -lt $(($2 - 200)) ]; do
		pg_run d0 $(($2 - have < 4000 ? $2 - have : 4000))
		now=$(inuse "$1")
		[ "$now" -gt "$have" ] || break
		have=$now
	done
}

# measure PATH PERCENT few|many
measure()
{
	local before used

	$3
	# What a host needs once is not part of its next mapping.
	[ "$3" = many ] || pg_run d0 $((FEW * 3))
	used=$(inuse "$1")
	before=$(sent_by d1)
	pg_run d0 $NEW
	echo "taken $1 percent $2 hosts $3 insn $((TOOK * 10000 / NEW)) sent $NEW" \
		"forwarded $(($(sent_by d1) - before)) inuse $used"
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
		# The last ones are taken by those who are measured first.
		[ "$path" = drop ] || fill "$path" $((ALL * percent / 100 - FEW * 3))
		measure "$path" $percent few
		measure "$path" $percent many
	done
	rig_neat
done
