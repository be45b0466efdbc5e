"""Sockets that somebody else opened: fd:N, systemd's LISTEN_FDS, vsock."""
import fcntl
import os
import socket
import subprocess

import pytest

from harness import ALARM
from harness.client import Client
from harness.server import PRONG, run

# Gives descriptors A, B, ... as 3, 4, ... and says so as systemd does.
HAND_OVER = r"""
count=$1; names=$2; shift 2
export LISTEN_FDS=$count LISTEN_PID=$$
if [ -n "$names" ]; then export LISTEN_FDNAMES=$names; fi
n=3
for fd in $(seq 1 "$count"); do eval "exec $n<&$1"; n=$((n + 1)); shift; done
exec "$@"
"""


def listening(host="127.0.0.1", family=socket.AF_INET):
    """A socket that listens, numbered out of the way of 3, 4, ..."""
    made = socket.socket(family)
    made.bind((host, 0))
    made.listen()
    high = fcntl.fcntl(made.fileno(), fcntl.F_DUPFD, 100)
    made.close()
    return socket.socket(fileno=high)


def hand_over(sockets, names=""):
    wrapper = ["bash", "-c", HAND_OVER, "bash", str(len(sockets)), names]
    wrapper += [str(made.fileno()) for made in sockets]
    return {"wrapper": wrapper, "pass_fds": [made.fileno() for made in sockets]}


def echoes(client):
    with client:
        client.send("here?\n")
        return client.read_line() == b"here?"


def address_of(made):
    host, port = made.getsockname()[:2]
    return f"{host}:{port}"


def test_an_inherited_descriptor_is_served(prong):
    made = listening()
    server = prong(listen=[f"fd:{made.fileno()}"], pass_fds=[made.fileno()])

    assert server.addresses == [address_of(made)]
    assert echoes(server.connect())
    made.close()


def test_an_inherited_descriptor_is_kept_from_the_programs(prong, puppet):
    made = listening()
    server = prong(listen=[f"fd:{made.fileno()}"], pass_fds=[made.fileno()],
                   program=[puppet])
    assert len(server.connect().ask("fds").splitlines()) == 3
    made.close()


def test_an_inherited_listener_still_listens_when_the_server_has_gone(prong):
    made = listening()
    server = prong(listen=[f"fd:{made.fileno()}"], pass_fds=[made.fileno()])
    assert echoes(server.connect())
    server.settle()
    server.stop()

    client = Client(made.family, made.getsockname())
    made.settimeout(ALARM)
    made.accept()[0].close()
    client.close()
    made.close()


@pytest.mark.parametrize("kind", ["closed", "file", "stream", "datagram", "bound"])
def test_a_descriptor_that_does_not_listen_is_an_error_at_start(kind):
    things = {
        "file": lambda: os.open("/dev/null", os.O_RDONLY),
        "stream": lambda: socket.socket().detach(),
        "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).detach(),
        "bound": lambda: _bound().detach(),
    }
    fd = 99 if kind == "closed" else things[kind]()
    done = run("--log", "text", f"fd:{fd}", pass_fds=[] if kind == "closed" else [fd])

    assert done.returncode in (1, 2, 111)
    assert str(fd) in done.stderr
    if kind != "closed":
        os.close(fd)


def _bound():
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


def test_systemd_means_every_socket_that_was_handed_over(prong):
    made = [listening(), listening()]
    server = prong(listen=["systemd"], **hand_over(made))

    assert server.addresses == [address_of(one) for one in made]
    assert echoes(server.connect(0)) and echoes(server.connect(1))
    for one in made:
        one.close()


def test_systemd_with_a_name_means_those_of_that_name(prong):
    made = [listening(), listening(), listening()]
    server = prong(listen=["systemd:web"], **hand_over(made, "web:other:web"))
    server.expect("warning")

    assert server.addresses == [address_of(made[0]), address_of(made[2])]
    assert echoes(server.connect(1))
    for one in made:
        one.close()


def test_a_name_that_no_socket_has_is_an_error_at_start():
    made = listening()
    facts = hand_over([made], "web")
    done = subprocess.run([*facts["wrapper"], PRONG, "systemd:mail"], capture_output=True,
                          text=True, pass_fds=facts["pass_fds"], timeout=ALARM)
    assert done.returncode != 0
    assert "systemd:mail" in done.stderr
    made.close()


