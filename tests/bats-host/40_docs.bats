#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Manual pages and completion say what the program does.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load cli

objects()
{
	"$PORTICO" --help | sed -n '/^Objects:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

@test "manual pages are made, and mandoc finds nothing but what scdoc always does" {
	command -v scdoc >/dev/null || skip "no scdoc"
	command -v mandoc >/dev/null || skip "no mandoc"
	for page in portico.8 portico.conf.5 portico-pcpd.8; do
		scdoc <"$TREE/cli/man/$page.scd" >"$BATS_TEST_TMPDIR/$page"
		run mandoc -T lint -W warning "$BATS_TEST_TMPDIR/$page"
		run grep -v 'skipping paragraph macro' <<<"$output"
		[ -z "$output" ]
	done
}

@test "the manual names every object, command, option and keyword" {
	local object command word text links missing=0

	links=$(cd /sys/class/net && printf '%s\n' *)

	text=$(sed 's/[*_\\]//g' "$TREE/cli/man/portico.8.scd")
	text+=$(sed 's/[*_\\]//g' "$TREE/cli/man/portico.conf.5.scd")
	for object in $(objects); do
		grep -q "^portico $object" <<<"$text" || { echo "$object"; missing=1; }
		for command in $("$PORTICO" complete -- "$object" ''); do
			grep -qw -- "$command" <<<"$text" || { echo "$object $command"; missing=1; }
			for word in $("$PORTICO" complete -- "$object" "$command" '' | grep '^[a-z-]*$' | grep -vxF "$links"); do
				grep -qw -- "$word" <<<"$text" || { echo "$object $command $word"; missing=1; }
			done
		done
	done
	for word in $("$PORTICO" --help | grep -oE '^  (-[a-zA-Z]+, | +)--[a-z]+' | tr -d ,); do
		grep -q -- "$word" <<<"$text" || { echo "$word"; missing=1; }
	done
	[ "$missing" = 0 ]
}

@test "the daemon's manual names every option" {
	local word missing=0

	for word in $("$PORTICO-pcpd" --help | grep -oE '^  (-[a-zA-Z]+, | +)--[a-z-]+' | tr -d ,); do
		grep -q -- "\*[^*]*${word}[* ,]" "$TREE/cli/man/portico-pcpd.8.scd" ||
			{ echo "$word"; missing=1; }
	done
	[ "$missing" = 0 ]
}

# What may follow these words, on one line.
follows()
{
	"$PORTICO" complete -- "$@" | xargs
}

@test "completion knows objects, commands, keywords and values" {
	[[ " $(follows '') " == *" mapping "*" monitor "* ]]
	[ "$(follows ma)" = mapping ]
	[ "$(follows uplink '')" = "show add set del" ]
	[ "$(follows mapping show pr)" = proto ]
	[ "$(follows mapping show proto t)" = tcp ]
	[[ "$(follows mapping show proto tcp '')" == "internal external remote dev state --ended" ]]
	[ "$(follows mapping show state est)" = established ]
	[ "$(follows uplink add eth0 fastpath '')" = "on off" ]
	[ "$(follows uplink add eth0 timeout tcp-e)" = tcp-established ]
	[ "$(follows uplink add eth0 filtering u)" = udp ]
	[ "$(follows uplink add eth0 filtering udp endpoint)" = endpoint-independent ]
	[ "$(follows host show sort by)" = bytes ]
	[ "$(follows socket show --by '')" = "process user cgroup port" ]
	[ "$(follows socket show state l)" = "last-ack listen" ]
	[ "$(follows port show sort m)" = misses ]
	[ "$(follows monitor mapping s)" = socket ]
	[ "$(follows mapping show dev l)" = lo ]
	[ "$(follows --js)" = --json ]
	[ -z "$(follows nonsense '')" ]
	[ -z "$(follows uplink add eth0 timeout udp '')" ]
}

@test "completion in bash, fish and zsh" {
	run bash -c "source '$TREE/cli/completion/portico.bash'
		COMP_WORDS=('$PORTICO' -j mapping show proto t); COMP_CWORD=5
		_portico; echo \"\${COMPREPLY[*]}\""
	[ "$output" = tcp ]
	if command -v fish >/dev/null; then
		run fish -c "set PATH '${PORTICO%/*}' \$PATH
			source '$TREE/cli/completion/portico.fish'; complete -C 'portico -j mapping show proto t'"
		echo "$output"
		[ "$output" = tcp ]
	fi
	if command -v zsh >/dev/null; then
		zsh -n "$TREE/cli/completion/_portico"
	fi
}

@test "make install puts everything under DESTDIR and PREFIX, and uninstall takes it back" {
	local to=$BATS_TEST_TMPDIR/root

	cp -r "$TREE/cli" "$TREE/include" "$BATS_TEST_TMPDIR/"
	mkdir -p "$BATS_TEST_TMPDIR/kmod"
	cp "$TREE/kmod/version.h" "$BATS_TEST_TMPDIR/kmod/"
	make -s -C "$BATS_TEST_TMPDIR/cli" install DESTDIR="$to" PREFIX=/opt/x
	[ -x "$to/opt/x/sbin/portico" ]
	[ -e "$to/opt/x/share/bash-completion/completions/portico" ]
	jq -e '.title' "$to/opt/x/share/portico/portico.schema.json"
	[ -z "$(find "$to" -type f -not -path "$to/opt/x/*")" ]
	make -s -C "$BATS_TEST_TMPDIR/cli" uninstall DESTDIR="$to" PREFIX=/opt/x
	[ -z "$(find "$to" -type f)" ]
}
