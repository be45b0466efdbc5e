"""What is said to the service manager (sd_notify)."""
import os
import socket

import pytest

from harness import ALARM


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """A service manager's socket; .name for NOTIFY_SOCKET, read() for the next message."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify")
    if request.param == "abstract":
        name = f"@prong-notify-{os.getpid()}"
    made.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
    made.settimeout(ALARM)
    yield name, lambda: made.recv(4096).decode()
    made.close()


def wait_for(read, word):
    while True:
        message = read()
        if word in message.splitlines():
            return message


def test_ready_when_it_serves_and_stopping_when_it_stops(prong, manager):
    name, read = manager
    server = prong(env=dict(os.environ, NOTIFY_SOCKET=name))
    wait_for(read, "READY=1")
    server.settle()
    server.stop()
    wait_for(read, "STOPPING=1")


def test_stopping_is_said_when_the_drain_begins(prong, manager, puppet):
    name, read = manager
    server = prong(program=[puppet], env=dict(os.environ, NOTIFY_SOCKET=name))
    client = server.connect()
    client.ask("say in")
    server.send_signal(15)
    wait_for(read, "STOPPING=1")
    assert client.ask("say on") == "on"
    client.command("exit 0")
    server.wait()


def test_the_watchdog_is_fed(prong, manager):
    name, read = manager
    prong(env=dict(os.environ, NOTIFY_SOCKET=name, WATCHDOG_USEC="400000"))
    for _ in range(3):
        wait_for(read, "WATCHDOG=1")


def test_programs_cannot_speak_for_the_server(prong, manager, puppet):
    name, _ = manager
    server = prong(program=[puppet], env=dict(os.environ, NOTIFY_SOCKET=name))
    client = server.connect()
    assert "NOTIFY_SOCKET" not in client.environment()
    assert len(client.facts("fds")) == 3


@pytest.mark.parametrize("name", ["/nowhere/at/all", "@nobody-listens", "relative", ""])
def test_a_manager_that_is_not_there_is_no_matter(prong, name):
    server = prong(env=dict(os.environ, NOTIFY_SOCKET=name))
    server.expect("warning")
    with server.connect() as client:
        client.half_close()
        assert client.read_all() == b""
