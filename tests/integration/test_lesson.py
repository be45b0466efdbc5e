"""The textbook's server, row by row and fault by fault (see README, "The lesson").

Its server echoes on port 9999 and reaps in a SIGCHLD handler.  Each of its faults is a
test here that fails with the textbook's code.
"""
import os
import re
import signal
import socket

import pytest

from harness import procs, strace
from harness.client import Client
from harness.server import is_sanitized


def listeners(pid):
    """Inodes of the listening sockets that a process holds."""
    with open("/proc/thread-self/net/tcp") as file:
        listening = {line.split()[9] for line in file if line.split()[3] == "0A"}
    return {
        target[8:-1]
        for target in procs.fds(pid).values()
        if target.startswith("socket:[") and target[8:-1] in listening
    }


def test_bare_prong_echoes_on_port_9999_of_both_loopback_addresses(prong, netns):
    server = prong(listen=(), program=())

    assert server.addresses == ["127.0.0.1:9999", "[::1]:9999"]
    for index in range(2):
        with server.connect(index) as client:
            client.send("textbook\n")
            assert client.read_line() == b"textbook"


def test_an_ended_process_is_reaped_and_said_by_its_pid(prong):
    server = prong()
    with server.connect() as client:
        begin = server.begin(client)
        assert procs.stat(begin["pid"])[1] == server.pid
        client.half_close()
        end = server.end(client)

    assert end["pid"] == begin["pid"]
    assert (end["ending"], end["status"]) == ("exited", 0)
    procs.wait_gone(begin["pid"])


def test_the_line_at_the_end_has_the_duration_and_the_cost(prong):
    server = prong()
    with server.connect() as client:
        client.send(b"12345")
        client.half_close()
        assert client.read_all() == b"12345"
        end = server.end(client)

    assert end["bytes_in"] == 5 and end["bytes_out"] == 5
    assert end["duration_ms"] >= 0 and end["cpu_us"] >= 0 and end["peak_kb"] > 0


def test_many_children_that_end_at_once_leave_no_zombie(prong):
    server = prong("--max", "300")
    clients = [server.connect() for _ in range(300)]
    for client in clients:
        server.begin(client)
    server.send_signal(signal.SIGSTOP)
    pids = list(server.children())
    for client in clients:
        client.close()
    for pid in pids:
        procs.wait_ended(pid)
    server.send_signal(signal.SIGCONT)

    for pid in pids:
        procs.wait_gone(pid)
    assert not server.children()


def test_a_client_has_one_process_and_it_does_not_accept(prong):
    server = prong()
    with server.connect() as client:
        pid = server.begin(client)["pid"]
        assert listeners(server.pid)
        assert not listeners(pid), "the child is another acceptor"
        client.half_close()
        server.end(client)
    procs.wait_gone(pid)
    assert procs.children(server.pid) == {}


def test_every_connection_has_a_process_of_its_own(prong, puppet):
    server = prong(program=[puppet])
    clients = [server.connect() for _ in range(5)]
    pids = {client.facts("ids")["pid"] for client in clients}

    assert len(pids) == 5
    for client in clients:
        assert client.facts("ids")["ppid"] == str(server.pid)


def test_the_supervisor_keeps_no_descriptor_of_an_ended_connection(prong):
    server = prong()
    for _ in range(50):
        with server.connect() as client:
            client.send("x")
            client.half_close()
            assert client.read_all() == b"x"
            server.end(client)

    server.check_idle()


def test_the_client_sees_the_connection_close_when_the_program_ends(prong, puppet):
    server = prong(program=[puppet])
    with server.connect() as client:
        client.command("exit 0")
        assert client.read_all() == b""


@pytest.mark.parametrize("data", [
    b"before\0after", b"\0" * 1000, bytes(range(256)) * 4, b"\0", b"no newline",
])
def test_bytes_of_every_value_come_back_unchanged(prong, data):
    server = prong()
    with server.connect() as client:
        client.send(data)
        client.half_close()
        assert client.read_all() == data


