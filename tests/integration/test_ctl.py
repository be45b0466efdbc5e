"""The commands that look at and steer servers: prong ps, status, kill, ..."""
import json
import os
import re
import subprocess
import threading

import pytest

from harness import ALARM, procs
from harness.control import path_of
from harness.server import PRONG, run


def ctl(server, *words):
    """A command about that server alone; other tests run theirs at the same time."""
    return run(words[0], "--control", path_of(server.pid), *words[1:])


def test_ps_shows_live_sessions(prong, puppet):
    server = prong("--name", "night", program=[puppet])
    client = server.connect()
    client.ask("say hello")
    begin = server.begin(client)
    done = ctl(server, "ps")
    assert done.returncode == 0 and done.stderr == ""
    head, row = done.stdout.splitlines()
    assert head.split() == "ID SERVICE SOURCE PID AGE IN OUT CPU MEM STATE".split()
    cells = row.split()
    assert cells[:4] == [begin["id"], "night", client.name, str(begin["pid"])]
    assert cells[5:7] == ["10", "8"] and cells[-1] == "running"
    assert re.fullmatch(r"[\d.]+[KM]", cells[8])


def test_ps_for_programs(prong, puppet):
    server = prong("--name", "night", program=[puppet])
    client = server.connect()
    client.ask("say hello")
    (session,) = json.loads(ctl(server, "ps", "--json").stdout)
    assert session["instance"] == "night" and session["instance_pid"] == server.pid
    assert session["source"] == client.name and session["memory_kb"] > 0
    assert json.loads(ctl(server, "ps", "--json", "night").stdout) != []
    wrong = ctl(server, "ps", "day")
    assert wrong.returncode == 1 and "there is no service 'day'" in wrong.stderr


def test_ps_without_a_session_is_a_heading(prong):
    server = prong()
    assert ctl(server, "ps").stdout.startswith("ID ")
    assert json.loads(ctl(server, "ps", "--json").stdout) == []


def test_a_name_from_outside_cannot_move_the_cursor(prong, tmp_path):
    """The client's own path is what its source is called."""
    import socket

    server = prong(listen=[f"unix:{tmp_path}/s"])
    one = socket.socket(socket.AF_UNIX)
    one.bind(f"{tmp_path}/\x1b[2Jx")
    one.connect(f"{tmp_path}/s")
    server.wait_event("session-begin")
    done = ctl(server, "ps")
    one.close()
    assert "\x1b" not in done.stdout and done.returncode == 0


def test_status_and_stats(prong):
    server = prong("--max", "7", "--name", "night")
    client = server.connect()
    client.exchange(b"x")
    server.end(client)
    text = ctl(server, "status").stdout
    assert f"night: pid {server.pid}, version " in text
    assert re.search(rf"^night +listening +0 +7 +1 +1 +0 +0 +@echo +{server.addresses[0]}$", text, re.M)
    (whole,) = json.loads(ctl(server, "status", "--json").stdout)
    assert whole["pid"] == server.pid and whole["services"][0]["service"] == "night"
    assert "accepted 1  refused 0  ended 1  failed 0" in ctl(server, "stats").stdout
    (numbers,) = json.loads(ctl(server, "stats", "--json").stdout)
    assert numbers["ended"] == 1 and numbers["services"][0]["max"] == 7


def test_status_tells_what_is_started_ahead_and_what_is_there_instead(prong):
    server = prong("--start", "warm", "--name", "night", program=["cat"])
    assert re.search(r"^  started ahead: warm\b", ctl(server, "status").stdout, re.M)
    (whole,) = json.loads(ctl(server, "status", "--json").stdout)
    service = whole["services"][0]
    assert service["spares_asked"] == "warm" and service["spares_hits"] == 0
    assert "spares_in_force" in service and "spares_wanted" in service
    (numbers,) = json.loads(ctl(server, "stats", "--json").stdout)
    assert "spares_misses" in numbers["services"][0]


