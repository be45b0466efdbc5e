"""cgroups -- a cgroup (v2) of a test's own, and what is seen below it"""
import errno
import os
import time

from . import procs


def mount():
    """Where version 2 is mounted, or None."""
    found = None
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            if " - cgroup2 " in line:
                found = line.split()[4]
    return found


def of(pid):
    """The path of a process's cgroup, as the kernel says."""
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        (path,) = [line[3:].rstrip("\n") for line in file if line.startswith("0::")]
    return path


class Home:
    """Below which a server has those of its sessions."""

    def __init__(self, name):
        self.path = f"/{name}"
        self.directory = mount() + self.path
        os.mkdir(self.directory)

    def leaves(self):
        """The names of those below it."""
        return sorted(entry.name for entry in os.scandir(self.directory) if entry.is_dir())

    def read(self, file):
        with open(f"{self.directory}/{file}", encoding="ascii") as opened:
            return opened.read()

    def pids(self, leaf):
        """Of one that is removed meanwhile, none: the first is only tried, for example."""
        try:
            return [int(line) for line in self.read(f"{leaf}/cgroup.procs").split()]
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENODEV):
                raise
            return []

    def wait_empty(self):
        procs.wait_until(lambda: not self.leaves(), f"nothing is below {self.path}")

    def wait_left(self):
        """Until nobody is in any of them: a server that stops waits a second for that."""
        procs.wait_until(lambda: not any(map(self.pids, self.leaves())), "nobody is in there")

    def remove(self):
        """Whatever a test has left."""
        end = time.monotonic() + 5
        while self.leaves() and time.monotonic() < end:
            for leaf in self.leaves():
                self.kill(leaf)
            time.sleep(0.01)
        os.rmdir(self.directory)

    def kill(self, leaf):
        try:
            with open(f"{self.directory}/{leaf}/cgroup.kill", "w", encoding="ascii") as file:
                file.write("1")
            os.rmdir(f"{self.directory}/{leaf}")
        except OSError:
            pass