@pytest.mark.parametrize("size", [1, 1023, 1024, 1025, 65536, 1000003])
def test_every_size_comes_back_whole(prong, size):
    data = os.urandom(size)
    server = prong()
    with server.connect() as client:
        assert client.exchange(data) == data


def test_a_slow_reader_loses_nothing_to_short_writes(prong):
    data = os.urandom(300_000)
    server = prong()
    with server.connect(rcvbuf=2048) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        client.send(data)
        client.half_close()
        received = b""
        while len(received) < len(data):
            block = client.socket.recv(1777)
            assert block, f"{len(received)} of {len(data)} bytes"
            received += block
        assert received == data


def test_a_client_that_vanishes_ends_its_process_and_nothing_spins(prong):
    server = prong()
    client = server.connect()
    pid = server.begin(client)["pid"]
    client.send(b"x" * 100_000)
    client.reset()

    end = server.wait_event("session-end", pid=pid)
    assert end.get("signal") != "KILL" and end["cpu_us"] < 1_000_000
    procs.wait_gone(pid)


def test_half_close_is_answered_before_the_connection_closes(prong):
    server = prong()
    with server.connect() as client:
        client.send(b"last words")
        client.half_close()
        assert client.read_all() == b"last words"


def test_a_failing_clone_closes_the_connection_and_returns_the_slot(
    prong, tracer, fault_log
):
    server = prong("--max", "1", "--refuse-text", "busy\\n")
    server.expect("spawn-failed", "session-end", "refused")
    faults = ["-e", "trace=clone,clone3,fork,vfork",
              "-e", "inject=clone,clone3,fork,vfork:error=EAGAIN:when=1"]
    with strace.Attached(server.pid, faults, fault_log):
        with server.connect() as client:
            assert client.read_all() == b"busy\n"
        with server.connect() as client:
            client.send("again")
            client.half_close()
            assert client.read_all() == b"again"


def test_addresses_are_whole_in_both_families(prong, netns):
    netns.add("fd00:1234:5678:9abc:def0:1234:5678:9abc/64")
    server = prong(listen=["127.0.0.1:0", "[::]:0"])
    with server.connect(0, source="127.200.200.200") as client:
        assert server.begin(client)["source"] == client.name
    client = Client(
        socket.AF_INET6,
        ("fd00:1234:5678:9abc:def0:1234:5678:9abc", server.port(1)),
        source="fd00:1234:5678:9abc:def0:1234:5678:9abc",
    )
    server.clients.append(client)
    assert server.begin(client)["source"] == client.name
    assert client.name.startswith("[fd00:1234:5678:9abc:def0:1234:5678:9abc]:")


def test_log_lines_appear_at_once_though_nothing_is_a_terminal(prong):
    server = prong(log="text")
    with server.connect() as client:
        pattern = re.escape(f"begin {client.name} pid ")
        server.journal.wait_line(re.compile(pattern))


def test_a_child_repeats_nothing_that_the_server_said(prong):
    server = prong()
    for _ in range(20):
        with server.connect() as client:
            client.half_close()
            server.end(client)

    assert server.journal.count("serving") == 1
    assert server.journal.count("session-begin") == 20


def test_a_restart_binds_the_same_port_at_once(prong):
    server = prong()
    address = server.addresses[0]
    client = server.connect()
    server.begin(client)
    server.stop(signal.SIGQUIT)  # the server's side closes first: TIME_WAIT is here
    client.is_ended()

    again = prong(listen=[address])
    with again.connect() as client:
        client.send("back")
        client.half_close()
        assert client.read_all() == b"back"


def test_no_signal_is_caught_by_a_handler(prong):
    if is_sanitized():
        pytest.skip("the sanitizer has handlers of its own")
    server = prong()
    assert int(procs.status(server.pid, "SigCgt"), 16) == 0