@pytest.mark.parametrize("listen, unused", [
    (["systemd"], None), (["systemd:web", "systemd:mail"], None),
    (["fd:3", "systemd:mail"], None), (["systemd:web"], 4), (["127.0.0.1:0"], 3),
])
def test_a_socket_that_nobody_listens_on_is_warned_of(prong, listen, unused):
    made = [listening(), listening()]
    server = prong(listen=listen, **hand_over(made, "web:mail"))
    server.expect("warning")
    if unused is not None:
        name = ["web", "mail"][unused - 3]
        told = server.wait_event("warning")["text"]
        assert told.startswith(f"socket {unused} was handed over") and f":{name}'" in told
    server.settle()
    assert len(server.events("warning")) == (unused is not None)
    for one in made:
        one.close()


@pytest.mark.parametrize("variables", [
    {}, {"LISTEN_FDS": "1"}, {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
    {"LISTEN_PID": "SELF", "LISTEN_FDS": "4294967297"},
    {"LISTEN_PID": "SELF", "LISTEN_FDS": "0"}, {"LISTEN_PID": "SELF", "LISTEN_FDS": "900"},
])
def test_a_promise_of_sockets_is_not_believed_blindly(variables):
    words = " ".join(f"{key}={value}" for key, value in variables.items())
    script = f'export {words or "NOTHING=1"}; exec "$@"'.replace("SELF", "$$")
    done = subprocess.run(["sh", "-c", script, "sh", PRONG, "systemd"], capture_output=True,
                          text=True, timeout=ALARM)
    assert done.returncode != 0
    assert "systemd" in done.stderr


def test_programs_see_nothing_of_the_hand_over(prong, puppet):
    made = listening()
    server = prong(listen=["systemd"], program=[puppet], **hand_over([made], "web"))
    client = server.connect()

    assert not [name for name in client.environment() if name.startswith("LISTEN_")]
    assert len(client.ask("fds").splitlines()) == 3
    made.close()


def test_a_mapped_address_is_the_ipv4_address_it_stands_for(prong, puppet):
    made = socket.socket(socket.AF_INET6)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("::", 0))
    made.listen()
    os.set_inheritable(made.fileno(), True)
    server = prong("--max-per-source", "1", "--name", "mapped", program=[puppet],
                   listen=[f"fd:{made.fileno()}", "127.0.0.1:0"], pass_fds=[made.fileno()])
    server.expect("refused")
    client = Client(socket.AF_INET, ("127.0.0.1", made.getsockname()[1]))
    server.clients.append(client)
    variables = client.environment()

    assert variables["TCPREMOTEIP"] == variables["TCPLOCALIP"] == "127.0.0.1"
    assert variables["TCPLOCALPORT"] == str(made.getsockname()[1])
    assert server.begin(client)["source"] == client.name
    assert server.connect(1).is_ended(), "the same source came in by another listener"
    assert server.wait_event("refused")["reason"] == "source-full"
    made.close()


def vsock_loopback():
    with socket.socket(socket.AF_VSOCK) as listener:
        listener.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
        listener.listen()
        with socket.socket(socket.AF_VSOCK) as client:
            client.settimeout(2)
            client.connect((1, listener.getsockname()[1]))


def test_vsock_is_served_with_its_cid_as_source(prong, puppet):
    try:
        vsock_loopback()
    except OSError as error:
        pytest.skip(f"no vsock loopback on this machine: {error}")
    server = prong(program=[puppet], listen=["vsock::0"])
    client = server.connect()

    assert client.environment()["PROTO"] == "VSOCK"
    assert server.wait_event("session-begin")["source"].startswith("vsock:1:")


def test_a_vsock_port_is_bound_and_reported(prong):
    try:
        socket.socket(socket.AF_VSOCK).close()
    except OSError as error:
        pytest.skip(f"no vsock on this machine: {error}")
    port = 40000 + os.getpid() % 20000
    server = prong(listen=[f"vsock:any:{port}"])
    assert server.addresses[0].startswith("vsock:")
    assert server.addresses[0].endswith(f":{port}")
