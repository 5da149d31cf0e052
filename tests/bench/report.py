#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge what the rigs print, and lay it out as a table and as JSON.

report.py insn [-o FILE] < rows         instructions per packet
report.py sockets [-o FILE] < cases     local sockets, with and without the books
report.py ports [-o FILE] < rows        new mappings as ports run out
report.py about -o FILE                note the date and the commit
report.py summary FILE                 results beside the figures to reach
report.py gate check|update FILE < rows the same, against recorded figures
"""
import argparse
import json
import os
import subprocess
import sys
import time

FLOWS = {"": 1, "500": 500, "new": None}


def words(line):
    """key value key value ... -> dict, numbers as numbers"""
    w = line.split()
    return {k: int(v) if v.lstrip("-").isdigit() else v
            for k, v in zip(w[::2], w[1::2])}


def faults(row):
    """Why this row proves nothing; empty when it does."""
    path, _, kind = row["row"].partition("-")
    bad = []
    if row["forwarded"] != (0 if path == "drop" else row["sent"]):
        bad.append(f"forwarded {row['forwarded']} of {row['sent']}")
    if path != "drop" and not row["sampled"]:
        bad.append("no checksum was looked at")
    if row["bad"]:
        bad.append(f"{row['bad']} of {row['sampled']} packets looked at are wrong")
    if row["books"] == "bad":
        bad.append("the books do not balance")
    if row["mappings"] != "-" and FLOWS[kind] and row["mappings"] != FLOWS[kind]:
        bad.append(f"{row['mappings']} mappings for {FLOWS[kind]} flows")
    return bad


def read_rows(stream):
    rows, kernel, failed = [], "?", False
    for line in stream:
        if line.startswith("row "):
            rows.append(words(line))
        elif line.startswith("kernel "):
            kernel = line.split()[1]
        else:
            sys.stderr.write(line)
            failed |= line.startswith("fail")
    return rows, kernel, failed


def ratio(a, b):
    return f"{a / b:.2f}" if a is not None and b and b > 0 else "-"


def merge(path, section, data):
    """Put data in its section of a JSON file."""
    whole = {}
    if os.path.exists(path):
        with open(path) as f:
            whole = json.load(f)
    whole.setdefault(section, {}).update(data)
    with open(path, "w") as f:
        json.dump(whole, f, indent=1)
        f.write("\n")


def judge(rows):
    """The rows that are results, and what disqualifies the others."""
    good, bad = {}, {}
    for row in rows:
        why = faults(row)
        if why:
            bad[row["row"]] = "not a result: " + "; ".join(why)
        else:
            good[row["row"]] = row["insn"] / 10
    return good, bad


def insn(args):
    rows, kernel, failed = read_rows(sys.stdin)
    good, bad = judge(rows)
    for name, why in bad.items():
        print(f"{name}: {why}", file=sys.stderr)
        failed = True
    floor = good.get("drop")
    if floor is None:
        sys.exit("no floor to measure from")
    print(f"instructions per packet, Linux {kernel}, 60-byte UDP with checksum")
    print(f"{'row':15}{'total':>9}{'net':>9}{'fwd/sent':>10}{'sampled':>9}{'books':>7}"
          f"{'/Portico total':>16}{'net':>8}")
    for row in rows:
        name = row["row"]
        if name not in good:
            continue
        total, net = good[name], good[name] - floor
        path, _, kind = name.partition("-")
        ours = good.get("out" + path[len(path.rstrip("6")):] + ("-" + kind if kind else ""))
        ours_net = ours - floor if ours else None
        print(f"{name:15}{total:9.1f}{net:9.1f}"
              f"{row['forwarded'] / row['sent']:10.3f}{row['sampled']:9}{row['books']:>7}"
              f"{ratio(total, ours):>16}{ratio(net, ours_net):>8}")
    if args.output:
        merge(args.output, "insn", {
            "kernel": kernel,
            "rows": {n: {"total": t, "net": round(t - floor, 1)} for n, t in good.items()}})
    return failed


OPERATIONS = {"udp": "UDP, 18 bytes", "rr": "TCP request/response",
              "crr": "TCP connect/request/response", "bulk": "TCP, 32 KiB"}


def sockets(args):
    """What local accounting costs: per cent over the bare kernel."""
    cases, failed = {}, False
    for line in sys.stdin:
        if line.startswith("case "):
            w = words(line)
            cases[w.pop("case")] = w
        elif line.startswith("kernel "):
            kernel = line.split()[1]
        else:
            failed |= line.startswith(("fail", "books bad"))
            if not line.startswith("books ok"):
                sys.stderr.write(line)
    base = cases.get("none")
    if not base or failed:
        sys.exit("sockets: not a result")
    print(f"instructions per operation of a local socket, Linux {kernel}")
    print(f"{'':30}" + "".join(f"{c:>11}" for c in cases))
    over = {}
    for op, text in OPERATIONS.items():
        print(f"{text:30}" + "".join(f"{c[op]:11}" for c in cases.values()))
        print(f"{'':30}" + "".join(f"{c[op] * 100 / base[op] - 100:+10.1f}%" for c in cases.values()))
        over[op] = {n: round(c[op] * 100 / base[op] - 100, 2) for n, c in cases.items()}
    if args.output:
        merge(args.output, "sockets", {"kernel": kernel, "operations": cases, "percent": over})
    return False


def ports(args):
    """What a new mapping costs as the ports run out."""
    rows, floor, result = [], {}, {}
    for line in sys.stdin:
        if line.startswith("taken drop "):
            floor[words(line)["hosts"]] = words(line)["insn"] / 10
        elif line.startswith("taken "):
            rows.append(words(line))
        elif line.startswith("kernel "):
            kernel = line.split()[1]
        else:
            sys.stderr.write(line)
    if not floor:
        sys.exit("ports: no floor to measure from")
    print(f"instructions for a new mapping, net, with ports taken, Linux {kernel}")
    for r in rows:
        net = r["insn"] / 10 - floor[r["hosts"]]
        lost = r["sent"] - r["forwarded"]
        note = f"  ({lost} of {r['sent']} refused)" if lost else ""
        print(f"{r['taken']:6}{r['hosts']:>5} hosts {r['percent']:3} %  {r['inuse']:6} in use"
              f"{net:10.1f}{note}")
        result.setdefault(r["taken"], {}).setdefault(r["hosts"], {})[str(r["percent"])] = {
            "net": round(net, 1), "inuse": r["inuse"], "refused": lost}
    if args.output:
        merge(args.output, "ports", dict(result, kernel=kernel))
    return any(r["taken"] == "out" and r["sent"] != r["forwarded"] for r in rows)


def about(args):
    """When and of what the results are."""
    version = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True,
                             text=True, check=False).stdout.strip()
    merge(args.output, "about", {"date": time.strftime("%Y-%m-%d"), "commit": version})
    return False


class Figures:
    """The figures that a file of results has; None for those it has not."""

    def __init__(self, whole):
        self.whole = whole

    def get(self, *keys):
        at = self.whole
        for k in keys:
            at = at.get(k) if isinstance(at, dict) else None
        return at

    def over(self, a, b):
        a, b = self.get(*a), self.get(*b)
        return a / b if a is not None and b else None

    def insn(self, row):
        return self.over(("insn", "rows", row, "net"), ("insn", "rows", "out", "net"))

    def native(self, path):
        return self.over(("native", "1M", path, "net_min"), ("native", "1M", "out", "net_min"))


def summary(args):
    """The figures to reach, and those reached."""
    with open(args.file) as f:
        fig = Figures(json.load(f))
    idle = fig.over(("insn", "rows", "loaded", "net"), ("insn", "rows", "plain", "net"))
    # name, must, moonshot, measured, unit; least or most
    rows = [
        ("nft masquerade / Portico, instructions", 4, 6, fig.insn("masq"), "x"),
        ("flowtable / Portico, instructions", 1.5, 2.2, fig.insn("flowtable"), "x"),
        ("plain routing / Portico, instructions", 1.8, 3, fig.insn("plain"), "x"),
        ("1M flows: masquerade / Portico, time", 4, 10, fig.native("masq"), "x"),
        ("1M flows: flowtable / Portico, time", 4, 15, fig.native("flowtable"), "x"),
        ("1M flows: plain routing / Portico, time", 0.8, 1.5, fig.native("plain"), "x"),
        ("Portico at 1M flows / at 1", -4, -2,
         fig.over(("native", "1M", "out", "min"), ("native", "1", "out", "min")), "x"),
        ("new mapping, instructions", -2000, -1200, fig.get("insn", "rows", "out-new", "net"), ""),
        ("the same, 99 % of ports taken", None, -1200,
         fig.get("ports", "out", "few", "99", "net"), ""),
        ("new mapping, 99 % / 0 % of ports taken", None, -1.1,
         fig.over(("ports", "out", "few", "99", "net"), ("ports", "out", "few", "0", "net")), "x"),
        ("bytes per mapping at 1M", -160, -96, fig.get("tables", "1M", "out", "bytes"), ""),
        ("dump, kernel side, entries/s", 300000, 1500000,
         fig.get("tables", "1M", "out", "dump"), ""),
        ("local TCP RR, overhead", -4, -1, fig.get("sockets", "percent", "rr", "on"), "%"),
        ("local TCP CRR, overhead", -4, -2, fig.get("sockets", "percent", "crr", "on"), "%"),
        ("local TCP bulk, overhead", -3, -0.5, fig.get("sockets", "percent", "bulk", "on"), "%"),
        ("local UDP small, overhead", -6, -4, fig.get("sockets", "percent", "udp", "on"), "%"),
        ("loaded, not enabled", -0.5, 0, (idle - 1) * 100 if idle else None, "%"),
    ]
    print(f"{'net of the ingress drop':44}{'must':>12}{'moonshot':>12}{'measured':>12}")
    missed = 0
    for name, must, moon, got, unit in rows:
        most = moon <= 0
        verdict = "not measured"
        shown = "-"
        if got is not None:
            shown = f"{got:.2f}{unit}" if unit else f"{got:.0f}"
            reach = [t is None or (got <= -t + 1e-9 if most else got >= t) for t in (must, moon)]
            verdict = "moonshot" if reach[1] else "MISSED" if not reach[0] else "met" if must else "-"
            missed += not reach[0]
        sign = "<=" if most else ">="
        goals = ["-" if t is None else f"{sign}{abs(t):g}{unit}" for t in (must, moon)]
        print(f"{name:44}{goals[0]:>12}{goals[1]:>12}{shown:>12}  {verdict}")
    print(f"{missed} of the musts missed" if missed else "every must that was measured is met")
    return False


GROWTH = 1.02
IDLE = 1.005


def gate(args):
    """Each Portico row against its recorded figure, `loaded` against `plain`."""
    rows, kernel, failed = read_rows(sys.stdin)
    good, bad = judge(rows)
    floor, plain = good.pop("drop", None), good.get("plain")
    if floor is None or plain is None:
        print("the floor or plain routing was not measured: " + "; ".join(bad.values()))
        print("0 passed, 1 failed")
        return True
    net = {n: round(t - floor, 1) for n, t in good.items() if n != "plain"}
    if args.verb == "update":
        if bad or failed:
            sys.exit("not recorded: " + "; ".join(f"{n} {why}" for n, why in bad.items()))
        with open(args.file, "w") as f:
            json.dump({"kernel": kernel, "net": net}, f, indent=1)
            f.write("\n")
    with open(args.file) as f:
        record = json.load(f)
    if record["kernel"] != kernel:
        print(f"the figures are of Linux {record['kernel']}, this is {kernel}")
    wrong = 0
    for name in record["net"]:
        if name not in net:
            verdict = bad.get(name, "not measured")
        elif name == "loaded" and net[name] > IDLE * (plain - floor):
            verdict = f"{net[name]}, plain routing is {plain - floor:.1f}"
        elif net[name] > GROWTH * record["net"][name]:
            verdict = f"{net[name]} instructions a packet, recorded {record['net'][name]}"
        else:
            print(f"ok   {name}: {net[name]} (recorded {record['net'][name]})")
            continue
        wrong += 1
        print(f"FAIL {name}: {verdict}")
    print(f"{len(record['net']) - wrong} passed, {wrong} failed")
    return bool(wrong or failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(dest="what", required=True)
    p = sub.add_parser("insn")
    p.add_argument("-o", "--output")
    p.set_defaults(run=insn)
    p = sub.add_parser("sockets")
    p.add_argument("-o", "--output")
    p.set_defaults(run=sockets)
    p = sub.add_parser("ports")
    p.add_argument("-o", "--output")
    p.set_defaults(run=ports)
    p = sub.add_parser("about")
    p.add_argument("-o", "--output", required=True)
    p.set_defaults(run=about)
    p = sub.add_parser("summary")
    p.add_argument("file")
    p.set_defaults(run=summary)
    p = sub.add_parser("gate")
    p.add_argument("verb", choices=["check", "update"])
    p.add_argument("file")
    p.set_defaults(run=gate)
    args = parser.parse_args()
    sys.exit(1 if args.run(args) else 0)


if __name__ == "__main__":
    main()
