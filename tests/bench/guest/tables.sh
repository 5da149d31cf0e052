#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tables.sh PATH HOSTS PORTS: what HOSTS x PORTS flows of a path take in memory,
# and what reading them costs. Prints
#
#	memory entries N tables N free N
#	begin dump, end dump read N		over netlink, reading alone
#	begin cli, end cli read N		the path's own tool, output discarded
#
# tables: slab, vmalloc and percpu; free: what the page allocator has less.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

path=$1 hosts=$2 ports=$3
# shellcheck source=tests/bench/guest/flows.sh
. ./flows.sh

entries()
{
	case $path in
	out)	"$PORTICO" -j status show | jq .mappings.used ;;
	*)	conntrack -C ;;
	esac
}

tool()
{
	case $path in
	out)	"$PORTICO" mapping show ;;
	*)	conntrack -L 2>/dev/null ;;
	esac
}

# TABLES and FREE, in KiB.
memory()
{
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	read -r TABLES FREE < <(awk '/^(Slab|VmallocUsed|Percpu):/ { t += $2 }
		/^MemFree:/ { f = $2 } END { print t, f }' /proc/meminfo)
}

kind=portico
[ "$path" = out ] || kind=conntrack
ip -V >/dev/null
memory
tables=$TABLES free=$FREE
flows_up
flows_fill
memory
echo "memory entries $(entries) tables $((TABLES - tables)) free $((free - FREE))"
for _ in 1 2 3 4; do
	echo "begin dump"
	pause 0.1
	"$HELPERS/dump" $kind >/tmp/read
	echo "end dump $(</tmp/read)"
	pause 0.1
done
for _ in 1 2 3; do
	echo "begin cli"
	pause 0.1
	tool >/dev/null
	echo "end cli read $(entries)"
	pause 0.1
done
