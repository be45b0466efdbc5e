"""penalty: which endings cost their source something, and which do not."""
import json
import os
import signal

import pytest

from harness import procs
from harness.control import Control, path_of
from harness.entrance import TEXT, enter, offend, refused, said_in, turned_away, wait_state
from harness.instance import Instance, config, service
from harness.server import run

AT_ONCE = ("--penalty-min", "off", "--refuse-text", TEXT)


@pytest.fixture
def strict(prong, puppet):
    """A server whose penalties act at once."""
    def start(*rules, more=(), program=(puppet,), **kw):
        words = [word for rule in rules for word in ("--penalty", rule)]
        server = prong(*words, *AT_ONCE, *more, program=program, **kw)
        server.expect("refused", "refused-more", "session-end")
        return server
    return start


def owing(server):
    """As the server has it; whoever comes has little time here."""
    return json.loads(run("penalties", "--json", "--control", path_of(server.pid)).stdout)


def is_shut_out(server, source=None):
    """By the client's own experience."""
    with server.connect(source=source) as client:
        client.command("say in")
        line = client.read_line()
    assert line == b"in" or line.startswith(b"penalty "), line
    return line != b"in"


EXIT = [
    ("exit", 0, True), ("exit", 255, True),
    ("exit=3", 3, True), ("exit=3", 4, False),
    ("exit=3-9", 3, True), ("exit=3-9", 9, True), ("exit=3-9", 2, False),
    ("exit=3-9", 10, False),
    ("exit!=0", 0, False), ("exit!=0", 1, True), ("exit!=0", 255, True),
    ("exit!=3-9", 5, False), ("exit!=3-9", 10, True),
    ("signal", 1, False), ("timeout", 1, False), ("no-byte", 1, False), ("any", 0, True),
]


@pytest.mark.parametrize("rule, status, costs", EXIT)
def test_exit_codes(strict, rule, status, costs):
    server = strict(f"{rule}:1m")
    offend(server, command=f"exit {status}")
    assert is_shut_out(server) == costs


SIGNALS = [
    ("signal", "SEGV", True), ("signal=SEGV", "SEGV", True), ("signal=SEGV", "ABRT", False),
    ("signal=SIGABRT", "ABRT", True), ("signal=9", "KILL", True),
    ("signal!=SEGV", "SEGV", False), ("signal!=SEGV", "TERM", True), ("exit", "SEGV", False),
    ("any", "SEGV", True),
]


@pytest.mark.parametrize("rule, name, costs", SIGNALS)
def test_signals(strict, rule, name, costs):
    server = strict(f"{rule}:1m", more=("--core", "0"))
    with server.connect() as client:
        client.ask("say in")
        os.kill(server.begin(client)["pid"], getattr(signal, f"SIG{name}"))
        assert client.is_ended()
        server.end(client)
    assert is_shut_out(server) == costs


LIMITS = {
    "session-timeout": lambda client: client.command("say in"),
    "idle-timeout": lambda client: client.command("say in"),
    "first-byte-timeout": lambda client: None,
    "eof-grace": lambda client: (client.ask("ignore-eof"), client.half_close()),
}


@pytest.mark.parametrize("rule", [*LIMITS, "timeout", "signal", "exit"])
@pytest.mark.parametrize("limit", LIMITS)
def test_time_limits(strict, limit, rule):
    """What we end for a limit is that, and not the signal that ended it."""
    server = strict(f"{rule}:1m", more=(f"--{limit}", "50ms"))
    client = server.connect()
    LIMITS[limit](client)
    assert client.is_ended()
    assert server.end(client)["cause"] == limit
    costs = rule in (limit, "timeout")
    assert bool(owing(server)) == costs
    if costs:
        assert server.wait_event("penalty")["offence"] == rule
    elif rule in LIMITS and rule != "eof-grace":
        assert "never counts: that time limit is off" in server.wait_event("warning")["text"]
        server.expect("warning")


