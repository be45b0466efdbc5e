"""Whoever had to wait, or was asked about, gets the same session as everybody else."""
import socket

import pytest

from harness import started
from harness.entrance import TEXT, enter, leave, offend, said_in, turned_away, v6, wait_state
from harness.instance import Instance, config, service

WAITS = {
    "a turn": ("--rate", "1/400ms"),
    "an answer": ("--policy", "sh", "--policy", "-c", "--policy", "sleep 0.3"),
    "both": ("--rate", "1/400ms", "--policy", "true"),
}
@pytest.fixture(params=WAITS)
def late(request, prong, puppet):
    """late(...): a server at which the second client has to wait."""
    def start(*words, **kw):
        kw.setdefault("program", [puppet])
        return prong(*WAITS[request.param], *words, **kw)
    return start


def facts(server, client):
    """The environment of a client, but for what differs from session to session."""
    own = {}
    if client.socket.family == socket.AF_INET:
        own[str(client.port)], own[str(server.port())] = "client", "server"
    found = {name: own.get(value, value) for name, value in client.environment().items()}
    for name in ("PRONG_ID", "PRONG_DEADLINE", "TCPCONNNUM", "TCPCONCURRENCY",
                 "IPCCONNNUM"):
        found[name] = name in found
    return found


@pytest.mark.parametrize("listen", ["127.0.0.1:0", ":0", "unix"])
def test_it_has_the_same_environment(late, prong, puppet, tmp_path, listen):
    where = [f"unix:{tmp_path}/socket"] if listen == "unix" else [listen]
    words = ("--session-timeout", "1h", "--name", "one")
    other = prong(*words, program=[puppet], listen=where)
    wanted = facts(other, other.connect())
    other.settle()
    other.stop()
    server = late(*words, listen=where)
    said_in(server.connect())
    assert facts(server, server.connect()) == wanted


def test_its_time_begins_with_its_session(late):
    server = late("--first-byte-timeout", "200ms")
    server.begin(server.connect())
    client = server.connect()
    assert client.is_ended()
    end = server.end(client)
    assert end["cause"] == "first-byte-timeout"
    assert 199 <= end["duration_ms"] < 20_000


def test_its_banner_comes_with_its_session_and_not_before(late):
    server = late("--banner", "hello\\n", "--deny", "127.0.0.9")
    server.expect("refused")
    for _ in range(2):
        client = server.connect()
        assert client.read_line() == b"hello"
        assert server.begin(client)
    assert server.connect(source="127.0.0.9").read_all() == b""


def test_no_banner_for_one_whom_the_policy_turns_away(prong, puppet):
    server = prong("--policy", "false", "--banner", "hello\\n", program=[puppet])
    server.expect("refused")
    assert server.connect().read_all() == b""


@pytest.mark.parametrize("how", started.AHEAD)
def test_it_gets_a_process_that_waited_for_it(late, how):
    server = late("--start", how, program=["sh", "-c", "while read line; do echo $line; done"])
    server.wait_event("spares")
    for _ in range(2):
        started.wait_ready(server)
        with server.connect() as client:
            client.command("hello")
            assert client.read_line() == b"hello"
            assert started.began_as(server, client) == how


def test_one_that_goes_away_while_it_is_asked_about_leaves_no_session(prong, puppet, tmp_path):
    server = prong("--policy", "sh", "--policy", "-c", "--policy",
                   f"until test -e {tmp_path}/answer; do sleep 0.01; done", program=[puppet])
    server.expect("refused", "session-end")
    gone = server.connect()
    wait_state(server, gone, "asking")
    gone.reset()
    (tmp_path / "answer").touch()
    enter(server)
    server.settle()


def test_the_penalty_of_a_64_is_that_of_all_its_addresses(prong, puppet, netns):
    netns.add("fd00:0:0:1::1/128", "fd00:0:0:1::2/128", "fd00:0:0:2::1/128")
    server = prong("--penalty", "exit=3:1m", "--penalty-min", "off", "--refuse-text", TEXT,
                   program=[puppet], listen=["[::]:0"])
    server.expect("refused")
    with v6(server, "fd00:0:0:1::1") as client:
        client.command("exit 3")
        assert client.is_ended()
    assert server.wait_event("penalty")["source"] == "fd00:0:0:1::/64"
    assert v6(server, "fd00:0:0:1::2").read_line().startswith(b"penalty ")
    said_in(v6(server, "fd00:0:0:2::1"))


def test_an_ipv4_client_pays_for_what_it_did_by_way_of_nat64(prong, puppet, netns):
    netns.add("64:ff9b::7f00:2/128")
    server = prong("--penalty", "exit=3:1m", "--penalty-min", "off", "--refuse-text", TEXT,
                   program=[puppet], listen=[":0"])
    server.expect("refused")
    with v6(server, "64:ff9b::7f00:2") as client:
        client.command("exit 3")
        assert client.is_ended()
    assert server.wait_event("penalty")["source"] == "127.0.0.2"


def test_services_have_rates_penalties_and_rules_of_their_own(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(
        service("strict", "127.0.0.1:0", program=f'"{puppet}"', rate='"1/h"', rate_wait='"off"',
                deny="[127.0.0.2]", refuse_text=f'"{TEXT}"', penalty='["exit=3:1m"]',
                penalty_min='"off"'),
        service("open", "127.0.0.1:0", program=f'"{puppet}"')))
    instance.expect("refused")
    leave(instance, enter(instance, index=0))
    turned_away(instance, reason="rate")
    turned_away(instance, "127.0.0.2", "denied")
    enter(instance, index=1), enter(instance, "127.0.0.2", index=1)
    offend(instance, index=1)
    enter(instance, index=1)


def test_what_defaults_say_holds_for_each_service_by_itself(prong, tmp_path, puppet):
    text = config(*(service(name, "127.0.0.1:0", program=f'"{puppet}"')
                    for name in ("one", "two")),
                  head='defaults: { rate: "1/h", rate-wait: "off" }\n')
    instance = Instance(prong, tmp_path, text)
    instance.expect("refused")
    enter(instance, index=0), enter(instance, index=1)
    for index in range(2):
        assert instance.connect(index).is_ended()
