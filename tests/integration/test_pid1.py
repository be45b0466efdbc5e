"""prong as PID 1 of a container: orphans, stopping, upgrades, exit statuses."""
import signal
import socket
import subprocess

import pytest

from harness import ALARM, procs, spaces
from harness.server import PRONG


def inner_pid(pid):
    """What a process calls itself in its own namespace."""
    return int(procs.status(pid, "NSpid").split()[-1])


def leave_orphan(server, client, path):
    """The host's number of a process without a parent, which ends when path is there."""
    client.ask(f"orphan {path}")
    (puppet,) = server.children()
    (orphan,) = procs.children(puppet)
    return orphan


def test_as_pid_1_it_serves_reaps_orphans_and_stops(pid_1, puppet, tmp_path):
    server = pid_1(program=[puppet])
    client = server.connect()
    assert client.facts("ids")["ppid"] == "1"
    orphan = leave_orphan(server, client, tmp_path / "end")
    client.command("exit 0")
    server.end(client)
    (tmp_path / "end").touch()
    procs.wait_gone(orphan)
    server.check_idle()


def test_an_upgrade_is_still_pid_1_and_reaps_what_the_old_program_left(
    pid_1, puppet, tmp_path
):
    server = pid_1(program=[puppet])
    client = server.connect()
    orphan = leave_orphan(server, client, tmp_path / "end")
    session = client.facts("ids")["pid"]
    for count in (1, 2):
        server.send_signal(signal.SIGUSR2)
        procs.wait_until(lambda: len(server.events("upgraded")) == count, "an upgrade")

    assert inner_pid(server.pid) == 1
    assert client.facts("ids")["pid"] == session
    client.command("exit 4")
    assert server.end(client)["status"] == 4
    procs.wait_until(lambda: list(server.children()) == [orphan], "a child of PID 1")
    (tmp_path / "end").touch()
    procs.wait_gone(orphan)
    assert server.connect().facts("ids")["ppid"] == "1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_drains(pid_1, puppet, number):
    server = pid_1(program=[puppet])
    client = server.connect()
    client.ask("say in")
    server.send_signal(number)
    server.wait_event("draining")
    assert client.ask("say still") == "still"
    client.command("exit 0")
    assert server.wait() == 0


def test_a_second_request_ends_the_sessions(pid_1, puppet):
    server = pid_1(program=[puppet])
    client = server.connect()
    client.ask("hold")
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    server.send_signal(signal.SIGTERM)
    assert server.end(client)["signal"] == "TERM"
    assert server.wait() == 0


def test_quit_is_no_default_action_that_pid_1_would_not_have(pid_1, puppet):
    server = pid_1(program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    server.send_signal(signal.SIGQUIT)
    assert server.end(client)["signal"] == "KILL"
    assert server.wait() == 0


def test_orphans_do_not_hold_up_the_end(pid_1, puppet, tmp_path):
    server = pid_1(program=[puppet])
    client = server.connect()
    orphan = leave_orphan(server, client, tmp_path / "never")
    client.command("exit 0")
    server.end(client)
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0
    procs.wait_ended(orphan)


def test_hup_reloads(pid_1):
    server = pid_1()
    server.send_signal(signal.SIGHUP)
    server.wait_event("reloaded")


def as_pid_1(*words):
    return subprocess.run([*spaces.PID_1, PRONG, *words], capture_output=True, text=True,
                          timeout=ALARM, check=False)


def test_failures_have_their_exit_statuses(pid_1):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        in_use = as_pid_1("127.0.0.1:%d" % taken.getsockname()[1])
    assert (in_use.returncode, as_pid_1("--max", "0").returncode) == (1, 2)
    assert as_pid_1("--version").returncode == 0
