"""policy: a program has the last word about each client."""
import os
import re
import signal
import time

import pytest

from harness import ALARM, procs
from harness.entrance import (
    TEXT, enter, leave, refused, said_in, states, turned_away, wait_state)
from harness.server import run


def asks(script, *arguments):
    """The options for a policy in shell."""
    words = ["sh", "-c", script, "policy", *map(str, arguments)]
    return [word for each in words for word in ("--policy", each)]


@pytest.fixture
def asking(prong, puppet):
    def start(script, *more, arguments=(), program=None, **kw):
        patience = () if "--policy-timeout" in more else ("--policy-timeout", "1m")
        server = prong(*asks(script, *arguments), *patience, *more, "--refuse-text", TEXT,
                       program=program or [puppet], **kw)
        server.expect("refused", "refused-more", "policy-failed", "session-end")
        return server
    return start


@pytest.fixture
def gate(tmp_path):
    """Policy programs wait until it is open for their client's address, and say how."""
    class Gate:
        path = tmp_path / "gate"

        def open(self, word="0", source="127.0.0.1"):
            (self.path / "new").write_text(str(word))
            (self.path / "new").rename(self.path / source)
    Gate.path.mkdir()
    return Gate()


WAITS = ('until test -s "$1/$TCPREMOTEIP"; do sleep 0.01; done; '
         'exit $(cat "$1/$TCPREMOTEIP")')


# ---- the answer


def test_0_lets_in_and_1_turns_away(asking):
    server = asking('test "$TCPREMOTEIP" != 127.0.0.2')
    enter(server, "127.0.0.3")
    told, event = turned_away(server, "127.0.0.2", "policy")
    assert event["why"] == "the policy program says no"
    enter(server, "127.0.0.4")


def test_what_it_says_is_told_with_its_no(asking):
    server = asking("echo not on a Sunday; echo and more; exit 1")
    assert turned_away(server)[1]["why"] == "the policy program says no: not on a Sunday"
    server = asking("echo not on a Monday >&2; exit 1")
    assert turned_away(server)[1]["why"] == "the policy program says no: not on a Monday"


def test_what_it_says_is_for_the_client_where_the_text_has_a_place_for_it(prong, puppet):
    server = prong(*asks('test "$TCPREMOTEIP" = 127.0.0.4 || { echo call Ms. X; exit 1; }'),
                   "--refuse-text", "no: {said} {said}\\n", "--deny", "127.0.0.3",
                   program=[puppet])
    server.expect("refused")
    assert server.connect(source="127.0.0.2").read_all() == b"no: call Ms. X call Ms. X\n"
    assert server.connect(source="127.0.0.3").read_all() == b"no:  \n"
    enter(server, "127.0.0.4")


def test_what_it_says_cannot_forge_a_log_line(asking):
    server = asking(r"printf '\033[2J\001\377 \303\244 \t{reason}\r\nand more\n'; exit 1",
                    log="text")
    assert server.connect().is_ended()
    line = server.journal.wait_line(re.compile("the policy program says no.*")).group()
    assert not re.search(r"[\x00-\x1f\x7f]", line), line
    assert "ä" in line and not any("and more" in stray for stray in server.journal.stray)


def test_a_long_word_is_cut(asking):
    server = asking("head -c 5000 /dev/zero | tr '\\0' x; exit 1")
    why = turned_away(server)[1]["why"]
    assert 100 < len(why) < 300


FAILURES = [
    ("exit 2", "it exited with 2"), ("exit 255", "it exited with 255"),
    ("kill -SEGV $$", "it was killed by signal 11"), ("kill -9 $$", "it was killed by signal 9"),
    ("exec /no/such/program 2> /dev/null", "it exited with 127"),
]


@pytest.mark.parametrize("script, error", FAILURES)
def test_a_failure_refuses_unless_it_is_to_admit(asking, script, error):
    server = asking(script, "--core", "0")
    told, event = turned_away(server, reason="policy-failed")
    assert event["why"] == f"the policy program gave no answer: {error}"
    failed = server.wait_event("policy-failed")
    assert (failed["error"], failed["verdict"]) == (error, "refused")
    assert failed["id"] == told.id
    server = asking(script, "--policy-failed", "admit", "--core", "0")
    client = enter(server)
    failed = server.wait_event("policy-failed")
    assert failed["source"] == client.name and failed["verdict"] == "let in"


def test_what_it_said_is_told_with_its_failure(asking):
    server = asking("echo database is away >&2; exit 7")
    turned_away(server)
    assert server.wait_event("policy-failed")["said"] == "database is away"


@pytest.mark.parametrize("verdict", ["refuse", "admit"])
def test_one_that_takes_too_long_is_killed(asking, verdict):
    server = asking("trap '' TERM; echo thinking; sleep 100 & wait", "--policy-timeout", "5s",
                    "--policy-failed", verdict)
    client = server.connect()
    if verdict == "admit":
        said_in(client)
    else:
        assert refused(server, client)[0].reason == "policy-failed"
    failed = server.wait_event("policy-failed")
    assert failed["error"] == "it took too long (policy-timeout)"
    assert failed["said"] == "thinking"


