"""How many wait: bounds, growth, reload, upgrade, drain, and ends of every kind."""
import contextlib
import os
import re
import signal
from collections import Counter

import pytest

from harness import procs, started
from harness.control import Control, path_of
from harness.crowd import Crowd
from harness.instance import Instance, config, service
from harness.started import ask

MODES = pytest.mark.parametrize("mode", started.AHEAD)
LOAD = 60


@pytest.fixture
def lines(build):
    return build.path("lines")


@pytest.fixture
def instance(prong, tmp_path, lines):
    """instance(mode, **settings): a server with a configuration, answering lines."""
    def start(mode, **settings):
        made = Instance(prong, tmp_path, one(lines, mode, **settings), is_ahead=True)
        made.expect(started.FALLBACK)
        return made

    return start


def one(program, mode, listen="127.0.0.1:0", **settings):
    return config(service("toy", listen, program=f'"{program}"', start=mode, **settings))


def wait_full(server, count):
    """Until exactly so many wait, and nothing is on its way."""
    return started.wait_row(
        server, lambda row: row["spares_ready"] == count and row["spares_starting"] == 0,
        f"{count} ready")


# ---- how many -----------------------------------------------------------------------------


@MODES
def test_as_many_wait_as_are_wanted_at_least(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 4, program=[lines])
    row = wait_full(server, 4)
    assert (row["spares_wanted"], row["spares_failed"], row["spares_lost"]) == (4, 0, 0)
    images = mode != "warm"
    assert 4 <= len(started.waiting(server)) <= 4 + images


@MODES
def test_each_client_is_counted_as_a_hit_or_a_miss(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 2, program=[lines])
    for _ in range(5):
        started.wait_ready(server)
        assert ask(server) == "<hello>"
    started.wait_row(server, lambda row: row["spares_hits"] == 5, "five hits")
    started.at_once(30, lambda _: ask(server))
    row = started.wait_row(
        server, lambda row: row["spares_hits"] + row["spares_misses"] == 35, "35 clients")
    assert row["spares_failed"] == row["spares_lost"] == 0


@MODES
def test_a_burst_makes_more_wait_but_never_more_than_allowed(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 1, "--spares-max", 6, program=[lines])
    wait_full(server, 1)
    for _ in range(6):
        answers = started.at_once(20, lambda i: ask(server, str(i)))
        assert answers == [f"<{i}>" for i in range(20)]
        row = started.spares(server)
        assert row["spares_ready"] + row["spares_starting"] <= 6, row
    row = started.wait_row(
        server, lambda row: row["spares_starting"] == 0 and row["spares_ready"] > 1, "grown")
    assert row["spares_wanted"] <= 6 and row["spares_ready"] <= 6


@MODES
def test_a_crowd_is_served_and_nothing_is_lost(prong, mode):
    server = prong("--start", mode, "--max", 10, program=["/bin/cat"])
    started.wait_ready(server)
    with Crowd(server.addresses) as crowd:
        crowd.wait_moved(LOAD)
    assert not crowd.failures


@MODES
def test_descriptors_and_processes_are_the_same_after_many_sessions(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 3, "--spares-max", 3, program=[lines])

    def census():
        """How many descriptors of each kind, and processes; what is kept free for a pipe
        is /dev/null meanwhile."""
        wait_full(server, 3)
        kinds = [target.replace("/dev/null", "pipe").split(":")[0]
                 for target in server.fds().values()]
        return Counter([*kinds, *("process" for _ in started.waiting(server))])

    ask(server)
    assert server.journal.wait_settled()
    before = census()
    for _ in range(5):
        started.at_once(20, lambda _: ask(server))
    assert server.journal.wait_settled()
    procs.wait_until(lambda: not census() - before, f"no more than {before}")


@MODES
def test_the_numbers_of_max_hold(prong, lines, mode):
    server = prong("--start", mode, "--max", 2, "--when-full", "refuse", program=[lines])
    server.expect("refused")
    started.wait_ready(server)
    inside = [server.connect() for _ in range(2)]
    for client in inside:
        client.command("hello")
        assert client.read_line() == b"<hello>"
    assert server.connect().is_ended()
    assert server.wait_event("refused")["reason"] == "service-full"
    inside[0].half_close()
    server.end(inside[0])
    assert ask(server) == "<hello>"


@MODES
def test_one_source_has_its_share(prong, lines, netns, mode):
    server = prong("--start", mode, "--max-per-source", 1, program=[lines])
    server.expect("refused")
    started.wait_ready(server)
    greedy = server.connect(source="127.0.0.2")
    greedy.command("hello")
    assert greedy.read_line() == b"<hello>"
    assert server.connect(source="127.0.0.2").is_ended()
    with server.connect(source="127.0.0.3") as other:
        other.command("hello")
        assert other.read_line() == b"<hello>"


# ---- changed while it serves --------------------------------------------------------------


