"""spaces -- namespaces for one test, and who is in one

The test's own thread moves into the new network namespace, and so does everything it
starts from there.  Needs root, or a user namespace around the whole run
(`unshare -rn`); a test that cannot have it is skipped with the reason.
"""
import contextlib
import ctypes
import os
import subprocess

from . import procs
from .procs import libc

CLONE_NEWNET = 0x40000000

# Words before a command that is to be PID 1; its exit status is theirs.
PID_1 = ["unshare", "-pf", "--mount-proc", "--kill-child", "sh", "-c",
         'mount -t tmpfs none /run && exec "$@"', "sh"]


def pid_1_of(pid):
    """The host's number of what runs as PID 1 below those words."""
    found = procs.wait_until(lambda: list(procs.children(pid)), "the child of unshare")
    return found[0]


class NetworkSpace:
    """Own loopback, up; addresses are added with add()."""

    def __init__(self):
        self.before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        if libc.unshare(CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            os.close(self.before)
            raise OSError(error, os.strerror(error))
        ip("link", "set", "lo", "up")

    def add(self, *addresses):
        for address in addresses:
            nodad = ["nodad"] if ":" in address else []
            ip("addr", "add", address, "dev", "lo", *nodad)

    def leave(self):
        if libc.setns(self.before, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(self.before)


class Namespace:
    """The one of that kind ("mnt", "pid" ...) that a process is in.  Kept open, for the kernel
    gives the number of one that has ended to the next (ida_alloc() in proc_alloc_inum())."""

    def __init__(self, pid, kind):
        self.kind = kind
        self.fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        self.number = os.fstat(self.fd).st_ino

    def members(self):
        found = []
        for pid in procs.all_pids():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{pid}/ns/{self.kind}").st_ino == self.number:
                    found.append(pid)
        return found

    def wait_left(self):
        """Until nobody is in it."""
        procs.wait_until(lambda: not self.members(), f"nobody is in the {self.kind} namespace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


def disable_ipv6():
    """In the network namespace of the calling thread."""
    for where in ("all", "default", "lo"):
        with open(f"/proc/sys/net/ipv6/conf/{where}/disable_ipv6", "w") as file:
            file.write("1")


def is_root():
    """Really root: more ids than the own one are there to change to."""
    if os.geteuid() != 0:
        return False
    with open("/proc/self/uid_map") as file:
        return sum(int(line.split()[2]) for line in file) > 65536
