#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""rows.py [NAME...]: every row of every RFC in turn, and the table of results."""
import os
import sys
import time
import traceback

from bench import Bench, Failure, audit

import rfc4787
import rfc5382
import rfc5508
import rfc6888
import rfc7857
import rfc6296

BOOKS = [m.book for m in (rfc4787, rfc5382, rfc5508, rfc6888, rfc7857, rfc6296)]
SAID = {"passed": "passed", "failed": "FAILED", "reasoned": "reasoned",
        "n/a": "not applicable", "not built": "not built"}


def judge(bench, row):
    """(result, measured) of a row that is a test."""
    try:
        bench.fresh(row.uplink, row.inside)
        return "passed", row.test(bench) or ""
    except Failure as failure:
        return "failed", str(failure)
    except Exception:
        traceback.print_exc()
        return "failed", traceback.format_exc().strip().splitlines()[-1]
    finally:
        bench.restore()


def run(rows, way):
    bench = Bench(way)
    for row in rows:
        if not row.test:
            continue
        start = time.monotonic()
        result, measured = judge(bench, row)
        row.results[way] = result, measured
        print("# fast path %s: %s %s %.1f s%s" %
              (way, row.name, SAID[result], time.monotonic() - start,
               ": " + measured if result == "failed" else ""), file=sys.stderr)
    return bench.fast_packets()


def summary(row):
    """One result for all ways: the worst; measured with the fast path if the same."""
    if not row.test:
        return row.kind, row.why
    bad = ["with the fast path %s: %s" % (way, text)
           for way, (result, text) in row.results.items() if result == "failed"]
    if bad:
        texts = {text for result, text in row.results.values()}
        return "failed", "; ".join(bad) if len(texts) > 1 else texts.pop()
    return "passed", next(iter(row.results.values()))[1]


def table(books):
    for title, rows in books:
        print("\n" + title)
        for row in rows:
            result, text = summary(row)
            print("  %-8s %-6s %-14s %s%s" % (row.ident, row.level, SAID[result], row.text,
                                             ": " + text if text else ""))


def markdown(books, path):
    with open(path, "w", encoding="utf-8") as f:
        f.write("Conformance\n===========\n\n"
                "What the RFCs ask of a NAT, and what the module does: written by\n"
                "`tests/conformance/run -u`, shown anew by `make conformance`. Each row that passed\n"
                "or FAILED was a test of the running module, with the fast path on and off; the\n"
                "last column is what it measured, or why there was nothing to measure.\n")
        for title, rows in books:
            f.write("\n%s\n%s\n\n| | level | result | requirement | measured, or why |\n"
                    "|---|---|---|---|---|\n" % (title, "-" * len(title)))
            for row in rows:
                result, text = summary(row)
                f.write("| %s | %s | %s | %s | %s |\n" %
                        (row.ident, row.level, SAID[result], row.text,
                         text.replace("|", "\\|").replace("\n", " ")))


def main():
    ways = os.environ.get("WAYS", "on off").split()
    books = [(book.title, [row for row in book.rows
                           if not sys.argv[1:] or row.name.startswith(tuple(sys.argv[1:]))])
             for book in BOOKS]
    books = [(title, rows) for title, rows in books if rows]
    rows = [row for _, rows in books for row in rows]
    fast = {way: run(rows, way) for way in ways}
    table(books)
    if "OUT" in os.environ:
        markdown(books, os.path.join(os.environ["OUT"], "TABLE.md"))
    results = [(row.level, summary(row)[0]) for row in rows]
    missing = [level for level, result in results if result == "not built"]
    print("\npackets by the fast path: " + ", ".join("%s %d" % i for i in fast.items()))
    print("not built: " + ", ".join("%d %s" % (missing.count(level), level)
                                    for level in ("MUST", "SHOULD", "MAY")))
    failed = sum(result == "failed" for _, result in results)
    # The two ways must really have been two.
    if fast.get("off") or ("on" in fast and len(rows) > 50 and not fast["on"]):
        print("the fast path was not %s" % ("off" if fast.get("off") else "on"))
        failed += 1
    if not audit():
        print("the books do not balance")
        failed += 1
    print("%d passed, %d failed" % (sum(result == "passed" for _, result in results), failed))
    return failed > 0


sys.exit(main())
