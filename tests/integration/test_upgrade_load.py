"""Another program in place again and again, under clients that never stop."""
import os
import resource
import signal

import pytest

from harness import procs
from harness.crowd import Crowd
from harness.instance import Instance, config, service
from harness.server import PRONG

UPGRADES = 100
MANY = 1200


def served(folder):
    return config(
        service("echo", "127.0.0.1:0", max=1000),
        service("path", f"unix:{folder}/socket", max=1000),
    )


@pytest.fixture
def instance(prong, tmp_path):
    return Instance(prong, tmp_path, served(tmp_path))


def test_100_upgrades_under_load_cost_no_client_anything(instance, tmp_path):
    inode, addresses = os.stat(tmp_path / "socket").st_ino, list(instance.addresses)
    instance.upgrade()
    before, memory = instance.census(), instance.memory_kb()
    with Crowd(instance.addresses) as crowd:
        for turn in range(UPGRADES):
            assert instance.upgrade()["event"] == "upgraded"
            if turn % 10 == 0:
                crowd.wait_moved()
    assert not crowd.failures
    instance.check_books()
    instance.wait_census(before)
    instance.check_memory(memory)
    assert os.stat(tmp_path / "socket").st_ino == inode
    assert instance.stats()["accepted"] > crowd.made
    assert [event["listen"] for event in instance.events("serving")][-2:] == addresses
    assert procs.status(instance.pid, "TracerPid") == "0"


def test_reloads_and_upgrades_in_turn_with_another_program_each_time(instance):
    """The file is replaced before each upgrade, as a package manager does it."""
    before = instance.census()
    with Crowd(instance.addresses) as crowd:
        for _ in range(20):
            instance.install()
            assert instance.upgrade()["event"] == "upgraded"
            assert instance.reload()["event"] == "reloaded"
    assert not crowd.failures
    instance.check_books()
    instance.wait_census(before)


def test_a_storm_of_both_signals_ends_in_one_server_that_serves(instance):
    before = instance.census()
    with Crowd(instance.addresses) as crowd:
        for turn in range(400):
            instance.send_signal(signal.SIGHUP if turn % 2 else signal.SIGUSR2)
        instance.next_event("upgraded")
        crowd.wait_moved(20)
    assert not crowd.failures
    assert procs.wait_until(lambda: settled(instance), "no trial is left")
    instance.at = len(instance.journal.events)
    assert instance.upgrade()["event"] == "upgraded"
    instance.check_books()
    procs.wait_until(lambda: settled(instance), "nor one of the last signal")
    instance.wait_census(before)


def settled(instance):
    return len(instance.events("upgrading")) == len(instance.events("upgraded"))


def test_sessions_by_the_thousand_are_taken_along(instance):
    """Each answers before and after, and is accounted for by whoever serves then."""
    raise_files()
    instance.configure(config(service("echo", "127.0.0.1:0", max=MANY + 10)))
    assert instance.reload()["event"] == "reloaded"
    before = instance.census()
    clients = []
    while len(clients) < MANY:
        clients += begin(instance, 100)
    assert instance.upgrade()["live"] == MANY
    assert all(echoes(client, "after") for client in clients)
    assert instance.upgrade()["live"] == MANY
    for i in range(0, MANY, 100):
        end(instance, clients[i : i + 100])
    instance.check_books()
    instance.wait_census(before)


def begin(instance, count):
    """A few at a time: their lines go to a pipe, and are read before the next come."""
    told = instance.journal.count("session-begin") + count
    clients = [instance.connect() for _ in range(count)]
    assert all(echoes(client, "before") for client in clients)
    assert instance.journal.wait_count("session-begin", told)
    return clients


def end(instance, clients):
    told = instance.journal.count("session-end") + len(clients)
    for client in clients:
        client.half_close()
    assert all(client.read_all() == b"" for client in clients)
    assert instance.journal.wait_count("session-end", told)


def raise_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 4 * MANY:
        pytest.skip(f"needs {4 * MANY} descriptors, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def echoes(client, word):
    client.send(word + "\n")
    return client.read_line() == word.encode()


def test_a_reload_while_the_new_program_is_tried_holds_for_it(instance, tmp_path):
    for turn in range(10):
        instance.send_signal(signal.SIGUSR2)
        instance.next_event("upgrading")
        instance.configure(config(
            service("echo", "127.0.0.1:0", max=100 + turn),
            service("path", f"unix:{tmp_path}/socket"),
        ))
        instance.send_signal(signal.SIGHUP)
        instance.next_event("upgraded")
        # It may have come too late for the trial, and the new program is at it.
        procs.wait_until(lambda turn=turn: first_max(instance) == 100 + turn, "it holds")
        assert echoes(instance.connect(), "here")


def first_max(instance):
    return instance.stats()["services"][0]["max"]


TRIAL_WAITS = """#!/bin/sh
while [ "$PRONG_UPGRADE" = trial ] && [ ! -e {gate} ]; do sleep 0.02; done
exec {prong} "$@"
"""


def test_so_does_one_that_is_over_before_the_trial_is(instance, tmp_path):
    gate = tmp_path / "gate"
    instance.install(TRIAL_WAITS.format(gate=gate, prong=PRONG).encode())
    instance.send_signal(signal.SIGUSR2)
    instance.next_event("upgrading")
    instance.configure(config(service("echo", "127.0.0.1:0", max=99)))
    assert instance.reload()["event"] == "reloaded"
    gate.touch()
    assert instance.next_event("upgraded", "upgrade-failed")["event"] == "upgraded"
    assert first_max(instance) == 99
    assert echoes(instance.connect(), "here")


def test_a_stop_while_the_new_program_is_tried_is_a_stop(instance):
    instance.expect("upgrade-failed")
    instance.send_signal(signal.SIGUSR2)
    instance.next_event("upgrading")
    instance.stop()


def test_whoever_asks_is_told_when_it_is_done(instance):
    for what in ("reload", "upgrade") * 5:
        done = instance.command(what)
        assert done.returncode == 0, done.stderr
    assert instance.journal.wait_count("upgraded", 5)
    assert len(instance.events("upgraded")) == 5
