"""A service that fills up: early-drop, reserve for exempt networks, stress."""
import time

import pytest

from harness.entrance import (
    TEXT, enter, leave, refused, said_in, states, turned_away, wait_state)
from harness.instance import Instance, config, service

REFUSES = ("--when-full", "refuse", "--refuse-text", TEXT)


@pytest.fixture
def filling(prong, puppet):
    def start(*words, program=(puppet,), **kw):
        server = prong(*words, program=program, **kw)
        server.expect("refused", "refused-more")
        return server
    return start


# ---- early-drop


def test_below_its_begin_nobody_is_dropped(filling):
    server = filling("--max", "10", "--early-drop", "2:99:3", *REFUSES)
    for _ in range(50):
        leave(server, enter(server))
    assert not server.events("refused")


def test_from_its_full_on_all_are_dropped(filling):
    server = filling("--max", "10", "--early-drop", "1:1:2", *REFUSES)
    enter(server)
    while True:  # one in a hundred is refused here
        client = server.connect()
        client.command("say in")
        if client.read_line() == b"in":
            break
    refusals = len(server.events("refused"))
    for _ in range(50):
        with server.connect() as client:
            assert client.read_line().startswith(b"early-drop 1 ")
    why = server.wait_event("refused", live=2)["why"]
    assert why == "early-drop: 2 of 10 sessions", refusals


def test_chance_lets_half_of_them_in(filling):
    """Of 120 with one half each: less than 20 or more than 100 happens once in 10^13."""
    server = filling("--max", "10", "--early-drop", "1:50:10", "--refuse-text", TEXT,
                     program=["sh", "-c", "read what && echo served"])
    server.connect()
    server.wait_event("session-begin")
    served = 0
    for _ in range(120):
        with server.connect() as client:
            client.send("\n")
            is_served = client.read_all() == b"served\n"
        served += is_served
        if is_served:
            server.end(client)  # the next one finds the same number
    assert 20 <= served <= 100


def test_an_exempt_network_is_never_dropped(filling):
    server = filling("--max", "10", "--early-drop", "1:100:2", "--exempt", "127.0.0.9",
                     *REFUSES)
    enter(server, "127.0.0.2")
    for _ in range(4):
        turned_away(server, "127.0.0.2", "early-drop")
        enter(server, "127.0.0.9")
    turned_away(server, "127.0.0.3", "early-drop")


def test_a_full_service_is_full_whatever_chance_says(filling):
    server = filling("--max", "2", "--early-drop", "1:1:2", "--exempt", "127.0.0.9", *REFUSES)
    enter(server, "127.0.0.9"), enter(server, "127.0.0.9")
    for _ in range(10):
        assert server.connect().read_line().startswith(b"service-full ")


def test_whom_chance_would_drop_waits_in_the_kernel_while_all_is_full(filling):
    server = filling("--max", "2", "--early-drop", "1:100:2", "--exempt", "127.0.0.9",
                     "--refuse-text", TEXT)
    first, second = enter(server, "127.0.0.9"), enter(server, "127.0.0.9")
    late = server.connect()
    assert late.name not in states(server) and not server.events("refused")
    leave(server, first)
    assert refused(server, late)[0].reason == "early-drop"
    leave(server, second)


# ---- reserve


def test_what_is_reserved_is_for_exempt_networks(filling):
    server = filling("--max", "3", "--reserve", "1", "--exempt", "127.0.0.9", *REFUSES)
    enter(server, "127.0.0.2"), enter(server, "127.0.0.3")
    _, event = turned_away(server, "127.0.0.4", "service-full")
    assert event["why"] == "2 of 3 sessions, the rest is reserved"
    last = enter(server, "127.0.0.9")
    _, event = turned_away(server, "127.0.0.9", "service-full")
    assert event["why"] == "3 of 3 sessions"
    leave(server, last)
    turned_away(server, "127.0.0.4", "service-full")
    enter(server, "127.0.0.9")


def test_an_exempt_client_may_take_a_place_of_the_others(filling):
    server = filling("--max", "3", "--reserve", "1", "--exempt", "127.0.0.9", *REFUSES)
    for _ in range(2):
        enter(server, "127.0.0.9")
    turned_away(server, "127.0.0.2", "service-full")


def test_who_finds_only_reserved_places_does_not_stand_in_the_way(filling):
    """With `when-full: wait` as well: an exempt client behind it would wait too."""
    server = filling("--max", "2", "--reserve", "1", "--exempt", "127.0.0.9",
                     "--refuse-text", TEXT)
    enter(server, "127.0.0.2")
    turned_away(server, "127.0.0.3", "service-full")
    last = enter(server, "127.0.0.9")
    late = server.connect(source="127.0.0.9")
    assert late.name not in states(server)
    leave(server, last)
    said_in(late)


