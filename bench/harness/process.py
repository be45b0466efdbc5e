"""process -- a server under measurement, and what /proc says about it

Starts a server, waits until its port listens (without connecting: a connection would
count), reads CPU time, memory and wake-ups, and ends it by its pid.  Every process
started here is in `Processes`, which ends them all, whatever happened.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

from .family import HELPERS, memory_of, own_cpu, parents, spent

# All servers hand on the same little: a locale alone makes a program's start slower.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
START_PATIENCE = 5.0
STOP_PATIENCE = 3.0
LISTEN = "0A"


def listening_ports():
    """Every TCP port of this machine that listens."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTEN:
                ports.add(int(words[1].split(":")[1], 16))
    return ports


def children_of(pid):
    """How many processes have `pid` as their parent, zombies included, but not prong's
    helpers, which are not there for a session."""
    return sum(parent == pid and name not in HELPERS for name, parent, _ in parents().values())


class Process:
    """One started server."""

    def __init__(self, argv, environment=None, log=None):
        self.argv = argv
        self.log = log
        with open(log or os.devnull, "wb") as errors:
            self.popen = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                env={**ENVIRONMENT, **(environment or {})}, start_new_session=True)
        self.pid = self.popen.pid

    def wait_listening(self, port):
        """Returns once the port listens; RuntimeError if it never does."""
        deadline = time.monotonic() + START_PATIENCE
        while port not in listening_ports():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.last_words())
            time.sleep(0.01)

    def last_words(self):
        return (self.said() or ["it does not listen and says nothing"])[-1]

    def said(self):
        """The lines it has written to its log so far."""
        return Path(self.log).read_text(errors="replace").splitlines() if self.log else []

    def own_cpu(self):
        """Seconds of the process itself."""
        return own_cpu(self.pid)

    def cpu(self):
        """Seconds of it and of all that it has started."""
        return spent(self.pid)

    def memory(self):
        """Resident and proportional kilobytes."""
        rss, pss = memory_of(self.pid)
        return {"rss_kb": rss, "pss_kb": pss}

    def wakeups(self):
        """Context switches of all threads so far."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for line in (task / "status").read_text().splitlines():
                if "ctxt_switches" in line:
                    total += int(line.split()[1])
        return total

    def is_alive(self):
        return self.popen.poll() is None

    def stop(self):
        """TERM, then QUIT (prong: end every session), then KILL to its own group."""
        for name in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
            try:
                os.kill(self.pid, name)
                self.popen.wait(STOP_PATIENCE)
                break
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


class Processes:
    """Everything that runs; a context manager that leaves nothing behind."""

    def __init__(self):
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self.running:
            self.end(self.running[-1])

    def start(self, argv, environment=None, log=None):
        process = Process(argv, environment, log)
        self.running.append(process)
        return process

    def adopt(self, process):
        """Anything with stop(); ended before what was started earlier."""
        self.running.append(process)
        return process

    def end(self, process):
        process.stop()
        self.running.remove(process)
