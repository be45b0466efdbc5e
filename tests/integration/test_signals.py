"""Signals to the server: TERM and INT drain, a second one ends, QUIT kills, HUP and USR2
are for later; and how a session is ended, with its whole group."""
import os
import signal
import socket

import pytest

from harness import ALARM, procs


# The client says when: a time limit may be over before the program is ready for its end.
ENDED_BY_EOF = ("--eof-grace", "100ms")


def refuses(server):
    """Nobody is let in any more."""
    with socket.socket() as probe:
        probe.settimeout(ALARM)
        try:
            probe.connect(("127.0.0.1", server.port()))
            return probe.recv(1) == b""
        except (ConnectionRefusedError, ConnectionResetError):
            return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drain_lets_sessions_go_on_and_takes_no_new_ones(prong, puppet, number):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("say in")
    server.send_signal(number)
    event = server.wait_event("draining")

    assert event["live"] == 1 and event["timeout_ms"] == 30000
    assert refuses(server)
    assert client.ask("say still here") == "still here"
    client.command("exit 0")
    assert server.end(client)["ending"] == "exited"
    assert server.wait() == 0
    assert server.events("drained")


def test_a_drain_without_sessions_is_over_at_once(prong):
    server = prong()
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0
    assert server.events("draining") or server.events("drained")


def test_a_drain_has_a_deadline(prong, puppet):
    server = prong("--drain-timeout", "100ms", program=[puppet])
    client = server.connect()
    client.ask("hold")
    server.send_signal(signal.SIGTERM)
    end = server.end(client)

    assert (end["ending"], end["signal"], end["cause"]) == ("killed", "TERM", "drain")
    assert server.wait() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_request_ends_the_sessions(prong, puppet, second):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("hold")
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    server.send_signal(second)
    end = server.end(client)

    assert server.events("ending")
    assert (end["ending"], end["signal"]) == ("killed", "TERM")
    assert server.wait() == 0


def test_a_session_that_ignores_term_is_killed_after_the_grace(prong, puppet):
    server = prong("--term-grace", "100ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    client.ask("hold")
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    server.send_signal(signal.SIGTERM)

    assert server.end(client)["signal"] == "KILL"
    assert server.wait() == 0


def test_quit_kills_at_once(prong, puppet):
    server = prong("--term-grace", "1h", "--drain-timeout", "1h", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    client.ask("hold")
    server.send_signal(signal.SIGQUIT)
    end = server.end(client)

    assert (end["ending"], end["signal"], end["cause"]) == ("killed", "KILL", "kill")
    assert server.wait() == 0


def test_quit_ends_a_drain(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("hold")
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    server.send_signal(signal.SIGQUIT)
    assert server.end(client)["signal"] == "KILL"
    assert server.wait() == 0


@pytest.mark.parametrize("number, name, event", [
    (signal.SIGHUP, "HUP", "reloaded"), (signal.SIGUSR2, "USR2", "upgraded"),
])
def test_reload_and_upgrade_are_for_command_lines_too(prong, number, name, event):
    server = prong()
    server.send_signal(number)
    server.wait_event(event)
    with server.connect() as client:
        client.half_close()
        assert client.read_all() == b""


@pytest.mark.parametrize("number, name", [
    (signal.SIGHUP, "HUP"), (signal.SIGUSR2, "USR2"),
])
def test_a_server_that_stops_is_neither_reloaded_nor_upgraded(
    prong, puppet, number, name
):
    server = prong("--drain-timeout", "off", program=[puppet])
    client = server.connect()
    server.begin(client)
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    server.send_signal(number)
    told = server.wait_event("signal")
    assert (told["name"], told["text"]) == (name, "the server is stopping")
    client.command("exit 0")
    assert server.wait() == 0


def test_a_storm_of_requests_to_stop_is_one_end(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("hold")
    for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2] * 50:
        server.send_signal(number)
    assert server.end(client)["ending"] == "killed"
    assert server.wait() == 0


def test_the_whole_group_is_ended(prong, puppet):
    server = prong(*ENDED_BY_EOF, program=[puppet])
    client = server.connect()
    grandchild = int(client.ask("fork-hold"))
    client.ask("ignore-eof")
    client.half_close()
    end = server.end(client)

    assert end["cause"] == "eof-grace"
    procs.wait_ended(grandchild)


def test_what_a_program_leaves_in_its_group_is_ended_and_said(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    grandchildren = [int(client.ask("fork-hold")) for _ in range(3)]
    client.command("exit 0")
    end = server.end(client)

    assert (end["ending"], end["status"], end["rest"]) == ("exited", 0, "terminated")
    for pid in grandchildren:
        procs.wait_ended(pid)
    assert client.is_ended(), "nobody holds the connection any more"


def test_what_escapes_by_setsid_is_not_touched_and_holds_nothing_up(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    escaped = int(client.ask("setsid-hold"))
    client.command("exit 0")
    end = server.end(client)

    assert end["ending"] == "exited" and "rest" not in end
    assert procs.alive(escaped)
    os.kill(escaped, signal.SIGKILL)
    procs.wait_ended(escaped)


def test_a_grandchild_that_ignores_term_is_killed_with_its_group(prong):
    script = "trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000"
    server = prong(*ENDED_BY_EOF, "--term-grace", "100ms", program=["sh", "-c", script])
    client = server.connect()
    pid = int(client.read_line())
    client.half_close()

    assert server.end(client)["signal"] == "KILL"
    procs.wait_ended(pid)


def test_a_program_that_exits_on_term_in_its_own_way_is_said_so(prong):
    script = "trap 'exit 42' TERM; echo ready; sleep 1000 & wait"
    server = prong(*ENDED_BY_EOF, program=["sh", "-c", script])
    client = server.connect()
    assert client.read_line() == b"ready"
    client.half_close()
    end = server.end(client)
    assert (end["ending"], end["status"], end["cause"]) == ("exited", 42, "eof-grace")


def test_sessions_outside_the_drain_are_counted_at_the_end(prong):
    server = prong()
    for _ in range(3):
        with server.connect() as client:
            client.half_close()
            server.end(client)
    server.settle()
    server.stop()
    event = server.events("drained")[0]
    assert (event["ended"], event["refused"]) == (3, 0)


def quit_quickly(server):
    server.send_signal(signal.SIGQUIT)
    assert server.wait(30) == 0


def test_quit_does_not_begin_to_linger(prong, puppet):
    server = prong("--linger", "1m", program=[puppet])
    client = server.connect()
    client.ask("hold")
    client.send("this stays unread")
    quit_quickly(server)
    assert server.end(client)["signal"] == "KILL"


def test_quit_ends_what_lingers(prong, puppet):
    server = prong("--linger", "1m", program=[puppet])
    client = server.connect()
    pid = server.begin(client)["pid"]
    client.send("exit 0\n" + "this stays unread")
    procs.wait_gone(pid)
    quit_quickly(server)
    assert server.end(client)["ending"] == "exited"


def test_quit_kills_at_once_what_is_left_of_a_group_and_ignores_term(prong):
    script = "trap '' TERM; sleep 100 & echo $!"
    server = prong("--term-grace", "1h", program=["sh", "-c", script])
    client = server.connect()
    left = int(client.read_line())
    procs.wait_gone(server.begin(client)["pid"])
    assert procs.alive(left)
    quit_quickly(server)
    procs.wait_ended(left)
    assert server.end(client)["rest"] == "killed"
