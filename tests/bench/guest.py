# SPDX-License-Identifier: GPL-2.0
"""Guests in which things are timed: user-mode Linux, and the clock of what it
used of the processor."""
import glob
import os
import subprocess
import sys
import threading
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CPU = max(os.sched_getaffinity(0))


def build():
    env = dict(os.environ)
    kdir = subprocess.check_output([f"{TREE}/scripts/kernel-uml", "uml"], text=True).strip()
    subprocess.check_call([f"{TREE}/scripts/module", "uml"], stdout=subprocess.DEVNULL)
    subprocess.check_call(["flock", f"{TREE}/build/cli.lock", "make", "-s", "-C", TREE, "cli"],
                          stdout=sys.stderr, env=env)
    return subprocess.check_output([f"{TREE}/tests/bench/helpers", kdir, f"{TREE}/build/bench-uml",
                                    "ARCH=um"], text=True).strip()


def descendants(pid):
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path) as f:
                children = f.read().split()
        except OSError:
            continue
        for child in children:
            yield child
            yield from descendants(child)


class Guest:
    """A script of tests/bench/guest, at work in a user-mode Linux."""

    def __init__(self, name, helpers, mem, script, *args):
        self.name, self.lines = name, []
        self.more = threading.Condition()
        self.process = subprocess.Popen(
            [f"{TREE}/scripts/vm", "-n", "-t", "3000", "-m", mem, "-e", f"HELPERS={helpers}",
             "uml", "--", "bash", f"tests/bench/guest/{script}", *map(str, args)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.pid = None
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            stamp = self.clock() if line.startswith(("begin", "end")) else None
            with self.more:
                self.lines.append((line.strip(), stamp))
                self.more.notify()
        with self.more:
            self.lines.append((None, None))
            self.more.notify()

    def wait(self, word, seconds=900):
        """The next line that begins with word."""
        until = time.monotonic() + seconds
        with self.more:
            while True:
                while self.lines:
                    line, stamp = self.lines.pop(0)
                    if line is None or line.startswith("fail"):
                        sys.exit(f"native: {self.name}: {line or 'the guest ended early'}")
                    if line.startswith(word):
                        return line, stamp
                    if not line.startswith("out "):
                        print(f"{self.name}: {line}", file=sys.stderr)
                if not self.more.wait(until - time.monotonic()):
                    sys.exit(f"native: {self.name}: no '{word}' in time")

    def find(self):
        """The guest's process: wait until it is there, keep it on one processor."""
        for _ in range(1200):
            for pid in descendants(self.process.pid):
                try:
                    if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "linux":
                        self.pid = pid
                except OSError:
                    continue
                if self.pid:
                    os.sched_setaffinity(int(pid), {CPU})
                    return
            time.sleep(0.05)
        sys.exit("the guest's process is not to be found")

    def ready(self):
        self.find()
        self.out = self.wait("out ")[0].split()[1]
        self.wait("ready")

    def clock(self):
        """Nanoseconds of CPU: the kernel's, and those of programs that ended."""
        if not self.pid:
            return 0
        total = 0
        for path in glob.glob(f"/proc/{self.pid}/task/*/schedstat"):
            try:
                with open(path) as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass
        with open(f"/proc/{self.pid}/stat") as f:
            ended = f.read().rsplit(")", 1)[1].split()[13:15]
        return total + sum(map(int, ended)) * (1000000000 // os.sysconf("SC_CLK_TCK"))
