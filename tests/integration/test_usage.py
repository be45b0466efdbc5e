"""The command line: every mistake at once, strict values, and the exit status."""
import json
import os
import re
import signal
import socket
import subprocess

import pytest

from harness import strace
from harness.server import PRONG, run


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_goes_to_stdout_and_names_every_setting(word):
    done = run(word)
    assert done.returncode == 0 and done.stderr == ""
    for name in ("--max-per-source", "--eof-grace", "--ready-fd", "--log", "@echo"):
        assert name in done.stdout


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version_goes_to_stdout(word):
    done = run(word)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("prong ")
    assert f"\nhere: Linux {os.uname().release} on {os.uname().machine}; IPv4 yes, " in done.stdout
    assert re.search(r"\nfor isolation: Landlock (\d+|no), filters of system calls (yes|no), "
                     r"namespaces (yes|no); to hold programs: tracing (yes|no)\n$", done.stdout)


@pytest.mark.usefixtures("tracer")
def test_version_says_what_was_tried(fault_log):
    missing = strace.inject("landlock_create_ruleset,seccomp,unshare", "ENOSYS")
    here = run("-f", "-o", fault_log, *missing, PRONG, "-V", binary="strace",
               env=strace.environment())
    assert here.stdout.endswith("for isolation: Landlock no, filters of system calls no, "
                                "namespaces no; to hold programs: tracing no\n"), here


@pytest.mark.parametrize("words", [
    ("--no-such-option",), ("--max",), ("--max", "0"), ("--max", "-1"), ("--max", "1e9"),
    ("--max", "10k"), ("--max", "0x10"), ("--max", " 1"), ("--max", ""), ("--max", "010"),
    ("--max", "99999999999999999999"), ("--session-timeout", "5 s"),
    ("--session-timeout", "-1s"), ("--session-timeout", "1ms"), ("--umask", "888"),
    ("--umask", "9999"), ("--nice", "20"), ("--source-prefix", "33/64"),
    ("--source-prefix", "32"), ("--when-full", "maybe"), ("--pty", "yes"),
    ("--env-style", "ucspi,none-such"), ("--memory", "1X"), ("--dir", "relative"),
    ("--log", "xml"), ("--ready-fd", "x"), ("--ready-fd", "2"), ("--name", "a b"),
    ("--name", ""), ("--env", "NOEQUALS"), ("--env", "=x"), ("--unbuffer=maybe",),
    ("--banner", "\\q"), ("--unix-mode", "8"), ("nonsense",),
])
def test_a_value_that_is_none_is_refused_with_status_2(words):
    done = run(*words, "127.0.0.1:0", "--", "@echo")

    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("prong: ")
    assert "Invalid argument" not in done.stderr


ENDS = [
    (1, "does not exist", "127.0.0.1:0", "--", "/no/such/program"),
    (1, "is not a user of this machine", "--user", "no-such-user", "127.0.0.1:0"),
    (1, "Address already in use", "{used}"),
    (2, "says another: leave out one", "--groups", "7", "--uid-range", "7-8", "127.0.0.1:0"),
    (2, "there are none; name them with exempt", "--reserve", "2", "127.0.0.1:0"),
    (1, "site.yaml:4:15: two: program: '/no/such/program' does not exist\n", "-f", "{site}"),
    (2, "reserve: 2 sessions are kept for exempt networks", "-f", "{wrong}"),
]


@pytest.mark.parametrize("status, why, words", [(*end[:2], end[2:]) for end in ENDS])
@pytest.mark.parametrize("form", [("--log", "json"), ()])
def test_what_ends_a_start_is_one_event_and_nothing_else(tmp_path, form, status, why, words):
    site, wrong = tmp_path / "site.yaml", tmp_path / "wrong.yaml"
    site.write_text('services:\n  one: { listen: "127.0.0.1:0", program: ["@echo"] }\n'
                    '  two:\n    program: [/no/such/program]\n    listen: "127.0.0.1:0"\n')
    wrong.write_text('services: { x: { listen: "127.0.0.1:0", program: ["@echo"], reserve: 2 } }\n')
    with socket.create_server(("127.0.0.1", 0)) as used:
        names = {"used": f"127.0.0.1:{used.getsockname()[1]}", "site": site, "wrong": wrong}
        done = run(*form, *[word.format(**names) for word in words])
    assert (done.returncode, done.stdout) == (status, "")
    (failed,) = (json.loads(line) for line in done.stderr.splitlines())
    assert failed["event"] == "failed" and why in failed["text"]


