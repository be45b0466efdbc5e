"""The fixtures of the integration tests; the harness folder has what they are made of.

    def test_a_program_that_exits_with_3_is_said_to(prong, puppet):
        server = prong(program=[puppet])
        with server.connect() as client:
            client.command("exit 3")
            assert server.end(client)["status"] == 3

Every server is checked when its test is over: it stops when asked to, with status 0,
leaves no process, no zombie and no descriptor behind, and has logged no warning that the
test did not announce with server.expect().
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (  # noqa: E402
    escape, procs, programs, puppet as puppet_program, spaces, strace, targets)
from harness.server import PRONG, Server  # noqa: E402

# What is said is compared with English, whatever the person who tests speaks.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("LANGUAGE", None)

procs.become_subreaper()


@pytest.fixture(scope="session")
def puppet(tmp_path_factory):
    """The path of the puppet, open to every user."""
    return puppet_program.find(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """build.path(name, how): the path of a program of the folder `programs`."""
    return programs.Builder(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(autouse=True)
def nothing_left():
    """No test leaves a process behind.  What is on its way out, as a program is whose
    tracer has ended, may take a moment."""
    before = set(procs.children(os.getpid()))
    yield
    end = time.monotonic() + 10
    while True:
        left = set(procs.children(os.getpid())) - before
        running = [pid for pid in left if procs.alive(pid)]
        if not running or time.monotonic() > end:
            break
        time.sleep(0.005)
    names = {pid: _name(pid) for pid in running}
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
    assert not names, f"processes were left behind: {names}"


def _name(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "?"


@pytest.fixture
def prong(nothing_left, tmp_path):
    """prong(*options, listen=, program=, ...) starts a server; see harness.server."""
    assert os.path.exists(PRONG), f"there is no {PRONG}; build it first"
    servers = []

    def start(*args, listen=("127.0.0.1:0",), program=("@echo",), faults=None, **kw):
        if faults is not None:
            kw["wrapper"] = strace.under(faults, tmp_path / "strace")
            kw["env"] = strace.environment(kw.get("env"))
        server = Server(args, listen, program, **kw)
        servers.append(server)
        return server

    yield start
    failures = []
    for server in servers:
        try:
            server.finish()
        except AssertionError as failure:
            failures.append(failure)
        print(f"---- log of {' '.join(server.process.args)}\n{server.log()}")
    if failures:
        raise failures[0]


@pytest.fixture
def netns():
    """The test runs in a network namespace of its own, with its own loopback."""
    try:
        space = spaces.NetworkSpace()
    except OSError as error:
        pytest.skip(f"no network namespace here: {error}")
    yield space
    space.leave()


@pytest.fixture
def root():
    if not spaces.is_root():
        pytest.skip("needs root")


@pytest.fixture
def pid_1(prong, root):
    """pid_1(...) is prong(...) as PID 1 of a namespace with a /run of its own; server.pid
    is the number that the host has for it."""
    probe = subprocess.run([*spaces.PID_1, "true"], stderr=subprocess.DEVNULL, check=False)
    if probe.returncode != 0:
        pytest.skip("no pid namespaces here")
    return lambda *args, **kw: prong(
        *args, wrapper=spaces.PID_1, pid_of=spaces.pid_1_of, **kw)


@pytest.fixture
def tracer():
    if shutil.which("strace") is None:
        pytest.skip("needs strace")


@pytest.fixture
def fault_log(tmp_path):
    """Where strace writes what it injected."""
    return tmp_path / "strace"


@pytest.fixture
def for_everybody(open_folder):
    """for_everybody(path): a copy that every user may run."""
    return lambda path: shutil.copy(path, open_folder)


@pytest.fixture(scope="session")
def open_parent():
    """Not below pytest's own folder, which each run that begins closes to others again."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        yield folder


@pytest.fixture
def open_folder(open_parent):
    """A folder that every user may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=open_parent))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def escape_program(tmp_path_factory):
    return escape.build(tmp_path_factory.getbasetemp().parent)


@pytest.fixture
def outer_folder():
    """A folder that every user may enter, and that no session has one of its own for."""
    folder = targets.make_folder()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def column(outer_folder, prong, escape_program, build):
    """column(preset, who, *options): a server of the program `escape`; see harness.escape."""
    made = []

    def start(preset, who, *options, kind=escape.Column):
        if who != "user" and not spaces.is_root():
            pytest.skip("needs root")
        contained = build.path("contained") if who.startswith("contained") else None
        made.append(kind(
            lambda *words, **kw: prong(*words, binary=shutil.copy(PRONG, outer_folder), **kw),
            shutil.copy(escape_program, outer_folder), escape.become(who, contained),
            preset, who, *options))
        return made[-1]

    yield start
    for each in made:
        each.close()
