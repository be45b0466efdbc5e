"""Programs that do something else than to wait for their client while they start.

Each is right for its client in every mode; what cannot be held is started as ever, the
log says why, and nothing is left behind.  `early` is the program, see programs/early.c.
"""
import os
import re
from dataclasses import dataclass

import pytest

from harness import procs, started
from harness.programs import tool

AT_ONCE = 8
ANY = "any"  # either is right


@dataclass
class Deed:
    """warm, clone: why it is refused, as a pattern; None: it is not; ANY: may be."""

    argument: str = ""
    warm: str = None
    clone: str = None
    call: str = "."
    asked: str = "hello"
    answered: str = "<hello>"
    greeting: str = ""

    def refusal(self, mode):
        if mode == "clone" and self.warm is None:
            return self.clone
        return self.warm if mode in started.HELD else None

    def in_force(self, mode):
        if mode not in started.HELD or self.refusal(mode) is None:
            return mode
        return "fresh" if self.warm else "warm"


DEEDS = {
    "nothing": Deed(call=r"^read\(0\)"),
    "fork-holds": Deed(warm="process|child"),
    "fork-away": Deed(warm=ANY),
    "exec": Deed("nothing", call=r"^read\(0\)"),
    "vfork": Deed(asked="note", answered="child ended with 0"),
    "threads": Deed(clone="thread"),
    "handlers": Deed(),
    "ignore-term": Deed(),
    "timer": Deed("20", clone="timer|clock", asked="tick", answered="<tick>"),
    "dup": Deed(call=r"10"),
    "dup and close": Deed("close", call=r"10"),
    "greet": Deed("welcome", greeting="welcome\n", call="write|send"),
    "errors": Deed("1"),
    "nonblock": Deed(call="fcntl|read"),
    "epoll": Deed(clone="epoll"),
    "pipe": Deed(clone="pipe"),
    "setsid": Deed(asked="note", answered="setsid: Operation not permitted"),
    "chdir": Deed(asked="note", answered="/"),
    "undumpable": Deed(warm=ANY),
    "io_uring": Deed(clone=ANY),
    "filter": Deed(),
    "child-serves": Deed(warm="process|child"),
}


def start(prong, build, mode, deed, *options, argument=None):
    words = [build.path("early"), deed.split()[0]]
    return prong("--start", mode, *options,
                 program=words if argument is None else [*words, argument])


def converse(client, deed):
    assert client.read(len(deed.greeting)) == deed.greeting.encode()
    for _ in range(3):
        client.command(deed.asked)
        assert client.read_line().decode() == deed.answered
    assert client.exchange(b"the end\n") == b"<the end>\n"


def check_in_force(deed, mode, row):
    if deed.refusal(mode) != ANY:
        started.check_in_force(row, deed.in_force(mode), deed.refusal(mode), deed.call)
    return row["spares_in_force"]


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("name", DEEDS)
def test_a_client_is_served_whatever_the_program_did_before(prong, build, name, mode):
    deed = DEEDS[name]
    server = start(prong, build, mode, name, argument=deed.argument)
    if deed.refusal(mode):
        server.expect(started.FALLBACK)
    for _ in range(3):
        force = mode
        if mode != "fresh":
            force = check_in_force(deed, mode, started.wait_ready(server))
        with server.connect() as client:
            converse(client, deed)
            assert started.began_as(server, client) == force
        server.end(client)
    clients = [server.connect() for _ in range(AT_ONCE)]
    results = started.at_once(AT_ONCE, lambda i: converse(clients[i], deed))
    assert results == [None] * AT_ONCE
    if deed.refusal(mode) not in (None, ANY):
        started.check_said_once(server)


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("name, argument, ending, pattern", [
    ("close", "", ("exited", 5), "close"),
    ("exit", "3", ("exited", 3), "end|exit"),
    ("core", "", ("killed", 6), "end|ABRT|signal"),
])
def test_a_program_that_ends_before_it_reads_ends_for_each_client(
    prong, build, tmp_path, mode, name, argument, ending, pattern
):
    server = start(prong, build, mode, name, "--dir", tmp_path, argument=argument)
    server.expect("session-end")
    if mode in started.HELD:
        server.expect(started.FALLBACK)
        assert re.search(pattern, started.wait_ready(server)["spares_reason"])
    elif mode == "spare":
        started.wait_ready(server)
    for _ in range(3):
        with server.connect() as client:
            assert client.is_ended()
            end = server.end(client)
        assert (end["ending"], end.get("status")) == ending
    if mode in started.HELD:
        started.check_said_once(server)


