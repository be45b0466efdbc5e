"""What a client is told that is refused, for each reason, and what the log says of it."""
import json
import os
import resource

import pytest

from harness.entrance import (
    TEXT, Told, enter, leave, offend, refused, turned_away, v4, v6, wait_state)
from harness.instance import Instance, config, service
from harness.server import run

SHUT_OUT = ("--penalty", "exit=3:1m", "--penalty-min", "off")


@pytest.fixture
def refusing(prong, puppet):
    def start(*words, text=TEXT, program=(puppet,), **kw):
        server = prong(*words, "--refuse-text", text, program=program, **kw)
        server.expect("refused", "refused-more", "session-end", "policy-failed", "accept-failed",
                      "spawn-failed")
        return server
    return start


def fill(server):
    enter(server)


def wait_for_a_turn(server):
    enter(server)
    wait_state(server, server.connect(), "waiting")


REASONS = {
    "service-full": (["--max", "1", "--when-full", "refuse"], fill, "1 of 1 session", [1]),
    "source-full": (["--max-per-source", "1"], fill, "1 of 1 session from 127.0.0.1", [1]),
    "denied": (["--deny", "127.0.0.0/8"], None, "deny 127.0.0.0/8", [1]),
    "penalty": (list(SHUT_OUT), offend, "127.0.0.1 is shut out for ", range(20, 61)),
    "early-drop": (["--max", "2", "--early-drop", "1:100:2"], fill,
                   "early-drop: 1 of 2 sessions", [1]),
    "source-rate": (["--rate-per-source", "1/m", "--rate-wait", "off"], fill,
                    "more than 1 in 1 min from 127.0.0.1", range(20, 61)),
    "rate": (["--rate", "1/m", "--rate-wait", "off"], fill, "more than 1 in 1 min",
             range(20, 61)),
    "waiting-full": (["--rate", "1/m", "--rate-wait", "10m", "--waiting-max", "1"],
                     wait_for_a_turn, "too many clients wait for their turn",
                     range(80, 121)),
    "policy": (["--policy", "false"], None, "the policy program says no", [1]),
    "policy-failed": (["--policy", "sh", "--policy", "-c", "--policy", "exit 7"], None,
                      "the policy program gave no answer: it exited with 7", [1]),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_client_is_told_what_the_log_says(refusing, reason):
    words, prepare, why, seconds = REASONS[reason]
    server = refusing(*words)
    if prepare is not None:
        prepare(server)
    told, event = turned_away(server, reason=reason)
    assert event["why"].startswith(why), event
    assert told.seconds in seconds
    assert told.source == "127.0.0.1"
    assert len(told.id) == 13


def test_a_full_memory_is_told_of(refusing):
    server = refusing(*SHUT_OUT, "--sources-max", "1", "--sources-full", "refuse")
    offend(server, "127.0.0.2")
    told, event = turned_away(server, "127.0.0.3", "sources-full")
    assert event["why"] == "1 sources are shut out, more cannot be remembered (sources-max)"


def test_a_drain_is_told_to_those_that_wait(refusing):
    server = refusing("--rate", "1/m", "--rate-wait", "10m")
    leave(server, enter(server))
    late = server.connect()
    wait_state(server, late, "waiting")
    server.send_signal(15)
    assert refused(server, late)[0].reason == "stopping"
    server.wait()


def test_a_program_that_cannot_be_started_is_told_of(refusing, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    server = refusing(program=[str(program)])
    program.unlink()
    client = server.connect()
    told = Told(client.read_line())
    assert told.reason == "failed" and told.seconds == 1
    assert server.end(client)["id"] == told.id


def test_without_a_descriptor_the_text_of_that_reason_is_told(prong):
    server = prong("--refuse-text-for", "no-descriptors={reason} {source}\\n")
    server.expect("refused", "refused-more", "accept-failed")
    old = server.limit(resource.RLIMIT_NOFILE, len(server.fds()))
    client = server.connect()
    try:
        assert client.read_line() == b"no-descriptors 127.0.0.1"
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, old)


# ---- which text


def test_each_reason_may_have_a_text_of_its_own(refusing):
    server = refusing(
        "--refuse-text-for", "denied=go away, {source}\\r\\n",
        "--refuse-text-for", "source-full=\\ttoo many, {id}\\n",
        "--deny", "127.0.0.2", "--max-per-source", "1", "--rate", "2/h", "--rate-wait", "off")
    assert server.connect(source="127.0.0.2").read_all() == b"go away, 127.0.0.2\r\n"
    enter(server, "127.0.0.3")
    text = server.connect(source="127.0.0.3").read_all().decode()
    assert text == f"\ttoo many, {server.wait_event('refused', reason='source-full')['id']}\n"
    enter(server, "127.0.0.4")
    turned_away(server, "127.0.0.5", "rate")


def test_an_empty_text_for_a_reason_says_nothing(refusing):
    server = refusing("--refuse-text-for", "denied=", "--deny", "127.0.0.2",
                      "--max-per-source", "1")
    assert server.connect(source="127.0.0.2").read_all() == b""
    enter(server)
    turned_away(server, reason="source-full")


def test_a_text_for_one_reason_alone_says_nothing_for_the_others(prong, puppet):
    server = prong("--refuse-text-for", "rate=later\\n", "--deny", "127.0.0.2",
                   "--rate", "1/h", "--rate-wait", "off", program=[puppet])
    server.expect("refused")
    enter(server)
    assert server.connect().read_all() == b"later\n"
    assert server.connect(source="127.0.0.2").read_all() == b""


def test_other_braces_stay_as_they_are(refusing):
    text = "{} {nothing} {Reason} {{source}} {reason {seconds}}\\n"
    server = refusing("--deny", "all", "--allow", "127.0.0.9", text=text)
    assert server.connect().read_all() == (
        b"{} {nothing} {Reason} {127.0.0.1} {reason 1}\n")


def test_the_address_is_told_as_it_is_counted(refusing, netns):
    netns.add("fd00::7/128")
    server = refusing("--deny", "fd00::/8", "--deny", "127.0.0.0/8", listen=[":0"])
    assert Told(v6(server, "fd00::7").read_line()).source == "fd00::7"
    assert Told(v4(server, "127.0.0.5").read_line()).source == "127.0.0.5"


def test_a_client_of_a_unix_socket_is_told_its_user(refusing, tmp_path):
    server = refusing("--deny", f"uid:{os.geteuid()}", text="{source}\\n",
                      listen=[f"unix:{tmp_path}/socket"])
    assert server.connect().read_all() == f"uid {os.geteuid()}\n".encode()


# ---- how long


def test_a_text_of_4096_bytes_is_told_whole(refusing):
    server = refusing("--deny", "127.0.0.0/8", text="x" * 4095 + "\\n")
    assert server.connect().read_all() == b"x" * 4095 + b"\n"


def test_a_text_that_grows_is_cut_and_never_blocks(refusing):
    server = refusing("--deny", "127.0.0.0/8", text="{source}" * 512)
    data = server.connect(source="127.100.100.100").read_all()
    assert 4096 <= len(data) < 6000 and set(data.split(b"127.")) <= {
        b"", *(b"100.100.100"[:n] for n in range(12))}


@pytest.mark.parametrize("words", [
    ("--refuse-text", "x" * 4097), ("--refuse-text-for", "denied=" + "x" * 4097),
    ("--refuse-text-for", "nobody=x"), ("--refuse-text-for", "denied"),
    ("--refuse-text-for", "denied=\\q"),
])
def test_a_text_that_cannot_be_is_a_mistake(words):
    done = run("check", *words, "127.0.0.1:0", "--", "@echo")
    assert done.returncode != 0
    assert words[0][2:] in done.stderr


# ---- the log


def test_each_reason_has_lines_of_its_own_and_counts_what_it_does_not_say(refusing):
    server = refusing("--deny", "127.0.0.2", "--max-per-source", "1")
    enter(server)
    for source, times in (("127.0.0.2", 60), ("127.0.0.1", 3)):
        for _ in range(times):
            with server.connect(source=source) as client:
                assert client.read_all()
    server.settle()
    server.stop()
    found = {reason: server.events("refused", reason=reason)
             for reason in ("denied", "source-full")}
    more = sum(event.get("more", 0) for event in found["denied"])
    more += sum(event["more"] for event in server.events("refused-more", reason="denied"))
    assert len(found["denied"]) + more == 60 and len(found["denied"]) <= 20
    assert len(found["source-full"]) == 3


def test_reasons_are_counted_apart_and_an_upgrade_keeps_that(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(service(
        "one", "127.0.0.1:0", program=f'"{puppet}"', deny="[127.0.0.2]", max_per_source=1)))
    instance.expect("refused")
    enter(instance)
    for source in ("127.0.0.2", "127.0.0.2", "127.0.0.1"):
        assert instance.connect(source=source).is_ended()
    assert instance.upgrade()["event"] == "upgraded"
    said = json.loads(instance.command("stats", "--json").stdout)
    assert said[0]["services"][0]["refusals"] == "source-full 1, denied 2"
