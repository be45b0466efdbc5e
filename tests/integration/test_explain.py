"""prong explain: what happens to a connection, with the values in force."""
import os
import re
import socket
import threading

import pytest

from harness import ALARM, kernel, strace
from harness.control import path_of
from harness.server import PRONG, run

SITE = """\
defaults: { max-per-source: 6 }
services:
  echo: { listen: "127.0.0.1:0", program: ["@echo"], max: 7 }
  words:
    listen: "127.0.0.1:0"
    program: [sh, -c, "echo a b"]
    session-timeout: 90s
    env: { A: 1, B: "x y" }
    banner: "hi\\n"
  gate:
    listen: "127.0.0.1:0"
    program: ["@echo"]
    proxy-from: 192.0.2.1
    allow: 192.0.2.0/24
    exempt: 192.0.2.7
    penalty: exit!=0:5s
    rate: 50/s:80
    stress: 80:20
    policy: [sh, -c, "exit 0"]
    refuse-text-for: { rate: "not so fast\\n" }
    isolation: basic
    cgroup: "off"
    clone-uses: 9
"""


@pytest.fixture
def site(tmp_path):
    tmp_path.chmod(0o755)
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def values(text):
    """name: (is it marked, value) of one service."""
    rows = re.findall(r"^ {4}([*+ ]) ([a-z-]+) +(\S.*?)  +\S", text, re.M)
    return {name: (mark == "*", value) for mark, name, value in rows}


def test_every_setting_is_told_with_its_value(site):
    gate = values(run("explain", "-f", site, "gate").stdout)
    done = run("explain", "-f", site, "words")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("words\n  listens on 127.0.0.1:0\n")
    assert "  each client gets a process of /" in done.stdout
    told = values(done.stdout)
    options = re.findall(r"^  --([a-z-]+)", run("--help").stdout, re.M)
    own = {"help", "version", "quiet", "name", "log", "ready-fd", "control", "config"}
    assert set(gate) == set(options) - own and set(told) < set(gate)
    assert gate["rate"] == (True, "50/s:80") and gate["penalty"] == (True, "exit!=0:5s")
    assert told["session-timeout"] == (True, "90s")
    assert told["max-per-source"] == (True, "6")
    assert told["max"] == (False, "auto") and told["eof-grace"] == (False, "5s")
    assert told["user"] == (False, "-")
    assert told["banner"] == (True, "hi\\x0a")
    assert told["env"][0] and "A=1" in told["env"][1]


def test_stages_come_in_their_order(site):
    text = run("explain", "-f", site, "echo").stdout
    stages = re.findall(r"^ +stage ([a-z]+)", text, re.M)
    assert stages == ["limits", "nice", "descriptors", "files", "signals", "session",
                      "bounding", "user", "capabilities", "orphans", "dir", "program"]
    titles = ["A client connects", "No PROXY header", "Whoever it is may come in",
              "Nobody is spared", "It is counted under its source", "Nothing is held against",
              "There is room for it", "It may come as often", "No program is asked",
              "If it is refused", "No process is waiting", "Unless one is waiting",
              "It runs until", "After it has ended"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_all_services_are_told_when_none_is_named(site):
    text = run("explain", "-f", site).stdout
    assert re.findall(r"^(\w+)$", text, re.M) == ["echo", "words", "gate"]
    assert text.count("differs from the default") == 3


def test_of_a_command_line():
    done = run("explain", "--max", "3", "127.0.0.1:7", "--", "@echo")
    assert done.returncode == 0
    assert done.stdout.startswith("echo\n  listens on 127.0.0.1:7\n")
    assert values(done.stdout)["max"] == (True, "3")


def test_of_a_server_that_runs(prong):
    server = prong("--max", "7", "--name", "night")
    for words in (("--instance", server.pid), ("--instance", server.pid, "night")):
        done = run("explain", *words)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"night\n  listens on {server.addresses[0]}\n")
        assert "  each client gets a process of @echo\n" in done.stdout
        assert values(done.stdout)["max"] == (True, "7")


def test_of_a_server_whose_control_socket_is_elsewhere(prong, tmp_path):
    prong("--control", tmp_path / "here", "--name", "night")
    done = run("explain", "--control", tmp_path / "here")
    assert done.returncode == 0 and done.stdout.startswith("night\n")
    done = run("explain", "--control", tmp_path / "here", "day")
    assert done.returncode == 1 and "there is no service 'day'" in done.stderr


def test_what_another_users_server_says_cannot_move_the_cursor(tmp_path):
    """Root asks all of them."""
    services = b'{"instance":"x","pid":1}\n{"service":"a"}\n{"done":true}\n'
    settings = (b'{"setting":"listen","value":"\\u001b[2J"}\n'
                b'{"setting":"program","value":"\\u009b"}\n'
                b'{"setting":"user","value":"\\u001b[2J"}\n{"done":true}\n')
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other"))
        other.listen()

        def answer():
            one, _ = other.accept()
            with one:
                while (request := one.recv(100)):
                    one.sendall(services if request.startswith(b"status") else settings)

        thread = threading.Thread(target=answer)
        thread.start()
        done = run("explain", "--control", tmp_path / "other")
        thread.join(ALARM)
    assert done.returncode == 0 and "stage user" in done.stdout
    assert "\033" not in done.stdout and "\x9b" not in done.stdout