def test_a_client_that_sends_no_byte(strict):
    server = strict("no-byte:1m", program=["sh", "-c", "echo hello; read line"])
    with server.connect(source="127.0.0.2") as client:
        client.half_close()
        assert client.read_all() == b"hello\n"
        server.end(client)
    with server.connect(source="127.0.0.3") as client:
        client.send("x\n")
        assert client.read_all() == b"hello\n"
        server.end(client)
    assert server.wait_event("penalty")["source"] == "127.0.0.2"
    turned_away(server, "127.0.0.2", "penalty")
    assert len(server.events("penalty")) == 1


def test_a_client_of_which_is_not_known_what_it_sent(strict, tmp_path):
    """On a Unix socket nobody counts bytes."""
    server = strict("no-byte:1m", listen=[f"unix:{tmp_path}/socket"])
    for _ in range(2):
        with server.connect() as client:
            client.half_close()
            assert client.is_ended()
    assert not server.events("penalty")


def test_one_whom_a_rule_denies(strict):
    server = strict("denied:1m", more=("--deny", "127.0.0.2"))
    turned_away(server, "127.0.0.2", "denied")
    assert server.wait_event("penalty")["offence"] == "denied"
    turned_away(server, "127.0.0.2", "denied")
    enter(server, "127.0.0.3")
    assert len(server.events("penalty")) == 1


def test_who_was_denied_owes_it_when_the_rule_is_gone(prong, tmp_path, puppet):
    def served(*words):
        return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', penalty_min="off",
                              penalty='["denied:1m"]', refuse_text=f'"{TEXT}"',
                              deny=f"[{', '.join(words)}]"))

    instance = Instance(prong, tmp_path, served("127.0.0.2"))
    instance.expect("refused")
    turned_away(instance, "127.0.0.2", "denied")
    instance.configure(served("127.0.0.3"))
    instance.reload()
    turned_away(instance, "127.0.0.2", "penalty")


def test_one_to_whom_the_policy_says_no(strict):
    server = strict("policy:1m", more=("--policy", "sh", "--policy", "-c", "--policy",
                                       'test "$TCPREMOTEIP" != 127.0.0.2'))
    turned_away(server, "127.0.0.2", "policy")
    assert server.wait_event("penalty")["offence"] == "policy"
    turned_away(server, "127.0.0.2", "penalty")
    enter(server, "127.0.0.3")


def test_a_policy_that_fails_costs_the_client_nothing(strict):
    server = strict("policy:1m", "any:1m", more=("--policy", "sh", "--policy", "-c",
                                                 "--policy", "exit 7"))
    server.expect("policy-failed")
    for _ in range(2):
        turned_away(server, reason="policy-failed")


@pytest.mark.parametrize("more, reason", [
    (("--max-per-source", "1"), "source-full"),
    (("--rate-per-source", "1/h", "--rate-wait", "off"), "source-rate"),
    (("--rate", "1/h", "--rate-wait", "off"), "rate"),
    (("--max", "1", "--when-full", "refuse"), "service-full"),
])
def test_what_is_refused_for_a_limit_costs_nothing(strict, more, reason):
    server = strict("any:1m", "denied:1m",
                    more=(*more, "--deny", "127.0.0.9"))
    enter(server)
    for _ in range(3):
        turned_away(server, reason=reason)
    assert not server.events("penalty")


def test_the_first_rule_that_fits_counts(strict):
    server = strict("exit=3:1m", "exit=4:0", "exit!=0:9m", "any:5m")
    for source, status, most in (("127.0.0.2", 3, 60), ("127.0.0.3", 5, 540),
                                 ("127.0.0.4", 0, 300)):
        offend(server, source, f"exit {status}")
        told, _ = turned_away(server, source, "penalty")
        assert most - 30 < told.seconds <= most
    offend(server, "127.0.0.5", "exit 4")
    enter(server, "127.0.0.5")


# ---- what costs nothing


ALL = ("any:1m",)


def test_a_drain_costs_nobody_anything(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(service(
        "one", "127.0.0.1:0", program=f'"{puppet}"', penalty='["any:1m"]', penalty_min="off",
        drain_timeout="10ms")))
    client = enter(instance)
    instance.send_signal(signal.SIGTERM)
    assert client.is_ended()
    instance.wait()
    assert instance.end(client)["cause"] == "drain" and not instance.events("penalty")


