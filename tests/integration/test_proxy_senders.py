"""haproxy and nginx in front: what they send is understood, and their health checks are."""
import hashlib
import os
import socket
import ssl
import subprocess

import pytest

from harness import procs, proxied, senders
from harness.programs import tool

FROM = ("--proxy-from", "127.0.0.0/8")
FAMILIES = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6, "Unix": socket.AF_UNIX}
V1, V2 = "send-proxy", "send-proxy-v2"
EVERYTHING = (V2 + " proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,"
              "authority,crc32c,unique-id")


def to_of(server):
    return f"127.0.0.1:{server.port()}"


def environment(client):
    """Of a puppet at the other end."""
    client.sendall(b"env\n")
    data = b""
    while not data.endswith(b"\n.\n"):
        more = client.recv(65536)
        assert more, data
        data += more
    return dict(line.split("=", 1) for line in data.decode().splitlines() if line != ".")


SENDERS = {
    "haproxy": lambda folder, to: senders.haproxy(folder, to, EVERYTHING),
    "nginx": senders.nginx,
}


def check_told(sender, env, family):
    """The client's own address, and what it connected to."""
    host, port = sender.addresses[family][:2]
    assert (env["TCPLOCALIP"], env["TCPLOCALPORT"]) == (host, str(port))
    assert env["TCPREMOTEIP"] == host
    assert env["PRONG_PROXY_IP"] == "127.0.0.1"
    assert env["PRONG_PROXY_PORT"] != env["TCPREMOTEPORT"]


def check_client(sender, family):
    with sender.connect(family) as client:
        env = environment(client)
        if family == socket.AF_UNIX:  # neither of them has a word for it
            assert env["TCPREMOTEIP"] == env["PRONG_PROXY_IP"] == "127.0.0.1"
            assert env["TCPREMOTEPORT"] == env["PRONG_PROXY_PORT"]
            return
        check_told(sender, env, family)
        assert env["TCPREMOTEPORT"] == str(client.getsockname()[1])


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


if not has_ipv6():
    del FAMILIES["IPv6"]


@pytest.mark.parametrize("options", [V1, V2, EVERYTHING], ids=["1", "2", "2 with all"])
@pytest.mark.parametrize("family", FAMILIES)
def test_haproxy_introduces_its_client(prong, puppet, tmp_path, family, options):
    server = prong(*FROM, program=[puppet])
    family = FAMILIES[family]
    with senders.haproxy(tmp_path, to_of(server), options, families=[family]) as sender:
        check_client(sender, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_nginx_introduces_its_client(prong, puppet, tmp_path, family):
    server = prong(*FROM, program=[puppet])
    with senders.nginx(tmp_path, to_of(server)) as sender:
        check_client(sender, FAMILIES[family])


def make_authority(folder):
    """An authority, a certificate for haproxy and one for the client."""
    openssl = tool("openssl")

    def run(*words):
        subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=an authority")
    for name, subject in (("server", "/CN=www.example.org"), ("client", "/CN=a client")):
        run("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", f"{name}.pem", "-days", "2")
    with open(f"{folder}/server.both", "w") as both:
        for name in ("server.pem", "server.key"):
            both.write((folder / name).read_text())


def by_tls(client, folder, has_certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(folder / "ca.pem")
    context.set_alpn_protocols(["gopher"])
    if has_certificate:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    return context.wrap_socket(client, server_hostname="www.example.org")


@pytest.mark.parametrize("has_certificate", [True, False])
def test_haproxy_tells_of_a_client_that_came_by_tls(prong, puppet, tmp_path, has_certificate):
    make_authority(tmp_path)
    server = prong(*FROM, program=[puppet])
    bind = (f"ssl crt {tmp_path}/server.both ca-file {tmp_path}/ca.pem verify optional "
            "alpn gopher")
    with senders.haproxy(tmp_path, to_of(server), EVERYTHING, bind,
                         families=[socket.AF_INET]) as sender, \
            by_tls(sender.connect(), tmp_path, has_certificate) as client:
        env = environment(client)
        assert env["SSL_PROTOCOL"] == client.version()
        assert env["SSL_CIPHER"] == client.cipher()[0]
    assert env["SSL_TLS_SNI_SERVERNAME"] == env["SSL_TLS_SNI"] == "www.example.org"
    assert env["PRONG_PROXY_ALPN"] == "gopher"
    assert env["PRONG_PROXY_UNIQUE_ID"].startswith("id-")
    assert env["SSL_CLIENT_VERIFY"] == ("SUCCESS" if has_certificate else "NONE")
    name = "a client" if has_certificate else None
    assert env.get("SSL_PEER_CERT_CN") == env.get("SSL_CLIENT_S_DN_CN") == name
    check_told(sender, env, socket.AF_INET)


@pytest.mark.parametrize("options", [V1, V2, EVERYTHING], ids=["1", "2", "2 with all"])
def test_health_checks_of_haproxy_are_connections_of_its_own(prong, tmp_path, options):
    server = prong(*FROM)
    server.expect("refused")  # whom the end of haproxy meets before its header
    checks = f"{options} check inter 50ms check-send-proxy"
    with senders.haproxy(tmp_path, to_of(server), checks, families=[socket.AF_INET]):
        procs.wait_until(lambda: len(server.events("session-begin")) >= 5, "five checks")
        assert not server.events("refused")
    for event in server.events("session-begin"):
        assert event["source"].startswith("127.0.0.1:")
        assert event["proxy"] == event["source"]


@pytest.mark.parametrize("name", SENDERS)
def test_all_bytes_arrive_through_a_proxy(prong, tmp_path, name):
    server = prong(*FROM, program=[tool("sha256sum")])
    data = os.urandom(3_000_000)
    with SENDERS[name](tmp_path, to_of(server)) as sender, sender.connect() as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        said = client.recv(64, socket.MSG_WAITALL).decode()
    assert said == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", SENDERS)
def test_rules_mean_the_client_behind_a_real_proxy(prong, tmp_path, name):
    """The proxy itself would be allowed."""
    server = prong(*FROM, "--allow", "127.0.0.0/8", "--deny", "::1")
    server.expect("refused")
    if "IPv6" not in FAMILIES:
        pytest.skip("there is no IPv6")
    with SENDERS[name](tmp_path, to_of(server)) as sender:
        with sender.connect(socket.AF_INET) as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
        with sender.connect(socket.AF_INET6) as client:
            assert client.recv(5) == b""
            assert proxied.refused(server, "denied")["source"] == (
                f"[::1]:{client.getsockname()[1]}")


def test_one_that_sends_no_header_is_refused(prong, tmp_path):
    server = prong(*FROM)
    server.expect("refused")
    with senders.haproxy(tmp_path, to_of(server), families=[socket.AF_INET]) as sender, \
            sender.connect() as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(5) == b""
    assert proxied.refused(server)
