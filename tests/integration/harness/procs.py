"""procs -- what /proc says about processes, and waiting for it to change

Nothing here guesses: a process is dead when the kernel says so.  wait_until() is for the
few facts that no event announces.
"""
import ctypes
import os
import time

from . import ALARM

PR_SET_CHILD_SUBREAPER = 36
HELPERS = ("prong-warden", "prong-init")
libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper():
    """What the server leaves behind becomes ours, so that nothing escapes the checks."""
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def stat(pid):
    """(state, parent, group, session) of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3])


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def name(pid):
    """As ps has it; "" if there is no such process."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def title(pid):
    """What it was started as (argv[0]), also where giving itself a name failed; of a zombie,
    which has no words any more, its name."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return words[0].decode(errors="replace") or name(pid)


def named(wanted):
    """All of that name."""
    return [pid for pid in all_pids() if name(pid) == wanted]


def children(pid):
    """{pid: state} of the direct children, zombies included, but not the server's
    warden, nor the inits of cells (see wardens(), inits())."""
    found = {}
    for child in all_pids():
        facts = stat(child)
        if facts is not None and facts[1] == pid and title(child) not in HELPERS:
            found[child] = facts[0]
    return found


def inits(pid):
    """Of the cells that wait, and of those of sessions."""
    return [child for child in all_pids() if title(child) == "prong-init"
            and (stat(child) or (0, 0))[1] == pid]


def wardens(pid):
    return [child for child in all_pids() if title(child) == "prong-warden"
            and (stat(child) or (0, 0))[1] == pid]


def warden(pid):
    """The one; it has words and a name a moment after it was started."""
    (found,) = wait_until(lambda: wardens(pid), "a warden")
    return found


def zombies(pid):
    return [child for child, state in children(pid).items() if state == "Z"]


def alive(pid):
    """False for one that has ended, whether reaped or not."""
    facts = stat(pid)
    return facts is not None and facts[0] not in "ZX"


def exists(pid):
    return stat(pid) is not None


def fds(pid):
    """{number: target}."""
    found = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
            except FileNotFoundError:
                pass
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def fd_flags(pid, fd):
    """The flags of an open file, as open(2) has them."""
    with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:
        for line in file:
            if line.startswith("flags:"):
                return int(line.split()[1], 8)
    raise KeyError(fd)


def cpu_ms(pid):
    """User and system time so far."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 // os.sysconf("SC_CLK_TCK")


def status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(key + ":"):
                return line.split(":", 1)[1].strip()
    raise KeyError(key)


def wait_until(condition, what, seconds=ALARM):
    """Polls; returns the first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)


def wait_gone(pid):
    """Until the process has been reaped."""
    wait_until(lambda: not exists(pid), f"process {pid} gone")


def wait_ended(pid):
    """Until the process runs no more; it may still wait to be reaped."""
    wait_until(lambda: not alive(pid), f"process {pid} ended")
