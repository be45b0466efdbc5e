"""prong-init, the first process of a session's namespaces.

    PRONG_BUILTIN=.../prong-builtin /usr/bin/python3 -m pytest test_init.py

Its pid namespace is in a user namespace, so that nothing here needs root; where ordinary
users have none either, the tests are skipped.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

import pytest

HELPER = os.environ.get("PRONG_BUILTIN", "")
PATIENCE = 30  # an alarm, not a measure: nothing that works comes near it
CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000

libc = ctypes.CDLL(None, use_errno=True)
pytestmark = pytest.mark.skipif(not HELPER, reason="PRONG_BUILTIN is not set")

# A process whose children are in a new pid namespace: the init is the first of them.  Each
# line that it reads is a program of Python for a further child, whose number here it tells.
DOOR = """
import os, signal, sys
def begin(run):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            run()
        finally:
            os._exit(99)
    return pid
life = int(sys.argv[2])
def init():
    os.dup2(life, 0)
    os.execv(sys.argv[1], ["prong-init"])
print(begin(init), flush=True)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the init's end waits for ours to be reaped
for line in sys.stdin:
    print(begin(lambda: os.execv(sys.executable, ["python3", "-c", eval(line)])), flush=True)
"""


def enter_spaces():
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0:
        os._exit(77)


class Space:
    """A pid namespace with the init as number 1."""

    def __init__(self):
        life, self.life = os.pipe()
        self.door = subprocess.Popen(
            [sys.executable, "-c", DOOR, HELPER, str(life)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, pass_fds=[life], preexec_fn=enter_spaces, text=True)
        os.close(life)
        first = self.door.stdout.readline()
        if not first:
            assert self.door.wait(PATIENCE) == 77
            pytest.skip("no user namespaces here")
        self.init = int(first)
        eventually(lambda: status(self.init).get("Name") == "prong-init")

    def run(self, program):
        """Its number outside."""
        self.door.stdin.write(repr(program) + "\n")
        self.door.stdin.flush()
        return int(self.door.stdout.readline())

    def members(self):
        """Those in the namespace, with their numbers outside."""
        where = os.readlink(f"/proc/{self.init}/ns/pid")
        found = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{name}/ns/pid") == where:
                    found[int(name)] = status(name)
            except OSError:
                pass
        return found

    def close(self):
        if self.life is not None:
            os.close(self.life)
        self.life = None

    def done(self):
        self.close()
        self.door.stdin.close()
        self.door.stdout.close()
        self.door.wait(PATIENCE)


def status(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    except OSError:
        return {}


def eventually(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def ended(pidfd):
    return bool(select.select([pidfd], [], [], PATIENCE)[0])


@pytest.fixture
def space():
    space = Space()
    yield space
    space.done()


def test_whose_parent_has_ended_is_reaped(space):
    space.run(
        "import os\n"
        "if os.fork() > 0: os._exit(0)\n"  # the child goes on alone
        "r, w = os.pipe()\n"
        "for i in range(5):\n"
        "    if os.fork() == 0:\n"  # ... and leaves some, that end sooner or later than it
        "        os.close(w)\n"
        "        if i % 2: os.read(r, 1)\n"
        "        os._exit(3)\n"
        "os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)\n"
        "os._exit(4)\n")
    eventually(lambda: list(space.members()) == [space.init])
    eventually(lambda: status(space.init)["State"][0] == "S")
    assert int(status(space.init)["SigIgn"], 16) >> (signal.SIGCHLD - 1) & 1


def test_it_is_nobody_that_a_session_could_end(space):
    tried = space.run(
        "import os, signal\n"
        "for number in set(range(1, 65)) - {32, 33}:\n"
        "    os.kill(1, number)\n"
        "os._exit(5)\n")
    eventually(lambda: not status(tried))
    assert status(space.init)["State"][0] == "S"
    assert int(status(space.init)["SigBlk"], 16) | 0x40100 == 2**64 - 1  # KILL, STOP


def test_its_end_is_everybodys_end(space):
    space.run(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for i in range(3):\n"
        "    os.fork() == 0 and os.setsid()\n"
        "time.sleep(1000)\n")
    eventually(lambda: len(space.members()) == 9)
    fds = [os.pidfd_open(pid) for pid in space.members()]
    space.close()
    for fd in fds:
        assert ended(fd)
        os.close(fd)


def test_it_ends_only_with_the_last_who_holds_its_life(space):
    pidfd = os.pidfd_open(space.init)
    other = os.dup(space.life)
    os.write(other, b"nothing that means anything" * 100)
    space.close()
    assert not select.select([pidfd], [], [], 0.05)[0]
    os.close(other)
    assert ended(pidfd)
    os.close(pidfd)


def test_its_status_says_how_it_ended():
    def run(stdin):
        return subprocess.run(["prong-init"], executable=HELPER, stdin=stdin).returncode

    assert run(subprocess.DEVNULL) == 0
    with open(os.devnull, "w") as unreadable:
        assert run(unreadable) == 111
