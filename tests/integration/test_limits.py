"""Who gets in: max, when-full, max-per-source with its prefix, refuse-text."""
import socket

import pytest

from harness.client import Client


def order(server, *names):
    """The events with these names in the order of the log."""
    return [event["event"] for event in server.journal.events if event["event"] in names]


def test_a_full_service_lets_the_next_client_wait(prong, puppet):
    server = prong("--max", "2", program=[puppet])
    first, second = server.connect(), server.connect()
    first.ask("say in")
    second.ask("say in")
    third = server.connect()
    third.command("say at last")
    first.command("exit 0")

    assert third.read_line() == b"at last"
    server.begin(third)
    assert order(server, "session-begin", "session-end")[:4] == [
        "session-begin", "session-begin", "session-end", "session-begin"
    ]
    assert not server.events("refused")


def test_the_count_of_live_sessions_is_said(prong, puppet):
    server = prong("--max", "3", program=[puppet])
    clients = [server.connect() for _ in range(3)]
    begins = [server.begin(client) for client in clients]

    assert [begin["live"] for begin in begins] == [1, 2, 3]
    assert all(begin["max"] == 3 for begin in begins)


def test_many_waiting_clients_are_all_served(prong):
    server = prong("--max", "3", program=["@hello"])
    clients = [server.connect() for _ in range(100)]
    assert all(client.read_all() for client in clients)


def test_a_full_service_refuses_when_told_to(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", "--refuse-text",
                   "come back later\\r\\n", program=[puppet])
    server.expect("refused")
    first = server.connect()
    first.ask("say in")
    with server.connect() as second:
        assert second.read_all() == b"come back later\r\n"
    event = server.wait_event("refused")

    assert (event["reason"], event["live"]) == ("service-full", 1)
    assert "1 of 1" in event["why"]
    assert event["source"].startswith("127.0.0.1")
    first.command("exit 0")
    server.end(first)
    assert server.connect().ask("say in") == "in", "the slot was given back"


def test_one_source_does_not_keep_the_others_out(prong, puppet, netns):
    server = prong("--max-per-source", "2", "--refuse-text", "enough\\n", program=[puppet])
    server.expect("refused")
    greedy = [server.connect(source="127.0.0.2") for _ in range(2)]
    for client in greedy:
        client.ask("say in")

    assert server.connect(source="127.0.0.2").read_all() == b"enough\n"
    assert server.connect(source="127.0.0.3").ask("say in") == "in"
    event = server.wait_event("refused")
    assert event["reason"] == "source-full"
    assert "2 of 2" in event["why"] and "127.0.0.2" in event["why"]
    greedy[0].command("exit 0")
    server.end(greedy[0])
    assert server.connect(source="127.0.0.2").ask("say in") == "in"


def v6(server, source):
    client = Client(socket.AF_INET6, ("::1", server.port()), source=source)
    server.clients.append(client)
    return client


def test_a_64_is_one_source(prong, puppet, netns):
    netns.add("fd00:0:0:1::1/128", "fd00:0:0:1::2/128", "fd00:0:0:2::1/128")
    server = prong("--max-per-source", "1", program=[puppet], listen=["[::]:0"])
    server.expect("refused")
    assert v6(server, "fd00:0:0:1::1").ask("say in") == "in"

    assert v6(server, "fd00:0:0:1::2").is_ended()
    assert v6(server, "fd00:0:0:2::1").ask("say in") == "in"
    assert server.wait_event("refused")["reason"] == "source-full"


@pytest.mark.parametrize("prefix, same, other", [
    ("24/64", "127.0.0.9", "127.0.1.1"),
    ("8/64", "127.99.0.1", None),
])
def test_the_prefix_of_ipv4_decides_who_is_one_source(
    prong, puppet, netns, prefix, same, other
):
    server = prong("--max-per-source", "1", "--source-prefix", prefix, program=[puppet])
    server.expect("refused")
    assert server.connect(source="127.0.0.1").ask("say in") == "in"
    assert server.connect(source=same).is_ended()
    if other is not None:
        assert server.connect(source=other).ask("say in") == "in"


def test_the_prefix_of_ipv6_decides_who_is_one_source(prong, puppet, netns):
    netns.add("fd00:0:0:1::1/128", "fd00:0:0:1::2/128")
    server = prong("--max-per-source", "1", "--source-prefix", "32/128", program=[puppet],
                   listen=["[::]:0"])
    assert v6(server, "fd00:0:0:1::1").ask("say in") == "in"
    assert v6(server, "fd00:0:0:1::2").ask("say in") == "in"


def test_refusals_of_one_source_are_limited_in_the_log_and_counted(prong, puppet):
    server = prong("--max-per-source", "1", program=[puppet])
    server.expect("refused", "refused-more")
    server.connect().ask("say in")
    for _ in range(200):
        with server.connect() as client:
            assert client.is_ended()
    server.settle()
    server.stop()

    lines = server.events("refused")
    assert 1 <= len(lines) < 100
    more = [event.get("more", 0) for event in lines + server.events("refused-more")]
    assert len(lines) + sum(more) == 200
    assert server.events("drained")[0]["refused"] == 200


def test_a_refused_client_has_no_process_and_no_begin(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", program=[puppet])
    server.expect("refused")
    server.connect().ask("say in")
    with server.connect() as client:
        assert client.is_ended()
    server.wait_event("refused")
    assert len(server.children()) == 1
    assert len(server.events("session-begin")) == 1


def test_refuse_text_reaches_a_client_that_had_already_spoken(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", "--refuse-text", "full\\n",
                   program=[puppet])
    server.expect("refused", "refused-more")
    server.connect().ask("say in")
    for _ in range(20):
        with server.connect() as client:
            client.send(b"GET / HTTP/1.0\r\n\r\n")
            assert client.read_line() == b"full"


def test_a_client_that_does_not_read_its_refusal_holds_nothing_up(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", "--refuse-text", "full\\n" * 50,
                   program=[puppet])
    server.expect("refused", "refused-more")
    inside = server.connect()
    inside.ask("say in")
    silent = [server.connect(rcvbuf=1024) for _ in range(50)]
    assert inside.ask("say on") == "on"
    for client in silent:
        client.reset()


def test_limits_hold_across_listeners(prong, puppet):
    server = prong("--max", "1", "--when-full", "refuse", program=[puppet],
                   listen=["127.0.0.1:0", "127.0.0.1:0"])
    server.expect("refused")
    server.connect(0).ask("say in")
    assert server.connect(1).is_ended()
