"""penalty: how much is owed, when that acts, for how long, and what becomes of it."""
import json
import time
from datetime import datetime, timezone

import pytest

from harness import procs
from harness.control import path_of
from harness.entrance import TEXT, at, enter, leave, offend, turned_away
from harness.instance import Instance, config, service
from harness.server import run

EXITS = ("--penalty", "exit=3:10s", "--refuse-text", TEXT)
# Longer than any test takes.
MINUTE = ("--penalty", "exit=3:1m", "--refuse-text", TEXT)


@pytest.fixture
def penal(prong, puppet):
    def start(*words, rules=EXITS, **kw):
        server = prong(*rules, *words, program=[puppet], **kw)
        server.expect("refused", "refused-more")
        return server
    return start


def owing(server):
    """{source: what is known of it}"""
    done = run("penalties", "--json", "--control", path_of(server.pid))
    return {one["source"]: one for one in json.loads(done.stdout)}


def owes(server, source="127.0.0.1"):
    """Seconds."""
    return owing(server)[source]["owes_ms"] / 1000


def test_each_offence_costs_twice_as_much_as_the_one_before(penal):
    server = penal("--penalty-min", "30m", "--penalty-max", "1h",
                   rules=("--penalty", "exit=3:100s"))
    for offences, wanted in ((1, 100), (2, 300), (3, 700), (4, 1500)):
        offend(server)
        one = owing(server)["127.0.0.1"]
        assert one["offences"] == offences
        assert wanted - 50 < one["owes_ms"] / 1000 <= wanted


def test_what_different_offences_cost_is_added_up(penal):
    server = penal("--penalty", "exit=4:1m", "--penalty-min", "5m", rules=MINUTE)
    offend(server, command="exit 3")
    offend(server, command="exit 4")
    assert 120 < owes(server) <= 180


def test_one_mistake_shuts_nobody_out(penal):
    server = penal()  # 10 s are less than the 15 s of penalty-min
    offend(server)
    assert not server.events("penalty")
    leave(server, enter(server))
    offend(server)
    event = server.wait_event("penalty")
    assert event["source"] == "127.0.0.1" and event["offence"] == "exit"
    assert event["offences"] == 2 and 20_000 < event["for_ms"] <= 30_000
    told, refused = turned_away(server, reason="penalty")
    assert 15 < told.seconds <= 30
    assert refused["why"].startswith("127.0.0.1 is shut out for ")
    assert refused["why"].endswith(" more: exit")


def test_nothing_is_owed_beyond_the_ceiling(penal):
    server = penal("--penalty-min", "20s", "--penalty-max", "20s")
    offend(server), offend(server)
    assert server.wait_event("penalty")["for_ms"] == 20_000


def test_it_is_over_when_it_is_over(penal):
    server = penal("--penalty-min", "off", rules=("--penalty", "exit=3:300ms"))
    before = now()
    offend(server)
    server.wait_event("penalty")
    assert _let_in_again(server) - before >= 0.298


def now():
    """As at() has it."""
    return datetime.now(timezone.utc).replace(tzinfo=None).timestamp()


def _let_in_again(server):
    """When it is, by the log; the server has been stopped then."""
    procs.wait_until(lambda: _is_served(server), "it is let in again")
    server.settle()
    server.stop()
    return at(server.events("session-begin")[-1])


def _is_served(server):
    with server.connect() as client:
        client.command("say in")
        try:
            is_served = client.read_line() == b"in"
        except ConnectionResetError:
            return False
        if is_served:
            client.command("exit 0")
        return client.is_ended() and is_served


def test_a_source_is_shut_out_until_it_owes_nothing_and_not_only_until_the_floor(penal):
    """1 s and 2 s: the floor is 1.5 s, and 3 s are waited for."""
    server = penal("--penalty-min", "1500ms", rules=(
        "--penalty", "exit=3:1s", "--refuse-text", TEXT))
    held = [enter(server), enter(server)]
    for client in held:
        before = now()
        leave(server, client, 3)
    event = server.wait_event("penalty")
    assert 1500 <= event["for_ms"] <= 3000
    assert _let_in_again(server) - before >= event["for_ms"] / 1000 - 0.002


