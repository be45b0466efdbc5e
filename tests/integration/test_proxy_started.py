"""What a program is told of a client that a proxy introduced, however it is started."""
import pytest

from harness import proxied, started
from harness.proxied import addresses, binary, line, sealed, tls, tlv

FROM = ("--proxy-from", "127.0.0.0/8")

SAID = (tlv(1, b"h2") + tlv(2, b"www.example.org") + tlv(5, b"id-4711")
        + tls(tlv(0x21, b"TLSv1.3"), tlv(0x22, b"a client"), tlv(0x23, b"AES")))
TOLD = {
    "PRONG_PROXY_ALPN": "h2",
    "PRONG_PROXY_UNIQUE_ID": "id-4711",
    "SSL_PROTOCOL": "TLSv1.3",
    "SSL_CIPHER": "AES",
    "SSL_TLS_SNI_SERVERNAME": "www.example.org",
    "SSL_TLS_SNI": "www.example.org",
    "SSL_PEER_CERT_CN": "a client",
    "SSL_CLIENT_VERIFY": "SUCCESS",
    "SSL_CLIENT_S_DN_CN": "a client",
}
CONNECTION = {
    "PROTO": "TCP", "TCPREMOTEIP": "192.0.2.7", "TCPREMOTEPORT": "56324",
    "TCPLOCALIP": "198.51.100.1", "TCPLOCALPORT": "443", "REMOTE_ADDR": "192.0.2.7",
    "REMOTE_HOST": "192.0.2.7", "REMOTE_PORT": "56324", "PRONG_PROXY_IP": "127.0.0.1",
}


def known(env):
    return {name: value for name, value in env.items() if value}


def ready(prong, program, mode, *options, **kw):
    server = prong(*FROM, "--start", mode, *options, program=program, **kw)
    if mode != "fresh":
        started.wait_ready(server)
    return server


def is_told(env):
    return {name: env[name] for name in env
            if name.startswith(("SSL_", "PRONG_PROXY_")) and env[name]}


@pytest.mark.parametrize("mode", started.MODES)
def test_all_that_the_proxy_said_is_told(prong, puppet, mode):
    server = ready(prong, [puppet], mode)
    client = proxied.connect(server, sealed(addresses() + SAID))
    env = client.environment()

    expected = {**CONNECTION, **TOLD, "PRONG_PROXY_PORT": str(client.port)}
    assert {name: env.get(name) for name in expected} == expected
    assert proxied.begin(server)["proxy"] == client.name


@pytest.mark.parametrize("mode", started.MODES)
def test_one_program_has_nothing_of_anothers_client(prong, puppet, mode):
    server = ready(prong, [puppet], mode, "--spares-min", "3")
    first = proxied.connect(server, sealed(addresses() + SAID))
    assert first.environment()["SSL_TLS_SNI"] == "www.example.org"
    second = proxied.connect(server, line(("192.0.2.8", 1)))
    env = second.environment()
    assert is_told(env) == {"PRONG_PROXY_IP": "127.0.0.1",
                            "PRONG_PROXY_PORT": str(second.port)}
    assert env["TCPREMOTEIP"] == "192.0.2.8"

    local = proxied.connect(server, binary(b"", proxied.UNSPEC, proxied.LOCAL))
    env = local.environment()
    assert (env["TCPREMOTEIP"], env["TCPREMOTEPORT"]) == ("127.0.0.1", str(local.port))
    assert (env["TCPLOCALIP"], env["TCPLOCALPORT"]) == ("127.0.0.1", str(server.port()))


@pytest.mark.parametrize("mode", started.MODES)
def test_a_client_that_came_by_itself_has_nothing_of_it(prong, puppet, mode):
    server = prong("--proxy-from", "192.0.2.99", "--start", mode, program=[puppet])
    if mode != "fresh":
        started.wait_ready(server)
    env = server.connect().environment()
    assert not is_told(env)
    assert env["TCPREMOTEIP"] == env["TCPLOCALIP"] == "127.0.0.1"


