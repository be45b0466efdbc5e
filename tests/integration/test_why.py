"""prong why: what it says of a client, and what that client then really meets."""
import json
import os
import re
import socket

import pytest

from harness import procs
from harness.client import Client
from harness.control import path_of
from harness.server import run

PENALISED = ("--penalty", "exit=3:1m")
EXITS_3 = ("sh", "-c", "read line; exit 3")


def ctl(server, *words):
    return run(words[0], "--control", path_of(server.pid), *words[1:])


def why(server, address):
    """What is said of that client by the only service."""
    done = ctl(server, "why", "--json", address)
    (said,) = json.loads(done.stdout)
    assert done.returncode == (0 if said["admitted"] else 1), done
    assert said["instance_pid"] == server.pid
    return said


def inside(server, source="127.0.0.1"):
    client = server.connect(source=source)
    assert client.ask("say in") == "in"
    return client


def offend(server, source):
    """One session that ends in a way that costs."""
    with server.connect(source=source) as client:
        client.command("")
        assert client.is_ended()
        server.end(client)


def in_state(server, state):
    sessions = json.loads(ctl(server, "ps", "--json").stdout)
    return [session for session in sessions if session["state"] == state]


def meets(server, source, reason):
    """It is said to be refused for that reason, and so it is."""
    said = why(server, source)
    assert not said["admitted"] and said["reason"] == reason
    client = server.connect(source=source)
    assert client.is_ended()
    event = server.wait_event("refused", source=client.name)
    assert event["reason"] == reason
    if said["wait_ms"] == 0:
        assert said["text"] == "would be refused: " + event["why"]
    assert re.search(rf'"refusals":"[^"]*{reason} \d+', ctl(server, "status", "--json").stdout)
    return said


# ---- refused


def test_denied_by_a_rule(prong, puppet):
    server = prong("--deny", "127.0.0.2", program=[puppet])
    server.expect("refused")
    said = meets(server, "127.0.0.2", "denied")
    assert said["rule"] == "deny 127.0.0.2" and said["rule_from"] == "deny"
    assert why(server, "127.0.0.3")["admitted"]
    inside(server, "127.0.0.3")


def test_denied_because_no_rule_lets_it_in(prong, puppet):
    server = prong("--allow", "127.0.0.3", program=[puppet])
    server.expect("refused")
    assert "rule" not in meets(server, "127.0.0.2", "denied")
    assert why(server, "127.0.0.3")["rule"] == "allow 127.0.0.3"
    inside(server, "127.0.0.3")


def test_denied_by_a_line_of_a_file(prong, puppet, tmp_path):
    (tmp_path / "bad").write_text("# these\n127.0.0.2\n")
    server = prong("--deny", tmp_path / "bad", program=[puppet])
    server.expect("refused")
    assert meets(server, "127.0.0.2", "denied")["rule_from"] == f"{tmp_path}/bad:2"


def test_a_rule_with_limits_of_its_own(prong, puppet):
    server = prong("--allow", "127.0.0.0/8", "--allow", "127.0.0.2 max-per-source=1",
                   program=[puppet])
    server.expect("refused")
    inside(server, "127.0.0.2")
    said = meets(server, "127.0.0.2", "source-full")
    assert said["rule"] == "allow 127.0.0.2 max-per-source=1"
    assert (said["source_live"], said["source_max"]) == (1, 1)
    assert "source_max" not in why(server, "127.0.0.3")


def test_shut_out(prong):
    server = prong(*PENALISED, program=EXITS_3)
    server.expect("refused")
    offend(server, "127.0.0.2")
    said = meets(server, "127.0.0.2", "penalty")
    assert 30_000 < said["penalty_ms"] <= 60_000 and said["wait_ms"] == said["penalty_ms"]
    assert said["offences"] == 1
    assert why(server, "127.0.0.3")["admitted"]


def test_nobody_else_can_be_remembered(prong):
    server = prong(*PENALISED, "--sources-max", "1", "--sources-full", "refuse",
                   program=EXITS_3)
    server.expect("refused")
    offend(server, "127.0.0.2")
    meets(server, "127.0.0.3", "sources-full")


