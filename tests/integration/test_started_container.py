"""start: warm and clone as root of a container, who may become others but not trace them."""
import os

import pytest

from harness import procs, started

IN_A_CONTAINER = ["setpriv", "--inh-caps", "-all", "--bounding-set",
                  "-sys_ptrace,-sys_resource,-sys_admin", "--"]
USER = 61246


@pytest.fixture
def inside(prong, puppet, root, for_everybody):
    """inside(*options) starts a server there; its program is the puppet, if none is named."""
    def start(*options, program=None):
        return prong(*options, program=program or [for_everybody(puppet)], wrapper=IN_A_CONTAINER)

    return start


@pytest.mark.parametrize("how, more", [
    ("warm", ("--user", USER)), ("clone", ("--user", USER)),
    ("warm", ("--user", USER, "--isolation", "basic")),
    ("clone", ("--user", USER, "--isolation", "basic")),
    ("warm", ("--uid-range", "710000-710999")), ("warm", ()), ("clone", ()),
])
def test_programs_of_other_users_are_held(inside, how, more):
    server = inside("--start", how, *more)
    server.expect("isolation")
    assert started.in_force(started.wait_ready(server)) == (how, "")
    with server.connect() as client:
        begin = server.begin(client)
        uid = os.stat(f"/proc/{begin['pid']}").st_uid
        assert client.ask("say in time") == "in time"
    assert begin["start"] == how
    assert uid == 0 if not more else uid >= USER


def test_the_tracer_is_that_user_and_hidden_from_others_of_it(inside, open_folder):
    """It has a part of the conversation with the supervisor."""
    gate = open_folder / "gate"
    os.mkfifo(gate)
    gate.chmod(0o666)
    server = inside("--start", "warm", "--user", USER, "--spares-max", "1",
                    program=["/bin/sh", "-c", f"read x < {gate}; read y; echo $y"])
    tracers = []

    def is_there():
        tracers[:] = [pid for pid in server.children() if procs.title(pid) == "prong-hold"]
        return tracers

    procs.wait_until(is_there, "the program starts")
    procs.wait_until(lambda: procs.status(tracers[0], "Uid") == f"{USER}\t{USER}\t{USER}\t{USER}",
                     "the tracer is the user")
    procs.wait_until(lambda: os.stat(f"/proc/{tracers[0]}/environ").st_uid == 0, "it is hidden")
    gate.write_text("go\n")
    started.wait_ready(server)
    client = server.connect()
    client.send("ho\n")
    assert client.read_all() == b"ho\n"
