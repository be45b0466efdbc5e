"""A session of a process that waited: its limits, clocks, rights and log are as ever.

The puppet tells what it was given; see tests/puppet.c.
"""
import os
import pwd
import re
import signal
import socket
import time

import pytest

from harness import procs, started
from harness.programs import tool

MODES = pytest.mark.parametrize("mode", started.AHEAD)
NOBODY = pwd.getpwnam("nobody")
LIMIT = "3s"  # where something is to be done before, on a machine that may be busy


@pytest.fixture
def served(prong, puppet, for_everybody):
    """served(mode, *options): a server of the puppet, and a client of a process that
    waited for it."""
    def start(mode, *options, listen=("127.0.0.1:0",), **kw):
        server = prong("--start", mode, *options, program=[for_everybody(puppet)],
                       listen=listen, **kw)
        assert started.in_force(started.wait_ready(server)) == (mode, "")
        client = server.connect()
        return server, client

    return start


def ended(server, client):
    end = server.end(client)
    return end["ending"], end.get("signal"), end.get("cause")


# ---- clocks -------------------------------------------------------------------------------


@MODES
def test_the_session_begins_with_its_client(prong, puppet, mode):
    server = prong("--start", mode, "--session-timeout", "400ms", "--spares-min", 2,
                   program=[puppet])
    started.wait_ready(server, 2)
    waiting = started.waiting(server)
    first = server.end(server.connect())
    assert (first["signal"], first["cause"]) == ("TERM", "session-timeout")
    assert 400 <= first["duration_ms"]

    # Older than a session may last, and alive: one of them serves as long as any.
    assert any(procs.alive(pid) for pid in waiting)
    before = time.monotonic()
    end = server.end(server.connect())
    assert (end["signal"], end["cause"]) == ("TERM", "session-timeout")
    duration = end["duration_ms"]
    assert 400 <= duration <= (time.monotonic() - before) * 1000 + 1


@MODES
def test_a_program_may_take_longer_to_start_than_a_session_may_last(prong, build, mode):
    server = prong("--start", mode, "--session-timeout", LIMIT, "--first-byte-timeout",
                   LIMIT, "--idle-timeout", LIMIT,
                   program=[build.path("early"), "slow", "3500" if mode != "spare" else "0"])
    assert started.in_force(started.wait_ready(server)) == (mode, "")
    started.check_client(server, mode)


@MODES
def test_an_idle_session_ends(served, mode):
    server, client = served(mode, "--idle-timeout", LIMIT)
    client.ask("say something")
    end = server.end(client)
    assert end["cause"] == "idle-timeout" and end["duration_ms"] >= 3000


@MODES
def test_a_silent_client_ends_at_the_first_byte_limit(served, mode):
    server, client = served(mode, "--first-byte-timeout", "200ms")
    assert ended(server, client) == ("killed", "TERM", "first-byte-timeout")


def test_the_deadline_of_a_spare_is_that_of_its_session(served):
    _, client = served("spare", "--session-timeout", "1h")
    assert client.environment()["PRONG_DEADLINE"].isdigit()


@MODES
def test_cpu_time_of_the_start_is_not_the_sessions(prong, build, mode):
    """The start burns more than a session may, and each session less."""
    server = prong("--start", mode, "--cpu-time", "1s",
                   program=[build.path("early"), "burn", "700" if mode != "spare" else "0"])
    assert started.in_force(started.wait_ready(server)) == (mode, "")
    with server.connect() as client:
        client.command("burn 600")
        assert client.read_line() == b"<burn 600>"
    end = server.end(client)
    assert end["ending"] == "exited" and end["cpu_us"] < 1_000_000, end


@MODES
def test_a_session_that_burns_too_much_is_ended(served, mode):
    server, client = served(mode, "--cpu-time", "1s")
    server.expect("session-end")
    client.command("burn 5000")
    end = server.end(client)
    assert end["ending"] == "killed", end


