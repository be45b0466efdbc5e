"""Filters of system calls: what programs may, what is forbidden and who is told."""
import os
import pathlib
import re
import socket

import pytest

from harness import procs, started
from harness.programs import script
from harness.server import PRONG, run
from test_started_matrix import PROGRAMS, converse

PYTHON = "/usr/bin/python3"
CALLS = [PYTHON, script("calls.py")]
TOLD_MOST = 8  # of one session, then ENOSYS


@pytest.fixture
def filtered(prong):
    """filtered(words, *options): a server of calls.py."""
    def start(words, *options, **kw):
        server = prong("--syscalls", words, "--env", "HOME=/", *options, program=CALLS, **kw)
        server.expect("forbidden")
        return server
    return start


def ask(client, line):
    client.send(line + "\n")
    return client.read_line().decode().strip()


# ---- what programs may ------------------------------------------------------------------


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_misses_nothing(prong, build, name):
    """A forbidden call would be a warning that nobody expects."""
    program = PROGRAMS[name]
    server = prong("--syscalls", "@default", *program.options, program=program.argv(build))
    for number in range(2):
        with server.connect() as client:
            converse(program, client, f"{number}")
        assert server.end(client).get("status") == 0


@pytest.mark.parametrize("mode", started.AHEAD)
@pytest.mark.parametrize("name", ["python", "perl", "bash", "c-musl", "go", "node"])
def test_one_that_is_started_ahead_neither(prong, build, name, mode):
    program = PROGRAMS[name]
    server = prong("--syscalls", "@default,@no-exec", "--start", mode, "--spares-min", 2,
                   *program.options, program=program.argv(build))
    force, refusal = program.expected(mode)
    if refusal:
        server.expect(started.FALLBACK)
    for number in range(3):
        started.check_in_force(started.wait_ready(server), force, refusal, program.call)
        with server.connect() as client:
            converse(program, client, f"{number}")
            assert started.began_as(server, client) == force
        assert server.end(client).get("status") == 0


@pytest.mark.parametrize("words", ["@default", "@basic", "@basic,@no-exec", "read,write"])
@pytest.mark.parametrize("mode", ["fresh", "spare"])
def test_a_built_in_serves(prong, words, mode):
    server = prong("--syscalls", words + ",ppoll,poll,shutdown,splice,pipe2", "--start", mode)
    with server.connect() as client:
        assert client.exchange("x" * 100000) == b"x" * 100000
    assert server.end(client)["status"] == 0


def test_a_terminal_can_be_had(prong):
    server = prong("--syscalls", "@default", "--pty", "raw", program=["/bin/cat"])
    with server.connect() as client:
        client.send("x")
        assert client.read(1) == b"x"


@pytest.mark.parametrize("words, line, answer, call", [
    ("@default", "unshare", "EPERM", "unshare"),
    ("@default", "mount", "EPERM", "mount"),
    ("@default", "personality", "EPERM", "personality"),
    ("@default", "tiocsti", "EPERM", "ioctl"),
    ("@default", "socket 2", "EPERM", "socket"),
    ("@default", "socket 1", "EPERM", None),
    ("@default,@network-client", "socket 2", "done", None),
    ("@default,@network-client", "socket 38", "EPERM", "socket"),
    ("@default,@network-client", "listen", "EPERM", "listen"),
    ("@default,@network-server", "listen", "done", None),
    ("@default,-clone", "fork personality", "EPERM", "clone"),
    ("@basic", "unshare", "EPERM", "unshare"),
    ("@basic", "socket 2", "done", None),
    ("@basic,unshare", "unshare", "done", None),
])
def test_each_set_has_its_calls(filtered, words, line, answer, call):
    server = filtered(words)
    with server.connect() as client:
        assert ask(client, line) == answer
        if call is not None:
            assert server.wait_event("forbidden")["call"] == call
    server.end(client)
    assert len(server.events("forbidden")) == (call is not None)


def test_a_client_may_connect(filtered):
    server = filtered("@default,@network-client")
    with socket.create_server(("127.0.0.1", 0)) as there, server.connect() as client:
        assert ask(client, f"connect {there.getsockname()[1]}") == "done"


