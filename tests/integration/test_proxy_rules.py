"""Whom limits, rules and clocks mean when a proxy introduces the client: the client, and
of those who are no proxies of ours not one byte is looked at."""
import os
import time

import pytest

from harness import proxied
from harness.proxied import HEADERS, addresses, binary, line, sealed, tlv

FROM = ("--proxy-from", "127.0.0.1")


def numbered(last, port=1000):
    return line((f"192.0.2.{last}", port))


# ---- trust

@pytest.mark.parametrize("version", HEADERS)
def test_a_header_of_somebody_else_is_what_he_says_to_the_program(prong, version):
    server = prong(*FROM)
    client = proxied.connect(server, HEADERS[version] + b"hello", source="127.0.0.2")
    client.half_close()

    assert client.read_all() == HEADERS[version] + b"hello"
    event = server.begin(client)
    assert "proxy" not in event
    assert server.end(client)["bytes_in"] == len(HEADERS[version]) + 5


def test_rules_hold_for_somebody_else_as_he_is(prong):
    server = prong(*FROM, "--allow", "192.0.2.0/24")
    server.expect("refused")
    spoofed = proxied.connect(server, line(), source="127.0.0.2")
    assert spoofed.is_ended()
    event = proxied.refused(server, "denied")
    assert event["source"] == spoofed.name and "proxy" not in event

    assert proxied.connect(server, line() + b"hello").read(5) == b"hello"


def test_without_proxies_a_header_is_data(prong):
    server = prong()
    client = proxied.connect(server, line())
    client.half_close()
    assert client.read_all() == line()
    assert server.begin(client)


def test_a_proxy_on_a_unix_socket_is_known_by_its_user(prong, puppet, tmp_path):
    uid = os.geteuid()
    listen = [f"unix:{tmp_path}/own", f"unix:{tmp_path}/other"]
    server = prong("--proxy-from", f"uid:{uid}", listen=listen[:1], program=[puppet])
    env = proxied.connect(server, line()).environment()
    assert (env["PROTO"], env["TCPREMOTEIP"], env["TCPLOCALIP"]) == (
        "TCP", "192.0.2.7", "198.51.100.1")
    assert not [name for name in env if name.startswith("IPC")]
    assert "PRONG_PROXY_IP" not in env, "what is not known is unset"

    server = prong("--proxy-from", f"uid:{uid + 1}", listen=listen[1:], program=[puppet])
    assert proxied.connect(server).environment()["PROTO"] == "IPC"


# ---- limits and rules

def test_each_client_has_its_own_count(prong):
    server = prong(*FROM, "--max-per-source", "2")
    server.expect("refused")
    for last in (1, 1, 2, 2, 3):
        assert proxied.connect(server, numbered(last) + b"x").read(1) == b"x"
    assert proxied.connect(server, numbered(1)).is_ended()
    event = proxied.refused(server, "source-full")
    assert event["source"] == "192.0.2.1:1000"
    assert event["proxy"].startswith("127.0.0.1:")


def test_a_prefix_of_clients_is_one_source(prong):
    server = prong(*FROM, "--max-per-source", "1")
    server.expect("refused")
    first = line(("2001:db8:0:1::1", 1), proxied.SERVER6)
    other = line(("2001:db8:0:1::2", 1), proxied.SERVER6)
    elsewhere = line(("2001:db8:0:2::1", 1), proxied.SERVER6)

    assert proxied.connect(server, first + b"x").read(1) == b"x"
    assert proxied.connect(server, other).is_ended()
    assert proxied.connect(server, elsewhere + b"x").read(1) == b"x"


def test_a_mapped_client_is_the_same_source(prong):
    server = prong(*FROM, "--max-per-source", "1")
    server.expect("refused")
    mapped = line(("::ffff:192.0.2.1", 1), ("::ffff:198.51.100.1", 1))

    assert proxied.connect(server, numbered(1) + b"x").read(1) == b"x"
    assert proxied.connect(server, mapped).is_ended()
    assert proxied.refused(server, "source-full")["source"] == "192.0.2.1:1"


def test_a_rule_means_the_client(prong):
    server = prong(*FROM, "--deny", "192.0.2.0/25")
    server.expect("refused")
    assert proxied.connect(server, numbered(1)).is_ended()
    assert proxied.refused(server, "denied")["source"] == "192.0.2.1:1000"
    assert proxied.connect(server, numbered(200) + b"x").read(1) == b"x"


def test_to_deny_the_proxy_denies_what_it_says_of_itself(prong):
    """It may speak for others; its own connections are its own."""
    server = prong(*FROM, "--deny", "127.0.0.0/8")
    server.expect("refused")
    assert proxied.connect(server, numbered(1) + b"x").read(1) == b"x"
    local = binary(b"", proxied.UNSPEC, proxied.LOCAL)
    client = proxied.connect(server, local)
    assert client.is_ended()
    assert proxied.refused(server, "denied")["source"] == client.name