@pytest.mark.parametrize("mode", started.MODES)
def test_what_is_longest_has_room_and_what_is_longer_is_left_out(prong, puppet, mode):
    server = ready(prong, [puppet], mode, "--env-style", "ucspi,cgi,ncat,socat,busybox")
    source = ("1111:2222:3333:4444:5555:6666:7777:8888", 65535)
    head = addresses(source, source)
    longest = (tlv(1, b"p" * 63) + tlv(2, b"n" * 255) + tlv(5, b"\xff" * 128)
               + tls(tlv(0x21, b"v" * 63), tlv(0x22, b"c" * 127), tlv(0x23, b"s" * 63)))
    env = proxied.connect(server, sealed(head + longest, proxied.TCP6)).environment()
    assert env["PRONG_PROXY_ALPN"] == "p" * 63
    assert env["SSL_TLS_SNI"] == env["SSL_TLS_SNI_SERVERNAME"] == "n" * 255
    assert env["PRONG_PROXY_UNIQUE_ID"] == "ff" * 128
    assert env["SSL_PEER_CERT_CN"] == env["SSL_CLIENT_S_DN_CN"] == "c" * 127
    assert env["SSL_PROTOCOL"] == "v" * 63
    assert env["NCAT_REMOTE_ADDR"] == env["SOCAT_SOCKADDR"] == source[0]
    assert env["TCPREMOTEADDR"] == f"[{source[0]}]:65535"

    longer = tlv(2, b"n" * 256) + tls(tlv(0x22, b"c" * 128), tlv(0x21, b"TLSv1.2"))
    env = proxied.connect(server, sealed(head + longer, proxied.TCP6)).environment()
    assert not env.get("SSL_TLS_SNI") and not env.get("SSL_PEER_CERT_CN")
    assert env["SSL_PROTOCOL"] == "TLSv1.2"
    if mode != "fresh":
        assert not server.events("spares-failed")


@pytest.mark.parametrize("mode", started.MODES)
def test_what_is_no_plain_text_never_breaks_the_environment(prong, puppet, mode):
    server = ready(prong, [puppet], mode)
    evil = b"x\nLD_PRELOAD=evil"
    said = (tlv(1, evil) + tlv(2, b"a\0b") + tlv(5, b"\x1b[2J")
            + tls(tlv(0x21, evil), tlv(0x22, "é".encode()), tlv(0x23, b"\\")))
    env = proxied.connect(server, sealed(addresses() + said)).environment()
    told = is_told(env)
    del told["PRONG_PROXY_PORT"]
    assert told == {"PRONG_PROXY_IP": "127.0.0.1", "SSL_CLIENT_VERIFY": "SUCCESS",
                    "PRONG_PROXY_UNIQUE_ID": "1b5b324a"}
    assert "LD_PRELOAD" not in env


@pytest.mark.parametrize("client, verify, said", [
    (7, 0, "SUCCESS"), (7, 1, "FAILED"), (1, 0, "NONE"), (0, 0, None),
])
def test_what_the_proxy_thinks_of_a_certificate(prong, puppet, client, verify, said):
    server = prong(*FROM, program=[puppet])
    value = tls(tlv(0x22, b"name"), client=client, verify=verify)
    env = proxied.connect(server, binary(addresses() + value)).environment()
    assert env.get("SSL_CLIENT_VERIFY") == said
    assert env.get("SSL_PEER_CERT_CN") == ("name" if said == "SUCCESS" else None)
    assert env.get("SSL_CLIENT_S_DN_CN") == (
        "name" if said in ("SUCCESS", "FAILED") else None)


def test_nobody_else_can_set_what_a_proxy_says(prong, puppet):
    names = [*TOLD, "PRONG_PROXY_IP", "PRONG_PROXY_PORT"]
    options = [word for name in names for word in ("--env", f"{name}=forged")]
    server = prong(*FROM, *options, program=[puppet])
    env = proxied.connect(server, line()).environment()
    assert "forged" not in env.values()
    assert not set(TOLD) & set(env)


@pytest.mark.parametrize("mode", started.MODES)
def test_a_slow_header_does_not_take_what_waits(prong, puppet, mode):
    server = ready(prong, [puppet], mode, "--proxy-timeout", "20s")
    slow = proxied.connect(server, line()[:9])
    client = proxied.connect(server, line(("192.0.2.8", 1)))
    assert client.environment()["TCPREMOTEIP"] == "192.0.2.8"
    slow.send(line()[9:])
    assert slow.environment()["TCPREMOTEIP"] == "192.0.2.7"


@pytest.mark.parametrize("mode", started.MODES)
def test_a_rules_own_program_is_told_as_well(prong, puppet, mode):
    """It is started ahead for itself, and its listeners are those of the service."""
    server = prong(*FROM, "--start", mode, "--allow", "all", "--allow",
                   "192.0.2.0/24 env=KIND=own", program=[puppet])
    if mode != "fresh":
        for _ in range(2):  # of the service, and of the rule
            server.wait_event("spares")
    env = proxied.connect(server, sealed(addresses() + SAID)).environment()
    assert env["KIND"] == "own"
    assert {name: env.get(name) for name in TOLD} == TOLD
    assert env["TCPREMOTEIP"] == "192.0.2.7" and env["TCPLOCALPORT"] == "443"
