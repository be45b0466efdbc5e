"""What a manager is told during a reload, an upgrade and a drain, word by word."""
import os
import shutil
import signal
import socket
import time

import pytest

from harness import ALARM, procs, strace
from harness.control import Control, path_of
from harness.server import PRONG

ONE = """\
services:
  talk:
    listen: 127.0.0.1:0
    program: [PUPPET]
"""
TWO = ONE + """\
  echo:
    listen: 127.0.0.1:0
    program: "@echo"
"""
BROKEN = ONE.replace("listen:", "lisen:")


class Manager:
    """A service manager that listens: next() is a message as a dictionary."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(self.path)
        self.socket.settimeout(ALARM)
        self.sender = None

    def environment(self, **more):
        return dict(os.environ, NOTIFY_SOCKET=self.path, **more)

    def next(self):
        data, controls, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        for level, kind, value in controls:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                self.sender = int.from_bytes(value[:4], "little")
        return dict(line.split("=", 1) for line in data.decode().splitlines())

    def until(self, key):
        """The messages up to the first that has that key, pings left out."""
        found = []
        while not found or key not in found[-1]:
            message = self.next()
            if message != {"WATCHDOG": "1"}:
                found.append(message)
        return found

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


@pytest.fixture
def configured(prong, puppet, tmp_path, manager):
    """configured(text) is (server, configure): started with that configuration."""
    path = tmp_path / "site.yaml"

    def configure(text):
        path.write_text(text.replace("PUPPET", str(puppet)))

    def start(text, **variables):
        configure(text)
        server = prong("-f", path, listen=[], program=[],
                       env=manager.environment(**variables))
        return server, configure

    return start


def now_usec():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


# ---- start and reload


def test_ready_names_the_process_and_what_it_serves(configured, manager):
    server, _ = configured(ONE)
    (ready,) = manager.until("READY")
    assert ready["MAINPID"] == str(server.pid) == str(manager.sender)
    assert ready["STATUS"] == f"serving talk on {server.addresses[0]}"


def test_of_several_services_the_names_are_told(configured, manager):
    configured(TWO)
    assert manager.until("READY")[-1]["STATUS"] == "serving talk, echo"


@pytest.mark.parametrize("way", ["signal", "control"])
def test_a_reload_is_a_pair_with_the_time_of_its_begin(configured, manager, way):
    server, configure = configured(ONE)
    manager.until("READY")
    configure(TWO)
    before = now_usec()
    if way == "signal":
        server.send_signal(signal.SIGHUP)
    else:
        with Control(path_of(server.pid)) as control:
            control.ask("reload")
    reloading, ready = manager.until("READY")

    assert reloading["RELOADING"] == "1" and "READY" not in reloading
    assert before <= int(reloading["MONOTONIC_USEC"]) <= now_usec()
    assert ready["STATUS"] == "serving talk, echo"
    server.stop()


def test_a_reload_that_fails_is_over_as_well_and_in_the_status(configured, manager):
    server, configure = configured(ONE)
    server.expect("reload-failed")
    serving = manager.until("READY")[-1]["STATUS"]
    configure(BROKEN)
    server.send_signal(signal.SIGHUP)
    reloading, ready = manager.until("READY")
    assert reloading["RELOADING"] == "1"
    assert ready["STATUS"] == f"the latest reload was not done, see the log; {serving}"

    configure(ONE)
    server.send_signal(signal.SIGHUP)
    assert manager.until("READY")[-1]["STATUS"].startswith("serving talk on ")


def test_each_of_many_reloads_is_a_pair_of_its_own(configured, manager):
    server, _ = configured(ONE)
    manager.until("READY")
    stamps = []
    for _ in range(5):
        server.send_signal(signal.SIGHUP)
        reloading, _ready = manager.until("READY")
        stamps.append(int(reloading["MONOTONIC_USEC"]))
    assert stamps == sorted(set(stamps))


# ---- upgrade


def test_an_upgrade_is_told_by_the_same_process(configured, manager):
    server, _ = configured(ONE)
    first = manager.until("READY")[-1]
    client = server.connect()
    client.ask("say in")
    for _ in range(2):
        server.send_signal(signal.SIGUSR2)
        told = manager.until("READY")
        assert told == [first], "nothing in between, and the same words"
        assert manager.sender == server.pid
    assert client.ask("say still") == "still"
    server.wait_event("upgraded")


def test_an_upgrade_that_cannot_be_is_in_the_status(configured, manager):
    server, configure = configured(ONE)
    server.expect("upgrade-failed")
    serving = manager.until("READY")[-1]["STATUS"]
    configure(BROKEN)
    server.send_signal(signal.SIGUSR2)
    (ready,) = manager.until("READY")
    assert ready["STATUS"] == f"the latest upgrade was not done, see the log; {serving}"
    assert ready["MAINPID"] == str(manager.sender) == str(server.pid)


def test_a_program_that_ends_at_once_is_no_upgrade(prong, manager, tmp_path):
    copy = tmp_path / "prong"
    shutil.copy(PRONG, copy)
    server = prong(binary=str(copy), env=manager.environment())
    server.expect("upgrade-failed")
    manager.until("READY")
    (tmp_path / "other").write_text("#!/bin/sh\n")
    (tmp_path / "other").chmod(0o755)
    (tmp_path / "other").rename(copy)
    server.send_signal(signal.SIGUSR2)
    assert "upgrade was not done" in manager.until("READY")[-1]["STATUS"]


def test_reload_and_stop_are_told_after_an_upgrade(configured, manager):
    server, configure = configured(ONE)
    manager.until("READY")
    server.send_signal(signal.SIGUSR2)
    manager.until("READY")
    configure(TWO)
    server.send_signal(signal.SIGHUP)
    reloading, ready = manager.until("READY")
    assert "MONOTONIC_USEC" in reloading and ready["STATUS"] == "serving talk, echo"
    server.stop()
    assert manager.until("STOPPING")[-1]["STOPPING"] == "1"


def test_the_watchdog_is_fed_before_its_time_is_over(configured, manager):
    """At start and at once after an upgrade, whatever was left of the interval."""
    server, _ = configured(ONE, WATCHDOG_USEC="60000000")
    assert manager.next() == {"WATCHDOG": "1"}
    assert "READY" in manager.next()
    server.send_signal(signal.SIGUSR2)
    assert manager.next() == {"WATCHDOG": "1"}
    assert "READY" in manager.next()


def test_the_watchdog_is_fed_on_and_on_after_upgrades(configured, manager):
    """The queue of the socket has room for the pings of five seconds."""
    server, _ = configured(ONE, WATCHDOG_USEC="1000000")
    manager.until("READY")
    for _ in range(3):
        server.send_signal(signal.SIGUSR2)
        manager.until("READY")
    for _ in range(4):
        assert manager.next() == {"WATCHDOG": "1"}
    assert manager.sender == server.pid


def test_a_watchdog_of_another_process_is_not_fed(configured, manager):
    server, _ = configured(ONE, WATCHDOG_USEC="2000", WATCHDOG_PID="1")
    assert "READY" in manager.next()
    server.send_signal(signal.SIGHUP)
    assert "RELOADING" in manager.next()


# ---- stop


def test_a_drain_counts_down_and_asks_for_its_time(configured, manager):
    server, _ = configured(ONE + "    drain-timeout: 70s\n")
    manager.until("READY")
    clients = [server.connect(), server.connect()]
    for client in clients:
        client.ask("say in")
    server.send_signal(signal.SIGTERM)
    told = manager.until("EXTEND_TIMEOUT_USEC")
    assert told[0]["STOPPING"] == "1"
    assert int(told[-1]["EXTEND_TIMEOUT_USEC"]) > 70_000_000
    assert manager.next() == {"STATUS": "draining, 2 live"}
    clients[0].command("exit 0")
    assert manager.next() == {"STATUS": "draining, 1 live"}
    clients[1].command("exit 0")
    assert server.wait() == 0


def test_a_drain_without_an_end_asks_for_no_time(configured, manager):
    server, _ = configured(ONE + "    drain-timeout: off\n")
    manager.until("READY")
    client = server.connect()
    client.ask("say in")
    server.send_signal(signal.SIGTERM)
    assert [set(message) for message in manager.until("STATUS")] == [{"STOPPING", "STATUS"}]
    assert manager.next() == {"STATUS": "draining, 1 live"}
    client.command("exit 0")
    assert server.wait() == 0


def test_a_manager_that_went_away_is_no_matter(configured, manager):
    server, _ = configured(ONE, WATCHDOG_USEC="20000")
    manager.until("READY")
    manager.close()
    os.unlink(manager.path)
    server.send_signal(signal.SIGHUP)
    server.wait_event("reloaded")
    server.send_signal(signal.SIGUSR2)
    server.wait_event("upgraded")
    assert server.connect().ask("say on") == "on"


def test_a_manager_that_does_not_read_does_not_stop_the_server(configured, manager):
    server, _ = configured(ONE, WATCHDOG_USEC="2000")
    procs.wait_until(lambda: "READY" in manager.next(), "ready")
    for _ in range(3):
        assert server.connect().ask("say on") == "on"


def sent(path, what):
    """The calls that sent that, as strace has them."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line for line in file if "sendto" in line and what in line]


