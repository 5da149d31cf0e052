# SPDX-License-Identifier: GPL-2.0
# Judge the TAP of bats files, each under a `# file NAME` line. Prints failures
# with their explanation, one line per file, everything else that was said, and
# at the end `N passed, N failed`.
function close_file()
{
	if (file == "")
		return
	if (plan <= 0 || good + bad + skipped != plan) {
		printf "%s: planned %s tests, saw %d\n", file, plan < 0 ? "no" : plan,
			good + bad + skipped
		bad++
	}
	printf "%s: %d passed, %d failed%s\n", file, good, bad,
		skipped ? ", " skipped " skipped" : ""
	passed += good
	failed += bad
	seen++
	file = ""
}
/^# file / {
	close_file()
	file = $3
	plan = -1; good = bad = skipped = why = 0
	next
}
/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }
/^ok [0-9]+/ {
	why = 0
	if (/# skip/) { skipped++; print } else good++
	next
}
/^not ok [0-9]+/ { bad++; why = 1; print; next }
/^# / { if (why || file == "") print; next }
{ print }
END {
	close_file()
	if (seen != files) {
		printf "%d of %d files ran\n", seen, files
		failed++
	}
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0
}
