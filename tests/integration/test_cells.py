"""Cells: the namespaces of sessions, made ahead, each with an init of its own."""
import os
import pathlib
import signal

import pytest

from harness import procs, started, strace
from harness.crowd import Crowd
from harness.instance import Instance, config, service
from harness.server import PRONG

PID = ("--namespaces", "pid")
CLONE_NOTE = ("start: copies of one process would share its user or its namespaces: 'warm' is "
              "used, which starts each by itself")
ALL = ("--namespaces", "pid", "--namespaces", "mount", "--namespaces", "ipc",
       "--namespaces", "uts", "--network", "none")


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


@pytest.fixture(params=["root", "nobody"])
def celled(request, prong, puppet, root, for_everybody, open_folder):
    """celled(*options): a server of puppets in cells, as root and as an ordinary user."""
    def start(*options, **kw):
        if request.param == "nobody":
            kw |= {"preexec_fn": as_nobody, "binary": for_everybody(PRONG),
                   "cwd": open_folder}
        return prong(*(options or PID), program=[for_everybody(puppet)], **kw)
    return start


def outer_pid(server, client):
    """As the machine has it: within, the program knows another number."""
    return server.begin(client)["pid"]


def _namespace(pid, kind="pid"):
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None


def cell_of(pid):
    """The init of its pid namespace: for a moment after its exec it has neither words nor
    name, and the server has gone on already."""
    mine = _namespace(pid)
    (cell,) = procs.wait_until(
        lambda: [at for at in procs.all_pids() if procs.title(at) == "prong-init"
                 and _namespace(at) == mine], "its init")
    return cell


def test_the_program_is_the_servers_own_child_and_not_pid_1(celled):
    server = celled()
    with server.connect() as client:
        facts = client.facts("ids")
        pid = outer_pid(server, client)
        assert int(facts["pid"]) != pid
        assert int(facts["pid"]) > 1
        assert procs.stat(pid)[1] == server.pid


@pytest.mark.parametrize("line, how", [
    ("exit 0", {"ending": "exited", "status": 0}), ("exit 77", {"ending": "exited", "status": 77}),
    ("kill 11", {"ending": "killed", "signal": "SEGV"}),
    ("kill 9", {"ending": "killed", "signal": "KILL"}),
])
def test_an_ending_is_told_as_it_was(celled, line, how):
    server = celled()
    server.expect("session-end")
    client = server.connect()
    client.command(line)
    assert client.read_all() == b""
    end = server.end(client)
    assert how.items() <= end.items()
    assert "cpu_us" in end


def test_what_leaves_the_group_ends_with_its_cell(celled):
    server = celled()
    client = server.connect()
    client.ask("setsid-hold")
    program = outer_pid(server, client)
    cell = cell_of(program)
    others = [pid for pid in procs.all_pids() if pid not in (cell, program)
              and _namespace(pid) == _namespace(cell)]
    assert others
    client.command("exit 0")
    server.end(client)
    for pid in [cell, *others]:
        procs.wait_gone(pid)


def test_an_orphan_is_reaped_inside(celled):
    server = celled()
    with server.connect() as client:
        cell = cell_of(outer_pid(server, client))
        client.ask("orphan")
        procs.wait_until(lambda: not [state for state in procs.children(cell).values()
                                      if state == "Z"], "no zombie stays")
        assert procs.alive(cell)


def test_two_sessions_have_two_cells(celled):
    server = celled()
    with server.connect() as one, server.connect() as other:
        first, second = outer_pid(server, one), outer_pid(server, other)
        assert _namespace(first) != _namespace(second)
        for client in (one, other):
            client.ask("say x")


def test_more_clients_than_cells_that_wait(celled):
    server = celled()
    clients = [server.connect() for _ in range(20)]
    spaces = set()
    for client in clients:
        assert client.ask("say in") == "in"
        spaces.add(_namespace(outer_pid(server, client)))
    assert len(spaces) == 20
    for client in clients:
        client.close()


def test_after_many_sessions_there_are_no_more_cells_than_wait(celled):
    server = celled()
    for _ in range(60):
        with server.connect() as client:
            client.command("exit 0")
            client.read_all()
    for client in server.clients:
        server.end(client)
    procs.wait_until(lambda: len(procs.inits(server.pid)) <= 8, "cells go")
    procs.wait_until(lambda: not procs.zombies(server.pid), "all reaped")


def test_a_killed_supervisor_takes_every_cell_along(celled):
    server = celled()
    server.is_checked = False
    client = server.connect()
    client.ask("setsid-hold")
    pid = outer_pid(server, client)
    cell = cell_of(pid)
    inits = procs.inits(server.pid)
    assert cell in inits
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert client.read_all() == b""
    procs.wait_ended(pid)
    os.waitpid(pid, 0)  # which is ours now; before that its init cannot end
    for at in inits:
        procs.wait_ended(at)


SIBLING = """import ctypes, os, platform, signal, sys
number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
if ctypes.CDLL(None).syscall(number, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
    os.setsid()
    signal.pause()
print("made", flush=True)
sys.stdin.read()
"""


def test_a_stop_is_not_held_up_by_a_sibling_of_a_session(prong, root):
    """Made by CLONE_PARENT it is the server's child: without its status its init cannot end."""
    server = prong(*PID, program=["/usr/bin/python3", "-c", SIBLING])
    client = server.connect()
    assert client.read(5) == b"made\n"
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    client.close()
    assert server.wait() == 0


