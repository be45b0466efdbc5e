"""PROXY headers: good ones introduce the client, bad ones end the connection, and no byte
of the client's is lost whatever comes with them."""
import hashlib
import os
import time

import pytest

from harness import proxied
from harness.entrance import wait_state
from harness.programs import tool
from harness.proxied import addresses, binary, line, sealed, tlv

FROM = ("--proxy-from", "127.0.0.0/8")

GOOD = {
    "a line": (line(), proxied.NAME),
    "a line of IPv6": (line(proxied.CLIENT6, proxied.SERVER6), proxied.NAME6),
    "a line with a mapped address": (
        line(("::ffff:192.0.2.7", 56324), ("::ffff:198.51.100.1", 443)), proxied.NAME),
    "version 2": (binary(), proxied.NAME),
    "version 2 of IPv6": (
        binary(addresses(proxied.CLIENT6, proxied.SERVER6), proxied.TCP6), proxied.NAME6),
    "a checksum": (sealed(), proxied.NAME),
    "values": (sealed(addresses() + tlv(1, b"h2") + tlv(0xEA, b"\1vpce") + tlv(4, bytes(50))),
               proxied.NAME),
    "the longest": (binary(addresses() + tlv(4, bytes(2048 - 16 - 12 - 3))), proxied.NAME),
}

# The connection speaks for itself.
OWN = {
    "UNKNOWN": b"PROXY UNKNOWN\r\n",
    "UNKNOWN with a rest": b"PROXY UNKNOWN 192.0.2.7 198.51.100.1 1 2\r\n",
    "LOCAL": binary(b"", proxied.UNSPEC, proxied.LOCAL),
    "LOCAL with addresses": binary(addresses(), proxied.TCP4, proxied.LOCAL),
    "LOCAL of an unknown family": binary(b"", 0xFF, proxied.LOCAL),
    "LOCAL with values": sealed(tlv(5, b"id"), proxied.UNSPEC, proxied.LOCAL),
    "UNSPEC": binary(b"", proxied.UNSPEC),
    "datagrams": binary(addresses(), proxied.UDP4),
}

BAD = {
    "no header": b"GET / HTTP/1.0\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an octal address": b"PROXY TCP4 0300.0.2.7 198.51.100.1 1 2\r\n",
    "a wrapped address": b"PROXY TCP4 203.0.113.256 198.51.100.1 1 2\r\n",
    "a wrapped port": b"PROXY TCP4 192.0.2.7 198.51.100.1 4294967376 2\r\n",
    "a fifth field": b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n",
    "only LF": b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n",
    "an endless line": b"PROXY UNKNOWN " + b"x" * 200,
    "another version": binary(command=0x31),
    "another command": binary(command=0x22),
    "another family": binary(kind=0x41),
    "too short": binary(kind=proxied.TCP6),
    "a value beyond the end": binary(addresses() + b"\x02\x00\x0a12345") + b"12345",
    "bytes behind the last value": binary(addresses() + tlv(2, b"a") + b"\0"),
    "a wrong checksum": sealed()[:-1] + bytes([sealed()[-1] ^ 1]),
    "oversized": binary(length=2048 - 15),
    "far oversized": binary(length=65535),
}


@pytest.fixture
def echo(prong):
    return prong(*FROM, "--proxy-timeout", "10m")


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_header_introduces_the_client(echo, kind):
    header, name = GOOD[kind]
    client = proxied.connect(echo, header + b"hello")
    client.half_close()

    assert client.read_all() == b"hello"
    event = proxied.begin(echo, name)
    assert event["proxy"] == client.name
    event = proxied.end(echo, name)
    assert (event["bytes_in"], event["bytes_out"]) == (5, 5)


@pytest.mark.parametrize("kind", OWN)
def test_a_connection_that_nobody_forwards_speaks_for_itself(echo, kind):
    client = proxied.connect(echo, OWN[kind] + b"hello")
    client.half_close()

    assert client.read_all() == b"hello"
    assert echo.begin(client)["proxy"] == client.name
    assert echo.end(client)["bytes_in"] == 5


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_header_ends_the_connection(echo, kind):
    echo.expect("refused")
    client = proxied.connect(echo, BAD[kind])

    assert client.is_ended()
    event = proxied.refused(echo)
    assert event["source"] == event["proxy"] == client.name
    assert event["why"].startswith("a bad PROXY header: ")
    assert not echo.events("session-begin")


@pytest.mark.parametrize("kind", GOOD)
def test_a_header_may_come_byte_by_byte(echo, kind):
    header, name = GOOD[kind]
    client = proxied.connect(echo)
    for at in range(len(header)):
        client.send(header[at:at + 1])
        if at < 200:
            time.sleep(0.0005)
    client.send(b"hello")
    assert client.read(5) == b"hello"
    assert proxied.begin(echo, name)


@pytest.mark.parametrize("version", proxied.HEADERS)
def test_a_header_may_come_in_any_two_parts(echo, version):
    header = proxied.HEADERS[version]
    for at in range(1, len(header), 3):
        client = proxied.connect(echo, header[:at])
        client.send(header[at:] + b"hello\n")
        assert client.read(6) == b"hello\n"
        client.close()
        assert proxied.end(echo)["bytes_in"] == 6


