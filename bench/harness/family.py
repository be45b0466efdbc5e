"""family -- a server and all that descends from it: its CPU time and its memory

A server that starts processes ahead works when nobody asks it to.  Before the next one
has its turn it must have come to rest, and what waits in it can be weighed.
"""

import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
REST_POLL = 0.05
REST_BUSY = 0.002  # seconds of CPU in one poll: more is work
REST_POLLS = 2
REST_PATIENCE = 4.0
HELPERS = ("prong-warden", "prong-hold")


def stat_of(pid):
    """(name, parent, seconds of CPU of those it waited for); OSError if it is gone."""
    head, tail = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
    words = tail.split()
    return head.split("(", 1)[1], int(words[1]), (int(words[13]) + int(words[14])) / TICK


def own_cpu(pid):
    """Seconds of the process itself, by the scheduler's nanoseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def parents():
    """{pid: (name, parent, ...)} of every process there is."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = stat_of(entry)
            except OSError:
                continue
    return found


def descendants(pid):
    """The process ids of all that descends from it, itself first."""
    known, family = parents(), [pid]
    for member in family:
        family += [other for other, stat in known.items() if stat[1] == member]
    return family


def spent(pid):
    """Seconds of all that live and of all whom they waited for."""
    total = 0
    for member in descendants(pid):
        try:
            total += own_cpu(member) + stat_of(member)[2]
        except OSError:
            continue
    return total


def rest(servers):
    """Waits until none of them works any more; returns whether that came."""
    deadline = time.monotonic() + REST_PATIENCE
    quiet, last = 0, None
    while quiet < REST_POLLS and time.monotonic() < deadline:
        now = sum(spent(server.process.pid) for server in servers)
        quiet = quiet + 1 if last is not None and abs(now - last) < REST_BUSY else 0
        last = now
        time.sleep(REST_POLL)
    return quiet >= REST_POLLS


def memory_of(pid):
    """(RSS, PSS) in kilobytes."""
    values = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        key, value = line.split()[:2]
        values[key.rstrip(":")] = int(value)
    return values["Rss"], values["Pss"]


def tcp_sockets():
    """What a descriptor of a TCP connection is called in /proc."""
    names = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        names.add(f"socket:[{line.split()[9]}]")
    return names


def weigh(pid):
    """(memory of each session, memory of each that waits) of a server's children: a
    session has a TCP connection as its input, whatever else it is called."""
    tcp, sessions, waiting = tcp_sockets(), [], []
    for child, (name, parent, _) in parents().items():
        if parent != pid or name in HELPERS:
            continue
        try:
            which = sessions if os.readlink(f"/proc/{child}/fd/0") in tcp else waiting
            which.append(memory_of(child))
        except OSError:
            continue
    return sessions, waiting
