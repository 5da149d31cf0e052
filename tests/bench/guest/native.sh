#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# native.sh PATH HOSTS PORTS PACKETS: one path of the native rig, with
# HOSTS x PORTS flows already there. For each file go-N that appears in $OUT it
# sends PACKETS packets, each of a random flow, and prints
#
#	begin N
#	end N sent N forwarded N
#
# at the very edges of the work, for the host to read its clock. The file quit
# ends it; then come the books.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh
[ ! -e "$HELPERS/bench_drop.ko" ] || DROP_KO=$HELPERS/bench_drop.ko

path=$1 hosts=$2 ports=$3 packets=$4
# shellcheck source=tests/bench/guest/flows.sh
. ./flows.sh

flows_up
flows_fill
insmod "$HELPERS/bench_feed.ko" dev=d0 from="$INSIDE" hosts="$hosts" to="$REMOTE" port="$PORT" \
	ports="$ports" || fail bench_feed
echo "out $OUT"
echo ready

stats=/sys/class/net/d1/statistics/tx_packets
for ((n = 1; ; n++)); do
	until [ -e "$OUT/go-$n" ] || [ -e "$OUT/quit" ]; do pause 0.05; done
	[ ! -e "$OUT/quit" ] || break
	read -r before <$stats
	echo "begin $n"
	pause 0.1
	echo "$packets" >/sys/module/bench_feed/parameters/go
	read -r after <$stats
	echo "end $n sent $packets forwarded $((after - before))"
	pause 0.1
done

if [ "$path" = out ]; then
	read -r all <$stats
	books=ok
	"$PORTICO" audit >/tmp/audit || { books=bad; cat /tmp/audit; }
	counted=$("$PORTICO" -j host show side inside | jq '[.[].out_packets] | add')
	[ "$counted" = "$all" ] || { books=bad; echo "hosts: $counted, forwarded: $all"; }
	[ $books = ok ] || "$PORTICO" -o reason show
	echo "books $books"
fi
