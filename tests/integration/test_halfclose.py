"""Half-close, hang-up and linger: a client that has said all still gets its whole answer,
one that is gone costs nothing for long."""
import shutil
import socket
import subprocess
import sys

import pytest

from harness import procs


@pytest.mark.parametrize("tool", [
    ["nc", "-N", "{host}", "{port}"], ["ncat", "{host}", "{port}"],
    ["socat", "-t10", "-", "TCP:{host}:{port}"], ["busybox", "nc", "{host}", "{port}"],
], ids=lambda tool: tool[0])
def test_printf_into_a_client_gets_the_whole_answer_of_a_slow_program(prong, tool):
    if shutil.which(tool[0]) is None:
        pytest.skip(f"needs {tool[0]}")
    script = "cat >/dev/null; sleep 0.4; printf 'first '; sleep 0.4; echo last"
    server = prong(program=["sh", "-c", script])
    words = [word.format(host="127.0.0.1", port=server.port()) for word in tool]
    done = subprocess.run(words, input=b"x", capture_output=True, timeout=20, check=False)
    assert done.stdout == b"first last\n"


def test_a_half_closed_session_lasts_as_long_as_the_program_answers(prong, puppet):
    """Longer than the grace in all, and far from it at a time."""
    server = prong("--eof-grace", "3s", program=[puppet])
    client = server.connect()
    client.send("".join(f"slow 100 {i}\n" for i in range(35)))
    client.half_close()

    assert client.read_all() == b"".join(b"%d\n" % i for i in range(35))
    end = server.end(client)
    assert (end["ending"], end["status"]) == ("exited", 0) and "cause" not in end


def test_a_program_that_is_silent_after_the_end_of_input_is_ended(prong, puppet):
    server = prong("--eof-grace", "200ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-eof")
    client.half_close()
    end = server.end(client)

    assert (end["ending"], end["signal"], end["cause"]) == ("killed", "TERM", "eof-grace")
    assert client.read_all() == b""