def test_people_are_told_how_to_go_on():
    done = run("--log", "text", "--reserve", "2", "127.0.0.1:0")
    assert done.returncode == 2
    assert done.stderr.startswith("prong: reserve: 2 sessions are kept for exempt networks")
    assert done.stderr.endswith("\nprong: nothing was started; all options: prong --help\n")


def test_all_mistakes_are_told_at_once():
    done = run("--max", "0", "--nice", "99", "--umask", "x", "080")

    assert done.returncode == 2
    for word in ("max", "nice", "umask", "080"):
        assert word in done.stderr


def test_a_second_file_is_not_taken_in_silence_for_the_first():
    done = run("-f", "one.yaml", "-f", "two.yaml")
    assert done.returncode == 2
    assert "prong: -f two.yaml: there is one already: -f one.yaml\n" in done.stderr


def test_a_mistyped_option_is_met_with_the_nearest_one():
    assert "did you mean --max-per-source" in run("--max-per-sorce", "3").stderr


def test_a_program_without_the_dashes_is_met_with_the_right_line():
    done = run("9999", "cat", "-n")
    assert done.returncode == 2 and "-- cat -n" in done.stderr


def test_words_from_outside_are_escaped_in_messages():
    done = run("--max", "\033[2J", "127.0.0.1:0")
    assert "\033" not in done.stderr and "\\x1b" in done.stderr.lower()


def test_a_descriptor_that_is_not_open_cannot_be_told_that_we_are_ready():
    done = run("--ready-fd", "77", "127.0.0.1:0")
    assert done.returncode in (1, 2, 111)
    assert "77" in done.stderr


def test_the_ready_descriptor_is_closed_after_the_addresses(prong):
    server = prong()
    assert not [fd for fd in server.fds() if fd >= 200]


def test_a_reader_of_the_ready_descriptor_that_went_away_is_no_matter():
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen([PRONG, "--ready-fd", str(writer), "127.0.0.1:0"],
                          pass_fds=[writer], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as server:
        os.close(writer)
        assert b"serving" in server.stderr.readline()
        server.terminate()
        assert server.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_was_asked_to_stop_exits_with_0(prong, number):
    server = prong()
    server.settle()
    server.stop(number, status=0)


def test_the_first_line_says_what_is_served_where_and_with_which_limits(prong):
    server = prong("--max", "17")
    event = server.wait_event("serving")

    assert event["listen"] == server.addresses[0]
    assert event["program"] == "@echo" and event["max"] == 17
    assert event["max_from"]


def test_the_default_of_max_is_said_with_where_it_comes_from(prong):
    event = prong(wrapper=["prlimit", "--nofile=100", "--"]).wait_event("serving")
    assert 1 <= event["max"] <= 100
    assert event["max_from"]


def test_the_command_runs_from_any_folder(prong, tmp_path):
    server = prong(cwd=tmp_path)
    with server.connect() as client:
        client.send("x")
        client.half_close()
        assert client.read_all() == b"x"
    assert os.path.isabs(PRONG)


@pytest.mark.parametrize("word, meant", [("relaod", "reload"), ("chec", "check"),
                                         ("stat", "stats")])
def test_a_command_that_is_nearly_right_is_recognised(word, meant):
    done = run(word)
    assert done.returncode == 2
    assert f"prong: did you mean prong {meant}?\n" in done.stderr


@pytest.mark.parametrize("word", ["bash", "/bin/reload", "7x", "python3"])
def test_what_is_near_to_no_command_is_taken_for_none(word):
    assert "did you mean" not in run(word).stderr