@MODES
def test_a_reload_ends_what_waited_and_goes_on_serving(instance, lines, mode):
    made = instance(mode, spares_min=3)
    wait_full(made.server, 3)
    old = started.waiting(made.server)
    made.configure(one(lines, mode, made.addresses[0], spares_min=2, env="A=changed"))
    assert made.reload()["event"] == "reloaded"
    for pid in old:
        procs.wait_gone(pid)
    wait_full(made.server, 2)
    with made.connect() as client:
        client.command("env A")
        assert client.read_line() == b"changed"
        assert started.began_as(made.server, client) == mode


@MODES
def test_a_reload_to_fresh_ends_all_that_waited(instance, lines, mode):
    made = instance(mode, spares_min=3)
    wait_full(made.server, 3)
    made.configure(one(lines, "fresh", made.addresses[0]))
    assert made.reload()["event"] == "reloaded"
    procs.wait_until(lambda: not made.children(), "no child is left")
    assert ask(made.server) == "<hello>"


@MODES
def test_reloads_under_load_lose_no_client(instance, mode):
    made = instance(mode, spares_min=2)
    address = made.addresses[0]
    made.configure(one("/bin/cat", mode, address, spares_min=2))
    assert made.reload()["event"] == "reloaded"
    with Crowd([address], callers=2, talkers=1) as crowd:
        for turn in range(8):
            made.configure(one("/bin/cat", mode, address, spares_min=1 + turn % 3,
                               env=f"TURN={turn}"))
            assert made.reload()["event"] == "reloaded"
            crowd.wait_moved(3)
    assert not crowd.failures
    made.check_books()


@MODES
def test_an_upgrade_under_load_loses_no_client(instance, mode):
    made = instance(mode, spares_min=2)
    address = made.addresses[0]
    made.configure(one("/bin/cat", mode, address, spares_min=2))
    assert made.reload()["event"] == "reloaded"
    with Crowd([address], callers=2, talkers=1) as crowd:
        for _ in range(3):
            old = started.waiting(made.server)
            assert made.upgrade()["event"] == "upgraded"
            crowd.wait_moved(5)
            assert started.in_force(started.wait_ready(made.server)) == (mode, "")
            sessions = {event["pid"] for event in made.events("session-begin")}
            for pid in set(old) - sessions:
                procs.wait_gone(pid)
    assert not crowd.failures
    made.check_books()


# ---- the end ------------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_every_way_to_stop_ends_what_waits(prong, lines, mode, number):
    server = prong("--start", mode, "--spares-min", 3, program=[lines])
    wait_full(server, 3)
    waiting = started.waiting(server)
    server.stop(number)
    assert not [pid for pid in waiting if procs.alive(pid)]


@MODES
def test_a_drain_lets_the_session_end_but_not_what_waits_for_none(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 3, program=[lines])
    wait_full(server, 3)
    client = server.connect()
    client.command("hello")
    assert client.read_line() == b"<hello>"
    pid = server.begin(client)["pid"]
    server.send_signal(signal.SIGTERM)
    server.wait_event("draining")
    procs.wait_until(lambda: set(server.children()) <= {pid}, "only the session is left")
    assert client.exchange(b"again\n") == b"<again>\n"
    assert server.wait() == 0


@MODES
def test_a_paused_service_serves_again_when_it_is_resumed(prong, lines, mode):
    server = prong("--start", mode, "--spares-min", 2, program=[lines])
    started.wait_ready(server)
    with Control(path_of(server.pid)) as control:
        assert control.ask("pause")[1].get("done")
        assert control.ask("resume")[1].get("done")
    assert ask(server) == "<hello>"


@MODES
def test_a_stopped_process_that_waits_costs_its_client_only_time(prong, lines, mode):
    """SIGSTOP is no death; whoever sends it also sends SIGCONT.  An image that is stopped for
    long is given up."""
    server = prong("--start", mode, "--spares-min", 1, "--spares-max", 1, program=[lines])
    server.expect(started.FALLBACK)
    wait_full(server, 1)
    waiting = started.waiting(server)
    for pid in waiting:
        os.kill(pid, signal.SIGSTOP)
    client = server.connect()
    client.command("hello")
    for pid in waiting:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    assert client.read_line() == b"<hello>"


@pytest.mark.parametrize("options, deed, reason", [
    (["warm"], ["exit", "1"], "ended"),
    (["warm", "--start-timeout", "1s"], ["wait-file", "/nowhere/to/be/found"], "timeout"),
    (["clone"], ["threads"], "not-copied"),
])
def test_what_fell_back_is_counted_by_reason(prong, build, options, deed, reason):
    server = prong("--start", *options, program=[build.path("early"), *deed], is_ahead=True)
    server.expect(started.FALLBACK)
    server.wait_event(started.FALLBACK)
    reasons = started.spares(server)["spares_reasons"]
    assert re.fullmatch(rf"{reason} [1-9]\d*", reasons), reasons