def test_status_has_no_such_line_of_a_service_that_starts_nobody_ahead(prong):
    server = prong()
    assert "started ahead" not in ctl(server, "status").stdout
    assert "spares" not in ctl(server, "status", "--json").stdout


def test_kill(prong, puppet):
    server = prong("--name", "night", program=[puppet])
    client = server.connect()
    client.ask("say in")
    assert ctl(server, "kill", server.begin(client)["id"]).stdout == "night: 1 session told to end\n"
    assert server.end(client)["signal"] == "TERM"
    client = server.connect()
    client.ask("say in")
    assert ctl(server, "kill", "--now", "127.0.0.0/8").returncode == 0
    assert server.end(client)["signal"] == "KILL"
    nobody = ctl(server, "kill", "192.0.2.7")
    assert nobody.returncode == 1
    assert nobody.stderr == "prong kill: no live session is meant by '192.0.2.7'\n"
    assert "is not a session's id" in ctl(server, "kill", "sdf/").stderr
    assert "127.0.0.0/8 would be right" in ctl(server, "kill", "127.0.0.1/8").stderr


def test_kill_of_a_user(prong, puppet, tmp_path):
    server = prong(listen=[f"unix:{tmp_path}/socket"], program=[puppet])
    client = server.connect()
    client.ask("say in")
    assert ctl(server, "kill", f"uid:{os.getuid() + 1}").returncode == 1
    assert ctl(server, "kill", f"uid:{os.getuid()}").returncode == 0
    assert server.wait_event("session-end")["signal"] == "TERM"


def test_kill_with_a_grace_of_its_own(prong, puppet):
    server = prong("--term-grace", "1h", program=[puppet])
    client = server.connect()
    client.ask("ignore-term")
    assert ctl(server, "kill", "all", "--grace", "10ms").returncode == 0
    assert server.end(client)["signal"] == "KILL"


def test_pause_and_resume(prong):
    server = prong("--name", "night")
    assert ctl(server, "pause").stdout == "night: all services paused\n"
    waiting = server.connect()
    assert " held " in ctl(server, "status").stdout
    assert ctl(server, "resume", "night").stdout == "night: night resumed\n"
    assert waiting.exchange(b"x") == b"x"
    assert ctl(server, "pause", "night", "--for", "50ms").stdout == "night: night paused for 50ms\n"
    assert server.connect().exchange(b"x") == b"x"


