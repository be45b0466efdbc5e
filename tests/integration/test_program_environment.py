"""The environment of a program: clean, and true about its connection."""
import os
import re
import socket

import pytest

from harness.client import Client
from harness.server import run

SYSTEM = {"PATH", "PRONG_ID", "PRONG_SERVICE"}
UCSPI = {"PROTO", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEIP", "TCPREMOTEPORT"}
CGI = {"REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST"}


def served(prong, puppet, *args, **kw):
    server = prong(*args, program=[puppet], **kw)
    client = server.connect()
    return server, client, client.environment()


def test_ipv4_facts_are_in_the_environment(prong, puppet):
    server, client, env = served(prong, puppet)

    assert env["PROTO"] == "TCP"
    assert env["TCPLOCALIP"] == env["TCPREMOTEIP"] == "127.0.0.1"
    assert env["TCPLOCALPORT"] == str(server.port())
    assert env["TCPREMOTEPORT"] == env["REMOTE_PORT"] == str(client.port)
    assert env["REMOTE_ADDR"] == env["REMOTE_HOST"] == "127.0.0.1"


def test_ipv6_facts_are_in_the_environment(prong, puppet, netns):
    _, client, env = served(prong, puppet, listen=["[::1]:0"])

    assert env["PROTO"] in ("TCP", "TCP6")
    assert env["TCPLOCALIP"] == env["TCPREMOTEIP"] == env["REMOTE_ADDR"] == "::1"
    assert env["TCPREMOTEPORT"] == str(client.port)


def test_the_local_address_is_the_one_the_client_reached(prong, puppet, netns):
    netns.add("192.0.2.1/32")
    server = prong(program=[puppet], listen=[":0"])
    with Client(socket.AF_INET, ("192.0.2.1", server.port())) as client:
        assert client.environment()["TCPLOCALIP"] == "192.0.2.1"


def test_unix_facts_are_in_the_environment(prong, puppet, tmp_path):
    path = f"{tmp_path}/socket"
    server, client, env = served(prong, puppet, listen=[f"unix:{path}"])

    assert env["PROTO"] == "IPC"
    assert env["IPCREMOTEEUID"] == str(os.geteuid())
    assert env["IPCREMOTEEGID"] == str(os.getegid())
    assert env["IPCLOCALPATH"] == path
    assert not [name for name in env if name.startswith("TCPREMOTE")]
    assert "REMOTE_ADDR" not in env, "what is not known is unset"


def test_the_path_of_a_unix_peer_never_breaks_the_environment(prong, puppet, tmp_path):
    path = f"{tmp_path}/socket"
    prong(program=[puppet], listen=[f"unix:{path}"])
    peer = socket.socket(socket.AF_UNIX)
    peer.bind(f"{tmp_path}/x\nLD_PRELOAD=evil")
    peer.connect(path)
    peer.sendall(b"env\n")
    peer.shutdown(socket.SHUT_WR)
    answer = b""
    while block := peer.recv(65536):
        answer += block
    peer.close()
    assert b"\nLD_PRELOAD=" not in answer


def test_the_id_is_the_token_of_every_log_line(prong, puppet):
    server, client, env = served(prong, puppet)
    client.ask("stderr a word")
    begin = server.begin(client)
    line = server.wait_event("stderr")
    client.command("exit 0")
    end = server.end(client)

    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{13}", env["PRONG_ID"])
    assert env["PRONG_ID"] == begin["id"] == line["id"] == end["id"]


def test_ids_differ_between_connections_and_between_servers(prong, puppet):
    first = prong(program=[puppet])
    second = prong(program=[puppet])
    ids = [server.connect().environment()["PRONG_ID"]
           for server in (first, first, first, second, second)]
    assert len(set(ids)) == 5


@pytest.mark.parametrize("options, name", [
    ([], "puppet"), (["--name", "toy"], "toy"),
])
def test_the_service_has_a_name(prong, puppet, options, name):
    server, client, env = served(prong, puppet, *options)

    assert env["PRONG_SERVICE"] == name
    assert server.begin(client)["service"] == name


def test_connections_are_numbered_and_counted(prong, puppet):
    server = prong(program=[puppet])
    clients = [server.connect() for _ in range(3)]
    facts = [client.environment() for client in clients]

    assert [env["TCPCONNNUM"] for env in facts] == ["1", "2", "3"]
    assert [env["TCPCONCURRENCY"] for env in facts] == ["1", "2", "3"]


def test_the_deadline_is_there_where_there_is_one(prong, puppet):
    _, _, env = served(prong, puppet, "--session-timeout", "1h")
    _, _, without = served(prong, puppet)

    assert env["PRONG_DEADLINE"].isdigit()
    assert "PRONG_DEADLINE" not in without


def test_nothing_of_the_servers_environment_is_handed_on(prong, puppet):
    secret = dict(os.environ, SECRET="x", LD_LIBRARY_PATH="/nowhere", HOME="/nowhere",
                  NOTIFY_SOCKET="/nowhere", LISTEN_FDNAMES="x", WATCHDOG_USEC="1",
                  TCPREMOTEHOST="evil", REMOTE_USER="evil", SSL_CLIENT_S_DN="evil",
                  PRONG_PROXY_IP="evil", BASH_ENV="evil")
    _, _, env = served(prong, puppet, env=secret)

    assert "TCPREMOTEHOST" not in env and "SECRET" not in env
    assert set(env) <= SYSTEM | UCSPI | CGI | {"TCPCONNNUM", "TCPCONCURRENCY"}


def test_variables_are_set_and_passed_on(prong, puppet):
    _, _, env = served(
        prong, puppet, "--env", "COLOUR=blue", "--env", "EMPTY=", "--env", "SUM=1+1=2",
        "--pass-env", "KEPT", "--pass-env", "ABSENT", env=dict(os.environ, KEPT="yes"),
    )

    assert (env["COLOUR"], env["EMPTY"], env["SUM"]) == ("blue", "", "1+1=2")
    assert env["KEPT"] == "yes" and "ABSENT" not in env


def test_a_variable_that_is_set_twice_has_the_last_value(prong, puppet):
    _, client, env = served(prong, puppet, "--env", "A=1", "--env", "A=2")

    assert env["A"] == "2"
    assert client.ask("env").count("\nA=") + client.ask("env").startswith("A=") == 1


def test_no_setting_forges_what_the_server_says_about_the_client(prong, puppet):
    _, _, env = served(prong, puppet, "--env", "TCPREMOTEIP=10.0.0.1",
                       "--env", "PRONG_ID=forged")

    assert env["TCPREMOTEIP"] == "127.0.0.1"
    assert env["PRONG_ID"] != "forged"


@pytest.mark.parametrize("style, present, absent", [
    ("ucspi", UCSPI, CGI),
    ("cgi", CGI, UCSPI),
    ("ucspi,cgi", UCSPI | CGI, {"NCAT_REMOTE_ADDR", "SOCAT_PEERADDR"}),
    ("ncat", {"NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT", "NCAT_LOCAL_ADDR",
              "NCAT_LOCAL_PORT", "NCAT_PROTO"}, UCSPI | CGI),
    ("socat", {"SOCAT_PEERADDR", "SOCAT_PEERPORT", "SOCAT_SOCKADDR", "SOCAT_SOCKPORT"},
     UCSPI | CGI),
    ("busybox", {"PROTO", "TCPREMOTEADDR", "TCPLOCALADDR"}, CGI | {"TCPREMOTEIP"}),
    ("none", set(), UCSPI | CGI | {"NCAT_REMOTE_ADDR"}),
])
def test_a_style_decides_which_variables_there_are(prong, puppet, style, present, absent):
    _, client, env = served(prong, puppet, "--env-style", style)

    assert present <= set(env), f"missing: {present - set(env)}"
    assert not absent & set(env)
    port = env.get("NCAT_REMOTE_PORT") or env.get("SOCAT_PEERPORT")
    assert port in (None, str(client.port))


def test_busybox_style_has_address_and_port_in_one(prong, puppet):
    _, client, env = served(prong, puppet, "--env-style", "busybox")
    assert env["TCPREMOTEADDR"] == client.name


def test_a_program_is_found_in_the_path(prong):
    server = prong(program=["printenv", "PATH"])
    with server.connect() as client:
        assert b"/usr/bin" in client.read_all()


def test_a_program_is_found_in_the_path_of_its_own_environment(prong, open_folder):
    tool = open_folder / "prong-test-tool"
    tool.write_text("#!/bin/sh\necho found\n")
    tool.chmod(0o755)
    server = prong("--env", f"PATH={open_folder}:/usr/bin:/bin", program=[tool.name])
    with server.connect() as client:
        assert client.read_all() == b"found\n"


def variables(count):
    return [word for i in range(count) for word in ("--env", f"V{i}=" + "x" * 99)]


def test_many_variables_leave_room_for_those_of_the_connection(prong, puppet):
    *_, env = served(prong, puppet, *variables(300))

    assert sum(name.startswith("V") for name in env) == 300
    assert SYSTEM | UCSPI <= set(env)


def test_too_many_variables_are_an_error_at_start(prong, puppet):
    *_, env = served(prong, puppet, *variables(399))
    assert SYSTEM | UCSPI <= set(env)
    done = run(*variables(401), "127.0.0.1:0")

    assert done.returncode in (1, 2, 111)
    assert "env" in done.stderr and "400" in done.stderr