def test_clients_on_a_unix_socket_of_the_proxy_count_as_the_proxy(prong, puppet):
    server = prong(*FROM, "--max-per-source", "1", program=[puppet])
    server.expect("refused")
    header = binary(proxied.unix_addresses("/run/from", "/run/to"), proxied.UNIX)
    env = proxied.connect(server, header).environment()

    assert env["PROTO"] == "IPC"
    assert (env["IPCREMOTEPATH"], env["IPCLOCALPATH"]) == ("/run/from", "/run/to")
    assert "IPCREMOTEEUID" not in env and "IPCREMOTEEGID" not in env
    assert proxied.connect(server, header).is_ended()
    assert proxied.refused(server, "source-full")["why"] == "1 of 1 session from 127.0.0.1"


def test_a_unix_client_is_nobody_that_a_rule_allows(prong):
    server = prong(*FROM, "--allow", "192.0.2.0/24")
    server.expect("refused")
    header = binary(proxied.unix_addresses("/run/from", "/run/to"), proxied.UNIX)
    assert proxied.connect(server, header).is_ended()
    assert proxied.refused(server, "denied")


def test_the_rate_is_that_of_the_client(prong):
    server = prong(*FROM, "--rate-per-source", "1/1h")
    server.expect("refused")
    for last in (1, 2, 3):
        assert proxied.connect(server, numbered(last) + b"x").read(1) == b"x"
    assert proxied.connect(server, numbered(2)).is_ended()
    assert proxied.refused(server, "source-rate")["source"] == "192.0.2.2:1000"


def test_bad_headers_can_shut_the_proxy_out(prong):
    server = prong(*FROM, "--penalty", "proxy:1h")
    server.expect("refused", "penalty", "shut-out")
    assert proxied.connect(server, b"GET / HTTP/1.0\r\n").is_ended()
    assert proxied.connect(server, line()).is_ended()
    assert proxied.refused(server, "penalty")


def test_what_a_proxy_does_for_itself_costs_nothing(prong):
    """Its checks of our health say nothing and leave; its clients must not pay for that."""
    server = prong(*FROM, "--penalty", "any:1h", program=["sh", "-c", "exit 3"])
    server.expect("penalty", "shut-out", "refused")
    local = binary(b"", proxied.UNSPEC, proxied.LOCAL)
    for _ in range(2):
        check = proxied.connect(server, local)
        assert check.is_ended()
        assert proxied.end(server, check.name)["status"] == 3
    assert not server.events("penalty")
    assert proxied.connect(server, numbered(1)).is_ended()
    assert server.wait_event("penalty")["source"] == "192.0.2.1"


def test_a_proxy_does_not_pay_for_its_neighbours(prong):
    """Of one source they are, but what they did is no bad header."""
    server = prong(*FROM, "--source-prefix", "24/64", "--penalty", "exit:1h",
                   program=["sh", "-c", "read it; exit 3"])
    server.expect("penalty", "shut-out", "refused")
    assert proxied.connect(server, b"\n", source="127.0.0.2").is_ended()
    assert server.wait_event("penalty")["source"] == "127.0.0.0/24"
    assert proxied.connect(server, numbered(1) + b"\n").is_ended()
    assert server.wait_event("session-begin", source="192.0.2.1:1000")
    assert proxied.connect(server, b"\n", source="127.0.0.3").is_ended()
    assert proxied.refused(server, "penalty")


# ---- clocks and counts

@pytest.mark.parametrize("version", HEADERS)
def test_the_header_is_no_first_byte(prong, version):
    server = prong(*FROM, "--first-byte-timeout", "300ms", program=["sleep", "20"])
    begun = time.monotonic()
    client = proxied.connect(server, HEADERS[version])
    assert client.is_ended()
    assert time.monotonic() - begun < 10
    event = proxied.end(server)
    assert event["cause"] == "first-byte-timeout"
    assert event["bytes_in"] == 0


def test_a_byte_with_the_header_is_one(prong):
    server = prong(*FROM, "--first-byte-timeout", "200ms", program=["cat"])
    client = proxied.connect(server, line() + b"x")
    assert client.read(1) == b"x"
    time.sleep(0.5)
    client.send(b"y")
    assert client.read(1) == b"y"


def test_clocks_begin_behind_the_header(prong):
    server = prong(*FROM, "--session-timeout", "3s", "--proxy-timeout", "1m")
    client = proxied.connect(server, line()[:10])
    begun = time.monotonic()
    time.sleep(1.5)
    client.send(line()[10:] + b"hello")
    assert client.read(5) == b"hello"
    assert client.is_ended()
    event = proxied.end(server)
    assert event["cause"] == "session-timeout" and event["duration_ms"] >= 2950
    assert time.monotonic() - begun - event["duration_ms"] / 1000 > 1.4


def test_an_idle_client_is_ended_as_any_other(prong):
    server = prong(*FROM, "--idle-timeout", "300ms")
    client = proxied.connect(server, sealed(addresses() + tlv(4, bytes(500))) + b"x")
    assert client.is_ended()
    event = proxied.end(server)
    assert event["cause"] == "idle-timeout"
    assert event["bytes_in"] == 1
