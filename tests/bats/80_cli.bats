#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The command-line tool with a real module behind it.
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

gw()
{
	"$PORTICO" -n gw "$@"
}

# Ask until it is so: a slow guest is no failure.
await()
{
	local n

	for ((n = 0; n < 600; n++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "in vain: $*"
	return 1
}

listens()
{
	ip netns exec "$1" ss -Hltun "sport = :$2" | grep -q "$3"
}

valid()
{
	"$TREE/tests/contract/validate" "$@"
}

# host 192.168.0.10 -- gw -- net 203.0.113.80, with echo servers on net and gw.
setup_file()
{
	local ns link

	[ -n "${PORTICO_GUEST:-}" ] || return 1
	# built into some kernels, modules of others
	modprobe -qa nf_defrag_ipv4 nf_defrag_ipv6 || true
	insmod "$PORTICO_KO"
	for ns in host gw net; do
		ip netns add $ns
		ip -n $ns link set lo up
	done
	ip -n host link add eth0 type veth peer name lan netns gw
	ip -n net link add eth0 type veth peer name wan netns gw
	ip -n host addr add 192.168.0.10/24 dev eth0
	ip -n gw addr add 192.168.0.1/24 dev lan
	ip -n gw addr add 203.0.113.8/24 dev wan
	ip -n net addr add 203.0.113.80/24 dev eth0
	for link in host:eth0 net:eth0 gw:lan gw:wan; do
		ip -n "${link%:*}" link set "${link#*:}" up
	done
	ip -n host route add default via 192.168.0.1
	ip netns exec gw sysctl -qw net.ipv4.ip_forward=1
	# freed ports rest briefly, so that a test can restore a mapping; nothing
	# expires by itself, however slow the guest
	"$PORTICO" -n gw uplink add wan timeout hold 1 timeout udp 1d timeout icmp 1d \
		timeout tcp-closing 1d
	"$PORTICO" -n gw inside add 192.168.0.0/16
	for ns in gw net; do
		ip netns exec $ns socat TCP-LISTEN:7,fork,reuseaddr EXEC:/bin/cat 3>&- &
		ip netns exec $ns socat UDP-LISTEN:7,fork EXEC:/bin/cat 3>&- &
	done
	for ns in gw net; do
		await listens $ns 7 tcp
		await listens $ns 7 udp
	done
	traffic
}

teardown_file()
{
	ip -all netns delete
	killall -q socat || true
	rmmod portico
}

# A connection and a datagram across the gateway, and both to it.
traffic()
{
	echo a | ip netns exec host timeout 60 socat -t1 - TCP:203.0.113.80:7
	echo a | ip netns exec host timeout 60 socat -t1 - UDP:203.0.113.80:7
	echo a | ip netns exec net timeout 60 socat -t1 - TCP:203.0.113.8:7
	echo a | ip netns exec host timeout 60 socat -t1 - TCP:192.168.0.1:9 || true
	ip netns exec host ping -q -c 1 -W 60 203.0.113.80
}

@test "all JSON has the published form" {
	gw -j -V | valid version
	gw -j status | valid status
	gw -j uplink show | valid uplink
	gw -j inside show | valid inside
	gw -j mapping show | valid mapping
	gw -j session show | valid session
	gw -j host show | valid host
	gw -j host show --by 24 sort bytes top 5 | valid host
	gw -j socket show | valid socket
	gw -j socket show --closed | valid socket
	for by in process user cgroup port; do
		gw -j socket show --by $by | valid socket_by_$by
	done
	gw -j port show | valid port
	gw -j port show misses sort last top 3 | valid port
	gw -j socket show sort retrans top 2 | valid socket
	gw -j socket show --by process sort sockets top 2 | valid socket_by_process
	gw -j reason show | valid reason
	gw -j audit | valid audit
	gw -j who 203.0.113.8:7/tcp | valid who
	gw -j session flush internal 192.168.0.99 | valid flushed
	gw -j mapping del internal 192.168.0.99 | valid removed
}

@test "pretty JSON is the same JSON" {
	[ "$(gw -j -p socket show | jq -cS 'map(.cookie)')" = \
		"$(gw -j socket show | jq -cS 'map(.cookie)')" ]
}

@test "nothing to show is an empty list" {
	[ "$(gw -j mapping show internal 192.168.0.99)" = '[]' ]
	[ -z "$(gw -o mapping show internal 192.168.0.99)" ]
}

@test "tab-separated lines have as many fields as the table has headings" {
	for what in "mapping show" "session show" "host show" "socket show" \
		"port show" "reason show" "uplink show" "inside show"; do
		# shellcheck disable=SC2086 # words
		want=$(gw $what | head -n 1 | wc -w)
		# shellcheck disable=SC2086
		gw -o $what | awk -F'\t' -v want="$want" -v what="$what" \
			'NF != want { print what, NF, want; bad = 1 } END { exit bad || !NR }'
	done
}

@test "filters are obeyed, and mean the same everywhere" {
	gw -j mapping show proto udp | jq -e 'length > 0 and all(.proto == "udp")'
	gw -j mapping show remote 203.0.113.0/24 | jq -e 'length >= 3'
	gw -j mapping show remote :7 | jq -e 'length > 0 and all(.remote.port == 7)'
	gw -j session show internal 192.168.0.10 dev wan | jq -e 'length >= 3'
	gw -j session show dev nowhere | jq -e 'length == 0'
	gw -j socket show proto tcp local :7 | jq -e 'length > 0 and all(.local.port == 7)'
	gw -j port show proto tcp port 9 | jq -e 'length == 1 and .[0].none > 0'
	gw -j host show side inside | jq -e 'length == 1 and .[0].host == "192.168.0.10"'
}

@test "a refusal is the kernel's own words, and exit status 2" {
	run --separate-stderr gw uplink add wan
	[ "$status" = 2 ]
	[[ $stderr == "portico: kernel: "* ]]
	[ "${#stderr_lines[@]}" = 1 ]
	run --separate-stderr gw inside del 10.0.0.0/8
	[ "$status" = 2 ]
	[[ $stderr == "portico: kernel: "* ]]
	run --separate-stderr gw uplink set nowhere hairpin off
	[ "$status" = 2 ]
}

@test "wrong words change nothing" {
	before=$(gw -j uplink show; gw -j inside show)
	run gw uplink set wan hairpin off timeout udp 5x
	[ "$status" = 1 ]
	run gw inside add 10.0.0.0/8 max-ports x
	[ "$status" = 1 ]
	[ "$before" = "$(gw -j uplink show; gw -j inside show)" ]
}

@test "without privilege: one plain sentence" {
	run --separate-stderr setpriv --reuid=65534 --clear-groups --inh-caps=-all \
		"$PORTICO" status
	[ "$status" = 2 ]
	[ -z "$output" ]
	[[ $stderr == "portico: not permitted: this needs CAP_NET_ADMIN"* ]]
}

@test "who finds the inside host behind an external endpoint" {
	ext=$(gw -j mapping show proto udp | jq -r '.[0].external | "\(.address):\(.port)"')
	run gw who "$ext/udp"
	[ "$status" = 0 ]
	[[ $output == *"is inside host 192.168.0.10:"*"/udp by uplink wan"* ]]
	gw -j who "$ext/udp" | valid who
	gw -j who "$ext/udp" | jq -e '.found[0].internal.address == "192.168.0.10"'
}

@test "who finds the process behind a local endpoint, now and before" {
	run gw who 203.0.113.8:7/tcp
	[ "$status" = 0 ]
	[[ $output == *"203.0.113.8:7/tcp was a local socket of process socat"* ]]
	[[ $output == *"0.0.0.0:7/tcp is a local socket of process socat"* ]]
	run gw who 203.0.113.8:12345/tcp
	[ "$status" = 0 ]
	[[ $output == "203.0.113.8:12345/tcp: no mapping, forward or local socket"* ]]
}

@test "names from the system are harmless in every form" {
	evil=$'/tmp/e\033[31m"\n\\x'
	cp "$(command -v socat)" "$evil"
	echo a | ip netns exec gw "$evil" -t1 - TCP:203.0.113.80:7,bind=:7007
	for form in -o -d -br; do
		run gw $form socket show local :7007
		[ "${#lines[@]}" -ge 1 ]
		[[ $output == *'\x1b[31m"\x0a'* ]]
		run ! grep -q $'\033' <<<"$output"
	done
	gw -j socket show local :7007 | valid socket
	gw -j socket show local :7007 | jq -e '.[0].comm | startswith("e\\x1b[31m\"\\x0a")'
	[[ $(gw -j socket show --by process) == *'e\\x1b[31m'* ]]
}

# Does the monitor that writes to this file listen yet? Make events until it does.
begun()
{
	gw inside add 10.9.0.0/16
	gw inside del 10.9.0.0/16
	sleep 0.1
	[ -s "$BATS_TEST_TMPDIR/$1" ]
}

@test "events appear as they happen, in order, in both forms" {
	"$PORTICO" -n gw monitor >"$BATS_TEST_TMPDIR/text" 3>&- &
	"$PORTICO" -n gw -j monitor >"$BATS_TEST_TMPDIR/json" 3>&- &
	"$PORTICO" -n gw -j monitor inside >"$BATS_TEST_TMPDIR/inside" 3>&- &
	await begun text
	await begun json
	await begun inside
	gw inside add 10.0.0.0/8
	gw inside del 10.0.0.0/8
	traffic
	gw mapping flush
	gw inside add 10.1.0.0/16
	gw inside del 10.1.0.0/16
	for form in text json inside; do
		await grep -qE 'inside.del.*10.1.0.0/16' "$BATS_TEST_TMPDIR/$form"
	done
	kill %1 %2 %3
	wait %1 %2 %3 || true
	grep -qx 'inside add 10.0.0.0/8.*' "$BATS_TEST_TMPDIR/text"
	grep -q '^mapping add tcp 192.168.0.10:.* -> 203.0.113.8:' "$BATS_TEST_TMPDIR/text"
	valid event --lines <"$BATS_TEST_TMPDIR/json"
	jq -se 'map(.seq) | . == sort and length == (unique | length)' "$BATS_TEST_TMPDIR/json"
	jq -se 'map(.event) | index("mapping-add") and index("mapping-del") and index("socket-open")' \
		"$BATS_TEST_TMPDIR/json"
	jq -se 'map(select(.prefix == "10.0.0.0/8") | .event) == ["inside-add", "inside-del"] and
		all(.event | startswith("inside-"))' "$BATS_TEST_TMPDIR/inside"
}

@test "events that were lost show as a gap with their number" {
	"$PORTICO" -n gw -j monitor >"$BATS_TEST_TMPDIR/json" 3>&- &
	await begun json
	kill -STOP $!
	# more than its buffer holds
	seq 20000 | awk '{ for (p = 1; p < 3; p++)
		print p == 1 ? "udp" : "tcp", "192.168.0.99:" $1, "203.0.113.8:" $1 + 2000 }' \
		>"$BATS_TEST_TMPDIR/many"
	gw mapping restore "$BATS_TEST_TMPDIR/many" || true
	gw mapping flush internal 192.168.0.99
	kill -CONT $!
	# the gap shows with the next event: one that comes when all else is read
	for ((i = 0; i < 600; i++)); do
		gw inside set 192.168.0.0/16 max-ports 0
		! tail -n 1 "$BATS_TEST_TMPDIR/json" | grep -q inside-set || break
		sleep 0.1
	done
	kill $!
	wait $! || true
	{
		head -n 100 "$BATS_TEST_TMPDIR/json"
		grep gap "$BATS_TEST_TMPDIR/json"
	} | valid event --lines
	# what was shown and what was said to be lost is all there was
	jq -se '(map(select(.event == "gap") | .lost // 0) | add) as $lost |
		map(select(.event != "gap")) as $shown |
		$lost > 0 and ($shown | length) + $lost == $shown[-1].seq - $shown[0].seq + 1' \
		"$BATS_TEST_TMPDIR/json"
}

@test "a batch ends at the first line that fails, and says which" {
	run --separate-stderr gw -b - <<'BATCH'
# a comment, and an empty line

uplink set wan hairpin off
uplink set wan hairpin maybe
uplink set wan hairpin on
BATCH
	[ "$status" = 1 ]
	[[ $stderr == "portico: stdin:4: bad hairpin 'maybe'"* ]]
	gw -j uplink show wan | jq -e '.[0].hairpin == false'
	gw uplink set wan hairpin on
}

@test "every setting of an uplink is stored and shown" {
	gw uplink set wan ports 2000-3000 filtering endpoint-independent \
		filtering tcp address-and-port-dependent timeout udp 2m5s \
		timeout tcp-established 3h fastpath off hairpin off refresh-inbound on \
		mss 1400 icmp-code none syn-answer off block 64 max-blocks 3 \
		deterministic on address-change migrate
	gw -j uplink show wan | jq -e '.[0] | .port_min == 2000 and .port_max == 3000 and
		.filtering == "endpoint-independent" and
		.filtering_tcp == "address-and-port-dependent" and
		.timeouts.udp == 125 and .timeouts.tcp_established == 10800 and
		(.fastpath | not) and (.hairpin | not) and .refresh_inbound and
		.mss == 1400 and .icmp_code == 255 and (.syn_answer | not) and
		.block == 64 and .max_blocks == 3 and .deterministic and .address_migrate'
	run gw -d uplink show wan
	[[ $output == *"ports 2000-3000 filtering endpoint-independent filtering tcp address-and-port-dependent timeout udp 2m5s"* ]]
	gw uplink set wan address 203.0.113.8,203.0.113.16/30
	gw -j uplink show wan | jq -e '.[0] | (.follow | not) and (.ranges | length) == 2 and
		.ranges[1] == {first: "203.0.113.16", last: "203.0.113.19"}'
	gw uplink set wan follow ports 1024-65535 filtering address-dependent \
		filtering tcp address-dependent timeout udp 1d timeout tcp-established 2h4m \
		fastpath on hairpin on refresh-inbound off mss off icmp-code 13 syn-answer on \
		block off max-blocks 8 deterministic off address-change drop
	gw -j uplink show wan | jq -e '.[0].follow and .[0].addresses == ["203.0.113.8"]'
}

@test "what dump prints, apply reads" {
	gw forward add tcp 203.0.113.8:81 to 192.168.0.10:81
	[ "$(gw -N dump)" = "$(gw dump)" ]
	gw -N dump | gw check -
	gw forward del tcp 203.0.113.8:81
	before=$(gw dump)
	run --separate-stderr gw check - <<<"$before"
	[ "$status" = 0 ]
	traffic
	n=$(gw -j mapping show | jq length)
	[ "$n" -gt 0 ]
	gw apply - <<<"$before"$'\ninside add 10.0.0.0/8 max-ports 5'
	gw -j inside show | jq -e 'length == 2'
	[ "$(gw -j mapping show | jq length)" = "$n" ]
	gw apply - <<<"$before"
	[ "$before" = "$(gw dump)" ]
	[ "$(gw -j mapping show | jq length)" = "$n" ]
	# one wrong line, wherever the kernel finds it, and nothing is changed
	run --separate-stderr gw apply - <<<"$before"$'\nforward add tcp 203.0.113.8:80 to 192.168.0.10:80\nforward add tcp 198.51.100.1:80 to 8.8.8.8:80'
	[ "$status" = 2 ]
	[[ $stderr == "portico: stdin:"*": kernel: "* ]]
	[ "$before" = "$(gw dump)" ]
}

rested()
{
	gw -j status | jq -e '.held == 0'
}

@test "mappings are saved and restored" {
	traffic
	gw mapping save | sort >"$BATS_TEST_TMPDIR/saved"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/saved")" -ge 3 ]
	gw mapping flush
	# a port rests before it is given out again
	await rested
	gw -j mapping restore "$BATS_TEST_TMPDIR/saved" | valid restored
	gw mapping save | sort | cmp - "$BATS_TEST_TMPDIR/saved"
	# again: all of them are taken
	run --separate-stderr gw mapping restore "$BATS_TEST_TMPDIR/saved"
	[ "$status" = 2 ]
	[[ $stderr == *"saved:1: kernel: "* ]]
	[ "$output" = "restored 0 mappings" ]
	gw mapping flush
}

