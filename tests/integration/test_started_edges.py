"""What waits at the edges: few descriptors, little memory, namespaces, old images."""
import re
import subprocess

import pytest

from harness import procs, started
from harness.programs import script, tool
from harness.started import ask

MODES = pytest.mark.parametrize("mode", started.AHEAD)


# ---- images -------------------------------------------------------------------------------


def births(prong, build, mode, *options):
    """The process ids that so many clients' programs took for their own at start."""
    server = prong("--start", mode, *options, program=[build.path("early"), "nothing"])
    found = []
    for _ in range(12):
        assert started.in_force(started.wait_ready(server)) == (mode, "")
        with server.connect() as client:
            client.command("pids")
            at_start, now = client.read_line().decode().split()
            assert now == str(server.begin(client)["pid"])
        found.append((at_start, now))
    assert len({now for _, now in found}) == len(found)
    return found


@pytest.mark.parametrize("mode", ["spare", "warm"])
def test_a_process_of_its_own_knows_its_number(prong, build, mode):
    assert all(at_start == now for at_start, now in births(prong, build, mode))


def test_copies_have_stored_the_number_of_their_image(prong, build):
    found = births(prong, build, "clone")
    assert len({at_start for at_start, _ in found}) == 1
    assert all(at_start != now for at_start, now in found)


def test_an_image_is_renewed_after_so_many_copies(prong, build):
    found = births(prong, build, "clone", "--clone-uses", "3")
    assert len({at_start for at_start, _ in found}) >= 3


def test_an_image_that_is_old_is_renewed(prong, build):
    server = prong("--start", "clone", "--clone-age", "1s",
                   program=[build.path("early"), "nothing"])
    started.wait_ready(server)
    first = ask(server, "pids").split()[0]
    procs.wait_until(lambda: ask(server, "pids").split()[0] != first, "another image")


# ---- little of everything -----------------------------------------------------------------


@MODES
@pytest.mark.parametrize("limit, most", [("--files", "3"), ("--files", "4"),
                                         ("--files", "5"), ("--memory", "1500K")])
def test_programs_that_may_have_little(prong, build, mode, limit, most):
    server = prong("--start", mode, limit, most, program=[build.path("lines", "static")])
    server.expect(started.FALLBACK)
    started.wait_ready(server)
    assert [ask(server) for _ in range(5)] == ["<hello>"] * 5


@MODES
def test_a_server_that_may_have_few_descriptors_keeps_some_for_clients(prong, build, mode):
    server = prong("--start", mode, "--spares-min", 6, "--spares-max", 12,
                   program=[build.path("lines")],
                   wrapper=["prlimit", "--nofile=64", "--"])
    server.expect(started.FALLBACK, "warning", "accept-failed")
    started.wait_ready(server)
    for _ in range(5):
        answers = started.at_once(16, lambda i: ask(server, str(i)))
        assert answers == [f"<{i}>" for i in range(16)]


@MODES
def test_as_many_clients_as_may_be_are_served_beside_what_waits(prong, build, mode):
    server = prong("--start", mode, "--max", 40, "--spares-min", 10,
                   program=[build.path("lines")])
    started.wait_ready(server)
    clients = [server.connect() for _ in range(40)]
    for turn in range(3):
        for client in clients:
            client.command(f"turn {turn}")
        for client in clients:
            assert client.read_line().decode() == f"<turn {turn}>"
    assert started.spares(server)["live"] == 40


# ---- namespaces ---------------------------------------------------------------------------


@MODES
def test_as_the_first_process_of_a_container(pid_1, build, mode):
    server = pid_1("--start", mode, program=[build.path("lines")], is_ahead=True)
    assert server.wait_event("spares")["how"] == mode
    for _ in range(3):
        assert ask(server) == "<hello>"
    assert server.wait_event("session-begin")["start"] == mode


@MODES
def test_in_a_user_namespace(prong, build, mode):
    wrapper = [tool("unshare"), "-Ur"]
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    server = prong("--start", mode, program=[build.path("lines")], wrapper=wrapper)
    assert server.wait_event("spares")["how"] == mode
    assert ask(server) == "<hello>"


@MODES
def test_two_services_of_one_server_do_not_mix(prong, build, tmp_path, mode):
    path = tmp_path / "two.yaml"
    path.write_text(
        f"defaults: {{ start: {mode}, spares-min: 2 }}\nservices:\n"
        f"  one: {{ listen: '127.0.0.1:0', program: [{tool('python3')},"
        f" {script('lines.py')}] }}\n"
        f"  two: {{ listen: '127.0.0.1:0', program: [{tool('cat')}] }}\n")
    server = prong("-f", path, listen=(), program=(), is_ahead=True)
    for service in ("one", "two"):
        assert started.in_force(started.wait_ready(server, 2, service)) == (mode, "")
    for _ in range(5):
        answers = {ask(server, index=index) for index in (0, 1)}
        assert answers == {"<hello>", "hello"}


# ---- what is said -------------------------------------------------------------------------


@MODES
def test_the_first_that_is_ready_is_told_of_once(prong, build, mode):
    server = prong("--start", mode, program=[build.path("lines")])
    event = server.wait_event("spares")
    assert event["how"] == mode and event["ready"] >= 1
    if mode in started.HELD:
        assert re.match(r"read\(0\)", event["call"]) and event["start_ms"] >= 0
    for _ in range(5):
        assert ask(server) == "<hello>"
    started.wait_ready(server)
    assert len(server.events("spares")) == 1


def test_fresh_has_nothing_to_say(prong, build):
    server = prong(program=[build.path("lines")])
    assert ask(server) == "<hello>"
    assert not server.events("spares")
    assert not [key for key in started.rows(server)[0] if key.startswith("spares_")]