@pytest.mark.parametrize("verdict", ["refuse", "admit"])
def test_one_that_is_not_there_any_more(prong, puppet, tmp_path, verdict):
    policy = tmp_path / "policy"
    policy.write_text("#!/bin/sh\n")
    policy.chmod(0o755)
    server = prong("--policy", policy, "--policy-failed", verdict, "--refuse-text", TEXT,
                   program=[puppet])
    server.expect("refused", "policy-failed")
    leave(server, enter(server))
    policy.unlink()
    if verdict == "admit":
        enter(server)
    else:
        turned_away(server, reason="policy-failed")
    assert server.wait_event("policy-failed")["error"] == (
        f"it could not be started: stage \"program\": '{policy}': No such file or directory; "
        "the file must exist and be executable for the user that it runs as")


def test_one_that_was_never_there_is_a_mistake(tmp_path):
    (tmp_path / "text").write_text("no program")
    for path, wrong in ((f"{tmp_path}/nothing", "does not exist"),
                        (f"{tmp_path}/text", "is not executable"), ("no-such-command", "no-such-command")):
        for command in (["check"], []):
            done = run(*command, "--policy", path, "127.0.0.1:0", "--", "@echo")
            assert done.returncode not in (0, None)
            assert wrong in done.stderr and path in done.stderr, done.stderr


def test_many_failures_are_told_of_by_a_count(asking):
    server = asking("exit 9")
    begun = time.monotonic()
    for _ in range(40):
        with server.connect() as client:
            assert client.read_line().startswith(b"policy-failed ")
    windows = 2 + (time.monotonic() - begun) // 10
    assert len(server.events("policy-failed")) <= 10 * windows, "10 in 10 s"


# ---- what it has


def test_it_has_the_environment_of_the_session_and_of_the_service(asking, tmp_path):
    server = asking('env > "$1/asked"', "--env", "COLOUR=red", arguments=[tmp_path])
    client = server.connect()
    session = client.environment()
    with open(tmp_path / "asked", encoding="utf-8") as file:
        asked = dict(line.rstrip("\n").split("=", 1) for line in file)
    for shell in ("PWD", "_", "SHLVL", "OLDPWD"):
        asked.pop(shell, None), session.pop(shell, None)
    assert asked == session
    assert asked["COLOUR"] == "red" and asked["TCPREMOTEPORT"] == str(client.port)


def test_it_has_the_environment_of_the_rule(prong, puppet):
    server = prong(*asks('test "$ROLE" = staff'), "--allow", "127.0.0.2 env=ROLE=staff",
                   "--allow", "all", "--refuse-text", TEXT, program=[puppet])
    server.expect("refused")
    enter(server, "127.0.0.2")
    turned_away(server, "127.0.0.3", "policy")


def test_it_reads_the_end_of_input_at_once(asking):
    server = asking("data=$(cat); test -z \"$data\"")
    client = server.connect()
    client.send("say these are not for it\n")
    assert client.read_line() == b"these are not for it"


def test_it_has_three_descriptors(asking, tmp_path):
    server = asking('exec ls -l /proc/self/fd > "$1/fds"', arguments=[tmp_path])
    enter(server)
    found = re.findall(r" (\d+) -> (\S+)", (tmp_path / "fds").read_text())
    targets = dict(found)
    assert {"0", "1", "2"} <= set(targets) <= {"0", "1", "2", "3"}  # 3: what ls reads
    assert targets["0"] == targets["2"] and targets["0"].startswith("socket:")
    assert targets["1"] == f"{tmp_path}/fds"
    client = server.fds().values()
    assert targets["0"] not in client, "no socket of the server, and not the client's"


def test_it_runs_as_the_programs_do(asking, root, open_folder, for_everybody, puppet):
    open_folder.chmod(0o777)
    server = asking('{ id -u; id -g; umask; pwd; ulimit -n; } > "$1/ids"', "--user", "nobody",
                    "--group", "daemon", "--umask", "011", "--dir", "/", "--files", "50",
                    arguments=[open_folder], program=[for_everybody(puppet)])
    enter(server)
    assert (open_folder / "ids").read_text().split() == ["65534", "1", "0011", "/", "50"]


def test_its_signals_are_the_usual_ones(asking, tmp_path):
    server = asking('exec grep Sig /proc/self/status > "$1/signals"', arguments=[tmp_path])
    enter(server)
    found = dict(line.split(":\t") for line in (tmp_path / "signals").read_text().splitlines())
    assert int(found["SigBlk"], 16) == int(found["SigIgn"], 16) == 0