# ---- what it was given --------------------------------------------------------------------


@MODES
def test_directory_umask_and_priority_hold(served, open_folder, mode):
    _, client = served(mode, "--dir", open_folder, "--umask", "027", "--nice", "7")
    assert client.ask("cwd") == str(open_folder)
    assert client.ask("umask") == "027"
    assert client.ask("nice") == "7"


@MODES
def test_limits_hold(served, mode):
    _, client = served(mode, "--memory", "200M", "--files", "123", "--core", "0")
    limits = client.ask("limits Max")
    assert re.search(r"^Max address space +209715200 +209715200", limits, re.M)
    assert re.search(r"^Max open files +123 +123", limits, re.M)
    assert re.search(r"^Max core file size +0 +0", limits, re.M)
    assert client.ask("memory 500").startswith("none")


@MODES
def test_user_and_groups_hold(served, root, mode):
    _, client = served(mode, "--user", "nobody", "--groups", "4242")
    facts = client.facts("ids")
    assert facts["uid"] == " ".join([str(NOBODY.pw_uid)] * 3)
    assert facts["gid"] == " ".join([str(NOBODY.pw_gid)] * 3)
    assert "4242" in facts["groups"].split()
    for line in client.ask("status Cap").splitlines():
        name, value = line.split()
        if name != "CapBnd:":
            assert int(value, 16) == 0, line


@MODES
def test_each_is_a_child_of_the_server_and_leads_its_own_session(served, mode):
    server, client = served(mode)
    second = server.connect()
    facts = [one.facts("ids") for one in (client, second)]
    for one, fact in zip((client, second), facts):
        pid = fact["pid"]
        assert fact["ppid"] == str(server.pid)
        assert fact["sid"] == pid and fact["pgid"] == pid
        assert pid == str(server.begin(one)["pid"])
    assert facts[0]["pid"] != facts[1]["pid"]


@MODES
def test_nothing_but_its_client_is_open(served, mode):
    _, client = served(mode)
    found = dict(line.split(None, 1) for line in client.ask("fds").splitlines())
    assert sorted(found) == ["0", "1", "2"], found
    assert found["0"] == found["1"] and found["0"].startswith("socket:")


@MODES
def test_signals_are_as_ever(served, prong, puppet, mode):
    _, client = served(mode)
    with prong(program=[puppet]).connect() as fresh:
        found, wanted = (one.ask("signals").splitlines() for one in (client, fresh))
    # SigQ counts what is queued for all processes of the user.
    assert found[1:] == wanted[1:] and len(found) > 4


@MODES
def test_it_is_not_traced_and_may_get_what_others_may(served, prong, puppet, mode):
    _, client = served(mode)
    assert client.ask("status TracerPid").split() == ["TracerPid:", "0"]
    with prong(program=[puppet]).connect() as fresh:
        for line in ("NoNewPrivs", "Seccomp:", "Threads"):
            assert client.ask(f"status {line}") == fresh.ask(f"status {line}")


@MODES
@pytest.mark.parametrize("orphans", ["kill", "keep"])
def test_what_becomes_of_it_when_the_server_is_killed(served, mode, orphans):
    server, client = served(mode, "--orphans", orphans)
    client.ask("say in")
    pid = server.begin(client)["pid"]
    server.is_checked = False
    server.process.kill()
    server.wait()
    if orphans == "kill":
        procs.wait_ended(pid)
        return
    assert client.ask("say still here") == "still here"
    client.command("exit 0")
    procs.wait_ended(pid)


@MODES
def test_it_ends_with_the_server_without_a_warden_too(served, mode):
    server, client = served(mode, "--orphans", "kill")
    client.ask("say in")
    pid, warden = server.begin(client)["pid"], procs.warden(server.pid)
    os.kill(warden, signal.SIGSTOP)
    server.is_checked = False
    server.process.kill()
    server.wait()
    procs.wait_ended(pid)
    os.kill(warden, signal.SIGKILL)


