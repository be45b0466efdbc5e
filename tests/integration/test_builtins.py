"""The built-in services, as their old RFCs have them."""
import datetime
import re
import struct
import time

import pytest

from harness.server import run


def answer(prong, *program):
    server = prong(program=program)
    with server.connect() as client:
        data = client.read_all()
        assert server.end(client)["status"] == 0
    return data


def test_echo_returns_what_it_gets(prong):
    server = prong(program=["@echo"])
    with server.connect() as client:
        client.send("one")
        assert client.read(3) == b"one"
        client.send("two")
        assert client.read(3) == b"two"


def test_discard_takes_everything_and_says_nothing(prong):
    server = prong(program=["@discard"])
    with server.connect() as client:
        client.send(b"x" * 500_000)
        client.half_close()
        assert client.read_all() == b""
        end = server.end(client)
    assert (end["bytes_in"], end["bytes_out"], end["status"]) == (500_000, 0, 0)


def test_daytime_is_one_line_that_says_now(prong):
    text = answer(prong, "@daytime").decode()

    assert text.endswith("\r\n") and text.count("\n") == 1
    assert str(datetime.datetime.now().year) in text or "UTC" in text
    assert re.search(r"\d\d:\d\d:\d\d", text)


def test_time_is_the_seconds_since_1900_in_four_bytes(prong):
    data = answer(prong, "@time")

    assert len(data) == 4
    assert abs(struct.unpack("!I", data)[0] - 2208988800 - time.time()) < 60


def test_hello_greets(prong):
    data = answer(prong, "@hello")
    assert data.endswith(b"\n") and data.lower().startswith(b"hello")


def test_qotd_sends_the_file(prong, tmp_path):
    quotes = tmp_path / "quotes"
    quotes.write_text("Only one.\n")
    assert b"Only one." in answer(prong, "@qotd", quotes)


def test_qotd_picks_among_several(prong, tmp_path):
    quotes = tmp_path / "quotes"
    quotes.write_text("".join(f"Quote {i}.\n%\n" for i in range(8)))
    server = prong(program=["@qotd", quotes])
    seen = set()
    for _ in range(60):
        with server.connect() as client:
            seen.add(client.read_all().strip())
    assert len(seen) > 1
    assert all(re.fullmatch(rb"Quote \d\.", text) for text in seen)


def test_qotd_without_its_file_is_an_error_at_start(tmp_path):
    done = run("127.0.0.1:0", "--", "@qotd", tmp_path / "nowhere")
    assert done.returncode != 0 and "nowhere" in done.stderr
    assert run("127.0.0.1:0", "--", "@qotd").returncode != 0


def test_chargen_is_the_rotating_pattern_and_ends_with_its_client(prong):
    server = prong(program=["@chargen"])
    client = server.connect()
    lines = client.read(74 * 200).split(b"\r\n")[:200]
    client.reset()

    assert all(len(line) == 72 for line in lines)
    assert lines[0][1:] == lines[1][:-1], "each line begins one character later"
    assert lines[0] == lines[95]
    server.end(client)


@pytest.mark.parametrize("name", ["@nothing", "@", "@Echo"])
def test_a_built_in_that_there_is_not_is_an_error_at_start(name):
    done = run("127.0.0.1:0", "--", name)
    assert done.returncode in (1, 2)
    assert name in done.stderr


def test_a_built_in_ends_when_it_is_told_to(prong):
    server = prong("--session-timeout", "100ms", program=["@echo"])
    with server.connect() as client:
        end = server.end(client)
    assert (end["ending"], end["signal"], end["cause"]) == (
        "killed", "TERM", "session-timeout"
    )
