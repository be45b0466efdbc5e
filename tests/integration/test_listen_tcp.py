"""Listening on TCP: every form of LISTEN, both families, and strict numbers."""
import os
import socket
import subprocess

import pytest

from harness import spaces, strace
from harness.client import Client
from harness.server import PRONG, run


def echoes(client):
    with client:
        client.send("here?\n")
        return client.read_line() == b"here?"


@pytest.mark.parametrize("word", ["7777", ":7777"])
def test_a_port_alone_means_every_address_of_both_families(prong, netns, word):
    netns.add("192.0.2.1/32", "fd00::1/128")
    server = prong(listen=[word])

    assert sorted(server.addresses) == ["0.0.0.0:7777", "[::]:7777"]
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "192.0.2.1"),
                         (socket.AF_INET6, "::1"), (socket.AF_INET6, "fd00::1")):
        assert echoes(Client(family, (host, 7777)))


def test_an_ipv4_address_means_that_address_alone(prong, netns):
    prong(listen=["127.0.0.1:7777"])

    assert echoes(Client(socket.AF_INET, ("127.0.0.1", 7777)))
    with pytest.raises(ConnectionRefusedError):
        Client(socket.AF_INET, ("127.0.0.2", 7777))
    with pytest.raises(ConnectionRefusedError):
        Client(socket.AF_INET6, ("::1", 7777))


def test_an_ipv6_address_means_that_address_alone(prong, netns):
    prong(listen=["[::1]:7777"])

    assert echoes(Client(socket.AF_INET6, ("::1", 7777)))
    with pytest.raises(ConnectionRefusedError):
        Client(socket.AF_INET, ("127.0.0.1", 7777))


def test_the_unspecified_ipv6_address_leaves_ipv4_alone(prong, netns):
    prong(listen=["[::]:7777"])

    assert echoes(Client(socket.AF_INET6, ("::1", 7777)))
    with pytest.raises(ConnectionRefusedError):
        Client(socket.AF_INET, ("127.0.0.1", 7777))


def test_a_name_is_resolved_at_start(prong, netns):
    server = prong(listen=["localhost:7777"])

    assert "127.0.0.1:7777" in server.addresses or "[::1]:7777" in server.addresses
    assert all(echoes(server.connect(i)) for i in range(len(server.addresses)))


def test_a_name_that_nobody_knows_is_an_error_at_start(netns):
    done = run("no-such-host.invalid:7777")

    assert done.returncode != 0
    assert "no-such-host.invalid" in done.stderr


def test_several_addresses_are_served_at_once(prong, netns, tmp_path):
    server = prong(listen=["127.0.0.1:7001", "127.0.0.2:7002", "[::1]:7003",
                           f"unix:{tmp_path}/s", "unix:@prong-several"])

    assert len(server.addresses) == 5
    assert all(echoes(server.connect(i)) for i in range(5))


def test_port_0_takes_a_free_port_and_reports_it(prong):
    server = prong(listen=["127.0.0.1:0", "127.0.0.1:0"])

    ports = {server.port(0), server.port(1)}
    assert len(ports) == 2 and 0 not in ports
    assert all(echoes(server.connect(i)) for i in range(2))


@pytest.mark.parametrize("word", ["0", ":0"])
def test_port_0_of_both_families_is_the_same_port(prong, netns, word):
    server = prong(listen=[word])

    assert len(server.addresses) == 2
    assert server.port(0) == server.port(1) != 0
    assert all(echoes(server.connect(i)) for i in range(2))


@pytest.mark.parametrize("words", [(), ("7777",), (":0",)])
def test_ipv4_is_served_silently_where_ipv6_is_switched_off(prong, netns, words):
    spaces.disable_ipv6()
    server = prong(listen=words)

    assert "[" not in server.addresses[0] and "[::1]:9999" not in server.addresses
    assert echoes(server.connect())
    assert not server.events("warning")


@pytest.mark.parametrize("words", [(), ("7777",), (":0",)])
def test_ipv4_is_served_silently_where_the_kernel_has_no_ipv6(
    prong, netns, tracer, fault_log, words
):
    plain = prong(listen=words, faults=["-e", "trace=socket"])
    plain.settle()
    plain.stop()
    calls = [line for line in fault_log.read_text().splitlines() if " socket(" in line]
    first = [i for i, line in enumerate(calls, 1) if "AF_INET6, SOCK_STREAM" in line][0]
    fault_log.unlink()
    server = prong(listen=words,
                   faults=strace.inject("socket", "EAFNOSUPPORT", when=f"{first}+"))

    assert len(server.addresses) == 1 and "[" not in server.addresses[0]
    assert echoes(server.connect())
    assert not server.events("warning")


