"""Many of everything at once: resets, signals, clients."""
import os
import re
import signal
import socket
import struct
import threading

import pytest

from harness import procs
from harness.server import is_sanitized


def echoes(server):
    with server.connect() as client:
        client.send("x")
        client.half_close()
        return client.read_all() == b"x"


def connect_and_reset(server, data=b""):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.connect(("127.0.0.1", server.port()))
        if data:
            client.send(data)


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 30000])
def test_400_connections_that_are_reset_at_once_leave_nothing(prong, data):
    server = prong()
    for _ in range(400):
        connect_and_reset(server, data)
    assert echoes(server)


def test_resets_while_queued_leave_nothing(prong, puppet):
    server = prong("--max", "1", program=[puppet])
    inside = server.connect()
    inside.ask("say in")
    for _ in range(200):
        connect_and_reset(server)
    inside.command("exit 0")
    with server.connect() as client:
        assert client.ask("say in") == "in"


def test_100_resets_in_mid_session_leave_nothing(prong, puppet):
    server = prong("--max", "100", program=[puppet])
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        client.ask("say in")
    for client in clients:
        client.reset()
    server.settle()
    assert server.connect().ask("say in") == "in"


def at_once(client):
    """Before the server accepts, or while it starts the program."""


def begun(client):
    client.ask("say in")


def in_an_answer(client):
    client.command("spill 10000000")
    client.read(1000)


def half_closed(client):
    client.ask("ignore-eof")
    client.half_close()


def lingering(client):
    client.send(b"spill 60000\nexit 0\n" + b"u" * 1000)


def after_the_end(client):
    client.command("exit 0")
    client.read_all()


@pytest.mark.parametrize("step", [
    at_once, begun, in_an_answer, half_closed, lingering, after_the_end,
], ids=lambda step: step.__name__)
@pytest.mark.parametrize("options", [[], ["--pty", "raw"], ["--banner", "hi\\n"]],
                         ids=["plain", "pty", "banner"])
def test_a_reset_at_any_step_leaves_nothing(prong, puppet, step, options):
    server = prong("--max", "5", "--linger", "10s", *options, program=[puppet])
    for _ in range(5):
        client = server.connect(rcvbuf=4096)
        if "--banner" in options and step is not at_once:
            assert client.read_line() == b"hi"
        step(client)
        client.reset()
    server.settle()
    assert server.connect().ask("say in").endswith("in")


def test_1000_sources_are_each_served_and_none_is_remembered_for_ever(prong, netns):
    server = prong("--max-per-source", "1", "--max", "20")
    for i in range(1000):
        with server.connect(source=f"127.1.{i // 250}.{i % 250 + 1}") as client:
            client.send("x")
            client.half_close()
            assert client.read_all() == b"x"
    assert not server.events("refused")


@pytest.fixture
def storm():
    """storm(pid, signal, ...): as many as a thread can send, until the test ends."""
    stop, threads = threading.Event(), []

    def rage(pid, numbers):
        while not stop.is_set():
            for number in numbers:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    return
            stop.wait(0.0001)

    def start(pid, *numbers):
        threads.append(threading.Thread(target=rage, args=(pid, numbers)))
        threads[-1].start()

    def end():
        stop.set()
        for thread in threads:
            thread.join()

    start.end = end
    yield start
    end()


@pytest.mark.parametrize("numbers", [
    (signal.SIGCHLD,), (signal.SIGSTOP, signal.SIGCONT), (signal.SIGWINCH, signal.SIGURG),
], ids=["CHLD", "STOP-CONT", "WINCH-URG"])
def test_a_storm_of_signals_is_invisible_to_clients(prong, storm, numbers):
    server = prong()
    data = os.urandom(100_000)
    storm(server.pid, *numbers)
    for _ in range(60):
        with server.connect() as client:
            assert client.exchange(data) == data
    storm.end()
    server.send_signal(signal.SIGCONT)


def test_a_storm_of_signals_to_a_program_is_not_its_end(prong, puppet, storm):
    server = prong(program=[puppet])
    client = server.connect()
    pid = int(client.facts("ids")["pid"])
    storm(pid, signal.SIGSTOP, signal.SIGCONT)
    for i in range(50):
        assert client.ask(f"say {i}") == str(i)
    storm.end()
    os.kill(pid, signal.SIGCONT)
    client.command("exit 5")
    assert server.end(client)["status"] == 5


def test_clients_of_every_kind_at_once(prong):
    server = prong("--max", "40")
    failures = []

    def behave(kind):
        try:
            for _ in range(25):
                if kind == 0:
                    assert echoes(server)
                elif kind == 1:
                    connect_and_reset(server, b"bye")
                elif kind == 2:
                    with server.connect() as client:
                        client.send("never reads")
                else:
                    with server.connect() as client:
                        client.half_close()
                        assert client.read_all() == b""
        except (AssertionError, OSError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=behave, args=(i % 4,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    procs.wait_until(lambda: not server.children(), "idle")


def test_the_supervisor_is_as_small_after_1000_connections_as_after_20(prong):
    if is_sanitized():
        pytest.skip("the sanitizer keeps what was freed")

    def own_memory(server):
        """What it shares with its file on disk is no growth, and here the kernel counts
        instead of guessing."""
        with open(f"/proc/{server.pid}/smaps_rollup", encoding="ascii") as file:
            return int(re.search(r"^Anonymous: +(\d+) kB", file.read(), re.M)[1])

    server = prong()
    for _ in range(20):
        assert echoes(server)
    server.settle()
    before, fds = own_memory(server), len(server.fds())
    for _ in range(1000):
        assert echoes(server)
    server.settle()
    assert own_memory(server) <= before + 64
    assert len(server.fds()) == fds