def test_its_arguments_are_as_they_were_said(asking, tmp_path):
    server = asking('printf "%s\\n" "$@" > "$0.said" && mv "$0.said" "$1"', arguments=[
        tmp_path / "said", "a b", "", "$HOME", "*"], cwd=tmp_path)
    enter(server)
    assert (tmp_path / "said").read_text().splitlines()[1:] == ["a b", "", "$HOME", "*"]


# ---- what becomes of it, and of the client meanwhile


def test_what_it_leaves_behind_is_killed(asking, tmp_path):
    server = asking('sleep 1000 & echo $! > "$1/left"', arguments=[tmp_path])
    enter(server)
    procs.wait_gone(int((tmp_path / "left").read_text()))


def test_what_it_leaves_behind_is_killed_when_it_is_too_slow(asking, tmp_path):
    server = asking('sleep 1000 & echo $! > "$1/left"; wait', "--policy-timeout", "5s",
                    arguments=[tmp_path])
    turned_away(server, reason="policy-failed")
    procs.wait_gone(int((tmp_path / "left").read_text()))


def test_what_has_gone_into_a_session_of_its_own_does_not_hold_it_up(asking, tmp_path):
    server = asking('setsid sh -c \'echo $$ > "$0/left"; exec sleep 1000\' "$1" & '
                    'while ! test -s "$1/left"; do sleep 0.01; done; exit 0',
                    arguments=[tmp_path])
    enter(server)
    left = int((tmp_path / "left").read_text())
    os.kill(left, signal.SIGKILL)
    procs.wait_gone(left)


def test_bytes_that_come_before_the_answer_are_the_programs(asking, gate):
    server = asking(WAITS, arguments=[gate.path], program=["@echo"])
    with server.connect() as client:
        client.send(b"\0first\r\n" + bytes(range(256)))
        wait_state(server, client, "asking")
        client.half_close()
        gate.open()
        assert client.read_all() == b"\0first\r\n" + bytes(range(256))


def test_who_is_asked_about_has_a_place(asking, gate):
    server = asking(WAITS, "--max", "2", "--when-full", "refuse", "--max-per-source", "1",
                    arguments=[gate.path])
    first = server.connect(source="127.0.0.2")
    wait_state(server, first, "asking")
    turned_away(server, "127.0.0.2", "source-full")
    second = server.connect(source="127.0.0.3")
    wait_state(server, second, "asking")
    turned_away(server, "127.0.0.4", "service-full")
    gate.open(1, "127.0.0.2")
    assert refused(server, first)[0].reason == "policy"
    gate.open(0, "127.0.0.2")
    enter(server, "127.0.0.2")
    gate.open(0, "127.0.0.3")
    said_in(second)


def test_one_that_is_turned_away_makes_room_for_one_that_waits(asking, gate):
    server = asking(WAITS, "--max", "1", arguments=[gate.path])
    first, second = (server.connect(source=source) for source in ("127.0.0.2", "127.0.0.3"))
    wait_state(server, first, "asking")
    gate.open(1, "127.0.0.2")
    assert refused(server, first)[0].reason == "policy"
    gate.open(0, "127.0.0.3")
    said_in(second)


def test_its_no_gives_no_token_back(asking):
    server = asking("exit 1", "--rate", "2/h", "--rate-wait", "off")
    for _ in range(2):
        turned_away(server, reason="policy")
    turned_away(server, reason="rate")


def test_only_who_has_passed_everything_else_is_asked_about(asking, tmp_path):
    server = asking('echo x >> "$1/asked"', "--deny", "127.0.0.2", "--max-per-source", "1",
                    arguments=[tmp_path])
    enter(server)
    for source, reason in (("127.0.0.2", "denied"), ("127.0.0.1", "source-full")):
        turned_away(server, source, reason)
    assert (tmp_path / "asked").read_text() == "x\n"


def test_a_hundred_at_once(asking):
    server = asking("exit $((TCPREMOTEPORT % 2))", program=["@hello"])
    clients = [server.connect() for _ in range(100)]
    for client in clients:
        answer = client.read_all()
        assert answer.startswith(b"policy ") == bool(client.port % 2), answer
        client.close()
    server.settle()
    assert not server.children()


def test_one_slow_answer_holds_nobody_else_up(asking, gate):
    server = asking('test "$TCPREMOTEIP" = 127.0.0.9 || ' + WAITS, arguments=[gate.path])
    slow = server.connect()
    wait_state(server, slow, "asking")
    enter(server, "127.0.0.9")
    assert states(server)[slow.name] == "asking"
    gate.open()
    said_in(slow)


def test_a_client_that_leaves_meanwhile_costs_nothing_that_stays(asking, gate):
    server = asking(WAITS, arguments=[gate.path])
    gone = server.connect()
    wait_state(server, gone, "asking")
    gone.reset()
    gate.open()
    procs.wait_until(lambda: not states(server), "nobody is there", ALARM)
    enter(server)
