#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""trace.py DIR MODULE PACKETS: have the emulator, whose monitor is
DIR/monitor and whose guest prints to DIR/guest, log each instruction while
packets flow; print instructions per packet by function."""
import base64
import bisect
import collections
import os
import re
import socket
import subprocess
import sys
import time
import zlib

directory, module, packets = sys.argv[1], sys.argv[2], int(sys.argv[3])


def wait_for(what, seconds=120):
    for _ in range(seconds * 10):
        result = what()
        if result:
            return result
        time.sleep(0.1)
    sys.exit("trace: the guest does not get ready")


def guest_is_ready():
    try:
        with open(f"{directory}/guest", errors="replace") as f:
            text = f.read()
    except FileNotFoundError:
        return None
    return text if "\nready" in text else None


class Monitor:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.reply()

    def reply(self):
        data = b""
        while not data.endswith(b"(qemu) "):
            data += self.sock.recv(65536)

    def __call__(self, *commands):
        for c in commands:
            self.sock.send(c.encode() + b"\n")
            self.reply()


def symbols(text):
    packed = text.split("symbols", 1)[1].split("ready", 1)[0]
    lines = zlib.decompress(base64.b64decode(packed), 47).decode().splitlines()
    return sorted((int(line.split()[0], 16), line.split()[2]) for line in lines)


def trace(monitor, size):
    log = f"{directory}/log"
    monitor("stop", "singlestep on", f"logfile {log}", "log exec,nochain", "cont")
    wait_for(lambda: os.path.exists(log) and os.path.getsize(log) > size)
    monitor("stop", "log none")
    with open(log, errors="replace") as f:
        for line in f:
            found = re.search(r"\[[0-9a-f]+/([0-9a-f]+)/", line)
            if found:
                yield int(found[1], 16)
    os.unlink(log)


def module_symbols():
    out = subprocess.run(["nm", module], capture_output=True, text=True, check=True).stdout
    return {w[2]: int(w[0], 16) for w in map(str.split, out.splitlines())
            if len(w) == 3 and w[1] in "tT"}


def inlined(by_pc, base):
    """Portico's instructions, by the function of the source they come from."""
    addresses = sorted(by_pc)
    out = subprocess.run(["addr2line", "-j", ".text", "-f", "-s", "-e", module] +
                         [hex(a - base) for a in addresses],
                         capture_output=True, text=True, check=True).stdout.splitlines()
    result = collections.Counter()
    for a, name, where in zip(addresses, out[::2], out[1::2]):
        result[f"{name} ({where.split(':')[0]})"] += by_pc[a]
    return result


def show(counts, sent, calls=None, least=0.05, rows=60):
    for name, n in counts.most_common(rows):
        if n / sent < least:
            break
        each = f"{calls[name] / sent:8.2f}" if calls else ""
        print(f"{n / sent:9.1f}{each}  {name}")


def main():
    table = symbols(wait_for(guest_is_ready))
    starts = [a for a, _ in table]
    own, base = module_symbols(), None
    for a, name in table:
        # .text alone: other sections are placed elsewhere.
        if name == "fast_hook" and name in own:
            base = a - own[name]
    time.sleep(1)
    monitor = Monitor(f"{directory}/monitor")
    by_pc = collections.Counter(trace(monitor, packets * 3000 * 85))
    monitor.sock.send(b"quit\n")

    by_name, calls, ours = (collections.Counter() for _ in range(3))
    for pc, n in by_pc.items():
        i = bisect.bisect_right(starts, pc) - 1
        address, name = table[i] if i >= 0 else (0, "?")
        by_name[name] += n
        if pc == address:
            calls[name] += n
        if base and name in own and address - base == own[name]:
            ours[pc] = n
    sent = calls["inet_csk_accept"] or calls["pktgen_xmit"] or calls["dummy_xmit"] or calls["pktgen_finalize_skb"] or 1
    print(f"{sum(by_name.values()) / sent:.0f} instructions per packet ({sent} packets)")
    print("     each   calls  function")
    show(by_name, sent, calls, rows=3000)
    if ours:
        print("\nthe module's own, by function of the source, inlined ones apart")
        show(inlined(ours, base), sent, least=0.5)


main()
