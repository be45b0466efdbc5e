"""strace -- faults made for real: a system call fails when we say so

under(...) gives the wrapper for a server that is traced from its start, Attached is a
tracer that comes later and goes away again.
"""
import os
import re
import select
import signal
import subprocess
import time

from . import ALARM, procs

INJECTED = re.compile(r"\(INJECTED\)")


def inject(call, error, when=None):
    """-e words for one fault; `when` as strace has it: "3", "1..5", "2+"."""
    words = f"inject={call}:error={error}"
    return ["-e", f"trace={call}", "-e", words + (f":when={when}" if when else "")]


def under(faults, output, follow=True):
    """The wrapper; strace is a grandchild (-D), so that the server's pid is our child's."""
    return ["strace", "-D", "-qq", *(["-f"] if follow else []), "-o", str(output), *faults]


def environment(env=None):
    """Leak detection of the sanitizer cannot run under a tracer."""
    env = dict(os.environ if env is None else env)
    options = env.get("ASAN_OPTIONS", "")
    env["ASAN_OPTIONS"] = options + (":" if options else "") + "detect_leaks=0"
    return env


def injected(output):
    """How many calls failed because of us."""
    try:
        with open(output, encoding="utf-8", errors="replace") as file:
            return len(INJECTED.findall(file.read()))
    except FileNotFoundError:
        return 0


class Attached:
    """`with Attached(pid, inject("accept4", "EMFILE"), path) as faults:`"""

    def __init__(self, pid, faults, output, follow=False):
        self.pid, self.output = pid, str(output)
        self.process = subprocess.Popen(
            ["strace", *(["-f"] if follow else []), "-o", self.output, *faults,
             "-p", str(pid)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        self._wait_attached()

    def _wait_attached(self):
        """Until strace says so.  That it is the tracer comes before it stops the server, whose
        calls are not seen until then."""
        end, said = time.monotonic() + ALARM, b""
        while b" attached" not in said:
            left = max(end - time.monotonic(), 0)
            assert select.select([self.process.stderr], [], [], left)[0], "strace attaches"
            more = os.read(self.process.stderr.fileno(), 1 << 12)
            assert more, f"strace ended: {said}"
            said += more

    def count(self):
        return injected(self.output)

    def wait_injected(self, at_least=1):
        procs.wait_until(lambda: self.count() >= at_least, f"{at_least} failed calls")

    def detach(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(ALARM)
        self.process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.detach()
