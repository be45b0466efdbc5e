"""Half a PROXY header, and who was introduced, over a reload and an upgrade."""
import time

import pytest

from harness import proxied
from harness.entrance import at, wait_state
from harness.instance import Instance, config, service
from harness.proxied import addresses, line, sealed, tls, tlv

HEADERS = {
    "1": line(),
    "2": sealed(addresses() + tlv(2, b"www.example.org") + tls(tlv(0x21, b"TLSv1.3"))),
}


def served(puppet, **settings):
    settings = {"proxy_from": "127.0.0.1", "proxy_timeout": "20s", **settings}
    return config(service("puppet", "127.0.0.1:0", program=f'"{puppet}"', **settings))


def go_over(instance, how):
    wanted = {"reload": "reloaded", "upgrade": "upgraded"}[how]
    assert getattr(instance, how)()["event"] == wanted, instance.log()


@pytest.mark.parametrize("how", ["reload", "upgrade"])
@pytest.mark.parametrize("version", HEADERS)
def test_half_a_header_is_completed_later(prong, tmp_path, puppet, version, how):
    instance = Instance(prong, tmp_path, served(puppet))
    header = HEADERS[version]
    client = proxied.connect(instance, header[:3])
    for part in (header[3:20], header[20:-1]):
        go_over(instance, how)
        client.send(part)
        time.sleep(0.05)
    go_over(instance, how)
    client.send(header[-1:])
    env = client.environment()
    assert (env["TCPREMOTEIP"], env["TCPLOCALIP"]) == ("192.0.2.7", "198.51.100.1")
    assert env.get("SSL_PROTOCOL") == (None if version == "1" else "TLSv1.3")
    client.command("exit 0")
    assert proxied.end(instance)["bytes_in"] == len("env\nexit 0\n")


@pytest.mark.parametrize("how", ["reload", "upgrade"])
def test_who_was_introduced_stays_it(prong, tmp_path, puppet, how):
    instance = Instance(prong, tmp_path, served(puppet, max_per_source=1))
    instance.expect("refused")
    client = proxied.connect(instance, HEADERS["2"])
    assert client.ask("say x") == "x"
    go_over(instance, how)
    assert proxied.connect(instance, line()).is_ended()
    assert proxied.refused(instance, "source-full")["source"] == proxied.NAME
    assert proxied.connect(instance, line(("192.0.2.8", 1))).ask("say y") == "y"
    client.command("exit 0")
    event = proxied.end(instance)
    assert event["bytes_in"] == len("say x\nexit 0\n")


def test_the_time_for_a_header_does_not_begin_anew(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, served(puppet, proxy_timeout="8s"))
    instance.expect("refused")
    client = proxied.connect(instance, line()[:9])
    for _ in range(2):
        time.sleep(3)
        go_over(instance, "upgrade")
    assert client.is_ended()
    event = proxied.refused(instance)
    assert "proxy-timeout" in event["why"]
    last = instance.events("upgrading")[-1]
    assert at(event) - at(last) < 8, "what was left of the time and not all of it"


def test_a_bad_rest_is_refused_after_an_upgrade(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, served(puppet))
    instance.expect("refused")
    client = proxied.connect(instance, HEADERS["2"][:-4])
    go_over(instance, "upgrade")
    client.send(b"oops")
    assert client.is_ended()
    assert "checksum" in proxied.refused(instance)["why"]


def test_whoever_is_no_proxy_any_more_is_not_asked_for_a_header(prong, tmp_path, puppet):
    """Who had begun with one goes on with it; the next is a client."""
    instance = Instance(prong, tmp_path, served(puppet))
    half = proxied.connect(instance, line()[:9])
    wait_state(instance, half, "arriving")
    instance.configure(served(puppet, proxy_from="192.0.2.99"))
    go_over(instance, "reload")
    assert instance.connect().environment()["TCPREMOTEIP"] == "127.0.0.1"
    half.send(line()[9:])
    assert half.environment()["TCPREMOTEIP"] == "192.0.2.7"
