"""waited_ms: for how long a client was held back before its session began."""
import re

import pytest

from harness import procs, proxied, started
from harness.control import Control, path_of
from harness.entrance import TEXT, enter, leave, refused, said_in, turned_away
from harness.instance import Instance, config, service

SLOW = ("--policy", "sh", "--policy", "-c", "--policy", "sleep 0.3")


def rows(server):
    with Control(path_of(server.pid)) as control:
        return control.ask("ps")[0]


def seen_to_wait(server, state, name):
    """So many milliseconds it has waited at least, and enough to be told of."""
    def age():
        return max((row["age_ms"] for row in rows(server) if row["age_ms"] >= 50
                    and (row["source"], row["state"]) == (name, state)), default=None)
    return procs.wait_until(age, f"{name} waits")


def arrived_together(server, count):
    """Clients that are all there before the first of them is let in, in their order."""
    with server.stopped():
        return [server.connect() for _ in range(count)]


def test_a_turn(prong, puppet):
    """The third one comes while the second one waits, so its turn is a whole interval away."""
    server = prong("--rate", "1/2s", "--rate-wait", "1m", program=[puppet])
    first, second, third = arrived_together(server, 3)
    said_in(third)
    assert server.begin(third)["waited_ms"] >= 2000
    assert server.begin(second)["waited_ms"] >= 1
    assert "waited_ms" not in server.begin(first)


@pytest.mark.parametrize("start", started.MODES)
def test_an_answer(prong, start):
    server = prong("--start", start, *SLOW, program=["sh", "-c", "read line; echo $line"])
    if start != "fresh":
        started.wait_ready(server)
    assert started.ask(server) == "hello"
    begin = server.wait_event("session-begin")
    assert begin.get("start", "fresh") == start
    assert begin["waited_ms"] >= 300


@pytest.mark.parametrize("start", started.MODES)
def test_who_is_held_back_by_nothing_has_not_waited(prong, start):
    server = prong("--start", start, "--rate", "1000/s", "--max-per-source", "100",
                   "--allow", "127.0.0.0/8", program=["sh", "-c", "read line; echo $line"])
    for _ in range(10):
        assert started.ask(server) == "hello"
    procs.wait_until(lambda: len(server.events("session-begin")) == 10, "all are told of")
    assert not [event for event in server.events("session-begin") if "waited_ms" in event]


def test_a_header(prong, puppet):
    server = prong("--proxy-from", "127.0.0.1", "--proxy-timeout", "1m", program=[puppet])
    whole = proxied.connect(server, proxied.line(("192.0.2.8", 1)))
    assert whole.ask("say in") == "in"
    client = proxied.connect(server, proxied.line()[:9])
    waited = seen_to_wait(server, "arriving", client.name)
    client.send(proxied.line()[9:])
    assert client.ask("say in") == "in"
    assert proxied.begin(server)["waited_ms"] >= waited


def test_room(prong, puppet):
    server = prong("--rate", "1/2s", "--max", "2", program=[puppet])
    first, *late = arrived_together(server, 3)
    said_in(first)
    said_in(late[0])
    waited = seen_to_wait(server, "waiting", late[1].name)
    leave(server, first)
    said_in(late[1])
    assert server.begin(late[1])["waited_ms"] >= waited


@pytest.mark.parametrize("how", ["reload", "upgrade"])
def test_what_it_waited_before_another_set_counts(prong, tmp_path, puppet, how):
    gate = tmp_path / "gate"
    instance = Instance(prong, tmp_path, config(service(
        "one", "127.0.0.1:0", program=f'"{puppet}"', policy_timeout="10m",
        policy=f'[sh, -c, "until test -e {gate}; do sleep 0.02; done"]')))
    client = instance.connect()
    waited = seen_to_wait(instance, "asking", client.name)
    assert getattr(instance, how)()["event"].startswith(how)
    gate.touch()
    said_in(client)
    assert instance.begin(client)["waited_ms"] >= waited


def test_who_is_refused_after_a_while(prong, puppet):
    server = prong(*SLOW[:-1], "sleep 0.3; exit 1", "--deny", "127.0.0.2", "--refuse-text", TEXT,
                   program=[puppet])
    server.expect("refused")
    assert turned_away(server)[1]["waited_ms"] >= 300
    assert "waited_ms" not in turned_away(server, "127.0.0.2", "denied")[1]


def test_who_leaves_or_is_sent_away_while_it_waits(prong, puppet):
    server = prong("--rate", "1/m", "--rate-wait", "10m", "--refuse-text", TEXT, program=[puppet])
    server.expect("refused")
    inside = enter(server)
    gone, told = server.connect(), server.connect()
    waited = {client: seen_to_wait(server, "waiting", client.name) for client in (gone, told)}
    gone.reset()
    event = server.wait_event("refused", source=gone.name)
    assert event["reason"] == "gone" and event["waited_ms"] >= waited[gone]
    server.send_signal(15)
    _, event = refused(server, told)
    assert event["reason"] == "stopping" and event["waited_ms"] >= waited[told]
    leave(server, inside)
    assert server.wait() == 0


def test_text_says_it_at_the_end_of_the_line(prong, puppet):
    server = prong(*SLOW, log="text", program=[puppet])
    said_in(server.connect())
    server.journal.wait_line(
        re.compile(r"begin \S+ pid \d+ \(1 of \d+\), waited \d[\d.]* (ms|s|min)( \d+ s)?$"))