@test "metrics are Prometheus text, replaced as a whole" {
	gw metrics >"$BATS_TEST_TMPDIR/out"
	grep -qx 'portico_table_rows{table="mappings"} [0-9]*' "$BATS_TEST_TMPDIR/out"
	grep -q '^portico_reason_packets_total{hook="local-in",verdict="pass",reason="socket"} ' \
		"$BATS_TEST_TMPDIR/out"
	run ! grep -vE '^(# (HELP|TYPE) portico_[a-z_]+ .+|portico_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9]+)$' \
		"$BATS_TEST_TMPDIR/out"
	# every series once, and its type said before it
	[ -z "$(grep -v '^#' "$BATS_TEST_TMPDIR/out" | sed 's/ [0-9]*$//' | sort | uniq -d)" ]
	gw metrics "$BATS_TEST_TMPDIR/portico.prom"
	grep -q '^portico_info' "$BATS_TEST_TMPDIR/portico.prom"
	[ "$(ls "$BATS_TEST_TMPDIR"/portico.prom*)" = "$BATS_TEST_TMPDIR/portico.prom" ]
	run gw metrics /nonexistent/x.prom
	[ "$status" = 1 ]
}

@test "the kernel's own YNL client speaks the specification" {
	local ynl

	ynl=$(echo "${CACHE:-/nonexistent}"/src-6.12*/tools/net/ynl)
	[ -e "$ynl/cli.py" ] || skip "no Linux source with tools/net/ynl"
	ynl()
	{
		ip netns exec gw python3 "$ynl/cli.py" --no-schema --output-json \
			--spec "$TREE/include/netlink/portico.yaml" "$@"
	}
	ynl --dump uplink-get | jq -e '.[0] | .ifname == "wan" and .filtering == "address-dependent" and
		.timeouts.udp == 86400 and .address == ["203.0.113.8"]'
	ynl --do status-get | jq -e '.version and .accounting == 1'
	ynl --dump mapping-get --json '{"proto": 6}' >/dev/null
	ynl --do uplink-set --json '{"ifname": "wan", "timeouts": {"udp": 200}}'
	gw -j uplink show wan | jq -e '.[0].timeouts.udp == 200'
	gw uplink set wan timeout udp 1d
	ynl --dump reason-get | jq -e 'length > 0 and (.[0].hook | type) == "string"'
	ynl --dump socket-get | jq -e 'length > 0'
	ynl --dump port-get | jq -e 'any(.none > 0)'
	run ynl --do uplink-del --json '{"ifname": "nowhere"}'
	[ "$status" != 0 ]
	[[ $output == *uplink* ]]
}