def test_drain_waits_for_the_end(prong, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("say in")
    done = []
    waiter = threading.Thread(target=lambda: done.append(ctl(server, "drain", "--wait")))
    waiter.start()
    server.wait_event("draining")
    assert not done
    client.command("exit 0")
    waiter.join(ALARM)
    assert done[0].returncode == 0 and done[0].stdout.endswith(": stopped\n")
    assert server.wait() == 0


def test_drain_now(prong, puppet):
    server = prong(program=[puppet])
    server.connect().ask("say in")
    assert "1 session told to end" in ctl(server, "drain", "--now").stdout
    assert server.wait() == 0


# ---- which server


# Another test run has servers of its own.
ONE, TWO = f"one-of-{os.getpid()}", f"two-of-{os.getpid()}"


@pytest.fixture
def two(prong, puppet):
    servers = [prong("--name", name, program=[puppet]) for name in (ONE, TWO)]
    for server in servers:
        server.connect().ask("say in")
    return servers


def test_all_are_shown_when_none_is_chosen(two):
    done = run("ps")
    assert done.stdout.split()[0] == "INSTANCE"
    assert f"\n{ONE} " in done.stdout and f"\n{TWO} " in done.stdout
    pids = {session["instance_pid"] for session in json.loads(run("ps", "--json").stdout)}
    assert pids >= {server.pid for server in two}


def test_one_is_chosen_by_its_name_or_pid(two):
    for word in (TWO, two[1].pid):
        done = run("ps", "--instance", word)
        assert done.stdout.startswith("ID ") and len(done.stdout.splitlines()) == 2


def test_what_acts_needs_to_know_on_which(two):
    done = run("kill", "all")
    assert done.returncode == 1 and done.stdout == ""
    assert "servers are meant; say which one: --instance NAME or PID" in done.stderr
    assert f"{two[0].pid} {ONE} " in done.stderr
    assert run("kill", "all", "--instance", ONE).returncode == 0
    assert run("ps", "--instance", TWO).stdout.count("running") == 1


def test_none_of_that_name(two):
    done = run("status", "--instance", "nobody")
    assert done.returncode == 1
    assert "no server that answers here is called 'nobody' or has that pid" in done.stderr
    assert TWO in done.stderr


def test_no_server_at_all(tmp_path):
    """Seen by a user who has none."""
    env = dict(os.environ, XDG_RUNTIME_DIR=str(tmp_path))
    words = [PRONG, "ps", "--instance", "surely-nobody"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=ALARM, check=False)
    assert done.returncode == 1
    done = run("ps", "--control", tmp_path / "nothing")
    assert done.returncode == 1 and "no server has its control socket there" in done.stderr


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(tmp_path):
    import socket

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        done = run("ps", "--control", tmp_path / "silent")
    assert done.returncode == 1 and "the server does not answer" in done.stderr


@pytest.mark.parametrize("said", [b"hello\n", b"[1]\n", b"\xff\n", b"{\n", b'{"a":1}\n', b""])
def test_one_that_speaks_another_language_is_an_error(tmp_path, said):
    import socket

    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other"))
        other.listen()

        def answer():
            one, _ = other.accept()
            one.recv(100)
            one.sendall(said)
            one.close()

        thread = threading.Thread(target=answer)
        thread.start()
        done = run("status", "--control", tmp_path / "other")
        thread.join(ALARM)
    assert done.returncode == 1 and done.stderr.startswith("prong status: ")


# ---- usage


@pytest.mark.parametrize("name", "ps top status stats why penalties kill pause resume drain reload upgrade".split())
def test_help_of_each(name):
    for word in ("--help", "-h"):
        done = run(name, word)
        assert done.returncode == 0 and done.stdout.startswith(f"prong {name}: ")


@pytest.mark.parametrize("words", [["kill", "all", "--grace", "x"], ["drain", "--timeout", "x"],
                                   ["pause", "--for", "x"]])
def test_a_wrong_time_is_named_with_its_option(words):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr == (f"prong {words[0]}: {words[-2]}: 'x' is not a time, such as 500ms, 5s, "
                           "2m or 1h\n")


@pytest.mark.parametrize("words", [["kill"], ["ps", "--wrong"], ["ps", "a", "b"], ["kill", "a", "--grace", "x"]])
def test_mistakes_are_usage(words):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith(f"prong {words[0]}: ")


def test_output_that_nobody_takes_is_a_failure(prong):
    server = prong()
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [PRONG, "ps", "--control", path_of(server.pid)], stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=ALARM, check=False,
        )
    assert done.returncode == 1 and "No space left on device" in done.stderr


def test_the_server_is_untouched_by_all_of_this(prong, tmp_path):
    where = tmp_path / "control"  # where nobody else looks for servers
    server = prong("--control", where)
    before = procs.fds(server.pid)
    for _ in range(20):
        assert run("ps", "--control", where).returncode == 0
    server.check_idle()
    assert len(procs.fds(server.pid)) == len(before)


def test_a_folder_given_as_a_dot_is_called_what_it_is_called(prong, tmp_path):
    (tmp_path / "shop.d").mkdir()
    (tmp_path / "shop.d" / "a.yaml").write_text(
        "services: { a: { listen: '127.0.0.1:0', program: '@echo' } }\n")
    server = prong("-f", ".", listen=[], program=[], cwd=tmp_path / "shop.d")
    done = run("status", "--instance", server.pid, "--json")
    assert json.loads(done.stdout)[0]["instance"] == "shop", done.stderr
