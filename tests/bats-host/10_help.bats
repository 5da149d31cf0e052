#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Help and version: at every level, on standard output, with an example.
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0
load cli

objects=(status uplink inside forward mapping session host socket port reason
	who audit monitor apply check dump metrics top complete)

# Help goes to standard output, says how it is used, gives an example.
helps()
{
	run --separate-stderr "$PORTICO" "$@"
	[ "$status" = 0 ] || { echo "portico $*: status $status"; return 1; }
	[ -z "$stderr" ] || { echo "portico $*: on stderr: $stderr"; return 1; }
	[[ $output == Usage:* ]] || { echo "portico $*: no usage"; return 1; }
	[[ $output == *$'\nExample:\n  portico '* ]] || { echo "portico $*: no example"; return 1; }
}

# "mapping show", "mapping del", ... as the objects' help lists them.
commands_of()
{
	"$PORTICO" "$1" --help | sed -En "s/^(Usage:)?  ?portico $1 ([a-z]+).*/\2/p" | sort -u
}

@test "help of the program" {
	helps --help
	helps help
	for o in "${objects[@]}"; do
		grep -q "^  $o " <<<"$output"
	done
}

@test "help of every object and command" {
	local o c n=0
	for o in "${objects[@]}"; do
		helps "$o" --help
		helps --help "$o"
		helps help "$o"
		helps "$o" help
		for c in $(commands_of "$o"); do
			helps "$o" "$c" --help
			helps help "$o" "$c"
			n=$((n + 1))
		done
	done
	[ "$n" -ge 23 ]
}

@test "help wins over wrong words after it" {
	helps mapping show --help nonsense
}

@test "help of what does not exist is an error" {
	run --separate-stderr "$PORTICO" nonsense --help
	[ "$status" = 1 ]
	[ -z "$output" ]
}

@test "version without a module" {
	[ ! -d /sys/module/portico ] || skip "a module is loaded"
	run --separate-stderr "$PORTICO" -V
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[[ $output =~ ^portico\ [0-9.]+\ \(contract\ [0-9]+\),\ module\ not\ loaded$ ]]
	run --separate-stderr "$PORTICO" --version
	[ "$status" = 0 ]
	"$PORTICO" -j -V | jq -e '.module == null and (.cli_contract | type) == "number"'
}

@test "without a module: one plain sentence, the next step, and status 2" {
	[ ! -d /sys/module/portico ] || skip "a module is loaded"
	for o in status "uplink show" "mapping show" "host show" "audit" "monitor" \
		"uplink add eth0" "forward add tcp 203.0.113.8:80 to 192.168.0.10:80" \
		"who 203.0.113.8:80" "-j mapping show" "-o socket show"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTICO" $o
		echo "$o: $status: $output: $stderr"
		[ "$status" = 2 ]
		[ -z "$output" ]
		[[ $stderr == *"module is not loaded"*"modprobe portico"*"insmod portico.ko"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "options may stand before, between and after the words" {
	[ ! -d /sys/module/portico ] || skip "a module is loaded"
	for line in "-j mapping show" "mapping -j show" "mapping show -j" \
		"mapping show proto tcp --json" "--json --pretty mapping" "-br mapping" \
		"-c=never status" "--color=always status" "-c status" "-N -r -h -t -s -d mapping"; do
		# shellcheck disable=SC2086 # words
		run "$PORTICO" $line
		echo "$line: $status: $output"
		[ "$status" = 2 ]
	done
}

@test "a namespace that is not there" {
	run --separate-stderr "$PORTICO" -n no-such-namespace status
	[ "$status" = 2 ]
	[[ $stderr == *"cannot open network namespace 'no-such-namespace': No such file"* ]]
	for name in ../x . .. ''; do
		run --separate-stderr "$PORTICO" -n "$name" status
		[ "$status" = 1 ]
		[[ $stderr == "portico: bad network namespace '$name'"* ]]
	done
}

@test "a reader that goes away is no error worth a word" {
	run bash -c "'$PORTICO' --help 2>&1 >/dev/full"
	[ "$status" = 2 ]
	[[ $output == *"No space left"* ]]
	run bash -c "set -o pipefail; '$PORTICO' --help 2>&1 | true; :"
	[ -z "$output" ]
}
