"""A log that nobody reads, that is full or that is not there never stalls the server."""
import fcntl
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ALARM, procs, strace
from harness.control import path_of
from harness.journal import Journal
from harness.server import run


def session(server):
    with server.connect() as client:
        client.send("x")
        client.half_close()
        assert client.read_all() == b"x"


class Pipe:
    """A small pipe that nobody reads."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        self.open = {self.reader, self.writer}

    def close(self, *fds):
        for fd in self.open & set(fds):
            os.close(fd)
        self.open -= set(fds)


@pytest.fixture
def full_pipe():
    pipe = Pipe()
    yield pipe
    pipe.close(*pipe.open)


def read_now(fd):
    """All that is in the pipe at this moment."""
    os.set_blocking(fd, False)
    data = b""
    try:
        while block := os.read(fd, 1 << 16):
            data += block
    except BlockingIOError:
        pass
    return data


def test_a_reader_that_stops_costs_lines_and_no_time(prong, full_pipe):
    reader = full_pipe.reader
    server = prong("--stderr", "null", stderr=full_pipe.writer)
    for _ in range(1500):
        session(server)
    procs.wait_until(lambda: not server.children(), "all sessions ended")

    text = b""

    def said():
        nonlocal text
        text += read_now(reader)
        return b"log-dropped" in text

    procs.wait_until(said, "a line that counts what was dropped")
    server.settle()
    server.stop()
    text += read_now(reader)
    events = [json.loads(line) for line in text.splitlines()]
    dropped = sum(one["lines"] for one in events if one["event"] == "log-dropped")
    kept = sum(one["event"].startswith("session-") for one in events)
    assert dropped > 0 and kept > 0
    assert dropped + kept == 3000, "every line is there or counted"


def test_new_lines_arrive_again_when_the_reader_reads_again(prong, full_pipe):
    """As soon as there is room: the line that counts what was dropped is the first."""
    server = prong(stderr=full_pipe.writer)
    server.expect("log-dropped")
    for _ in range(900):
        session(server)
    full_pipe.close(full_pipe.writer)
    server.journal = Journal(os.dup(full_pipe.reader), True)
    server.wait_event("log-dropped")
    with server.connect() as client:
        server.wait_event("session-begin", source=client.name)
    procs.wait_until(lambda: not server.children(), "sessions ended")


def test_a_reader_that_stops_does_not_keep_the_server_from_stopping(prong, full_pipe):
    server = prong(stderr=full_pipe.writer)
    for _ in range(100):
        session(server)
    server.settle()
    server.stop()


def is_refused(server):
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def drained(server):
    """What the command said, and what the server's process was then."""
    done = run("drain", "--wait", "--control", path_of(server.pid))
    return done, procs.stat(server.pid)[0]


def test_who_waits_for_a_drain_waits_for_the_last_lines_too(prong, full_pipe):
    """The socket is closed first; what the log has not taken is tried for a moment more."""
    server = prong(stderr=full_pipe.writer)
    for _ in range(100):
        session(server)
    client = server.connect()
    assert client.exchange(b"x") == b"x"
    with ThreadPoolExecutor() as threads:
        waiter = threads.submit(drained, server)
        procs.wait_until(lambda: is_refused(server), "it drains")
        client.close()
        done, state = waiter.result(ALARM)
    assert (done.returncode, state) == (0, "Z"), done.stderr
    assert server.wait() == 0


def test_a_reader_that_is_gone_is_no_matter(prong, full_pipe):
    server = prong(stderr=full_pipe.writer)
    session(server)
    full_pipe.close(full_pipe.reader)
    for _ in range(20):
        session(server)
    server.settle()
    server.stop()


def test_a_log_on_a_full_disk_is_no_matter(prong):
    with open("/dev/full", "w") as full:
        server = prong(stderr=full.fileno())
        for _ in range(20):
            session(server)
        server.settle()
        server.stop()


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EAGAIN", "EINTR"])
def test_a_log_that_fails_for_a_while_is_no_matter(prong, tracer, fault_log, error):
    server = prong()
    server.expect("log-dropped")
    server.wait_event("serving")
    faults = ["-e", "trace=write,writev", "-e",
              f"inject=write,writev:error={error}:when=1..20"]
    with strace.Attached(server.pid, faults, fault_log):
        for _ in range(15):
            session(server)
    for _ in range(15):
        session(server)
    with server.connect() as client:
        server.begin(client)
    if server.events("log-dropped"):
        procs.wait_until(lambda: not server.children(), "sessions ended")


def test_a_log_in_a_file_is_appended_to(prong, tmp_path):
    path = tmp_path / "log"
    path.write_text("before\n")
    with open(path, "a") as file:
        server = prong(stderr=file.fileno())
        session(server)
        server.settle()
        server.stop()
    lines = path.read_text().splitlines()
    assert lines[0] == "before"
    assert [json.loads(line)["event"] for line in lines[1:]].count("session-end") == 1


def test_the_flags_of_a_shared_stderr_are_left_as_they_were(prong, full_pipe):
    before = fcntl.fcntl(full_pipe.writer, fcntl.F_GETFL)
    server = prong(stderr=full_pipe.writer)
    session(server)
    assert fcntl.fcntl(full_pipe.writer, fcntl.F_GETFL) == before


@pytest.mark.parametrize("closed", ["0", "1", "2", "012"])
def test_descriptors_that_are_closed_at_start_are_no_matter(prong, puppet, closed):
    redirect = {"0": "<&-", "1": ">&-", "2": "2>&-"}
    script = 'exec "$@" ' + " ".join(redirect[fd] for fd in closed)
    server = prong(program=[puppet], wrapper=["bash", "-c", script, "bash"])
    client = server.connect()
    facts = client.facts("fds")

    assert sorted(facts) == ["0", "1", "2"]
    assert facts["0"] == facts["1"] and facts["0"].startswith("socket:")
    assert not facts["2"].startswith("socket:")
    client.ask("stderr nobody hears")
    client.command("exit 0")
    procs.wait_until(lambda: not server.children(), "the session ended")
    server.check_idle()


def test_a_log_that_is_a_socket_is_no_matter(prong):
    ours, theirs = socket.socketpair()
    server = prong(stderr=theirs.fileno())
    theirs.close()
    session(server)
    for _ in range(2000):
        session(server)
    ours.settimeout(ALARM)
    assert json.loads(ours.recv(1 << 16).splitlines()[0])["event"]
    server.settle()
    ours.close()