def test_after_a_reload_the_new_values_are_told(prong, site):
    server = prong("-f", site, listen=(), program=())
    assert values(run("explain", "--instance", server.pid, "echo").stdout)["max"] == (True, "7")
    site.write_text(SITE.replace("max: 7", "max: 9"))
    assert run("reload", "--control", path_of(server.pid)).returncode == 0
    assert values(run("explain", "--instance", server.pid, "echo").stdout)["max"] == (True, "9")
    assert values(run("explain", "-f", site, "echo").stdout)["max"] == (True, "9")


def test_a_service_that_is_not_there(prong, site):
    done = run("explain", "-f", site, "nobody")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "prong explain: there is no service 'nobody' in it, only echo, words, gate\n"
    server = prong()
    done = run("explain", "--instance", server.pid, "nobody")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "prong explain: there is no service 'nobody', only echo\n"


def test_a_server_that_is_not_there():
    done = run("explain", "--instance", "no-such-server")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("prong explain: ")


def test_mistakes_are_told_like_everywhere(site):
    site.write_text("services: { a: { listen: 80000, program: '@echo' } }\n")
    done = run("explain", "-f", "site.yaml", cwd=site.parent)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("site.yaml:1:26: listen: ")
    done = run("explain", "--max", "0", "127.0.0.1:0")
    assert done.returncode == 2 and done.stderr.startswith("prong: --max: ")


def test_a_value_cannot_move_the_cursor():
    done = run("explain", "--refuse-text", "\\e[2J", "--env", "A=\033[2J", "127.0.0.1:0")
    assert done.returncode == 0 and "\033" not in done.stdout


def test_help():
    done = run("explain", "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("prong explain [--instance NAME|PID] [SERVICE]")


def test_what_waits_is_told_of_a_command_line():
    text = run("explain", "--start", "warm", "127.0.0.1:7", "--", "cat").stdout
    assert "  A process may be waiting for it already\n    the program runs already" in text
    assert "the built-in waits" in run("explain", "--start", "clone", "127.0.0.1:7").stdout
    assert "the program runs" not in run("explain", "127.0.0.1:7", "--", "cat").stdout


def test_what_waits_is_told_of_a_server_that_runs(prong):
    server = prong("--start", "warm", "--name", "night", program=["cat"])
    for words in ((), ("night",)):
        text = run("explain", "--control", path_of(server.pid), *words).stdout
        assert re.search(r"already\n    now: warm.*\n    so far: 0 clients met one, ", text)


# What landlock_create_ruleset(2) answers; options; whom it could trace, and by what.
TRACES = [
    ("error=ENOSYS", (), "all of its user, by /proc alone", "scope: missing"),
    ("retval=1", (), "all of its user, by /proc alone", "scope: missing"),
    ("retval=2:when=1", (), "none: the call is forbidden", "syscalls"),
    ("retval=2:when=1", ("--syscalls", "none"), "those of its session", "scope"),
    ("error=ENOSYS", ("--syscalls", "@default,ptrace"), "all of its user", "scope: missing"),
]


@pytest.mark.parametrize("answer, options, now, by", TRACES)
def test_none_is_traced_only_where_proc_is_no_way_around(
        tracer, tmp_path, answer, options, now, by):
    faults = ["-e", "trace=landlock_create_ruleset",
              "-e", f"inject=landlock_create_ruleset:{answer}"]
    done = run("-D", "-qq", "-f", "-o", tmp_path / "strace", *faults, PRONG, "explain",
               "--isolation", "basic", *options, "127.0.0.1:0", "--", "/bin/cat",
               binary="strace", env=strace.environment())
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^ +trace +{re.escape(now)} +{re.escape(by)}$", done.stdout, re.M), (
        done.stdout)


def test_what_a_preset_puts_in_the_place_of_a_setting_is_told():
    words = ("explain", "--isolation", "strict", "--file-size", "2M", "127.0.0.1:0", "--",
             "/bin/cat")
    text = run(*words).stdout
    plus = {name: value for name, (_, value) in values(text).items()
            if f"\n    + {name} " in text}
    expected = {"capabilities": "none", "syscalls": "@default", "core": "0", "files": "1024",
                "limit": "data=1G"}
    if os.geteuid() == 0:
        expected["user"] = "nobody"
    if kernel.ABI >= kernel.MEASURES["files"]:
        expected["read"] = expected["execute"] = "@system"
    assert {name: plus.get(name) for name in expected} == expected, plus
    assert values(text)["file-size"] == (True, "2M")
    none = run("explain", "127.0.0.1:0", "--", "/bin/cat").stdout
    assert "\n    + " not in none
