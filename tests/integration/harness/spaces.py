"""spaces -- namespaces for one test

The test's own thread moves into the new network namespace, and so does everything it
starts from there.  Needs root, or a user namespace around the whole run
(`unshare -rn`); a test that cannot have it is skipped with the reason.
"""
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
