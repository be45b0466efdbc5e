"""Terminals for programs, unbuffered output, and the banner before the program."""
import pytest


def served(prong, puppet, *args):
    server = prong(*args, program=[puppet])
    return server, server.connect()


def test_without_a_pty_there_is_no_terminal(prong, puppet):
    _, client = served(prong, puppet)
    assert client.ask("isatty") == "0 0 0"


def test_a_raw_pty_is_a_terminal_that_changes_no_byte(prong, puppet):
    server, client = served(prong, puppet, "--pty", "raw")

    assert client.ask("isatty").split()[:2] == ["1", "1"]
    assert client.ask("tty").startswith("echo 0 ")
    assert client.ask("tty").endswith("signals 0 output 0 controlling 1")


def test_a_raw_pty_changes_no_byte(prong):
    server = prong("--pty", "raw", program=["cat"])
    with server.connect() as client:
        for data in (bytes(range(256)), b"\x04", b"\x04\x04\x16\x04", b"\r\n\r",
                     b"\x7f\x15"):
            client.send(data)
            assert client.read(len(data)) == data


def test_a_cooked_pty_echoes_and_has_lines(prong, puppet):
    server, client = served(prong, puppet, "--pty", "cooked")
    client.command("tty")

    assert client.read_line().rstrip() == b"tty", "the echo of what was typed"
    assert client.read_line().startswith(b"echo 1 canonical 1 signals 1 output 1")
    assert client.read_line().rstrip() == b"."


def test_control_c_in_a_cooked_pty_interrupts_the_program(prong, puppet):
    server, client = served(prong, puppet, "--pty", "cooked")
    client.command("hold")
    while client.read_line().rstrip() != b".":
        pass
    client.send(b"\x03")
    end = server.end(client)
    assert (end["ending"], end["signal"]) == ("killed", "INT")


def test_the_session_of_a_pty_is_ended_with_its_client(prong, puppet):
    server, client = served(prong, puppet, "--pty", "raw")
    client.ask("hold")
    client.reset()
    assert server.end(client)["ending"] == "killed"


def test_everything_a_program_wrote_to_its_pty_arrives(prong, puppet):
    server, client = served(prong, puppet, "--pty", "raw")
    client.command("spill 300000")
    client.command("exit 3")
    assert len(client.read_all()) == 300000
    assert server.end(client)["status"] == 3


def test_half_close_is_the_end_of_input_on_a_cooked_pty(prong):
    server = prong("--pty", "cooked", program=["sh", "-c", "wc -c; exit 6"])
    with server.connect() as client:
        client.send("12345\n")
        client.half_close()
        assert b"6" in client.read_all()
        assert server.end(client)["status"] == 6


def test_a_program_still_has_exactly_three_descriptors(prong, puppet):
    _, client = served(prong, puppet, "--pty", "raw")
    facts = client.facts("fds")
    assert sorted(facts) == ["0", "1", "2"]
    assert facts["0"].startswith("/dev/pts/")


@pytest.mark.parametrize("options", [["--unbuffer"], ["--pty", "raw"]])
def test_python_prints_without_being_asked_to_flush(prong, options):
    code = "import sys; print('first'); sys.stdin.readline(); print('second')"
    server = prong(*options, program=["/usr/bin/python3", "-c", code])
    with server.connect() as client:
        assert client.read_line().rstrip() == b"first"
        client.send("\n")
        assert client.read_line().rstrip() == b"second"


def test_stdio_prints_lines_at_once_when_unbuffered(prong):
    server = prong("--unbuffer", program=["sed", "-n", "s/^/got /p"])
    with server.connect() as client:
        client.send("one\n")
        assert client.read_line() == b"got one"


def test_the_banner_comes_before_the_program(prong, puppet):
    server, client = served(prong, puppet, "--banner", "Welcome\\r\\nhere \\x41\\n")

    assert client.read_line() == b"Welcome\r"
    assert client.read_line() == b"here A"
    assert client.ask("say in") == "in"


def test_the_banner_is_there_for_a_program_that_says_nothing(prong):
    server = prong("--banner", "hi\\n", program=["true"])
    with server.connect() as client:
        assert client.read_all() == b"hi\n"


def test_the_banner_comes_through_a_pty_too(prong, puppet):
    _, client = served(prong, puppet, "--banner", "hi\\n", "--pty", "raw")
    assert client.read_line().rstrip() == b"hi"
    assert client.ask("say in") == "in"
