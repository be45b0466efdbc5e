"""Programs that are started ahead and held, with a test in the supervisor's place.

The structures are those of src/warm/warm.h.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import pytest

OPEN = tempfile.TemporaryDirectory()  # the sources may be where nobody else may enter


def for_everybody(path):
    """A copy that every user may run; "" of ""."""
    os.chmod(OPEN.name, 0o755)
    return path and shutil.copy(path, OPEN.name)


HELPER = for_everybody(os.environ.get("PRONG_BUILTIN", ""))
# An alarm, not a measure: nothing that works comes near it, but on an emulated machine.
PATIENCE = int(os.environ.get("PRONG_PATIENCE", "30"))
NOBODY = 65534

needs_helper = pytest.mark.skipif(not HELPER, reason="PRONG_BUILTIN is not set")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")

CONNECTION = 1
RESULTS = ["", "held", "not-run", "ended", "let-go", "by-child", "foreign", "denied",
           "unreadable", "privileged", "too-much", "failed"]
REPORT = struct.Struct("@Iii3IQ32s96s96s")
ORDER = struct.Struct("@IIiIIQQQ")
HOLD_ORDER = struct.Struct("@iIIII128sQ")
SLOT = "\x1f" * 46

PYTHON = "/usr/bin/python3"
CAT = pathlib.Path("/bin/cat").read_bytes()


def text(field):
    return field.split(b"\0")[0].decode()


class Report:
    def __init__(self, message):
        (result, self.error, self.status, self.threads, self.aliases, self.slots,
         self.start_usec, call, detail, refusal) = REPORT.unpack(message)
        self.result = RESULTS[result]
        self.call, self.detail, self.refusal = text(call), text(detail), text(refusal)

    def __repr__(self):
        return f"<{vars(self)}>"


def as_user(user):
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


class Held:
    """One program, its tracer, and the supervisor's end of its placeholder."""

    def __init__(self, argv, env=None, user=None, copies=False, local=True, errors=None,
                 tracer_user=None):
        self.ctl, placeholder = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.talk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with placeholder, theirs:
            self.program = subprocess.Popen(
                ["prong-spare", "warm", argv[0], *argv], executable=HELPER,
                stdin=placeholder, stdout=placeholder, stderr=errors,
                env={"PATH": "/usr/bin:/bin", **(env or {})}, start_new_session=True,
                **as_user(user))
            self.tracer = subprocess.Popen(
                ["prong-hold"], executable=HELPER, stdin=theirs, stdout=theirs,
                stderr=self.ctl, **as_user(tracer_user or user))
        name = struct.pack("=HH4s8x", socket.AF_INET, 0, b"\x7f\0\0\1") if local else b""
        self.talk.send(HOLD_ORDER.pack(
            self.program.pid, int(copies), socket.AF_INET if local else 0,
            socket.IPPROTO_TCP if local else 0, len(name), name, 0))
        self.talk.settimeout(PATIENCE)

    def report(self):
        return Report(self.talk.recv(REPORT.size))

    def connect(self, *texts):
        """Hands a TCP connection over, and is its client."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            client.settimeout(PATIENCE)
            served, _ = listener.accept()
        packed = b"".join(value.encode() + b"\0" for value in texts)
        order = ORDER.pack(CONNECTION, 0, 0, 0, len(texts), 0, 0, 0) + packed
        with served:
            socket.send_fds(self.ctl, [order], [served.fileno()])
        return client

    def close(self):
        self.ctl.close()
        self.talk.close()
        self.tracer.kill()
        with contextlib.suppress(ProcessLookupError):  # its children as well
            os.killpg(self.program.pid, signal.SIGKILL)
        for process in (self.tracer, self.program):
            process.wait(PATIENCE)


@pytest.fixture
def hold():
    with contextlib.ExitStack() as stack:

        def start(*argv, **options):
            held = Held(argv, **options)
            stack.callback(held.close)
            return held

        yield start


@pytest.fixture
def script():
    """A program file that everybody may get at."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)

        def write(content, mode=0o755):
            path = pathlib.Path(folder) / "program"
            path.write_bytes(content)
            path.chmod(mode)
            return str(path)

        yield write


def read_all(client):
    return b"".join(iter(lambda: client.recv(1 << 16), b""))


def echoed(client, data=b"one\ntwo\n"):
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    return read_all(client)


USERS = [pytest.param(user, id=name, marks=pytest.mark.skipif(
    user is not None and os.geteuid() != 0, reason="only root can be somebody else"))
    for user, name in ((None, "myself"), (NOBODY, "nobody"))]

ECHO = "import sys\nfor line in sys.stdin: sys.stdout.write(line); sys.stdout.flush()\n"
THREADS = ("import threading, time\n"
           "for _ in range(3): threading.Thread(target=time.sleep, args=(1000,), "
           "daemon=True).start()\n")
CHILD = "import subprocess\nprint(subprocess.run(['true'], **{}).returncode)\n"


def python(*pieces):
    return PYTHON, "-c", "".join(pieces)


def state(pid):
    """As one letter; none of who is no more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