def test_refusals_make_it_no_longer(penal):
    server = penal("--penalty", "denied:1m", "--penalty-min", "off", "--deny", "127.0.0.2",
                   rules=MINUTE)
    offend(server)
    first, _ = turned_away(server, reason="penalty")
    for _ in range(20):
        with server.connect() as client:
            last = client.read_line()
    assert int(last.split()[1]) <= first.seconds <= 60
    for _ in range(20):
        assert server.connect(source="127.0.0.2").read_line().startswith(b"denied ")
    assert owing(server)["127.0.0.2"]["offences"] == 1


def test_those_that_are_inside_go_on_to_owe(penal):
    server = penal("--penalty-min", "off", rules=MINUTE)
    inside = enter(server)
    offend(server)
    turned_away(server, reason="penalty")
    inside.command("exit 3")
    assert inside.is_ended()
    server.end(inside)
    assert owing(server)["127.0.0.1"]["offences"] == 2
    assert len(server.events("penalty")) == 1, "it was shut out before"


def test_after_a_while_without_an_offence_the_next_one_costs_as_the_first(penal):
    server = penal("--penalty-min", "off", "--penalty-decay", "1s",
                   rules=("--penalty", "exit=3:50ms"))
    offend(server)
    assert server.wait_event("penalty")["for_ms"] == 50
    time.sleep(1)  # penalty-decay: nothing tells that it is over
    offend(server)
    event = server.wait_event("penalty")
    assert (event["for_ms"], event["offences"]) == (50, 1)


def test_before_that_it_costs_more(penal):
    server = penal("--penalty-min", "off", "--penalty-decay", "1h",
                   rules=("--penalty", "exit=3:20ms"))
    costs = []
    for _ in range(3):
        procs.wait_until(lambda: _is_served(server), "it is let in")
        offend(server)
        costs.append(server.wait_event("penalty")["for_ms"])
    assert costs == [20, 40, 80]


# ---- the memory


def test_a_full_memory_forgets_who_is_forgotten_first(penal):
    """All are shut out, and the last one for the shortest time."""
    server = penal("--penalty", "exit=4:1m", "--penalty-min", "off", "--sources-max", "2")
    offend(server, "127.0.0.2", "exit 4")
    offend(server, "127.0.0.3", "exit 3")
    offend(server, "127.0.0.4", "exit 4")
    procs.wait_until(lambda: set(owing(server)) == {"127.0.0.2", "127.0.0.4"}, "one goes")
    enter(server, "127.0.0.3")
    turned_away(server, "127.0.0.2", "penalty")


def test_who_is_not_shut_out_is_forgotten_before_one_who_is(penal):
    """However fresh it is: a thousand small offences do not buy a large one off."""
    server = penal("--penalty", "exit=4:1m", "--penalty-min", "30s", "--sources-max", "2")
    offend(server, "127.0.0.2", "exit 4")
    for last in range(3, 9):
        offend(server, f"127.0.0.{last}", "exit 3")
    procs.wait_until(lambda: len(owing(server)) == 2, "the others go")
    turned_away(server, "127.0.0.2", "penalty")


def test_a_memory_is_full_only_when_all_are_shut_out(penal):
    server = penal("--penalty", "exit=4:1m", "--penalty-min", "30s", "--sources-max", "2",
                   "--sources-full", "refuse")
    offend(server, "127.0.0.2", "exit 4")
    offend(server, "127.0.0.3", "exit 3")
    enter(server, "127.0.0.4")
    offend(server, "127.0.0.5", "exit 4")
    turned_away(server, "127.0.0.6", "sources-full")


def test_a_full_memory_that_refuses_forgets_nobody_who_is_shut_out(penal):
    server = penal("--penalty-min", "off", "--sources-max", "2", "--sources-full", "refuse",
                   "--exempt", "127.0.0.9", rules=MINUTE)
    offend(server, "127.0.0.2"), offend(server, "127.0.0.3")
    for _ in range(3):
        turned_away(server, "127.0.0.4", "sources-full")
    turned_away(server, "127.0.0.2", "penalty")
    enter(server, "127.0.0.9")
    assert set(owing(server)) == {"127.0.0.2", "127.0.0.3"}


