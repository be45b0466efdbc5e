"""prong check: every mistake at its place, what the machine lacks, and what it would take."""
import os
import re
import socket
import textwrap

import pytest

from harness.server import PRONG, run
from harness.targets import unused_port


@pytest.fixture
def write(tmp_path):
    """write(text, name=): a configuration in the folder in which check() runs."""
    tmp_path.chmod(0o755)

    def write(text, name="site.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.fixture
def check(tmp_path):
    """check(words): so that messages name files as they were given."""
    return lambda *words: run("check", *words, cwd=tmp_path)


NEEDS = re.compile(r"""
    (?P<services>\d+)\ services?\ can\ be\ served;\ at\ most\ (?P<sessions>\d+)\ sessions?\ at\ once\ take\n
    \ \ descriptors\ +(?P<files>\d+)\ of\ \d+.*\n
    \ \ processes\ +\d+(\ of\ \d+.*)?\n
    \ \ memory\ +[\d.]+\ \w?B\ for\ prong\ itself.*\n""", re.X)


def test_what_it_takes_is_printed(write, check):
    write("""\
        defaults: { max: 10 }
        services:
          a: { listen: "127.0.0.1:0", program: ["@echo"] }
          b: { listen: "127.0.0.1:0", program: ["@hello"], max: 5 }
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 0
    found = NEEDS.fullmatch(done.stdout)
    assert found, done.stdout
    assert found["services"] == "2" and found["sessions"] == "15"
    assert 15 < int(found["files"]) < 200


def test_a_command_line_is_checked_like_a_file(check):
    done = check("--max", "3", "127.0.0.1:0", "--", "cat")
    assert done.returncode == 0 and "at most 3 sessions at once" in done.stdout
    wrong = check("--max", "0", "--nice", "99", "127.0.0.1:0")
    assert wrong.returncode == 2 and wrong.stdout == ""
    assert "--max: '0' is not" in wrong.stderr and "--nice: '99' is not" in wrong.stderr
    lacks = check("127.0.0.1:0", "--", "/no/such/program")
    assert lacks.returncode == 1
    assert lacks.stderr == "prong: program: '/no/such/program' does not exist\n"


def test_all_mistakes_are_told_at_once_with_line_and_column(write, check):
    write("""\
        defaults:
          max-per-sorce: 8
        services:
          git:
            listen: 127.0.0.1:0
            program: [cat]
            idle-timeout: 5min
          echo:
            listen: 127.0.0.1:70007
            program: "@echo"
            unbuffer: perhaps
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 2 and done.stdout == ""
    assert re.findall(r"^site\.yaml:(\d+):(\d+): (\S+)", done.stderr, re.M) == [
        ("2", "3", "max-per-sorce"), ("7", "19", "idle-timeout:"),
        ("9", "13", "listen:"), ("11", "15", "unbuffer:"),
    ]
    assert "did you mean max-per-source?" in done.stderr
    assert "    idle-timeout: 5min\n" + " " * 22 + "^~~~\n" in done.stderr


def test_what_only_the_machine_can_refuse_has_its_place_too(write, check):
    write("""\
        services:
          a:
            listen: 127.0.0.1:0
            program: [/no/such/program]
            dir: /no/such/folder
          b:
            listen: 127.0.0.1:0
            program: ["@echo"]
            user: no-such-user
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 1 and done.stdout == ""
    for line in ("site.yaml:4:15: a: program: '/no/such/program' does not exist",
                 "site.yaml:9:11: b: user: 'no-such-user' is not a user of this machine"):
        assert line in done.stderr.splitlines(), done.stderr


def test_addresses_that_cannot_be_had(write, check):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write(f"""\
            services:
              a:
                listen: [127.0.0.1:0, 127.0.0.1:{port}, 192.0.2.1:7]
                program: ["@echo"]
            """)
        done = check("-f", "site.yaml")
    assert done.returncode == 1 and done.stdout == ""
    first, second = re.findall(r"^site\.yaml:.*$", done.stderr, re.M)
    assert first.startswith(f"site.yaml:3:27: listen: cannot listen on 127.0.0.1:{port}: ")
    assert f"in use by " in first and f"(pid {os.getpid()})" in first
    assert "192.0.2.1:7" in second and "no interface of this machine has that address" in second


def test_an_address_that_prong_holds_is_a_note(prong, write, check):
    server = prong()
    write(f"""\
        services:
          one: {{ listen: "{server.addresses[0]}", program: ["@echo"] }}
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 0
    assert re.fullmatch(
        rf"note: listen: cannot listen on {server.addresses[0]}: Address already in use by "
        rf"prong \(pid {server.pid}\), which a reload takes over\n", done.stderr)
    assert done.stdout.startswith("1 service can be served")
    assert server.connect().exchange(b"x") == b"x"


def test_sockets_that_nobody_handed_over_are_told_at_their_place(write, tmp_path):
    write("""\
        services:
          one: { listen: ["127.0.0.1:0", "systemd:web"], program: ["@echo"] }
          all: { listen: systemd, program: ["@echo"] }
        """)
    done = run("-f", "site.yaml", cwd=tmp_path)
    why = "no sockets were handed over: LISTEN_PID and LISTEN_FDS are not both set"
    assert done.returncode == 2
    assert re.findall("^site.*$", done.stderr, re.M) == [
        f"site.yaml:2:34: listen: systemd:web: {why}",
        f"site.yaml:3:18: listen: systemd: {why}"], done.stderr
    assert done.stderr.count("    start prong from a systemd .socket unit") == 2


def test_two_addresses_of_one_configuration_that_shut_each_other_out(write, check):
    port = unused_port()
    write(f"""\
        services:
          one: {{ listen: "127.0.0.1:{port}", program: ["@echo"] }}
          all: {{ listen: "0.0.0.0:{port}", program: ["@echo"] }}
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 1 and done.stdout == "", done.stderr
    assert done.stderr.startswith(
        f"site.yaml:3:18: all: listen: cannot listen on 0.0.0.0:{port}: "
        "Address already in use by another address of this process\n")


def test_a_note_does_not_hide_a_mistake(prong, write, check):
    server = prong()
    write(f"""\
        services:
          one: {{ listen: ["{server.addresses[0]}", "192.0.2.1:7"], program: ["@echo"] }}
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("note: ") and "site.yaml:2:" in done.stderr


def test_nothing_is_left(write, check, tmp_path):
    write(f"""\
        services:
          path: {{ listen: "unix:{tmp_path}/s", program: ["@echo"] }}
        """)
    assert check("-f", "site.yaml").returncode == 0
    assert os.listdir(tmp_path) == ["site.yaml"]


def test_more_than_there_are_descriptors_for_is_a_warning(write, check):
    write("""\
        services:
          many: { listen: "127.0.0.1:0", program: ["@echo"], max: 1000000 }
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 0
    assert done.stderr.startswith("warning: many: max: 1000000 at once would need ")
    assert "too few, the rest of the clients would wait" in done.stdout


def test_the_warning_and_the_table_reckon_alike(write, tmp_path):
    """What is kept for the log, listeners and a host's own files is in both."""
    write("""\
        services:
          some: { listen: "127.0.0.1:0", program: ["@echo"], max: 100 }
        """)
    done = run("--nofile=340", "--", PRONG, "check", "-f", "site.yaml", binary="prlimit",
               cwd=tmp_path)
    told = re.search(r"would need (\d+) descriptors", done.stderr)
    needed = re.search(r"descriptors +(\d+) of 340: too few", done.stdout)
    assert told and needed and 0 <= int(needed[1]) - int(told[1]) <= 1, done.stderr


def test_a_file_that_everybody_may_write_is_a_warning(write, check):
    write("services: { a: { listen: '127.0.0.1:0', program: '@echo' } }\n").chmod(0o666)
    done = check("-f", "site.yaml")
    assert done.returncode == 0
    assert done.stderr == "site.yaml: warning: everybody may write this file (chmod o-w)\n"


def test_two_files_of_a_directory_cannot_have_the_same_service(write, check):
    write("services: { a: { listen: 1, program: '@echo' } }\n", "site/1.yaml")
    write("services: { a: { listen: 2, program: '@echo' } }\n", "site/2.yml")
    write("this is not read\n", "site/README")
    done = check("-f", "site")
    assert done.returncode == 2
    assert re.findall(r"^(\S+:\d+:\d+): (.*)$", done.stderr, re.M) == [
        ("site/2.yml:1:13", "the service a exists already"), ("site/1.yaml:1:13", "a is here"),
    ]


@pytest.mark.parametrize("words, said", [
    (("-f", "nowhere"), "nowhere: does not exist"),
    (("-f", "."), "no *.yaml or *.yml is in it"),
    (("-f",), "the value is missing"),
    (("-f", "site.yaml", "--max", "3"), "settings on the command line as well"),
    (("-f", "site.yaml", "9999"), "addresses on the command line as well"),
    (("-f", "site.yaml", "--", "cat"), "a program on the command line as well"),
])
def test_what_cannot_be_checked_is_usage(check, words, said):
    done = check(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr


def test_help(check):
    done = check("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("prong check -f FILE|DIR\n") and "Exit status: 0" in done.stdout


def test_a_socket_of_a_service_manager_is_taken_for_granted(tmp_path):
    path = tmp_path / "served.yaml"
    path.write_text("services:\n  m: { listen: systemd:x, program: cat }\n")
    done = run("check", "-f", path)
    assert done.returncode == 0
    assert "note: systemd:x: no socket is handed over here" in done.stderr
    done = run("explain", "-f", path)
    assert done.returncode == 0 and "listens on systemd:x" in done.stdout


def test_what_contradicts_is_told_at_its_place_with_what_would_help(write, check, tmp_path):
    (tmp_path / "foes").write_text("# ours\n203.0.113.0/24\n")
    write(f"""\
        services:
          gate:
            listen: "127.0.0.1:0"
            program: ["@echo"]
            max: 8
            reserve: 8
            early-drop: 8:30:9
            penalty: [exit:5s, proxy:5s, exit=1:9s]
            penalty-min: 1h
            deny: [{tmp_path}/foes, 198.51.100.0/24]
            exempt: ["::1", 198.51.100.7, 203.0.113.7]
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 2 and done.stdout == ""
    places = [line.partition(" ")[::2] for line in done.stderr.splitlines()
              if line.startswith("site.yaml:")]
    assert [place for place, _ in places] == [
        "site.yaml:6:14:", "site.yaml:7:17:", "site.yaml:9:18:", "site.yaml:8:24:",
        "site.yaml:8:34:", "site.yaml:11:21:", "site.yaml:11:35:"]
    assert [message.partition(":")[0] for _, message in places] == [
        "reserve", "early-drop", "penalty-min", "penalty", "penalty", "exempt", "exempt"]
    assert places[3][1].startswith("penalty: 'proxy:5s' never counts: no PROXY header is awaited")
    assert f"and deny 203.0.113.0/24 of {tmp_path}/foes:2 keeps all of it out" in places[6][1]
    assert ("        penalty: [exit:5s, proxy:5s, exit=1:9s]\n"
            "                                     ^~~~~~~~~\n") in done.stderr


def test_a_user_is_only_known_of_a_unix_sockets_client(check, tmp_path):
    done = check("--allow-uid", "root", "127.0.0.1:0")
    assert done.returncode == 2
    assert done.stderr == ("prong: allow-uid: only of a Unix socket's client is the user known, and "
                           "this service listens on none; add unix:/PATH, or leave it out\n")
    assert check("--allow-uid", "root", "127.0.0.1:0", f"unix:{tmp_path}/s").returncode == 0


def test_what_is_wrong_with_a_service_is_said_once_whatever_its_rules(check):
    done = check("--user", "nosuch", "--policy", "nowhere", "--allow", "::1 nice=3", "127.0.0.1:0")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "prong: user: 'nosuch' is not a user of this machine"
    assert lines[1].startswith("prong: policy: 'nowhere' is in none of the directories of PATH")
    assert len(lines) == 2
