"""Sessions in every state, and what is half said: the next program goes on with it."""
import json
import os
import signal
import time

import pytest

from harness import ALARM, procs
from harness.crowd import Crowd
from harness.instance import Instance, config, service


def made(prong, folder, puppet, **settings):
    return Instance(prong, folder, served(puppet, **settings))


def served(puppet, **settings):
    return config(service("puppet", "127.0.0.1:0", program=f'"{puppet}"', **settings))


def upgrade(instance):
    assert instance.upgrade()["event"] == "upgraded"


def test_half_a_line_of_error_output_is_told_whole(prong, tmp_path, puppet):
    instance = made(prong, tmp_path, puppet)
    with instance.connect() as client:
        client.ask("stderr-part first ")
        client.ask("say x")
        for part in ("second ", "third "):
            upgrade(instance)
            client.ask(f"stderr-part {part}")
        upgrade(instance)
        client.ask("stderr fourth")
        line = instance.wait_event("stderr")["line"]
    assert line == "first second third fourth"


def test_a_session_that_lingers_goes_on_to(prong, tmp_path, puppet):
    """The program has ended; its client has still to take the answer."""
    instance = made(prong, tmp_path, puppet, linger="10m")
    client = instance.connect(rcvbuf=4096)
    client.command("spill 3000000")
    client.send("x" * 1000)
    procs.wait_until(lambda: instance.children(), "the program runs")
    (program,) = instance.children()
    upgrade(instance)
    os.kill(program, signal.SIGKILL)
    procs.wait_gone(program)
    for _ in range(3):
        upgrade(instance)
        assert instance.stats()["live"] == 1
    client.half_close()
    client.read_all()
    assert instance.end(client)["ending"] == "killed"


def test_a_session_in_its_grace_is_killed_when_that_is_over(prong, tmp_path, puppet):
    instance = made(prong, tmp_path, puppet, session_timeout="3s", term_grace="8s")
    client = instance.connect()
    client.ask("ignore-term")
    procs.wait_until(lambda: sessions(instance)[0]["state"] == "terminating", "TERM")
    time.sleep(4)  # so much longer it would take if it began anew
    upgrade(instance)
    assert sessions(instance)[0]["state"] == "terminating"
    end = instance.end(client)
    assert end["cause"] == "session-timeout" and end["how"] == "killed by KILL", end
    assert 11000 <= end["duration_ms"] < 15000, end


def sessions(instance):
    return json.loads(instance.command("ps", "--json").stdout)


@pytest.mark.parametrize("setting, value, cause", [
    ("session_timeout", "4s", "session-timeout"),
    ("idle_timeout", "4s", "idle-timeout"),
    ("first_byte_timeout", "4s", "first-byte-timeout"),
])
def test_a_clock_goes_on_where_it_was(prong, tmp_path, puppet, setting, value, cause):
    instance = made(prong, tmp_path, puppet, **{setting: value})
    client = instance.connect()
    instance.begin(client)
    begun = time.monotonic()
    for _ in range(5):
        time.sleep(0.5)
        anew = (time.monotonic() - begun) * 1000  # if it began anew with this one
        upgrade(instance)
    end = instance.end(client)
    assert end["cause"] == cause and 4000 <= end["duration_ms"] < 4000 + anew, end


def test_a_stopped_program_stays_stopped_and_is_ended_all_the_same(
        prong, tmp_path, puppet):
    instance = made(prong, tmp_path, puppet, term_grace="30s")
    client = instance.connect()
    client.ask("say x")
    (program,) = instance.children()
    os.kill(program, signal.SIGSTOP)
    procs.wait_until(lambda: procs.stat(program)[0] == "T", "it is stopped")
    upgrade(instance)
    assert procs.stat(program)[0] == "T"
    assert instance.command("kill", "all").returncode == 0
    assert instance.end(client)["how"] == "killed by TERM"


def test_a_client_that_hangs_up_in_between_is_noticed(prong, tmp_path, puppet):
    instance = made(prong, tmp_path, puppet)
    for _ in range(10):
        client = instance.connect()
        client.ask("hold")
        instance.send_signal(signal.SIGUSR2)
        client.reset()
        assert instance.upgrade_end()["event"] == "upgraded"
        assert instance.end(client)["cause"] == "hangup"


def test_a_paused_service_stays_paused_until_its_time(prong, tmp_path, puppet):
    instance = made(prong, tmp_path, puppet)
    assert instance.command("pause", "puppet").returncode == 0
    waiting = instance.connect()
    upgrade(instance)
    instance.reload()
    assert not instance.events("session-begin")
    assert instance.command("resume", "puppet").returncode == 0
    assert waiting.ask("say x") == "x"
    assert instance.command("pause", "puppet", "--for", "500ms").returncode == 0
    upgrade(instance)
    assert instance.connect().ask("say y") == "y"


def test_the_number_of_sessions_is_kept_to_over_all_of_it(prong, tmp_path, puppet):
    """Those of earlier programs and earlier sets count."""
    instance = made(prong, tmp_path, puppet, max=3, when_full="refuse")
    instance.expect("refused", "refused-more")
    clients = [instance.connect() for _ in range(3)]
    assert [client.ask("say in") for client in clients] == ["in"] * 3
    for what in (instance.upgrade, instance.reload, instance.upgrade):
        what()
        assert instance.connect().is_ended()
    clients[0].command("exit 0")
    instance.end(clients[0])
    assert instance.connect().ask("say in") == "in"


