# SPDX-License-Identifier: GPL-2.0
# Judge the output of tests/kunit/in-guest. Prints every failure with what was
# said just before it, one line per suite and round, and at the end
# `N passed, N failed`. A suite without a plan, with fewer results than its
# plan, or without its own final result counts as a failure; so does no suite.
function close_suite()
{
	if (suite == "")
		return
	if (plan < 0) {
		print suite ": no plan"
		bad++
	} else if (good + bad + skipped != plan) {
		print suite ": planned " plan ", saw " good + bad + skipped
		bad++
	}
	if (!final) {
		print suite ": no final result"
		bad++
	} else if (final < 0 && !bad) {
		print suite ": suite failed"
		bad++
	}
	if (plan == 0) {
		print suite ": no tests"
		bad++
	}
	printf "%s: %d passed, %d failed%s\n", suite, good, bad,
		skipped ? ", " skipped " skipped" : ""
	if (suite ~ /round 1/)		# the same tests, not twice as many
		passed += good
	failed += bad
	suite = ""
}
/^# round / {
	close_suite()
	suite = $5 " (round " $3 ")"
	plan = -1; good = bad = skipped = final = 0; said = ""
	suites++
	next
}
suite == "" { next }
/^    1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }
/^    ok / {
	if (/# SKIP/) { skipped++; print suite ":" $0 } else good++
	said = ""
	next
}
/^    not ok / { bad++; printf "%s%s\n", said, $0; said = ""; next }
/^ok / { final = 1; next }
/^not ok / { final = -1; next }
/^    / { said = said $0 "\n" }
END {
	close_suite()
	if (!suites) {
		print "no unit suite ran"
		failed++
	}
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0
}
