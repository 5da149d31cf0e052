#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# insn.sh ROW...: instructions per packet of each row, in a guest whose
# nanosecond is one instruction. A line for each:
#
#	row NAME insn N sent N forwarded N sampled N bad N books ok|bad|- mappings N
#
# insn is the least of the rounds (with -new their mean), in tenths of one
# instruction a packet.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

COUNT=${COUNT:-10000} ROUNDS=${ROUNDS:-3}

# The packets of the warm-up are looked at, those of the measurement are not:
# a tap on the device would change the path.
sample()
{
	local want=$1

	rm -f /tmp/sample
	./sample "$TO" "$want" "$SRC" "$DST" >/tmp/sample &
	until [ -s /tmp/sample ]; do sleep 0.01; done
	pg_run "$FROM" "$want"
	SENT=$want
	wait $!
	read -r _ SAMPLED _ BAD < <(grep sampled /tmp/sample)
}

books()
{
	local counted kind=out

	[ -n "$BOOKS" ] || { echo -; return; }
	[ "$FROM" = d0 ] || kind=in
	"$PORTICO" audit >/tmp/audit || { echo bad; cat /tmp/audit >&2; return; }
	counted=$("$PORTICO" -j mapping show | jq "[.[].${kind}_packets] | add")
	if [ "$counted" = "$1" ]; then
		echo ok
	else
		echo bad
		echo "mapping counters: $counted, sent: $1" >&2
		"$PORTICO" -o reason show >&2
	fi
}

row()
{
	local name=$1 path=${1%%-*} flows=1 all=0 i best='' took=0 before=0 tail=0 mappings=-

	case $name in
	*-500)	flows=500 ;;
	*-new)	flows=12000 COUNT=1000 ROUNDS=10 ;;
	esac
	case $path in
	*6)	rig_family 6
		path=${path%6} ;;
	esac
	rig_up
	row_up "$path" || return
	if [ "$path" = in ]; then
		pg_out $flows
		pg_run d0 $((flows * 2))
		pg_in $flows
	else
		pg_out $flows
	fi
	before=$(sent_by "$TO")
	SAMPLED=0 BAD=0
	if [ "$path" != drop ]; then
		sample $((flows < 1000 ? flows * 2 + 20 : 20))
		# From a flow's second packet on it is established.
		all=$SENT
	fi
	for ((i = 0; i < ROUNDS; i++)); do
		# pktgen starts again at the first port.
		[ $flows -lt 1000 ] || pg_out "$COUNT" $((PORT + 100 + i * COUNT))
		pg_run "$FROM" "$COUNT"
		all=$((all + COUNT))
		took=$((took + TOOK))
		[ -n "$best" ] && [ "$best" -le "$TOOK" ] || best=$TOOK
		[ $flows -lt 1000 ] || sleep 0.1
	done
	# Every packet of -new is a first one: no round is more typical.
	[ $flows -lt 1000 ] || best=$((took / ROUNDS))
	[ -z "$BOOKS" ] || mappings=$("$PORTICO" -j mapping show | jq length)
	tail=$(($(sent_by "$TO") - before))
	echo "row $name insn $((best * 10000 / COUNT)) sent $all forwarded $tail" \
		"sampled $SAMPLED bad $BAD books $(books "$all")" \
		"mappings $mappings"
}

modprobe pktgen
modprobe nf_conntrack 2>/dev/null
echo 16384 >/sys/module/nf_conntrack/parameters/hashsize 2>/dev/null
echo "kernel $(uname -r)"
for name; do
	(row "$name")
	rig_neat
done