def test_an_init_that_is_killed_ends_its_session_and_no_other(celled):
    server = celled()
    server.expect("session-end")
    with server.connect() as other:
        other.ask("say x")
        client = server.connect()
        client.ask("say x")
        os.kill(cell_of(outer_pid(server, client)), signal.SIGKILL)
        assert client.read_all() == b""
        assert server.end(client)["signal"] == "KILL"
        assert other.ask("say still") == "still"


def test_an_init_that_is_killed_while_it_waits_is_replaced(celled):
    server = celled()
    procs.wait_until(lambda: len(procs.inits(server.pid)) >= 2, "cells wait")
    for pid in procs.inits(server.pid):
        os.kill(pid, signal.SIGKILL)
        procs.wait_gone(pid)
    with server.connect() as client:
        assert client.ask("say in") == "in"


@pytest.mark.parametrize("how", ["spare", "warm"])
def test_those_who_wait_have_their_cells_with_them(celled, how):
    server = celled(*PID, "--start", how, "--spares-max", "3")
    cells = set()
    for _ in range(5):
        started.wait_ready(server)
        with server.connect() as client:
            assert client.ask("say in") == "in"
            cells.add(cell_of(outer_pid(server, client)))
            client.ask("setsid-hold")
        server.end(client)
    assert len(cells) == 5
    assert server.events("session-begin", start=how)


def test_copies_cannot_have_cells(celled):
    server = celled(*PID, "--start", "clone")
    assert "'warm' is used" in server.wait_event("note", text=CLONE_NOTE)["text"]
    server.wait_event("spares", how="warm")
    with server.connect() as client:
        assert client.ask("say in") == "in"


def test_all_namespaces_at_once(celled):
    server = celled(*ALL)
    with server.connect() as client:
        client.ask("say x")
        pid = outer_pid(server, client)
        for kind in ("pid", "mnt", "ipc", "uts", "net"):
            assert os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")


def served(puppet, **settings):
    return config(service("puppet", "127.0.0.1:0", program=f'"{puppet}"', **settings))


def test_a_reload_and_an_upgrade_keep_the_cells_of_sessions(prong, tmp_path, puppet, root):
    instance = Instance(prong, tmp_path, served(puppet, namespaces="[pid]"))
    client = instance.connect()
    client.ask("setsid-hold")
    cell = cell_of(instance.begin(client)["pid"])
    instance.configure(served(puppet, namespaces="[pid, uts]"))
    assert instance.reload()["event"] == "reloaded"
    assert client.ask("say one") == "one"
    for _ in range(2):
        assert instance.upgrade()["event"] == "upgraded"
        assert client.ask("say two") == "two"
    assert procs.alive(cell)
    with instance.connect() as other:
        assert other.ask("say new") == "new"
    client.command("exit 5")
    assert instance.end(client)["status"] == 5
    procs.wait_gone(cell)


def test_an_upgrade_goes_on_where_an_init_has_ended(prong, tmp_path, puppet, root):
    """Without a pid namespace its session goes on."""
    instance = Instance(prong, tmp_path, served(puppet, namespaces="[uts]"))
    with instance.connect() as client:
        client.ask("say x")
        host = _namespace(instance.begin(client)["pid"], "uts")
        (cell,) = procs.wait_until(
            lambda: [pid for pid in procs.inits(instance.pid)
                     if _namespace(pid, "uts") == host], "its init")
        os.kill(cell, signal.SIGKILL)
        procs.wait_gone(cell)
        for _ in range(2):
            assert instance.upgrade()["event"] == "upgraded"
            assert client.ask("say on") == "on"
        client.command("exit 5")
        assert instance.end(client)["status"] == 5


def echo_served(kinds):
    return config(service("echo", "127.0.0.1:0", program='"@echo"', namespaces=kinds))


def test_a_burst_under_reloads(prong, tmp_path, root):
    instance = Instance(prong, tmp_path, echo_served("[pid]"))
    with Crowd(instance.addresses) as crowd:
        for number in range(6):
            instance.configure(echo_served("[pid, uts]" if number % 2 == 0 else "[pid]"))
            assert instance.reload()["event"] == "reloaded"
            crowd.wait_moved()
    assert not crowd.failures
    procs.wait_until(lambda: len(procs.inits(instance.pid)) <= 16, "cells go")


def test_its_init_holds_nothing_of_the_servers(celled):
    server = celled()
    with server.connect() as client:
        client.ask("say x")
        cell = cell_of(outer_pid(server, client))
        fds = procs.fds(cell)
        assert set(fds) <= {0, 1, 2}
        assert pathlib.Path(f"/proc/{cell}/environ").read_bytes() == b""


@pytest.mark.parametrize("when", range(5, 13))  # those before are the start's
def test_a_way_that_cannot_be_gone_for_a_moment(prong, puppet, root, tracer, when):
    """To the pid namespace of a session, or back: nobody is born in the wrong one."""
    server = prong(*PID, program=[puppet], faults=strace.inject("setns", "ENOMEM", when))
    server.expect("session-end", "spawn-failed")
    spaces = []
    for _ in range(8):
        with server.connect() as client:
            try:
                client.command("say in")
                said = client.read_line()
            except OSError:
                said = b""
            assert said in (b"in", b"")
            if said == b"in":  # else it is one that could not have a process
                spaces.append(_namespace(outer_pid(server, client)))
    assert len(spaces) >= 7
    assert _namespace(server.pid) not in spaces
