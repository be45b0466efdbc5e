"""Clients that wait for their turn: how many, what becomes of them, what they are asked."""
import pytest

from harness import procs
from harness.control import Control, path_of
from harness.entrance import (
    TEXT, enter, leave, refused, said_in, states, turned_away, wait_state, wait_waiting)
from harness.instance import Instance, config, service


@pytest.fixture
def crowded(prong, puppet):
    """A server of which some are refused, at the latest when the test is over."""
    def start(*words, **kw):
        server = prong(*words, program=[puppet], **kw)
        server.expect("refused", "refused-more")
        return server
    return start


def test_no_more_wait_than_may(crowded):
    server = crowded("--rate", "1/m", "--rate-wait", "10m", "--waiting-max", "2",
                     "--refuse-text", TEXT)
    enter(server)
    waiting = [server.connect(), server.connect()]
    wait_waiting(server, 2)
    told, event = turned_away(server)
    assert told.reason == "waiting-full" and 150 < told.seconds <= 180
    assert "(waiting-max)" in event["why"]
    waiting[0].reset()
    assert server.wait_event("refused", source=waiting[0].name)["reason"] == "gone"
    server.connect()
    wait_waiting(server, 2)


def test_whoever_leaves_before_its_turn_gets_no_process(crowded):
    server = crowded("--rate", "1/m", "--rate-wait", "10m", "--max-per-source", "2")
    enter(server)
    gone = server.connect()
    wait_state(server, gone, "waiting")
    gone.reset()
    event = server.wait_event("refused", source=gone.name)
    assert event["reason"] == "gone" and event["why"] == "it left before its turn"
    assert list(states(server).values()) == ["running"]
    wait_state(server, server.connect(), "waiting")
    assert len(server.events("session-begin")) == 1


def test_one_who_has_said_all_waits_all_the_same(prong):
    server = prong("--rate", "1/200ms", program=["@echo"])
    with server.connect() as first, server.connect() as second:
        assert first.exchange(b"one") == b"one"
        second.send(b"and two")
        second.half_close()
        assert second.read_all() == b"and two"
    assert server.end(second)["bytes_in"] == 7


def test_nothing_is_read_of_one_who_waits(prong, puppet):
    server = prong("--rate", "1/200ms", "--first-byte-timeout", "10s", program=[puppet])
    enter(server)
    late = server.connect()
    late.send("env\nsay both\n")
    assert "PRONG_ID=" in "".join(iter(lambda: late.read_line().decode() + " ", ". "))
    assert late.read_line() == b"both"


def test_those_that_wait_count_for_max_per_source(crowded):
    server = crowded("--rate-per-source", "1/m", "--rate-wait", "10m",
                     "--max-per-source", "2", "--refuse-text", TEXT)
    enter(server, "127.0.0.2")
    wait_state(server, server.connect(source="127.0.0.2"), "waiting")
    told, event = turned_away(server, "127.0.0.2")
    assert told.reason == "source-full"
    assert event["why"] == "2 of 2 sessions from 127.0.0.2"
    enter(server, "127.0.0.3")


def test_one_whose_turn_comes_has_its_place_for_max_per_source(prong, puppet):
    server = prong("--rate-per-source", "1/150ms", "--max-per-source", "2", program=[puppet])
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        said_in(client)


def test_whose_turn_comes_when_all_is_full_waits_for_room(prong, puppet):
    server = prong("--rate", "1/100ms", "--max", "2", program=[puppet])
    first = enter(server)
    late = [server.connect(), server.connect()]
    said_in(late[0])
    server.begin(late[0])
    leave(server, first)
    said_in(late[1])
    assert not server.events("refused")


def test_whose_turn_comes_when_all_is_full_is_refused_where_that_is_asked_for(crowded):
    server = crowded("--rate", "1/8s", "--rate-wait", "30s", "--max", "1",
                     "--when-full", "refuse", "--exempt", "127.0.0.9", "--refuse-text", TEXT)
    leave(server, enter(server))
    late = server.connect()
    wait_state(server, late, "waiting")
    enter(server, "127.0.0.9")
    told, event = refused(server, late)
    assert told.reason == "service-full" and event["why"] == "1 of 1 session"


def test_a_full_service_is_full_before_a_turn_is_promised(crowded):
    server = crowded("--rate", "1/2s", "--max", "1", "--when-full", "refuse",
                     "--refuse-text", TEXT)
    enter(server)
    turned_away(server, reason="service-full")


def test_a_drain_tells_those_that_wait(crowded):
    server = crowded("--rate", "1/m", "--rate-wait", "10m", "--refuse-text", TEXT)
    inside = enter(server)
    late = server.connect()
    wait_state(server, late, "waiting")
    server.send_signal(15)
    told, event = refused(server, late)
    assert told.reason == "stopping"
    leave(server, inside)
    assert server.wait() == 0


def control(server, request):
    with Control(path_of(server.pid)) as control:
        assert control.ask(request)[1].get("done")


def test_a_pause_holds_for_those_whose_turn_comes(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(*(service(
        name, "127.0.0.1:0", program=f'"{puppet}"', rate="1/8s", rate_wait="30s")
        for name in ("held", "free"))))
    enter(instance, index=0), enter(instance, index=1)
    late = instance.connect(0)
    wait_state(instance, late, "waiting")
    control(instance, "pause held")
    said_in(instance.connect(1))  # its turn comes after that of the other one
    assert states(instance)[late.name] == "waiting"
    control(instance, "resume held")
    said_in(late)


def test_those_that_wait_are_judged_by_the_rules_of_now(prong, tmp_path, puppet):
    def served(**more):
        return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', rate="1/8s",
                              rate_wait="30s", refuse_text=f'"{TEXT}"', **more))

    instance = Instance(prong, tmp_path, served())
    instance.expect("refused")
    enter(instance)
    late = instance.connect(source="127.0.0.2")
    wait_state(instance, late, "waiting")
    instance.configure(served(deny="[127.0.0.2]"))
    assert instance.reload()["event"] == "reloaded"
    assert refused(instance, late)[0].reason == "denied"


def test_one_who_waits_on_a_unix_socket_and_closes_is_gone(crowded, tmp_path):
    server = crowded("--rate", "1/m", "--rate-wait", "10m", listen=[f"unix:{tmp_path}/socket"])
    said_in(server.connect())
    gone = server.connect()
    wait_waiting(server, 1)
    gone.close()
    assert server.wait_event("refused")["reason"] == "gone"


def test_a_crowd_that_waits_leaves_at_once_and_costs_nothing(crowded):
    server = crowded("--rate", "1/4s", "--rate-wait", "10m", "--waiting-max", "200")
    server.begin(enter(server))  # and its pipe is closed
    before = server.fds()
    crowd = [server.connect(source=f"127.0.1.{number}") for number in range(1, 141)]
    procs.wait_until(lambda: len(states(server)) == 141, "all are there")
    assert len(server.fds()) >= len(before) + 140
    for client in crowd:
        client.reset()
    procs.wait_until(lambda: server.fds().keys() == before.keys(), "all are gone")
    assert len(states(server)) == 1
