"""Reaping: whatever number ends at once, whoever the dead belonged to."""
import os
import resource
import signal

import pytest

from harness import procs


def told(server):
    """How many endings the log has, and lines it says are missing."""
    dropped = sum(event["lines"] for event in server.events("log-dropped"))
    return server.journal.count("session-end") + dropped


@pytest.mark.timeout(400)
def test_5000_children_that_end_together_are_all_reaped(prong):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 12000:
        pytest.skip("needs 12,000 descriptors in a process")
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    server = prong("--max", "5000", "--stderr", "null")
    server.expect("log-dropped")
    clients = [server.connect() for _ in range(5000)]
    for client in clients:
        client.send("x")
    assert all(client.read(1) == b"x" for client in clients)
    server.send_signal(signal.SIGSTOP)
    pids = list(server.children())
    for client in clients:
        client.close()
    for pid in pids:
        procs.wait_ended(pid)
    server.send_signal(signal.SIGCONT)

    assert len(pids) == 5000
    ended = set(pids)
    procs.wait_until(lambda: ended.isdisjoint(server.children()), "all are reaped")
    with server.connect() as client:
        client.send("x")
        client.half_close()
        assert client.read_all() == b"x"
    procs.wait_until(lambda: told(server) >= 5000, "every ending said or counted")


def test_children_end_with_what_they_ended_with(prong, puppet):
    server = prong("--max", "60", program=[puppet])
    clients = [server.connect() for _ in range(60)]
    pids = [int(client.facts("ids")["pid"]) for client in clients]
    server.send_signal(signal.SIGSTOP)
    for status, client in enumerate(clients):
        client.command(f"exit {status}")
    for pid in pids:
        procs.wait_ended(pid)
    server.send_signal(signal.SIGCONT)

    for status, (pid, client) in enumerate(zip(pids, clients)):
        end = server.end(client)
        assert (end["pid"], end["ending"], end["status"]) == (pid, "exited", status)


def test_orphans_are_reaped_by_a_subreaper(prong, puppet, tmp_path):
    server = prong(program=[puppet], preexec_fn=procs.become_subreaper)
    client = server.connect()
    pid = int(client.ask(f"orphan {tmp_path}/end"))
    client.command("exit 0")
    server.end(client)
    (tmp_path / "end").touch()

    procs.wait_gone(pid)
    assert not server.events("session-end", pid=pid), "an orphan is nobody's session"


def test_many_orphans_that_end_at_once_are_reaped(prong, puppet, tmp_path):
    server = prong(program=[puppet], preexec_fn=procs.become_subreaper)
    client = server.connect()
    pids = [int(client.ask(f"orphan {tmp_path}/end")) for _ in range(30)]
    client.command("exit 0")
    server.end(client)
    (tmp_path / "end").touch()
    for pid in pids:
        procs.wait_gone(pid)


def test_a_child_that_was_there_before_is_not_taken_for_a_session(prong, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = 'cat "$0" >/dev/null & exec "$@"'
    server = prong(wrapper=["sh", "-c", script, str(pipe)])
    (stranger,) = procs.wait_until(
        lambda: [pid for pid in server.children() if procs.name(pid) == "cat"], "cat")
    with server.connect() as client:
        client.send("x")
        assert client.read(1) == b"x"
        with open(pipe, "w"):
            pass
        procs.wait_ended(stranger)
        client.send("y")
        assert client.read(1) == b"y"
    server.wait_event("session-end")

    assert not server.events("session-end", pid=stranger)
    procs.wait_gone(stranger)


def test_a_session_that_somebody_else_reaped_is_over_all_the_same(prong):
    wrapper = ["env", "--ignore-signal=CHLD"]
    server = prong(wrapper=wrapper)
    with server.connect() as client:
        client.half_close()
        end = server.end(client)
    assert end["ending"] in ("exited", "unknown")


def test_the_log_of_a_kill_from_outside_says_so(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    os.kill(int(client.facts("ids")["pid"]), signal.SIGKILL)
    end = server.end(client)
    assert (end["ending"], end["signal"]) == ("killed", "KILL")
    assert "cause" not in end