def test_ipv6_that_was_asked_for_by_name_must_be_there(netns):
    spaces.disable_ipv6()
    done = run("[::1]:7777")

    assert done.returncode == 111 or done.returncode == 1
    assert "[::1]:7777" in done.stderr


def test_an_address_in_use_is_said_with_the_process_that_holds_it(prong, netns):
    server = prong(listen=["127.0.0.1:7777"])
    done = run("--log", "text", "127.0.0.1:7777")

    assert done.returncode in (1, 111)
    assert "127.0.0.1:7777" in done.stderr
    assert "in use" in done.stderr
    assert str(server.pid) in done.stderr
    assert "prong" in done.stderr.partition(str(server.pid))[0] + done.stderr


def test_a_port_that_only_one_family_has_free_is_an_error(netns):
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::", 7777))
        other.listen()
        done = run("--log", "text", "7777")

    assert done.returncode in (1, 111)
    assert str(os.getpid()) in done.stderr


def test_an_address_that_this_machine_has_not_is_an_error(netns):
    done = run("--log", "text", "203.0.113.77:7777")

    assert done.returncode in (1, 111)
    assert "203.0.113.77:7777" in done.stderr


def test_a_port_below_1024_without_the_right_says_what_would_help(
    netns, for_everybody, root
):
    done = run("--log", "text", "127.0.0.1:77", user=61234, binary=for_everybody(PRONG))

    assert done.returncode == 3
    assert "127.0.0.1:77" in done.stderr and "denied" in done.stderr.lower()


@pytest.mark.parametrize("word", [
    "4294967376", "65536", "080", "00", "-1", "+80", "0x50", "1e3", "80 ", " 80", "",
    "127.0.0.1:", "127.0.0.1:4294967376", "127.0.0.1:080", "127.0.0.1:80x",
    "127.0.0.256:80", "0177.0.0.1:80", "[::1]:99999", "[::1]", "[::1:80", "[::g]:80",
    "127.0.0.1:80:80", "::1:80:", "unix:", "unix:@", "unix:relative/path",
    "vsock:1", "vsock:1:99999999999", "vsock:x:1", "fd:", "fd:-1", "fd:x", "fd:4294967299",
])
def test_an_address_that_is_none_is_refused_with_status_2(word):
    done = run(word, "--", "@echo")

    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("prong: ")


def test_the_queue_of_the_kernel_is_as_long_as_it_allows(prong, netns):
    prong(listen=["127.0.0.1:7777"])
    with open("/proc/sys/net/core/somaxconn") as file:
        longest = file.read().strip()
    line = subprocess.run(["ss", "-Hltn", "sport = :7777"], capture_output=True, text=True,
                          check=True).stdout
    assert line.split()[2] == longest


def test_backlog_sets_the_length_of_the_queue(prong, netns):
    prong("--backlog", "7", listen=["127.0.0.1:7777"])
    line = subprocess.run(["ss", "-Hltn", "sport = :7777"], capture_output=True, text=True,
                          check=True).stdout
    assert line.split()[2] == "7"


@pytest.mark.parametrize("options, expected", [
    ([], "no-delay 0 keepalive 1 nonblock 0"),
    (["--no-delay"], "no-delay 1 keepalive 1 nonblock 0"),
    (["--no-delay=no", "--keepalive", "off"], "no-delay 0 keepalive 0 nonblock 0"),
])
def test_socket_options_reach_the_program_on_a_blocking_socket(
    prong, puppet, options, expected
):
    server = prong(*options, program=[puppet])
    answer = server.connect().ask("socket").replace("keepalive 9", "keepalive 1")
    assert answer == expected


def test_a_device_restricts_whence_clients_come(prong, netns, root):
    spaces.ip("link", "add", "left", "type", "veth", "peer", "name", "right")
    spaces.ip("addr", "add", "192.0.2.1/24", "dev", "left")
    spaces.ip("link", "set", "left", "up")
    prong("--bind-device", "left", listen=["0.0.0.0:7777"])
    prong("--bind-device", "lo", listen=["0.0.0.0:7778"])

    with pytest.raises(ConnectionRefusedError):
        Client(socket.AF_INET, ("127.0.0.1", 7777))
    assert echoes(Client(socket.AF_INET, ("127.0.0.1", 7778)))


def test_a_device_that_is_not_there_is_an_error_at_start(netns, root):
    done = run("--log", "text", "--bind-device", "nowhere0", "127.0.0.1:0")

    assert done.returncode in (1, 2, 111)
    assert "nowhere0" in done.stderr
