"""rate and rate-per-source: how many sessions there may be in a time."""
from datetime import datetime, timezone

import pytest

from harness.entrance import (
    TEXT, at, enter, leave, said_in, turned_away, v4, v6, wait_state, wait_waiting)
from harness.instance import Instance, config, service

AT_ONCE = ("--rate-wait", "off", "--refuse-text", TEXT)


def test_so_many_come_in_as_the_burst_has_and_one_more_is_told_when(prong, puppet):
    server = prong("--rate", "10/h:3", *AT_ONCE, program=[puppet])
    server.expect("refused")
    for source in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
        enter(server, source)
    told, event = turned_away(server, "127.0.0.5")
    assert told.reason == "rate" and 300 < told.seconds <= 360
    assert event["why"] == "more than 10 in 1 h"
    assert event["live"] == 3


def test_the_burst_is_the_count_unless_it_is_said(prong, puppet):
    server = prong("--rate", "2/h", *AT_ONCE, program=[puppet])
    server.expect("refused")
    enter(server), enter(server)
    assert turned_away(server)[0].seconds in range(1700, 1801)


def test_a_rate_counts_those_that_came_and_not_those_that_are_there(prong, puppet):
    server = prong("--rate", "2/h", *AT_ONCE, program=[puppet])
    server.expect("refused")
    for _ in range(2):
        leave(server, enter(server))
    turned_away(server, reason="rate")


def test_a_bucket_fills_again(prong):
    server = prong("--rate", "20/s:1", *AT_ONCE, program=["@hello"])
    server.expect("refused", "refused-more")
    got, tries = 0, 0
    while got < 3:
        tries += 1
        with server.connect() as client:
            got += not client.read_all().startswith(b"rate ")
    assert tries >= 3


def test_one_source_is_held_back_and_the_others_are_not(prong, puppet):
    server = prong("--rate-per-source", "2/h", *AT_ONCE, program=[puppet])
    server.expect("refused")
    enter(server, "127.0.0.2"), enter(server, "127.0.0.2")
    told, event = turned_away(server, "127.0.0.2")
    assert told.reason == "source-rate" and told.source == "127.0.0.2"
    assert 1700 < told.seconds <= 1800
    assert event["why"] == "more than 2 in 1 h from 127.0.0.2"
    enter(server, "127.0.0.3"), enter(server, "127.0.0.3")
    turned_away(server, "127.0.0.3", "source-rate")


def test_those_who_are_refused_cost_nobody_a_token(prong, puppet):
    """One source knocks on and on; what all have together is not used up by that."""
    server = prong("--rate", "3/h", "--rate-per-source", "1/h", *AT_ONCE, program=[puppet])
    server.expect("refused", "refused-more")
    enter(server, "127.0.0.2")
    for _ in range(20):
        with server.connect(source="127.0.0.2") as client:
            assert client.read_line().startswith(b"source-rate ")
    enter(server, "127.0.0.3"), enter(server, "127.0.0.4")
    turned_away(server, "127.0.0.5", "rate")


def test_a_rate_never_switches_the_service_off(prong, puppet):
    server = prong("--rate-per-source", "1/h", *AT_ONCE, program=[puppet])
    server.expect("refused", "refused-more")
    enter(server, "127.0.0.2")
    for _ in range(300):
        with server.connect(source="127.0.0.2") as client:
            assert client.read_line().startswith(b"source-rate ")
    for number in range(3, 13):
        leave(server, enter(server, f"127.0.0.{number}"))
    assert not server.events("accept-failed") and not server.events("held")


def connect_at_once(server, count):
    """All are there when the server looks: whoever comes when the turns of others are due
    already may be let in before them."""
    with server.stopped():
        return [server.connect() for _ in range(count)]


def test_clients_over_a_rate_wait_for_their_turn_in_their_order(prong, puppet):
    server = prong("--rate", "1/60ms", program=[puppet])
    clients = connect_at_once(server, 5)
    begins = [server.begin(client) for client in clients]
    ids = [event["id"] for event in server.events("session-begin")]
    assert ids == [begin["id"] for begin in begins]
    for client in clients:
        said_in(client)
    assert not server.events("refused")


def test_whoever_waits_is_served_no_sooner_than_the_rate_allows(prong, puppet):
    server = prong("--rate", "1/300ms", program=[puppet])
    begun = at({"time": datetime.now(timezone.utc).replace(tzinfo=None).isoformat()})
    clients = [server.connect() for _ in range(4)]
    times = [at(server.begin(client)) for client in clients]
    assert times[3] - begun >= 0.89, "900 ms, but for what is rounded"


def test_one_source_waits_and_another_one_does_not(prong, puppet):
    server = prong("--rate-per-source", "1/m", "--rate-wait", "10m", program=[puppet])
    server.expect("refused")  # gone, when the test is over
    enter(server, "127.0.0.2")
    late = server.connect(source="127.0.0.2")
    wait_state(server, late, "waiting")
    enter(server, "127.0.0.3")
    wait_state(server, late, "waiting")


