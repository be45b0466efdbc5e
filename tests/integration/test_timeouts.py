"""How long a session may last: session, idle and first-byte limits.

Where a limit must not fire it is long; where it must, it is short; and where something is
to be done before it does, it is LIMIT, for a machine may be busy.
"""
import time

import pytest

from harness import procs

LIMIT, LIMIT_MS = "3s", 3000


def ended(server, client):
    end = server.end(client)
    return end["ending"], end.get("signal"), end.get("cause")


def test_a_session_ends_at_its_limit(prong, puppet):
    server = prong("--session-timeout", "200ms", program=[puppet])
    client = server.connect()
    end = server.end(client)

    assert (end["ending"], end["signal"], end["cause"]) == (
        "killed", "TERM", "session-timeout"
    )
    assert end["duration_ms"] >= 200
    assert client.is_ended()


def test_a_session_that_is_busy_ends_at_its_limit_too(prong):
    server = prong("--session-timeout", LIMIT, program=["@chargen"])
    client = server.connect()
    assert client.read(1000)
    while client.socket.recv(1 << 16):
        pass
    assert ended(server, client) == ("killed", "TERM", "session-timeout")


def test_a_limit_that_was_kept_leaves_no_trace(prong, puppet):
    server = prong("--session-timeout", "1h", "--idle-timeout", "1h",
                   "--first-byte-timeout", "1h", program=[puppet])
    client = server.connect()
    client.command("exit 0")
    assert ended(server, client) == ("exited", None, None)


def test_term_then_grace_then_kill(prong, puppet):
    server = prong("--session-timeout", LIMIT, "--term-grace", "150ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    end = server.end(client)

    assert (end["signal"], end["cause"]) == ("KILL", "session-timeout")
    assert end["duration_ms"] >= LIMIT_MS + 150


def test_a_silent_client_ends_at_the_first_byte_limit(prong, puppet):
    server = prong("--first-byte-timeout", "200ms", program=[puppet])
    assert ended(server, server.connect()) == ("killed", "TERM", "first-byte-timeout")


def test_one_byte_meets_the_first_byte_limit(prong, puppet):
    server = prong("--first-byte-timeout", "500ms", "--session-timeout", "1500ms",
                   program=[puppet])
    with server.stopped():  # the byte is there before the session is
        client = server.connect()
        client.send("s")
    assert ended(server, client)[2] == "session-timeout"


def test_a_program_that_speaks_first_does_not_meet_the_first_byte_limit(prong):
    server = prong("--first-byte-timeout", "300ms", "--banner", "hi\\n",
                   program=["sh", "-c", "echo hello; sleep 1000"])
    client = server.connect()
    assert client.read_line() == b"hi"
    assert ended(server, client)[2] == "first-byte-timeout"


def test_an_idle_session_ends(prong, puppet):
    server = prong("--idle-timeout", LIMIT, program=[puppet])
    client = server.connect()
    client.ask("say something")
    end = server.end(client)

    assert end["cause"] == "idle-timeout" and end["duration_ms"] >= LIMIT_MS


@pytest.mark.parametrize("who", ["client", "program"])
def test_bytes_either_way_keep_a_session_alive(prong, puppet, who):
    server = prong("--idle-timeout", LIMIT, program=[puppet])
    client = server.connect()
    if who == "program":
        client.send("".join("slow 500 tick\n" for _ in range(8)))
    for _ in range(8):
        if who == "client":
            client.send("s")
            time.sleep(0.5)
        else:
            assert client.read_line() == b"tick"
    assert not server.events("session-end")

    assert ended(server, client)[2] == "idle-timeout"


def test_a_client_that_never_reads_is_idle(prong):
    server = prong("--idle-timeout", "500ms", program=["@chargen"])
    client = server.connect(rcvbuf=2048)
    assert ended(server, client)[2] == "idle-timeout"


def test_limits_end_sessions_of_unix_sockets_too(prong, puppet, tmp_path):
    server = prong("--session-timeout", "200ms", program=[puppet],
                   listen=[f"unix:{tmp_path}/s"])
    server.connect()
    assert server.wait_event("session-end")["cause"] == "session-timeout"


def test_limits_end_sessions_with_a_pty_too(prong, puppet):
    server = prong("--session-timeout", "200ms", "--pty", "raw", program=[puppet])
    client = server.connect()
    assert ended(server, client) == ("killed", "TERM", "session-timeout")


def test_many_limits_at_once_are_each_kept(prong, puppet):
    server = prong("--session-timeout", "400ms", "--max", "100", program=[puppet])
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        assert ended(server, client) == ("killed", "TERM", "session-timeout")


def test_a_server_with_idle_sessions_does_nothing(prong, puppet, tmp_path):
    # Where no other test's `prong ps` looks for servers.
    server = prong("--session-timeout", "1h", "--control", tmp_path / "control",
                   program=[puppet])
    for _ in range(5):
        server.connect().ask("say in")

    def is_at_rest():
        """Once it has done what is still to do, which takes a busy machine its time."""
        before = switches(server.pid)
        time.sleep(4)
        return switches(server.pid) == before

    procs.wait_until(is_at_rest, "at rest")


def switches(pid):
    with open(f"/proc/{pid}/status") as file:
        return [line for line in file if "ctxt_switches" in line]