# ---- the log ------------------------------------------------------------------------------


def test_lines_that_nobody_has_read_yet_are_not_lost(prong, tmp_path, puppet):
    """The pipe is full, in the middle of a line, when the program changes."""
    reader, writer = os.pipe()
    instance = made_with_log(prong, tmp_path, puppet, writer)
    clients = [instance.connect() for _ in range(10)]
    for number, client in enumerate(clients):
        for turn in range(30):
            client.ask(f"stderr {number}.{turn} " + "x" * 500)
    for _ in range(3):
        done = instance.command("upgrade")
        assert done.returncode == 0, done.stderr
    os.set_blocking(reader, False)
    lines = read_until_quiet(reader)
    said = [json.loads(line) for line in lines]
    told = [event["line"].split()[0] for event in said if event["event"] == "stderr"]
    assert len([e for e in said if e["event"] == "upgraded"]) == 3
    assert sorted(told) == sorted(f"{n}.{t}" for n in range(10) for t in range(30))
    for client in clients:
        client.close()
    procs.wait_until(lambda: not instance.children(), "all have ended")
    os.close(reader)


def made_with_log(prong, folder, puppet, writer):
    instance = Instance(prong, folder, served(puppet), stderr=writer)
    os.close(writer)
    instance.server.is_checked = False
    return instance


def read_until_quiet(reader):
    data = b""

    def more():
        nonlocal data
        try:
            data += os.read(reader, 1 << 16)
        except BlockingIOError:
            return data.count(b'"upgraded"') == 3 and data.endswith(b"\n")

    procs.wait_until(more, "the log is read", ALARM)
    return data.splitlines()


# ---- listeners and numbers ----------------------------------------------------------------

# The number that --ready-fd had is free once that is told.
READY_3 = """
for word; do [ "$was" = --ready-fd ] && fd=$word; was=$word; done
words=()
was=
for word; do [ "$was" = --ready-fd ] && words+=(3) || words+=("$word"); was=$word; done
eval "exec 3>&$fd $fd>&-"
exec "${words[@]}"
"""


def test_a_session_on_a_number_that_the_trial_uses_itself_does_no_harm(
        prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, served(puppet),
                        wrapper=["bash", "-c", READY_3, "bash"])
    client = instance.connect()
    client.ask("say x")
    for _ in range(3):
        assert instance.upgrade()["event"] == "upgraded"
    assert client.ask("say x") == "x"


def test_a_narrower_address_takes_no_client_before_it_serves(prong, tmp_path):
    """The trial and a reload that fails later open 127.0.0.1 beside 0.0.0.0."""
    wide = config(service("echo", "0.0.0.0:0"))
    instance = Instance(prong, tmp_path, wide)
    instance.expect("upgrade-failed", "reload-failed")
    port = instance.port()
    fixed = config(service("echo", f"0.0.0.0:{port}"))
    broken = config(service("echo", f"127.0.0.1:{port}"),
                    service("never", "unix:/no/such/folder/socket"))
    instance.configure(fixed)
    assert instance.reload()["event"] == "reloaded"
    with Crowd(instance.addresses, callers=8) as crowd:
        for _ in range(15):
            instance.configure(broken)
            assert instance.reload()["event"] == "reload-failed"
            assert instance.upgrade()["event"] == "upgrade-failed"
            instance.configure(config(service("echo", f"127.0.0.1:{port}")))
            instance.install(b"#!/bin/sh\nexit 1\n")
            assert instance.upgrade()["event"] == "upgrade-failed"
            instance.install()
    assert not crowd.failures


def test_an_address_becomes_narrower_and_wider_under_load(prong, tmp_path):
    instance = Instance(prong, tmp_path, config(service("echo", "127.0.0.1:0")))
    port = instance.port()
    with Crowd(instance.addresses) as crowd:
        for turn in range(20):
            host = ("0.0.0.0", "127.0.0.1")[turn % 2]
            instance.configure(config(service("echo", f"{host}:{port}")))
            what = instance.upgrade if turn % 4 > 1 else instance.reload
            assert not what()["event"].endswith("-failed")
            assert instance.events("serving")[-1]["listen"] == f"{host}:{port}"
    assert not crowd.failures
    instance.check_books()


@pytest.mark.parametrize("program", ['"@echo"', '"/bin/cat"'])
def test_who_waits_where_the_next_program_does_not_listen_is_served(
        prong, tmp_path, program):
    """By the service that was, which is only known from what was handed over."""
    old = config(service("old", "127.0.0.1:0", program=program, max=10))
    instance = Instance(prong, tmp_path, old)
    assert instance.command("pause").returncode == 0
    waiting = [instance.connect() for _ in range(10)]
    instance.configure(config(service("new", "127.0.0.1:0", program='"/bin/cat"', max=10)))
    assert instance.upgrade()["event"] == "upgraded"
    for client in waiting:
        client.send("here\n")
        assert client.read_line() == b"here"
        assert instance.begin(client)["service"] == "old"