def test_a_turn_that_would_come_too_late_is_refused_at_once(prong, puppet):
    server = prong("--rate", "1/m", "--rate-wait", "90s", "--refuse-text", TEXT,
                   program=[puppet])
    server.expect("refused")
    enter(server)
    wait_state(server, server.connect(), "waiting")
    told, _ = turned_away(server)
    assert told.reason == "rate" and 90 < told.seconds <= 120


def test_a_64_has_one_rate(prong, puppet, netns):
    netns.add("fd00:0:0:1::1/128", "fd00:0:0:1::2/128", "fd00:0:0:2::1/128")
    server = prong("--rate-per-source", "1/h", *AT_ONCE, program=[puppet], listen=["[::]:0"])
    server.expect("refused")
    said_in(v6(server, "fd00:0:0:1::1"))
    assert v6(server, "fd00:0:0:1::2").read_line().startswith(b"source-rate ")
    said_in(v6(server, "fd00:0:0:2::1"))
    assert server.wait_event("refused")["why"] == "more than 1 in 1 h from fd00:0:0:1::/64"


def test_an_ipv4_client_is_one_source_however_it_comes(prong, puppet, netns):
    """v4-mapped, NAT64, and as it is."""
    netns.add("64:ff9b::7f00:2/128")
    server = prong("--rate-per-source", "1/h", *AT_ONCE, program=[puppet], listen=[":0"])
    server.expect("refused")
    said_in(v4(server, "127.0.0.2"))
    for client in (v6(server, "64:ff9b::7f00:2"), v4(server, "127.0.0.2")):
        assert client.read_line().startswith(b"source-rate ")
        assert server.wait_event("refused", source=client.name)["why"].endswith("127.0.0.2")
    said_in(v6(server, "::1"))


@pytest.mark.parametrize("rate", [("--rate", "1/h"), ("--rate-per-source", "1/h")])
def test_an_exempt_network_knows_no_rate(prong, puppet, rate):
    server = prong(*rate, "--exempt", "127.0.1.0/24", *AT_ONCE, program=[puppet])
    server.expect("refused")
    for _ in range(5):
        enter(server, "127.0.1.7")
    enter(server, "127.0.0.2")
    turned_away(server, "127.0.0.2")
    enter(server, "127.0.1.7")


def test_the_rate_of_a_user_on_a_unix_socket(prong, puppet, tmp_path):
    server = prong("--rate-per-source", "1/h", *AT_ONCE, program=[puppet],
                   listen=[f"unix:{tmp_path}/socket"])
    server.expect("refused")
    said_in(server.connect())
    assert server.connect().read_line().startswith(b"source-rate ")
    assert "uid " in server.wait_event("refused")["why"]


def limited(puppet, **settings):
    return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', rate_wait='"off"',
                          refuse_text=f'"{TEXT}"', **settings))


@pytest.mark.parametrize("name, reason", [("rate", "rate"), ("rate_per_source", "source-rate")])
def test_a_reload_does_not_fill_the_bucket(prong, tmp_path, puppet, name, reason):
    instance = Instance(prong, tmp_path, limited(puppet, **{name: "2/h"}))
    instance.expect("refused")
    leave(instance, enter(instance)), leave(instance, enter(instance))
    instance.configure(limited(puppet, **{name: "2/h"}, env="[A=B]"))
    assert instance.reload()["event"] == "reloaded"
    turned_away(instance, reason=reason)


def test_another_rate_holds_from_now_on(prong, tmp_path, puppet):
    """An empty bucket stays empty, and fills as the new rate says."""
    instance = Instance(prong, tmp_path, limited(puppet, rate="4/h"))
    instance.expect("refused")
    for _ in range(4):
        leave(instance, enter(instance))
    instance.configure(limited(puppet, rate="8/h"))
    instance.reload()
    told, _ = turned_away(instance, reason="rate")
    assert 400 < told.seconds <= 450


def test_a_rate_that_is_taken_away_holds_nobody_back(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, limited(puppet, rate="1/h"))
    instance.expect("refused")
    leave(instance, enter(instance))
    turned_away(instance, reason="rate")
    instance.configure(limited(puppet))
    instance.reload()
    enter(instance), enter(instance)


@pytest.mark.parametrize("name, reason", [("rate", "rate"), ("rate_per_source", "source-rate")])
def test_an_upgrade_does_not_fill_the_bucket(prong, tmp_path, puppet, name, reason):
    instance = Instance(prong, tmp_path, limited(puppet, **{name: "2/h"}))
    instance.expect("refused")
    leave(instance, enter(instance)), leave(instance, enter(instance))
    assert instance.upgrade()["event"] == "upgraded"
    told, _ = turned_away(instance, reason=reason)
    assert 1700 < told.seconds <= 1800


def test_those_that_wait_are_taken_along_by_an_upgrade(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(service(
        "one", "127.0.0.1:0", program=f'"{puppet}"', rate="1/6s", rate_wait="30s")))
    enter(instance)
    late = [instance.connect(), instance.connect()]
    wait_waiting(instance, 2)
    assert instance.upgrade()["event"] == "upgraded"
    for client in late:
        said_in(client)
    assert not instance.events("refused")
    begins = [instance.begin(client) for client in late]
    assert begins[0]["id"] < begins[1]["id"] and begins[0]["time"] < begins[1]["time"]