def test_a_full_memory_that_refuses_lets_in_who_is_inside_already(penal):
    server = penal("--penalty-min", "off", "--sources-max", "1", "--sources-full", "refuse",
                   rules=MINUTE)
    enter(server, "127.0.0.4")
    offend(server, "127.0.0.2")
    enter(server, "127.0.0.4")
    turned_away(server, "127.0.0.5", "sources-full")


def test_a_thousand_sources_are_remembered_by_no_more_than_may(penal):
    server = penal("--penalty-min", "off", "--sources-max", "50", "--deny", "127.1.0.0/16",
                   rules=("--penalty", "denied:1m"))
    for number in range(300):
        with server.connect(source=f"127.1.{number // 200}.{number % 200 + 1}") as client:
            assert client.is_ended()
    assert len(owing(server)) == 50


# ---- what outlives what


def served(puppet, **more):
    return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', penalty_min='"off"',
                          penalty='["exit=3:1m"]', refuse_text=f'"{TEXT}"', **more))


@pytest.fixture
def instance(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, served(puppet))
    instance.expect("refused")
    return instance


def test_a_reload_forgives_nobody(instance, puppet):
    offend(instance, "127.0.0.2")
    instance.configure(served(puppet, env="[A=B]"))
    assert instance.reload()["event"] == "reloaded"
    told, _ = turned_away(instance, "127.0.0.2", "penalty")
    assert 30 < told.seconds <= 60
    enter(instance, "127.0.0.3")


def test_an_upgrade_forgives_nobody(instance):
    offend(instance, "127.0.0.2")
    begun = time.monotonic()
    before = owing(instance)["127.0.0.2"]
    assert instance.upgrade()["event"] == "upgraded"
    after = owing(instance)["127.0.0.2"]
    took_ms = (time.monotonic() - begun) * 1000
    assert 0 <= before["owes_ms"] - after["owes_ms"] <= took_ms + 1
    assert after["offences"] == 1 and after["last"] == before["last"]
    turned_away(instance, "127.0.0.2", "penalty")
    enter(instance, "127.0.0.3")


@pytest.mark.parametrize("change", ["reload", "upgrade"])
def test_a_session_of_before_costs_when_it_ends_after(instance, puppet, change):
    client = enter(instance, "127.0.0.2")
    instance.configure(served(puppet, env="[A=B]"))
    getattr(instance, change)()
    client.command("exit 3")
    assert client.is_ended()
    client.close()
    instance.end(client)
    turned_away(instance, "127.0.0.2", "penalty")


def test_a_reload_without_penalties_lets_everybody_in(instance, puppet):
    offend(instance, "127.0.0.2")
    instance.configure(config(service("one", "127.0.0.1:0", program=f'"{puppet}"')))
    instance.reload()
    enter(instance, "127.0.0.2")
    assert owing(instance) == {}


def test_a_smaller_memory_keeps_those_that_owe_most(instance, puppet):
    for last in (2, 3, 4):
        offend(instance, f"127.0.0.{last}")
    instance.configure(served(puppet, sources_max=1))
    instance.reload()
    assert set(owing(instance)) == {"127.0.0.4"}
    enter(instance, "127.0.0.2")


def test_each_service_has_penalties_of_its_own(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(*(service(
        name, "127.0.0.1:0", program=f'"{puppet}"', penalty_min='"off"',
        penalty='["exit=3:1m"]') for name in ("one", "two"))))
    instance.expect("refused")
    offend(instance, "127.0.0.2", index=0)
    enter(instance, "127.0.0.2", index=1)
    assert instance.connect(0, source="127.0.0.2").is_ended()
    assert instance.wait_event("refused")["service"] == "one"


def test_many_that_are_shut_out_at_once_are_told_of_by_a_count(penal):
    server = penal("--penalty-min", "off", "--rate", "1/h", "--rate-wait", "off",
                   "--deny", "127.1.0.0/16", rules=("--penalty", "denied:1h"))
    begun = time.monotonic()
    for number in range(60):
        with server.connect(source=f"127.1.0.{number + 1}") as client:
            assert client.is_ended()
    server.settle()
    windows = 2 + (time.monotonic() - begun) // 10
    assert len(server.events("penalty")) <= 10 * windows, "10 in 10 s"
    assert len(owing(server)) == 60
