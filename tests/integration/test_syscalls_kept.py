"""Filters of system calls where something is in their way, and over an upgrade."""
import collections

import pytest

from harness import started, strace
from harness.instance import Instance, config, service
from harness.programs import script
from test_syscalls import CALLS, PYTHON, ask, filtered

__all__ = ["filtered"]


# ---- what may be in the way -------------------------------------------------------------


def test_a_filter_that_cannot_be_had_is_a_failed_stage(prong, tracer, fault_log, open_folder):
    mark = open_folder / "ran"
    server = prong("--syscalls", "@default", program=["touch", mark])
    server.expect("session-end", "spawn-failed")
    with strace.Attached(server.pid, ["-e", "trace=seccomp", "-e",
                                      "inject=seccomp:error=ENOMEM"], fault_log, follow=True):
        with server.connect() as client:
            client.read_all()
        end = server.wait_event("session-end")
    assert (end["ending"], end["stage"]) == ("stage", "filter")
    assert not mark.exists()


def test_below_another_listener_calls_fail_unsaid(filtered):
    server = filtered("@default", wrapper=[PYTHON, script("listened.py")])
    server.wait_event("serving")
    assert any("listener" in note["text"] for note in server.events("note"))
    with server.connect() as client:
        assert ask(client, "flood 20") == "EPERM 20"
    assert server.end(client)["status"] == 0
    assert not server.events("forbidden")


def test_or_end_the_program(filtered):
    server = filtered("@default", "--syscalls-action", "kill",
                      wrapper=[PYTHON, script("listened.py")])
    with server.connect() as client:
        client.send("unshare\n")
        assert client.is_ended()
    assert server.end(client)["signal"] == "SYS"


# ---- over an upgrade --------------------------------------------------------------------


def upgraded(prong, folder, **settings):
    program = ", ".join(f'"{word}"' for word in CALLS)
    instance = Instance(prong, folder, config(service("calls", "127.0.0.1:0", program=program,
                                                      **settings)),
                        is_ahead="start" in settings)
    instance.expect("forbidden")
    return instance


@pytest.mark.parametrize("start", started.MODES)
def test_a_session_is_told_of_after_an_upgrade(prong, tmp_path, start):
    instance = upgraded(prong, tmp_path, syscalls="'@default'", start=start)
    if start != "fresh":
        started.wait_ready(instance)
    client = instance.connect()
    assert ask(client, "mount") == "EPERM"
    for _ in range(2):
        assert instance.upgrade()["event"] == "upgraded"
        assert ask(client, "unshare") == "EPERM"
    client.half_close()
    end = instance.end(client)
    calls = collections.Counter(event["call"] for event in instance.events("forbidden")
                                if event.get("id") == end["id"])
    assert calls == {"mount": 1, "unshare": 2} and end["status"] == 0


@pytest.mark.parametrize("start", ["fresh", "spare"])
def test_and_ends(prong, tmp_path, start):
    instance = upgraded(prong, tmp_path, syscalls="'@default'", syscalls_action="kill",
                        start=start)
    if start != "fresh":
        started.wait_ready(instance)
    client = instance.connect()
    assert ask(client, "socket 1") == "EPERM"
    assert instance.upgrade()["event"] == "upgraded"
    client.send("unshare\n")
    assert instance.end(client)["cause"] == "syscall"
