"""What programs say on stderr: to the log line by line, bounded, and harmless."""
import os
import re

import pytest

from harness import procs


def served(prong, puppet, *args, **kw):
    server = prong(*args, program=[puppet], **kw)
    return server, server.connect()


def test_a_line_goes_to_the_log_with_its_connection(prong, puppet):
    server, client = served(prong, puppet)
    client.ask("stderr something is wrong")
    begin = server.begin(client)
    event = server.wait_event("stderr")

    assert event["line"] == "something is wrong"
    assert (event["id"], event["pid"]) == (begin["id"], begin["pid"])
    assert event["service"] == "puppet"


def test_lines_keep_their_order_and_come_before_the_end(prong, puppet):
    server, client = served(prong, puppet)
    for i in range(20):
        client.command(f"stderr line {i}")
    client.command("exit 0")
    end = server.end(client)

    names = [(event["event"], event.get("line")) for event in server.journal.events
             if event.get("id") == end["id"]]
    assert names[1:-1] == [("stderr", f"line {i}") for i in range(20)]
    assert names[0][0] == "session-begin" and names[-1][0] == "session-end"


def test_the_last_words_without_a_newline_are_logged(prong, puppet):
    server, client = served(prong, puppet)
    client.ask("stderr-part half a li")
    client.command("exit 0")
    server.end(client)
    assert server.wait_event("stderr")["line"] == "half a li"


def test_lines_of_two_programs_do_not_mix(prong, puppet):
    server = prong(program=[puppet])
    one, two = server.connect(), server.connect()
    one.ask("stderr-part on")
    two.ask("stderr-part tw")
    one.ask("stderr e")
    two.ask("stderr o")

    assert server.wait_event("stderr", id=server.begin(one)["id"])["line"] == "one"
    assert server.wait_event("stderr", id=server.begin(two)["id"])["line"] == "two"


def test_a_long_line_is_bounded_and_nothing_hangs(prong, puppet):
    server, client = served(prong, puppet)
    server.expect("stderr-dropped")
    client.command("stderr " + "y" * 20000)
    assert client.read_line() == b"."
    client.ask("stderr after it")
    server.wait_event("stderr", line="after it")

    lines = [event["line"] for event in server.events("stderr")]
    assert max(map(len, lines)) <= 16384
    assert set("".join(lines[:-1]).replace("…", "").replace(".", "")) == {"y"}


def test_a_flood_is_bounded_and_the_rest_is_counted(prong, puppet):
    server, client = served(prong, puppet)
    server.expect("stderr-dropped", "log-dropped")
    client.ask("stderr-flood 1500")
    client.command("exit 0")
    end = server.end(client)
    said = len(server.events("stderr", id=end["id"]))
    dropped = server.events("stderr-dropped", id=end["id"])

    assert said < 1000
    assert dropped, "the log says how many lines are missing"
    if not server.events("log-dropped"):
        assert said + sum(event["lines"] for event in dropped) == 1500


def test_a_flood_of_one_program_does_not_take_the_lines_of_another(prong, puppet):
    server = prong(program=[puppet])
    server.expect("stderr-dropped", "log-dropped")
    loud, quiet = server.connect(), server.connect()
    loud.command("stderr-flood 100000")
    quiet.ask("stderr calm")

    assert server.wait_event("stderr", id=server.begin(quiet)["id"])["line"] == "calm"


@pytest.mark.parametrize("data", [
    b"\x1b[2J\x1b]0;title\x07", b"a\rb", b"nul \0 nul", b"\xff\xfe not utf-8",
    "right‮to left".encode(), b"\xc2\x9b31m", b"\x7f\x08\x0b",
])
def test_nothing_that_moves_a_cursor_reaches_a_text_log(prong, data):
    server = prong(program=["sh", "-c", "cat >&2"], log="text")
    client = server.connect()
    client.send(b"[" + data + b"]\n")
    line = server.journal.wait_line(re.compile(r"\[.*\]$|\[a$"))[0]

    text = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f‪-‮⁦-⁩]", text), repr(text)