@pytest.mark.parametrize("word, what", [
    ("@defualt", "'@defualt' is no set that is known; '@default' is"),
    ("opnat", "'opnat' is no system call that is known; 'openat' is"),
    ("@default,-frobnicate", "'frobnicate' is no system call that is known; it is a name as"),
])
def test_an_unknown_word_is_an_error_at_start(word, what):
    done = run("--syscalls", word, "127.0.0.1:0")
    assert done.returncode != 0 and what in done.stderr, done.stderr


# ---- what a forbidden call meets --------------------------------------------------------


@pytest.mark.parametrize("start", started.MODES)
def test_a_forbidden_call_fails_and_is_told_with_its_session(filtered, start):
    server = filtered("@default", "--start", start, "--spares-min", 2)
    for _ in range(3):
        if start != "fresh":
            started.wait_ready(server)
        with server.connect() as client:
            assert ask(client, "unshare") == "EPERM"
            begin = server.begin(client)
            told = server.wait_event("forbidden", id=begin["id"])
            assert (told["call"], told["met"]) == ("unshare", "EPERM")
            assert told["program"] == "python3" and told["pid"] == begin["pid"]
        assert server.end(client)["status"] == 0


@pytest.mark.parametrize("start", started.MODES)
def test_or_ends_the_session(filtered, start):
    server = filtered("@default", "--syscalls-action", "kill", "--start", start)
    for _ in range(3):
        if start != "fresh":
            started.wait_ready(server)
        with server.connect() as client:
            assert ask(client, "socket 1") == "EPERM"  # of these nobody dies
            client.send("unshare\n")
            assert client.is_ended()
        end = server.end(client)
        assert (end["how"], end["cause"]) == ("killed by KILL", "syscall")
        assert server.wait_event("forbidden", id=end["id"])["met"] == "the session ends"


@pytest.mark.parametrize("where", ["thread", "fork", "leave"])
def test_whoever_calls_in_a_session_is_named(filtered, where):
    server = filtered("@default")
    with server.connect() as client:
        assert ask(client, f"{where} unshare") == "EPERM"
        begin = server.begin(client)
        told = server.wait_event("forbidden", id=begin["id"])
        assert (told["pid"] == begin["pid"]) == (where == "thread")


def test_who_has_left_the_session_is_killed_as_well(filtered):
    server = filtered("@default", "--syscalls-action", "kill")
    with server.connect() as client:
        client.send("leave unshare\n")
        assert client.is_ended()
        pid = server.wait_event("forbidden")["pid"]
        assert pid != server.end(client)["pid"]
        procs.wait_gone(pid)


EARLY = [PYTHON, "-c", "import ctypes; ctypes.CDLL(None).unshare(0x10000000); print(input())"]


@pytest.mark.parametrize("start", started.HELD)
def test_a_call_before_there_is_a_client_is_of_the_service(prong, start):
    server = prong("--syscalls", "@default", "--start", start, "--env", "HOME=/", program=EARLY)
    server.expect("forbidden")
    assert "id" not in server.wait_event("forbidden")
    started.wait_ready(server)
    with server.connect() as client:
        client.send("x\n")
        assert client.read_line() == b"x"
        assert started.began_as(server, client) == start


@pytest.mark.parametrize("start", started.HELD)
def test_where_it_kills_nothing_can_be_started_ahead(prong, start):
    server = prong("--syscalls", "@default", "--syscalls-action", "kill", "--start", start,
                   "--env", "HOME=/", program=EARLY)
    server.expect("forbidden", started.FALLBACK)
    assert server.wait_event("forbidden")["met"] == "the process ends"
    assert "killed by KILL" in server.wait_event(started.FALLBACK)["reason"]
    with server.connect() as client:
        assert client.is_ended()
        assert server.end(client)["cause"] == "syscall"


def nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


@pytest.mark.parametrize("action, how", [("errno", "exited 0"), ("kill", "killed by KILL")])
def test_an_ordinary_user_has_all_of_it(prong, root, for_everybody, open_folder, action, how):
    server = prong("--syscalls", "@default,@no-exec", "--syscalls-action", action,
                   "--env", "HOME=/", program=[PYTHON, for_everybody(CALLS[1])],
                   preexec_fn=nobody, binary=for_everybody(PRONG), cwd=open_folder)
    server.expect("forbidden")
    with server.connect() as client:
        client.send("unshare\n")
        client.half_close()
        assert client.read_all() == (b"EPERM\n" if action == "errno" else b"")
    assert server.wait_event("forbidden")["call"] == "unshare"
    assert server.end(client)["how"] == how