@MODES
def test_error_output_has_the_sessions_id(served, mode):
    server, client = served(mode)
    clients = [client, server.connect(), server.connect()]
    for i, one in enumerate(clients):
        one.ask(f"stderr word {i}")
        line = server.wait_event("stderr", line=f"word {i}")
        begin = server.begin(one)
        assert (line["id"], line["pid"]) == (begin["id"], begin["pid"])


@MODES
def test_error_output_may_go_to_the_client(served, mode):
    server, client = served(mode, "--stderr", "client")
    client.command("stderr oops")
    assert client.read_line() == b"oops"
    assert client.read_line() == b"."
    with server.connect() as second:
        second.command("stderr again")
        assert second.read_line() == b"again"


@MODES
def test_a_banner_comes_first(served, mode):
    _, client = served(mode, "--banner", "welcome\\n")
    client.command("say hello")
    assert client.read_line() == b"welcome"
    assert client.read_line() == b"hello"


@MODES
def test_the_socket_is_as_ever(served, prong, puppet, mode):
    _, client = served(mode, "--no-delay=yes")
    with prong("--no-delay=yes", program=[puppet]).connect() as fresh:
        assert client.ask("socket") == fresh.ask("socket")


# ---- where the client comes from ----------------------------------------------------------


@MODES
def test_the_name_of_the_peer_is_always_right(served, mode):
    server, client = served(mode)
    clients = [client, *(server.connect() for _ in range(10))]
    for one in clients:
        assert one.ask("peername") == f"127.0.0.1 {one.port}"


@MODES
def test_ipv6(served, netns, mode):
    _, client = served(mode, listen=["[::1]:0"])
    assert client.ask("peername") == f"::1 {client.port}"


@MODES
def test_a_unix_socket(served, tmp_path, mode):
    _, client = served(mode, listen=[f"unix:{tmp_path}/socket"])
    assert client.ask("say hello") == "hello"
    client.command("exit 0")
    assert client.is_ended()


@MODES
def test_several_listeners_of_different_kinds(served, tmp_path, mode):
    server, client = served(mode, listen=["127.0.0.1:0", f"unix:{tmp_path}/socket"])
    assert client.ask("peername").startswith("127.0.0.1 ")
    second = server.connect(1)
    assert not second.ask("peername").startswith("127.0.0.1")
    third = server.connect(0)
    assert third.ask("peername") == f"127.0.0.1 {third.port}"


@MODES
def test_a_vsock_listener(served, mode):
    try:
        with socket.socket(socket.AF_VSOCK) as probe:
            probe.bind((1, 60123))
            probe.listen()
            with socket.socket(socket.AF_VSOCK) as other:
                other.connect((1, 60123))
    except OSError as error:
        pytest.skip(f"no vsock with itself here: {error}")
    _, client = served(mode, listen=[f"vsock:1:{50000 + os.getpid() % 10000}"])
    assert client.ask("say hello") == "hello"


@MODES
def test_built_ins_wait_as_well(prong, mode):
    """They need no program, so held and copied mean the same there."""
    server = prong("--start", mode, program=["@echo"])
    row = started.wait_ready(server)
    assert row["spares_in_force"] == "spare", row
    with server.connect() as client:
        assert client.exchange(b"hello\n") == b"hello\n"
        assert started.began_as(server, client) == "spare"


@pytest.mark.parametrize("mode", started.HELD)
def test_with_a_terminal_a_program_waits_before_it_is_executed(prong, mode):
    server = prong("--start", mode, "--pty", "raw", program=[tool("cat")])
    force, reason = started.in_force(started.wait_ready(server))
    assert force == "spare" and "pty" in reason
    with server.connect() as client:
        client.command("hello")
        assert client.read_line() == b"hello"
        assert started.began_as(server, client) == "spare"
