"""prong penalties: who owes something for what it did, and who is forgiven."""
import json

import pytest

from harness.client import Client
from harness.control import path_of
from harness.server import run

EXITS = ("sh", "-c", "read status; exit $status")


def ctl(server, *words):
    return run(words[0], "--control", path_of(server.pid), *words[1:])


def owing(server, *words):
    done = ctl(server, "penalties", "--json", *words)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def offend(server, source, status=3, index=0):
    """A session that ends with that status."""
    client = server.connect(index, source=source)
    client.command(str(status))
    assert client.is_ended()
    server.end(client)


def is_refused(server, source):
    client = server.connect(source=source)
    client.command("0")
    assert client.is_ended()
    return server.wait_event("refused", source=client.name)["reason"] == "penalty"


def test_nobody_owes_anything_at_first(prong):
    server = prong("--penalty", "exit=3:1m", program=EXITS)
    done = ctl(server, "penalties")
    assert done.returncode == 0 and done.stdout == "nobody owes anything\n"
    assert owing(server) == []
    offend(server, "127.0.0.2", 0)
    assert owing(server) == []


def test_who_owes_most_comes_first(prong):
    server = prong("--name", "night", "--penalty", "exit=3:1m", "--penalty", "exit=4:40s",
                   "--penalty-min", "50s", program=EXITS)
    offend(server, "127.0.0.2", 4)
    offend(server, "127.0.0.3")
    done = ctl(server, "penalties")
    head, first, second = done.stdout.splitlines()
    assert head.split() == "SERVICE SOURCE STATE OFFENCES LAST".split()
    assert first.split()[:4] == "night 127.0.0.3 shut out".split()
    assert second.split()[:3] == "night 127.0.0.2 owes".split()
    assert first.split()[-2:] == second.split()[-2:] == ["1", "exit"]
    two, three = sorted(owing(server), key=lambda one: one["source"])
    assert two["instance"] == "night" and two["instance_pid"] == server.pid
    assert "shut_out" not in two and 0 < two["owes_ms"] <= 40_000
    assert three["shut_out"] and two["owes_ms"] + 20_000 <= three["owes_ms"] <= 60_000


def test_one_who_is_forgiven_is_let_in_again(prong):
    server = prong("--penalty", "exit=3:1m", "--name", "night", program=EXITS)
    server.expect("refused")
    for source in ("127.0.0.2", "127.0.0.3"):
        offend(server, source)
    assert len(owing(server)) == 2
    done = ctl(server, "penalties", "clear", "127.0.0.2")
    assert done.stdout == "night: 1 source owes nothing any more\n"
    assert [one["source"] for one in owing(server)] == ["127.0.0.3"]
    offend(server, "127.0.0.2", 0)
    assert is_refused(server, "127.0.0.3")
    assert server.wait_event("control", request="penalties clear 127.0.0.2")
    assert server.wait_event("penalties-cleared")["count"] == 1


@pytest.mark.parametrize("word, left", [
    ("127.0.1.0/24", {"127.0.2.1"}), ("127.0.0.0/8", set()), ("all", set()),
    ("127.0.1.2", {"127.0.1.1", "127.0.2.1"}),
])
def test_who_is_meant(prong, word, left):
    server = prong("--penalty", "exit=3:1m", program=EXITS)
    for source in ("127.0.1.1", "127.0.1.2", "127.0.2.1"):
        offend(server, source)
    done = ctl(server, "penalties", "clear", "--json", word)
    assert json.loads(done.stdout) == {"sources": 3 - len(left), "done": True}
    assert {one["source"] for one in owing(server)} == left


def test_a_network_of_sources_is_meant_by_each_of_its_addresses(prong):
    server = prong("--penalty", "exit=3:1m", "--source-prefix", "24/64", program=EXITS)
    offend(server, "127.0.1.1")
    assert [one["source"] for one in owing(server)] == ["127.0.1.0/24"]
    assert ctl(server, "penalties", "clear", "127.0.1.77").returncode == 0
    assert owing(server) == []


def test_offences_are_forgiven_with_what_is_owed(prong):
    server = prong("--penalty", "exit=3:1m", program=EXITS)
    offend(server, "127.0.0.2")
    assert ctl(server, "penalties", "clear", "all").returncode == 0
    offend(server, "127.0.0.2")
    (one,) = owing(server)
    assert one["offences"] == 1 and one["owes_ms"] <= 60_000


def test_nobody_is_meant(prong):
    server = prong("--penalty", "exit=3:1m", program=EXITS)
    offend(server, "127.0.0.2")
    done = ctl(server, "penalties", "clear", "127.0.0.9")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "prong penalties clear: nobody who is meant by '127.0.0.9' owes anything\n")
    assert not server.events("penalties-cleared")
    assert len(owing(server)) == 1


@pytest.mark.parametrize("word, wrong", [
    ("banana", "'banana' is not"), ("127.0.0.1/8", "127.0.0.0/8 would be right"),
])
def test_what_means_nobody_is_a_mistake(prong, word, wrong):
    done = ctl(prong(), "penalties", "clear", word)
    assert done.returncode == 1 and wrong in done.stderr


@pytest.mark.parametrize("words, hint", [
    (["clear"], "prong penalties clear all"), (["forget"], "prong penalties clear all"),
    (["clear", "all", "more"], "prong penalties [OPTIONS] [clear WHAT]"),
])
def test_everybody_is_forgiven_only_by_the_word(words, hint):
    done = run("penalties", *words)
    assert done.returncode == 2 and done.stdout == "" and hint in done.stderr


def test_services_are_apart(prong, tmp_path):
    (tmp_path / "site.yaml").write_text("""
defaults: { penalty: ["exit=3:1m"] }
services:
  one: { listen: "127.0.0.1:0", program: [sh, -c, "read status; exit $status"] }
  two: { listen: "127.0.0.1:0", program: [sh, -c, "read status; exit $status"] }
""")
    server = prong("-f", tmp_path / "site.yaml", listen=[], program=[])
    for index in range(2):
        offend(server, "127.0.0.2", index=index)
    assert [one["service"] for one in owing(server, "--service", "two")] == ["two"]
    rows = ctl(server, "penalties").stdout.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["one", "two"]
    assert ctl(server, "penalties", "clear", "all", "--service", "two").returncode == 0
    assert [one["service"] for one in owing(server)] == ["one"]
    for words in (["penalties"], ["penalties", "clear", "all"]):
        done = ctl(server, *words, "--service", "three")
        assert done.returncode == 1 and "there is no service 'three'" in done.stderr


def test_thousands_who_owe_are_listed_while_others_are_served(prong):
    server = prong("--proxy-from", "127.0.0.1", "--deny", "10.0.0.0/8",
                   "--penalty", "denied:1h", "--penalty-max", "1h", program=["@echo"])
    server.expect("refused", "refused-more")
    many = 3000
    for i in range(many):
        with Client(*_address(server)) as client:
            client.send(f"PROXY TCP4 10.0.{i // 250}.{i % 250 + 1} 127.0.0.1 1 2\r\n")
            assert client.is_ended()
    assert len(owing(server)) == many
    rows = ctl(server, "penalties").stdout.splitlines()
    assert len(rows) == many + 1
    with Client(*_address(server)) as client:
        client.send("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n")
        assert client.exchange(b"served") == b"served"
    done = ctl(server, "penalties", "clear", "10.0.0.0/16", "--json")
    assert json.loads(done.stdout)["sources"] == many


def _address(server):
    from harness.client import address_of

    return address_of(server.addresses[0])