def test_the_grace_after_the_end_of_input_ends_in_kill(prong, puppet):
    server = prong("--eof-grace", "100ms", "--term-grace", "100ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    client.ask("ignore-eof")
    grandchild = int(client.ask("fork-hold"))
    client.half_close()

    assert server.end(client)["signal"] == "KILL"
    procs.wait_ended(grandchild)


def test_without_a_grace_a_half_closed_session_lasts(prong, puppet):
    server = prong("--eof-grace", "off", "--session-timeout", "1500ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-eof")
    client.half_close()
    assert server.end(client)["cause"] == "session-timeout"


def test_a_client_that_closes_fully_does_not_leave_a_process(prong, puppet):
    server = prong("--eof-grace", "200ms", program=[puppet])
    client = server.connect()
    client.ask("hold")
    client.close()
    end = server.wait_event("session-end")

    assert end["ending"] == "killed" and end["cause"] in ("eof-grace", "hangup")


@pytest.mark.parametrize("setting, signal_name", [("term", "TERM"), ("kill", "KILL")])
def test_a_client_that_vanishes_ends_its_program(prong, puppet, setting, signal_name):
    server = prong("--on-hangup", setting, program=[puppet])
    client = server.connect()
    name = client.name
    client.ask("hold")
    client.reset()
    end = server.wait_event("session-end", source=name)

    assert (end["ending"], end["signal"], end["cause"]) == (
        "killed", signal_name, "hangup"
    )


def test_a_program_may_outlive_its_client(prong, puppet, tmp_path):
    server = prong("--on-hangup", "keep", "--eof-grace", "off", program=[puppet])
    client = server.connect()
    client.command(f"wait-file {tmp_path}/go")
    pid = server.begin(client)["pid"]
    client.reset()
    with server.connect() as other:
        assert other.ask("say in") == "in", "the server had time to see the hang-up"
    assert procs.alive(pid)

    (tmp_path / "go").touch()
    end = server.wait_event("session-end", pid=pid)
    assert "cause" not in end


def test_a_program_that_ignores_term_is_killed_after_a_hangup(prong, puppet):
    server = prong("--term-grace", "150ms", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    client.ask("hold")
    client.reset()
    assert server.wait_event("session-end")["signal"] == "KILL"


def test_a_unix_client_that_vanishes_ends_its_program(prong, puppet, tmp_path):
    server = prong("--eof-grace", "200ms", program=[puppet], listen=[f"unix:{tmp_path}/s"])
    client = server.connect()
    client.ask("hold")
    client.close()
    assert server.wait_event("session-end")["cause"] in ("hangup", "eof-grace")


def answer_after_exit(server, client, count):
    """What a client gets that begins to read when the program has already ended."""
    pid = server.begin(client)["pid"]
    procs.wait_ended(pid)
    return len(client.read_all()) == count


@pytest.mark.parametrize("unread", [1, 1000, 100_000])
def test_a_program_that_exits_with_unread_input_does_not_cost_the_answer(
    prong, puppet, unread
):
    server = prong(program=[puppet])
    for _ in range(5):
        client = server.connect()
        client.send(b"spill 100000\nexit 0\n" + b"u" * unread)
        assert answer_after_exit(server, client, 100_000)
        client.close()
        assert server.end(client)["status"] == 0


def test_input_that_still_comes_after_the_exit_does_not_cost_the_answer(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    client.send(b"spill 100000\nexit 0\n")
    pid = server.begin(client)["pid"]
    procs.wait_ended(pid)
    for _ in range(10):
        client.send(b"late" * 1000)
    assert len(client.read_all()) == 100_000


def test_a_python_program_that_reads_one_line_of_many_delivers_its_answer(prong):
    code = "import sys; sys.stdin.buffer.raw.read(1); sys.stdout.write('a' * 100000)"
    server = prong(program=[sys.executable, "-c", code])
    client = server.connect()
    client.send(b"u" * 100_000)
    assert answer_after_exit(server, client, 100_000)


def test_a_client_that_never_takes_its_answer_is_not_waited_for_long(prong, puppet):
    server = prong("--linger", "300ms", "--max", "1", program=[puppet])
    client = server.connect(rcvbuf=2048)
    client.send(b"spill 60000\nexit 0\n" + b"u" * 1000)
    server.end(client)
    server.check_idle()


def test_the_client_sees_the_end_as_soon_as_the_program_has_ended(prong, puppet):
    server = prong("--linger", "10s", "--session-timeout", "1h", program=[puppet])
    client = server.connect()
    client.send(b"say done\nexit 0\n")
    assert client.read_all() == b"done\n.\n"


def test_a_lingering_connection_keeps_the_next_client_out_no_longer_than_it_lasts(
    prong, puppet
):
    server = prong("--linger", "300ms", "--max", "1", program=[puppet])
    first = server.connect(rcvbuf=2048)
    first.send(b"spill 60000\nexit 0\n" + b"u" * 1000)
    assert server.connect().ask("say in") == "in"
    assert server.end(first)["duration_ms"] < 5000


def test_linger_off_closes_at_once(prong, puppet):
    server = prong("--linger", "off", program=[puppet])
    client = server.connect()
    client.send(b"exit 0\n")
    assert client.is_ended()
    server.end(client)
    server.check_idle()


def test_a_program_that_gives_the_connection_up_lives_on_till_it_is_told(prong, puppet):
    server = prong("--session-timeout", "3s", program=[puppet])
    client = server.connect()
    client.ask("close-hold")
    assert server.end(client)["ending"] == "killed"


def test_a_reset_in_the_middle_of_the_answer_ends_the_program(prong):
    server = prong(program=["@chargen"])
    client = server.connect()
    client.read(1000)
    name = client.name
    client.reset()
    end = server.wait_event("session-end", source=name)
    assert end["ending"] in ("exited", "killed")


def test_a_shutdown_of_both_sides_is_the_end(prong):
    server = prong()
    client = server.connect()
    client.send("x")
    assert client.read(1) == b"x"
    client.socket.shutdown(socket.SHUT_RDWR)
    assert server.end(client)["ending"] == "exited"


# Sends without copying, waits until the kernel says that it may forget, and does not ask
# for the words: they stay in the error queue.
SEND_ZEROCOPY = """
import select, socket, sys, time
client = socket.socket(fileno=0)
client.setsockopt(socket.SOL_SOCKET, 60, 1)
client.send(b"x" * 20000, 0x4000000)
told = select.poll()
told.register(client, 0)
told.poll()
"""


@pytest.fixture
def zerocopy():
    """The program SEND_ZEROCOPY that then does something more."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, 60, 1)
    except OSError as error:
        pytest.skip(f"no SO_ZEROCOPY here: {error}")
    return lambda more: [sys.executable, "-c", SEND_ZEROCOPY + more]


def test_what_waits_in_the_error_queue_is_no_hangup(prong, zerocopy):
    server = prong(program=zerocopy("time.sleep(0.4); client.send(b'end')"))
    client = server.connect()

    assert client.read_all() == b"x" * 20000 + b"end"
    end = server.end(client)
    assert (end["ending"], end["status"]) == ("exited", 0)
    assert "cause" not in end


def test_a_hangup_behind_an_error_queue_is_seen(prong, zerocopy):
    server = prong(program=zerocopy("time.sleep(100)"))
    client = server.connect()
    client.read(20000)
    name = client.name
    client.reset()
    assert server.wait_event("session-end", source=name)["cause"] == "hangup"


def test_lingering_with_an_error_queue_costs_nothing(prong, zerocopy):
    server = prong("--linger", "1s", program=zerocopy("select.select([client], [], [])"))
    before = procs.cpu_ms(server.pid)
    client = server.connect()
    client.send("this stays unread")
    client.read_all()
    server.end(client)
    assert procs.cpu_ms(server.pid) - before < 300