@pytest.mark.parametrize("start", ["fresh", "spare"])
def test_a_flood_is_told_of_a_few_times(filtered, start):
    server = filtered("@default", "--start", start)
    for _ in range(3):
        if start != "fresh":
            started.wait_ready(server)
        before = len(server.events("forbidden"))
        with server.connect() as client:
            assert ask(client, "flood 10000") == "EPERM 8 ENOSYS 9992"
            assert ask(client, "mount") == "ENOSYS"
        server.end(client)
        assert len(server.events("forbidden")) - before <= TOLD_MOST
    assert "ENOSYS" in server.events("forbidden")[TOLD_MOST - 1]["met"]


def test_many_sessions_are_told_of_at_times(filtered):
    """Their programs run already when they call, so that it is at one time for all."""
    server = filtered("@default", "--max", 40)
    clients = [server.connect() for _ in range(30)]
    assert {ask(client, "socket 1") for client in clients} == {"EPERM"}  # which is not told
    for client in clients:
        client.send("unshare\n")
    for client in clients:
        assert client.read_line() == b"EPERM"
        client.close()
        server.end(client)
    assert 10 <= len(server.events("forbidden")) < 30


def test_nothing_is_left_of_many_sessions(filtered):
    """The descriptors are counted when the test is over; here, that the server works."""
    server = filtered("@default")
    before = len(server.fds())
    for number in range(200):
        with server.connect() as client:
            if number % 4 == 0:
                assert ask(client, "unshare") == "EPERM"
    server.journal.wait_settled()
    procs.wait_until(lambda: len(server.fds()) <= before, "descriptors are closed")


@pytest.mark.parametrize("start", started.AHEAD)
def test_nor_of_many_that_were_started_ahead(filtered, start):
    server = filtered("@default", "--start", start, "--spares-max", 4)
    started.wait_ready(server)
    for number in range(40):
        with server.connect() as client:
            if number % 4 == 0:
                assert ask(client, "unshare") in ("EPERM", "ENOSYS")
    server.journal.wait_settled()


# ---- exec -------------------------------------------------------------------------------


@pytest.mark.parametrize("start", started.MODES)
@pytest.mark.parametrize("action", ["errno", "kill"])
def test_without_exec_the_program_is_the_only_one(filtered, start, action):
    server = filtered("@default,@no-exec", "--start", start, "--syscalls-action", action)
    for _ in range(2):
        if start != "fresh":
            started.wait_ready(server)
        with server.connect() as client:
            assert ask(client, "socket 1") == "EPERM"
            client.send("exec /bin/echo\n")
            if action == "kill":
                assert client.is_ended()
            else:
                assert client.read_line() == b"EPERM"
            assert server.wait_event("forbidden")["call"] == "execve"
            if start != "fresh":
                assert started.began_as(server, client) == start


@pytest.mark.parametrize("start", started.MODES)
def test_with_exec_it_is_not(filtered, start):
    server = filtered("@default", "--start", start)
    with server.connect() as client:
        client.send("exec /bin/echo\n")
        assert client.read_all() == b"executed\n"


def test_the_path_of_the_program_is_nowhere_to_be_found(prong, open_folder):
    """Neither in its memory nor in what is said of it."""
    server = prong("--syscalls", "@default,@no-exec", "--start", "spare",
                   program=[PYTHON, "-c", "print(open('/proc/self/maps').read())"])
    maps = []
    for _ in range(2):
        started.wait_ready(server)
        with server.connect() as client:
            maps.append(client.read_all().decode())
    assert all(PYTHON[:8] in text for text in maps)


def test_without_exec_there_is_no_terminal(prong):
    done = run("--syscalls", "@default,@no-exec", "--pty", "raw", "127.0.0.1:0", "--", "cat")
    assert done.returncode != 0 and "pty" in done.stderr, done.stderr


def test_each_set_is_in_the_manual():
    root = pathlib.Path(__file__).parents[2]
    sets = re.findall(r'^SET\("(@[\w-]+)"', (root / "src/isolation/syscall_sets.def").read_text(),
                      re.MULTILINE)
    manual = (root / "docs/prong.1.scd").read_text()
    assert len(sets) > 30
    assert not [name for name in sets if f"*{name}*" not in manual]