def test_one_that_is_killed_on_request_owes_nothing(strict):
    server = strict(*ALL)
    client = enter(server)
    id = server.begin(client)["id"]
    with Control(path_of(server.pid)) as control:
        assert control.ask(f"kill {id}")[1].get("done")
    assert client.is_ended()
    assert server.end(client)["cause"] == "kill"
    assert not is_shut_out(server)


def test_a_client_that_hangs_up_is_fitted_by_any_and_not_by_the_signal(strict):
    server = strict("signal:1m", "exit:1m", "any:1m", program=["sleep", "1000"])
    client = server.connect(source="127.0.0.2")
    server.begin(client)
    client.reset()
    assert server.end(client)["cause"] == "hangup"
    assert turned_away(server, "127.0.0.2")[1]["reason"] == "penalty"
    assert [event["offence"] for event in server.events("penalty")] == ["any"]


def test_a_program_that_cannot_be_started_is_not_the_clients_fault(strict, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nread line\n")
    program.chmod(0o755)
    server = strict("any:1m", "denied:1m", program=[str(program)],
                    more=("--deny", "127.0.0.9"))
    server.expect("spawn-failed")
    program.unlink()
    for _ in range(2):
        assert server.connect().read_line().startswith(b"failed ")
    assert not server.events("penalty")


def test_an_exempt_network_owes_nothing(strict):
    server = strict("exit=3:1m", "denied:1m", more=("--exempt", "127.0.1.0/24",
                                                    "--deny", "127.0.1.66"))
    offend(server, "127.0.1.7")
    enter(server, "127.0.1.7")
    for _ in range(2):
        turned_away(server, "127.0.1.66", "denied")
    assert not server.events("penalty")


def test_other_sources_pay_nothing(strict):
    server = strict("exit=3:1m")
    offend(server, "127.0.0.2")
    turned_away(server, "127.0.0.2", "penalty")
    enter(server, "127.0.0.3")


def test_those_that_are_there_stay_when_their_source_is_shut_out(strict):
    server = strict("exit=3:1m")
    inside = enter(server, "127.0.0.2")
    offend(server, "127.0.0.2")
    turned_away(server, "127.0.0.2", "penalty")
    said_in(inside)


def test_one_that_waits_for_its_turn_meets_what_its_source_has_done_meanwhile(strict):
    server = strict("exit=3:1m", more=("--rate", "1/6s", "--rate-wait", "10s"))
    inside = enter(server)
    late = server.connect()
    wait_state(server, late, "waiting")
    inside.command("exit 3")
    assert refused(server, late)[0].reason == "penalty"


@pytest.mark.parametrize("word, wrong", [
    ("exit=3", "has no time"), ("exit=256:1s", "names no exit codes"),
    ("exit=9-3:1s", "names no exit codes"), ("signal=NOPE:1s", "names no signal"),
    ("nothing:1s", "begins with none of"), ("exit:never", "does not end with a time"),
    ("timeout=3:1s", "has a value where"), ("exit!=0-255:1s", "names no exit codes"),
])
def test_a_rule_that_says_nothing_is_a_mistake(word, wrong):
    done = run("check", "--penalty", word, "127.0.0.1:0", "--", "@echo")
    assert done.returncode != 0
    assert f"'{word}' {wrong}" in done.stderr


def test_the_source_of_many_is_their_network(strict):
    server = strict("exit=3:1m", more=("--source-prefix", "24/64"))
    offend(server, "127.0.1.1")
    event = server.wait_event("penalty")
    assert event["source"] == "127.0.1.0/24"
    turned_away(server, "127.0.1.200", "penalty")
    enter(server, "127.0.2.1")


def test_a_user_of_a_unix_socket_is_shut_out(strict, tmp_path):
    server = strict("exit=3:1m", listen=[f"unix:{tmp_path}/socket"])
    client = server.connect()
    client.command("exit 3")
    assert client.is_ended()
    assert server.wait_event("penalty")["source"] == f"uid {os.geteuid()}"
    assert server.connect().read_line().startswith(b"penalty ")
    procs.wait_until(lambda: not server.children(), "no session is there")