def test_an_exempt_network_has_no_max_per_source_but_rules_hold_for_it(filling):
    server = filling("--max-per-source", "1", "--exempt", "127.0.1.0/24",
                     "--deny", "127.0.1.66", *REFUSES)
    enter(server, "127.0.1.1"), enter(server, "127.0.1.1")
    enter(server, "127.0.0.2")
    turned_away(server, "127.0.0.2", "source-full")
    turned_away(server, "127.0.1.66", "denied")


# ---- stress


def deadline(client):
    """Seconds that the session has at most, as the program is told."""
    return int(client.environment()["PRONG_DEADLINE"]) - time.time()


def test_under_stress_new_sessions_get_less_time(filling):
    server = filling("--max", "4", "--stress", "75:10", "--session-timeout", "1000s")
    clients = [enter(server, "127.0.0.2") for _ in range(4)]
    event = server.wait_event("stress")
    assert (event["live"], event["max"], event["left"]) == (3, 4, 10)
    left = [deadline(client) for client in clients]
    assert min(left[:2]) > 900 and max(left[2:]) < 102


def test_stress_ends_when_it_is_ten_percent_emptier(filling):
    server = filling("--max", "10", "--stress", "50:10", "--session-timeout", "1000s")
    clients = [enter(server) for _ in range(5)]
    assert server.wait_event("stress")["live"] == 5
    leave(server, clients.pop())
    clients.append(enter(server))
    assert deadline(clients[-1]) < 102
    leave(server, clients.pop())
    assert not server.events("relaxed")
    leave(server, clients.pop())
    event = server.wait_event("relaxed")
    assert (event["live"], event["max"]) == (3, 10)
    assert deadline(enter(server)) > 900
    assert len(server.events("stress")) == len(server.events("relaxed")) == 1


def begun(server):
    """A client that has a session, and too little time for an exchange to be counted on."""
    client = server.connect()
    server.begin(client)
    return client


@pytest.mark.parametrize("setting, does", [
    ("session-timeout", lambda client: client.command("say in")),
    ("idle-timeout", lambda client: client.command("say in")),
    ("first-byte-timeout", lambda client: None),
    ("eof-grace", lambda client: (client.ask("ignore-eof"), client.half_close())),
])
def test_each_time_limit_is_shorter(filling, setting, does):
    server = filling("--max", "2", "--stress", "50:1", f"--{setting}", "20s")
    client = server.connect()
    does(client)
    assert client.is_ended()
    end = server.end(client)
    assert end["cause"] == setting and 190 <= end["duration_ms"] < 20_000


def test_those_that_are_there_keep_their_time(filling):
    server = filling("--max", "2", "--stress", "100:1", "--idle-timeout", "200s")
    first, second = enter(server), begun(server)
    server.wait_event("stress")
    assert second.is_ended() and server.end(second)["cause"] == "idle-timeout"
    said_in(first)


def test_who_came_under_stress_keeps_its_short_time_when_that_is_over(filling):
    server = filling("--max", "2", "--stress", "100:1", "--idle-timeout", "300s")
    first, second = enter(server), begun(server)
    leave(server, first)
    server.wait_event("relaxed")
    assert second.is_ended() and server.end(second)["cause"] == "idle-timeout"


def test_exempt_clients_count_and_are_hurried_too(filling):
    server = filling("--max", "2", "--stress", "50:10", "--session-timeout", "1000s",
                     "--exempt", "127.0.0.9")
    assert deadline(server.connect(source="127.0.0.9")) < 102
    assert server.wait_event("stress")["live"] == 1


def hurried(puppet, **more):
    return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', max=2, **more))


def test_stress_outlives_an_upgrade_and_a_reload(prong, tmp_path, puppet):
    limits = {"stress": '"50:10"', "session_timeout": "1000s"}
    instance = Instance(prong, tmp_path, hurried(puppet, **limits))
    first = enter(instance)
    instance.wait_event("stress")
    assert instance.upgrade()["event"] == "upgraded"
    second = enter(instance)
    assert deadline(second) < 102
    leave(instance, second)
    assert not instance.events("relaxed")
    instance.configure(hurried(puppet, **limits, env="[A=B]"))
    instance.reload()
    third = enter(instance)
    assert deadline(third) < 102
    leave(instance, third), leave(instance, first)
    assert instance.wait_event("relaxed")["live"] == 0
    assert len(instance.events("stress")) == 1


def test_a_session_under_stress_is_that_after_an_upgrade_too(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, hurried(
        puppet, stress='"50:1"', idle_timeout="300s"))
    client = begun(instance)
    assert instance.upgrade()["event"] == "upgraded"
    assert client.is_ended()
    assert instance.end(client)["cause"] == "idle-timeout"


# ---- all of it


def test_who_waits_for_its_turn_is_not_dropped_when_it_comes(filling):
    server = filling("--max", "10", "--early-drop", "1:100:2", "--rate", "1/6s",
                     "--rate-wait", "10s", "--exempt", "127.0.0.9", *REFUSES)
    leave(server, enter(server))
    late = server.connect()
    wait_state(server, late, "waiting")
    enter(server, "127.0.0.9")
    said_in(late)