@pytest.mark.parametrize("version", proxied.HEADERS)
def test_nothing_behind_the_header_is_taken(prong, version):
    """However much comes with it, also what looks like another header."""
    server = prong(*FROM, program=[tool("sha256sum")])
    data = proxied.HEADERS[version] + os.urandom(100_000)
    client = proxied.connect(server, proxied.HEADERS[version] + data)
    client.half_close()
    said = client.read_all().split()[0].decode()

    assert said == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("version", proxied.HEADERS)
def test_a_cut_header_is_refused_when_its_end_comes(echo, version):
    echo.expect("refused", "refused-more")
    header = proxied.HEADERS[version]
    for at in (1, len(header) // 2, len(header) - 1):
        client = proxied.connect(echo, header[:at])
        client.half_close()
        assert client.is_ended()
    assert "ended before it was complete" in proxied.refused(echo)["why"]
    assert not echo.events("session-begin")


def test_a_proxy_that_only_looks_whether_somebody_listens_does_nothing_wrong(prong):
    """As a health check over plain TCP does."""
    server = prong(*FROM, "--penalty", "proxy:1h", "--penalty-min", "off",
                   program=["@echo"])
    server.expect("refused")
    client = proxied.connect(server, b"")
    client.half_close()
    assert client.is_ended()
    assert "without a word" in proxied.refused(server, "gone")["why"]
    client = proxied.connect(server, proxied.HEADERS["1"])
    assert client.exchange(b"x") == b"x"
    assert not server.events("penalty")


@pytest.mark.parametrize("exempt", [False, True])
def test_a_proxy_that_is_exempt_is_not_shut_out_for_bad_headers(prong, exempt):
    server = prong(*FROM, "--penalty", "proxy:1h", "--penalty-min", "off",
                   *(["--exempt", "127.0.0.0/8"] if exempt else []), program=["@echo"])
    server.expect("refused", *([] if exempt else ["penalty"]))
    client = proxied.connect(server, b"PROXY nonsense\r\n")
    assert client.is_ended()
    assert proxied.refused(server)["why"].startswith("a bad PROXY header: ")
    client = proxied.connect(server, proxied.HEADERS["1"])
    if exempt:
        assert client.exchange(b"x") == b"x"
    else:
        assert client.is_ended()
        assert proxied.refused(server, "penalty")["why"].startswith("the proxy is shut out")
    assert len(server.events("penalty")) == (0 if exempt else 1)


def test_a_reset_in_the_middle_of_a_header_does_no_harm(echo):
    echo.expect("refused", "refused-more")
    for at in range(0, len(line()), 5):
        proxied.connect(echo, line()[:at]).reset()
    client = proxied.connect(echo, line() + b"hello")
    assert client.read(5) == b"hello"


@pytest.mark.parametrize("part", [b"", line()[:20], binary()[:20]])
def test_a_slow_header_is_refused_in_time(prong, part):
    server = prong(*FROM, "--proxy-timeout", "200ms")
    server.expect("refused")
    begun = time.monotonic()
    client = proxied.connect(server, part)

    assert client.is_ended()
    assert time.monotonic() - begun > 0.15
    assert "proxy-timeout" in proxied.refused(server)["why"]


def test_a_header_that_goes_on_slowly_has_no_more_time(prong):
    server = prong(*FROM, "--proxy-timeout", "300ms")
    server.expect("refused")
    client = proxied.connect(server)
    for byte in line(proxied.CLIENT6, proxied.SERVER6):
        try:
            client.send(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            break
        time.sleep(0.1)
    else:
        pytest.fail("it had all the time that it took")
    assert "proxy-timeout" in proxied.refused(server)["why"]


def test_others_are_served_while_headers_are_awaited(prong):
    server = prong(*FROM, "--proxy-timeout", "10m", "--max", "40")
    server.expect("refused", "refused-more")
    for _ in range(20):
        proxied.connect(server, line()[:7])
    client = proxied.connect(server, line() + b"hello")

    assert client.read(5) == b"hello"
    assert not server.events("refused")


def test_there_is_room_for_so_many_and_no_more(prong):
    server = prong(*FROM, "--proxy-timeout", "10m", "--waiting-max", "3")
    server.expect("refused", "refused-more")
    held = [proxied.connect(server, line()[:7]) for _ in range(3)]
    more = proxied.connect(server, line()[:7])

    assert more.is_ended()
    assert "waiting-max" in proxied.refused(server, "waiting-full")["why"]
    held[0].send(line()[7:] + b"hello")
    assert held[0].read(5) == b"hello"


def test_a_stop_does_not_wait_for_a_header(prong):
    server = prong(*FROM, "--proxy-timeout", "10m", "--drain-timeout", "1h")
    server.expect("refused")
    client = proxied.connect(server, line()[:7])
    silent = server.connect(source="127.0.0.2")
    for one in (client, silent):
        wait_state(server, one, "arriving")
    server.stop()
    assert client.is_ended()