@test "top draws, obeys keys, and gives the terminal back" {
	cat >"$BATS_TEST_TMPDIR/keys.py" <<'PYTHON'
import os, pty, select, sys, time

def until(text, seen=b'', patience=60):
    """Reads what is drawn until the text is."""
    end = time.time() + patience
    while text not in seen:
        if time.time() > end:
            sys.exit(f'{text} was not drawn: {seen[-800:]}')
        if select.select([fd], [], [], 0.2)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                break
    return seen

pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM='xterm', LINES='24', COLUMNS='120')
    os.execvp(sys.argv[1], sys.argv[1:])
until(b'192.168.0.10')
os.write(fd, b'o')
until(b'tcp 7')
os.write(fd, b'p')
until(b'socat')
os.write(fd, b'/x')
until(b', only')
os.write(fd, b'\x1b')
time.sleep(0.5)
os.write(fd, b'h')
until(b'inside')
os.write(fd, b'q')
# the alternate screen is left
until(b'\x1b[?1049l')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
	traffic
	python3 "$BATS_TEST_TMPDIR/keys.py" ip netns exec gw "$PORTICO" top hosts sort bytes
	run --separate-stderr gw top </dev/null
	[ "$status" = 1 ]
	[[ $stderr == "portico: top needs a terminal"* ]]
}

@test "the books balance, and the exit status says so" {
	run gw audit
	echo "$output"
	[ "$status" = 0 ]
	gw -j audit | jq -e 'length > 0 and all(.ok)'
}

@test "resetting the reasons starts them at zero" {
	gw reason reset
	gw -j reason show | jq -e '[.[] | select(.reason == "unsolicited") | .packets] | add // 0 == 0'
}