def test_what_looks_like_a_log_line_stays_inside_its_own(prong, puppet):
    server, client = served(prong, puppet)
    client.ask('stderr x", "event": "session-end", "forged": "yes')
    event = server.wait_event("stderr")

    assert event["line"] == 'x", "event": "session-end", "forged": "yes'
    assert not [one for one in server.journal.events if "forged" in one]


def test_utf_8_stays_readable(prong, puppet):
    server, client = served(prong, puppet)
    client.ask("stderr Grüße, 世界")
    assert server.wait_event("stderr")["line"] == "Grüße, 世界"


def test_stderr_may_go_to_the_client(prong, puppet):
    server, client = served(prong, puppet, "--stderr", "client")
    client.command("stderr to you")
    assert client.read_line() == b"to you"
    assert client.read_line() == b"."
    assert client.facts("fds")["2"].startswith("socket:")
    assert not server.events("stderr")


def test_stderr_may_go_nowhere(prong, puppet):
    server, client = served(prong, puppet, "--stderr", "null")
    client.ask("stderr into the void")
    assert client.facts("fds")["2"] == "/dev/null"
    assert not server.events("stderr")


def test_stderr_may_be_the_servers_own(prong, puppet):
    server, client = served(prong, puppet, "--stderr", "inherit")
    server.stray_expected = True
    client.ask("stderr straight through")
    client.command("exit 0")
    server.end(client)
    assert "straight through" in "".join(server.journal.stray)


def test_a_grandchild_that_keeps_stderr_open_holds_nothing_up(prong, puppet):
    server, client = served(prong, puppet)
    pid = int(client.ask("setsid-hold"))
    client.ask("stderr before")
    client.command("exit 0")
    assert server.end(client)["ending"] == "exited"
    os.kill(pid, 9)
    server.check_idle()


def test_a_program_that_closes_stderr_costs_nothing(prong):
    server = prong(program=["sh", "-c", "exec 2>&-; read x; echo $x"])
    with server.connect() as client:
        client.send("on\n")
        assert client.read_all() == b"on\n"


@pytest.mark.parametrize("lines", [51, 100, 1000])
def test_a_flood_and_then_silence_costs_others_nothing(prong, lines):
    script = f"read x || exit 0; seq {lines} >&2; exec sleep 100"
    server = prong("--on-hangup", "kill", program=["sh", "-c", script])
    server.expect("stderr-dropped")
    loud = server.connect()
    loud.send("go\n")
    server.wait_event("stderr", line="50")
    before = procs.cpu_ms(server.pid)
    dropped = server.wait_event("stderr-dropped")

    assert dropped["lines"] == lines - 50
    assert procs.cpu_ms(server.pid) - before < 300
    other = server.connect()
    other.half_close()
    assert server.end(other)["status"] == 0


def test_the_server_never_blocks_on_a_pipe_but_the_program_does(prong, puppet):
    server, client = served(prong, puppet)
    pipe = client.facts("fds")["2"]
    pid = server.begin(client)["pid"]
    ours = [fd for fd, target in server.fds().items() if target == pipe
            and procs.fd_flags(server.pid, fd) & os.O_ACCMODE == os.O_RDONLY]

    assert len(ours) == 1
    assert procs.fd_flags(server.pid, ours[0]) & os.O_NONBLOCK
    assert not procs.fd_flags(pid, 2) & os.O_NONBLOCK


def test_when_stderr_is_the_client_the_server_keeps_no_copy_of_it(prong):
    server = prong("--stderr", "client", "--on-hangup", "keep", "--eof-grace", "off",
                   "--linger", "off", program=["/bin/true"])
    client = server.connect()
    client.socket.settimeout(5)

    assert client.read_all() == b"", "the end comes with the end of the program"
    server.end(client)
    server.check_idle()