@pytest.mark.parametrize("mode", started.HELD)
def test_a_program_that_blocks_is_killed_in_time_and_started_as_ever(
    prong, build, tmp_path, mode
):
    gate = tmp_path / "gate"
    server = start(prong, build, mode, "wait-file", "--start-timeout", "300ms",
                   argument=gate)
    server.expect(started.FALLBACK)
    row = started.wait_ready(server)
    assert row["spares_in_force"] == "fresh" and "start-timeout" in row["spares_reason"], row
    procs.wait_until(lambda: not server.children(), "nothing runs")

    client = server.connect()
    assert started.began_as(server, client) == "fresh"
    gate.touch()
    client.command("hello")
    assert client.read_line() == b"<hello>"
    started.check_said_once(server)


@pytest.mark.parametrize("mode", started.AHEAD)
def test_a_client_of_a_program_that_is_still_starting_is_served(prong, build, mode):
    server = start(prong, build, mode, "slow", argument="500")
    with server.connect() as client:
        client.command("hello")
        assert client.read_line() == b"<hello>"


@pytest.mark.parametrize("mode", started.MODES)
def test_much_error_output_at_start_reaches_the_log(prong, build, mode):
    server = start(prong, build, mode, "errors", argument="2000")
    server.expect(started.FALLBACK, "stderr-dropped")
    if mode != "fresh":
        started.wait_ready(server)
    with server.connect() as client:
        client.command("hello")
        assert client.read_line() == b"<hello>"
        begin = server.begin(client)

        def error():
            """Some lines are left out: see stderr-dropped."""
            client.command("error")
            assert client.read_line() == b"<error>"
            return server.events("stderr", line="an error", id=begin["id"])

        procs.wait_until(error, "a line of the session")
    lines = server.events("stderr")
    assert lines[0]["line"].startswith("early 0 ")
    if mode in started.HELD:
        first = [line for line in lines if line["pid"] == lines[0]["pid"]]
        assert len([line for line in first if line["line"].startswith("early ")]) <= 100
        assert server.wait_event("stderr-dropped")["lines"] > 0


@pytest.mark.parametrize("mode", started.MODES)
def test_a_file_that_is_half_read_is_each_processes_own(prong, build, tmp_path, mode):
    text = "".join(f"line {i}\n" for i in range(20))
    (tmp_path / "file").write_text(text)
    server = start(prong, build, mode, "file", argument=tmp_path / "file")
    if mode != "fresh":
        started.wait_ready(server)

    def rest(_):
        with server.connect() as client:
            client.command("next")
            return client.exchange(b"")

    assert rest(0) == text[8:].encode()
    answers = started.at_once(16, rest)
    assert answers == [text[8:].encode()] * 16


@pytest.mark.parametrize("mode", started.MODES)
def test_a_long_script_is_read_on_by_16_at_once(prong, tmp_path, mode):
    """bash reads its script piece by piece, between what it runs."""
    script = tmp_path / "long.sh"
    body = "".join(f'value{i}="{i:050}"\n' for i in range(400))
    middle = 'read -r word\nprintf "%s\\n" "$word"\n'
    script.write_text(f"{body}{middle}{body}{middle}{body}{middle}exit 7\n")
    server = prong("--start", mode, program=[tool("bash"), script])
    if mode != "fresh":
        assert started.in_force(started.wait_ready(server)) == (mode, "")

    clients = [server.connect() for _ in range(16)]
    answers = started.at_once(16, lambda i: clients[i].exchange(b"a%d\nb\nc\n" % i))
    assert answers == [b"a%d\nb\nc\n" % i for i in range(16)]
    for client in clients:
        assert server.end(client)["status"] == 7


@pytest.mark.parametrize("mode", started.MODES)
def test_handlers_that_were_installed_at_start_get_their_signals(prong, build, mode):
    server = start(prong, build, mode, "handlers")
    if mode != "fresh":
        started.wait_ready(server)
    client = server.connect()
    client.command("hello")
    assert client.read_line() == b"<hello>"
    pid, caught = server.begin(client)["pid"], 0
    for number in (15, 17, 13):
        os.kill(pid, number)
        caught |= 1 << number
        client.command("caught")
        assert int(client.read_line()) == caught


@pytest.mark.parametrize("mode", started.AHEAD)
def test_what_ignores_term_ends_with_the_server(prong, build, mode):
    server = start(prong, build, mode, "ignore-term", "--spares-min", "3")
    started.wait_ready(server, 3)
    waiting = started.waiting(server)
    assert len(waiting) >= 3
    server.stop()
    assert not [pid for pid in waiting if procs.alive(pid)]