def test_a_manager_that_is_behind_is_waited_for_once(configured, manager, tracer, tmp_path):
    """A state that it is never told of is a start, or a reload, that never ends for it."""
    server, _ = configured(ONE)
    manager.until("READY")
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            sender.sendto(b"FULL=1", manager.path)
    calls = tmp_path / "calls"
    with strace.Attached(server.pid, ["-s", "200", "-e", "trace=sendto"], calls):
        server.send_signal(signal.SIGHUP)
        server.wait_event("reloaded")
        procs.wait_until(lambda: sent(calls, "READY=1"), "both are sent")
    assert "MSG_DONTWAIT" not in sent(calls, "RELOADING=1")[0]
    assert "MSG_DONTWAIT" in sent(calls, "READY=1")[0]
    manager.until("FULL")
    server.send_signal(signal.SIGHUP)
    assert "RELOADING" in manager.until("RELOADING")[-1]
    assert "READY" in manager.until("READY")[-1]
    sender.close()


def test_a_ping_waits_for_nobody(configured, manager, tracer, tmp_path):
    server, _ = configured(ONE, WATCHDOG_USEC="200000")
    calls = tmp_path / "calls"
    with strace.Attached(server.pid, ["-e", "trace=sendto"], calls):
        procs.wait_until(lambda: sent(calls, "WATCHDOG=1"), "a ping")
    assert all("MSG_DONTWAIT" in line for line in sent(calls, "WATCHDOG=1"))
