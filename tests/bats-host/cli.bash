# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of the command-line tool alone: no module is needed, and none that
# may be loaded is touched.

TREE=${TREE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
PORTICO=${PORTICO:-$TREE/cli/portico}

# Reads lines `WORDS => TEXT` from standard input: portico WORDS must exit with
# 1, print nothing on standard output, and TEXT exactly on standard error,
# followed by the hint. WORDS are shell words: quotes and $'...' work.
refuses()
{
	local line words text out err status n=0 wrong=0
	local -a w

	while IFS= read -r line; do
		[[ -n $line && $line != \#* ]] || continue
		words=${line%% => *}
		text=${line#* => }
		eval "w=($words)"
		status=0
		out=$("$PORTICO" "${w[@]}" 2>"$BATS_TEST_TMPDIR/err" </dev/null) || status=$?
		err=$(head -n 1 "$BATS_TEST_TMPDIR/err")
		n=$((n + 1))
		if [ "$status" != 1 ] || [ -n "$out" ] || [ "$err" != "portico: $text" ]; then
			echo "portico $words"
			echo "  status 1, wanted: portico: $text"
			echo "  status $status, got: $err$out"
			wrong=$((wrong + 1))
		fi
		if ! sed -n 2p "$BATS_TEST_TMPDIR/err" | grep -qx "Try 'portico .*--help'\\."; then
			echo "portico $words: no hint"
			wrong=$((wrong + 1))
		fi
	done
	echo "$n lines, $wrong wrong"
	[ "$n" -gt 0 ] && [ "$wrong" = 0 ]
}