def test_the_service_is_full(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", program=[puppet])
    server.expect("refused")
    inside(server)
    said = meets(server, "127.0.0.2", "service-full")
    assert (said["live"], said["max"]) == (1, 1)


def test_what_is_kept_for_others(prong, puppet):
    server = prong("--max", "2", "--reserve", "1", "--exempt", "127.0.0.9",
                   "--when-full", "refuse", program=[puppet])
    server.expect("refused")
    inside(server)
    assert meets(server, "127.0.0.2", "service-full")["reserve"] == 1
    said = why(server, "127.0.0.9")
    assert said["admitted"] and said["exempt"]
    inside(server, "127.0.0.9")


def test_the_source_is_full(prong, puppet):
    server = prong("--max-per-source", "1", "--source-prefix", "24/64", program=[puppet])
    server.expect("refused")
    inside(server, "127.0.1.1")
    assert meets(server, "127.0.1.2", "source-full")["source"] == "127.0.1.0/24"
    assert why(server, "127.0.2.1")["source"] == "127.0.2.0/24"


def test_early_drop(prong, puppet):
    server = prong("--max", "9", "--early-drop", "1:100:2", program=[puppet])
    server.expect("refused")
    inside(server)
    assert meets(server, "127.0.0.2", "early-drop")["drop_percent"] == 100


def test_early_drop_is_a_chance_before_it_is_certain(prong, puppet):
    server = prong("--max", "9", "--early-drop", "1:30:8", program=[puppet])
    assert "drop_percent" not in why(server, "127.0.0.2")
    inside(server)
    said = why(server, "127.0.0.2")
    assert said["admitted"] and said["drop_percent"] == 30


@pytest.mark.parametrize("setting, reason, other", [
    ("--rate", "rate", "127.0.0.2"), ("--rate-per-source", "source-rate", "127.0.0.1"),
])
def test_too_fast(prong, puppet, setting, reason, other):
    server = prong(setting, "1/h", "--rate-wait", "off", program=[puppet])
    server.expect("refused")
    inside(server)
    assert 3_000_000 < meets(server, other, reason)["wait_ms"] <= 3_600_000
    if reason == "source-rate":
        inside(server, "127.0.0.2")


def test_a_policy_program_has_the_last_word(prong, puppet):
    server = prong("--policy", "sh", "--policy", "-c", "--policy", "exit 1", program=[puppet])
    server.expect("refused")
    said = why(server, "127.0.0.2")
    assert said["admitted"] and said["policy"]
    client = server.connect(source="127.0.0.2")
    assert client.is_ended()
    assert server.wait_event("refused", source=client.name)["reason"] == "policy"


# ---- let in, at once or later


def test_whoever_is_let_in_is_said_to_be(prong, puppet):
    server = prong("--max", "5", program=[puppet])
    said = why(server, "127.0.0.2")
    assert said["admitted"] and "reason" not in said and said["wait_ms"] == 0
    assert said["text"] == "would be let in" and said["source"] == "127.0.0.2"
    assert (said["live"], said["max"], said["source_live"]) == (0, 5, 0)
    inside(server, "127.0.0.2")
    assert why(server, "127.0.0.2")["source_live"] == 1


def test_a_full_service_lets_it_wait(prong, puppet):
    server = prong("--max", "1", program=[puppet])
    first = inside(server)
    assert why(server, "127.0.0.2")["admitted"]
    assert " would wait until another session ends\n" in ctl(server, "why", "127.0.0.2").stdout
    second = server.connect(source="127.0.0.2")
    second.command("say at last")
    first.command("exit 0")
    assert second.read_line() == b"at last"


def test_a_turn_is_waited_for(prong, puppet):
    server = prong("--rate", "1/m", "--rate-wait", "2m", program=[puppet])
    server.expect("refused")  # it is gone at the end of the test
    inside(server)
    said = why(server, "127.0.0.2")
    assert said["admitted"] and 30_000 < said["wait_ms"] <= 60_000
    assert (said["tokens"], said["burst"]) == (0, 1)
    server.connect(source="127.0.0.2")
    procs.wait_until(lambda: in_state(server, "waiting"), "waiting")
    (one,) = in_state(server, "waiting")
    assert one["source"].startswith("127.0.0.2:") and one["pid"] == 0


def test_whoever_had_to_wait_has_a_session_like_any_other(prong, puppet):
    server = prong("--rate", "4/s:1", program=[puppet])
    inside(server)
    client = inside(server, "127.0.0.2")
    client.half_close()
    assert client.read_all() == b""
    assert server.end(client)["status"] == 0
    client = inside(server, "127.0.0.2")
    client.reset()
    server.end(client)


def test_an_exempt_client_meets_no_such_limit(prong, puppet):
    server = prong("--max-per-source", "1", "--rate", "1/h", "--rate-wait", "off",
                   "--exempt", "127.0.0.9", program=[puppet])
    for _ in range(3):
        said = why(server, "127.0.0.9")
        assert said["admitted"] and said["exempt"]
        inside(server, "127.0.0.9")


# ---- who is meant


def test_a_proxy_is_one_and_its_client_is_asked_about(prong, puppet):
    server = prong("--proxy-from", "127.0.0.2", "--deny", "203.0.113.7", program=[puppet])
    server.expect("refused")
    assert why(server, "127.0.0.2")["proxy_from"]
    assert why(server, "203.0.113.7")["reason"] == "denied"
    client = server.connect(source="127.0.0.2")
    client.send("PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n")
    assert client.is_ended()
    event = server.wait_event("refused")
    assert event["reason"] == "denied" and event["source"] == "203.0.113.7:4711"
    assert why(server, "203.0.113.8")["admitted"]
    client = server.connect(source="127.0.0.2")
    client.send("PROXY TCP4 203.0.113.8 127.0.0.1 4711 80\r\n")
    assert client.ask("say in") == "in"
    (session,) = json.loads(ctl(server, "ps", "--json").stdout)
    assert session["source"] == "203.0.113.8:4711" and session["proxy"] == client.name
    assert " 203.0.113.8:4711 by 127.0.0.2 " in ctl(server, "ps").stdout


def test_users_of_a_unix_socket(prong, puppet, tmp_path, root):
    server = prong("--allow-uid", "65534", program=[puppet], listen=[f"unix:{tmp_path}/socket"])
    server.expect("refused")
    assert why(server, "uid:65534")["admitted"]
    assert why(server, f"uid:{os.getuid()}")["reason"] == "denied"
    client = Client(socket.AF_UNIX, f"{tmp_path}/socket")
    server.clients.append(client)
    assert client.is_ended()
    assert server.wait_event("refused")["reason"] == "denied"


@pytest.mark.parametrize("word, source", [
    ("127.0.0.2:4711", "127.0.0.2"), ("[2001:db8::1]:80", "2001:db8::/64"),
    ("::ffff:192.0.2.7", "192.0.2.7"), ("vsock:3:1024", "cid 3"), ("uid:7", "uid 7"),
])
def test_a_client_is_written_as_the_log_has_it(prong, word, source):
    assert why(prong(), word)["source"] == source


@pytest.mark.parametrize("word, wrong", [
    ("banana", "'banana' is not an address"), ("192.0.2.0/24", "is more than one address"),
    ("all", "is more than one address"), ("192.0.2.300", "is not an address"),
    ("\x1b[2J", "has a blank or a control character"),
])
def test_what_is_no_client_is_a_failure(prong, word, wrong):
    done = ctl(prong(), "why", word)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("prong why: ") and wrong in done.stderr


def test_services_are_asked_one_by_one_or_all(prong, tmp_path):
    (tmp_path / "site.yaml").write_text("""
services:
  one: { listen: "127.0.0.1:0", program: "@echo", deny: [203.0.113.0/24] }
  two: { listen: "127.0.0.1:0", program: "@echo" }
""")
    server = prong("-f", tmp_path / "site.yaml", listen=[], program=[])
    done = ctl(server, "why", "203.0.113.7")
    assert done.returncode == 1
    firsts = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert firsts == [
        "one: 203.0.113.7 would be refused (denied): a rule keeps it out",
        "two: 203.0.113.7 would be let in",
    ]
    assert "  rule            deny 203.0.113.0/24\n" in done.stdout
    assert "  rule            none speaks of it\n" in done.stdout
    done = ctl(server, "why", "203.0.113.7", "--service", "two")
    assert done.returncode == 0 and done.stdout.startswith("two: ")
    done = ctl(server, "why", "203.0.113.7", "--service", "three")
    assert done.returncode == 1 and "there is no service 'three'" in done.stderr


def test_nothing_changes_by_asking(prong, puppet):
    server = prong("--rate-per-source", "1/h", "--rate-wait", "off", "--max-per-source", "1",
                   *PENALISED, program=[puppet])
    for _ in range(20):
        assert why(server, "127.0.0.2")["source_tokens"] == 1
    assert not server.events("control") and not server.events("refused")
    (whole,) = json.loads(ctl(server, "status", "--json").stdout)
    assert whole["accepted"] == whole["refused"] == 0
    assert ctl(server, "penalties").stdout == "nobody owes anything\n"
    inside(server, "127.0.0.2")
    assert why(server, "127.0.0.2")["reason"] == "source-full"


def test_what_is_in_force_after_a_reload_is_what_is_asked(prong, tmp_path):
    site = tmp_path / "site.yaml"
    text = 'services: { one: { listen: "127.0.0.1:0", program: "@echo", deny: [%s] } }\n'
    site.write_text(text % "127.0.0.2")
    server = prong("-f", site, listen=[], program=[])
    server.expect("refused")
    meets(server, "127.0.0.2", "denied")
    site.write_text(text % "127.0.0.3")
    assert ctl(server, "reload").returncode == 0
    assert why(server, "127.0.0.2")["admitted"]
    meets(server, "127.0.0.3", "denied")
