"""A cgroup for each session: where it is, what becomes of those that try to escape, and
that nothing is left of it."""
import json
import os
import signal
import subprocess

import pytest

from harness import cgroups, procs
from harness.control import Control, path_of
from harness.instance import Instance, config, service
from harness.server import PRONG, run

# Says where it is, starts somebody who leaves its group, and waits for the client.
ESCAPEE = ["/bin/sh", "-c",
           "grep ^0:: /proc/self/cgroup;"
           'setsid sh -c "echo \\$\\$; exec sleep 1000 <&- >&- 2>&-" & read x; echo $x']
NOBODY = ("--user", "nobody")


@pytest.fixture
def home(root):
    if cgroups.mount() is None:
        pytest.skip("cgroup v2 is not mounted")
    try:
        made = cgroups.Home(f"prong-test-{os.getpid()}")
    except OSError as error:
        pytest.skip(f"no cgroup can be made: {error}")
    yield made
    left = made.leaves()
    made.remove()
    assert not left, f"cgroups were left: {left}"


def served(prong, home, *options, program=("/bin/cat",), **kw):
    return prong("--cgroup", home.path, "--linger", "off", *options, program=list(program), **kw)


def leaf_of(client):
    """What ESCAPEE says: its cgroup's name, and the pid of who has gone."""
    path = client.read_line().decode()
    return os.path.basename(path), int(client.read_line())


def test_each_session_has_one_of_its_own_called_after_the_service(home, prong, puppet):
    server = served(prong, home, program=[puppet])
    clients = [server.connect() for _ in range(20)]
    pids = [int(client.facts("ids")["pid"]) for client in clients]
    paths = {cgroups.of(pid) for pid in pids}
    assert len(paths) == 20
    assert all(path.startswith(f"{home.path}/prong-puppet-") for path in paths), paths
    assert home.path not in cgroups.of(server.pid)
    server.settle()
    server.stop()


@pytest.mark.parametrize("more", [(), ("--namespaces", "pid"), ("--start", "warm")])
def test_a_namespace_of_cgroups_begins_at_the_sessions_own(home, prong, more):
    server = served(prong, home, "--namespaces", "cgroup", *more,
                    program=["/bin/sh", "-c", "read x; grep ^0:: /proc/self/cgroup"])
    with server.connect() as client:
        client.send("x\n")
        assert client.read_all() == b"0::/\n"


@pytest.mark.parametrize("who", [(), NOBODY])
def test_who_has_left_the_group_ends_with_the_session(home, prong, who):
    server = served(prong, home, *who, program=ESCAPEE)
    with server.connect() as client:
        _, pid = leaf_of(client)
        assert procs.alive(pid)
        client.send("bye\n")
        assert client.read_all() == b"bye\n"
        end = server.end(client)
    assert end["rest"] == "killed" and end["how"] == "exited 0", end
    procs.wait_ended(pid)


def test_what_a_killed_session_has_started_ends_with_it(home, prong):
    server = served(prong, home, program=ESCAPEE)
    client = server.connect()
    _, pid = leaf_of(client)
    with Control(path_of(server.pid)) as control:
        control.ask("kill all")
    assert server.end(client)["cause"] == "kill"
    procs.wait_ended(pid)


def turn(server):
    with server.connect() as client:
        leaf, pid = leaf_of(client)
        client.send("x\n")
        server.end(client)
    procs.wait_ended(pid)
    return leaf


def test_one_that_its_program_cannot_write_to_serves_the_next(home, prong):
    server = served(prong, home, *NOBODY, program=["/bin/grep", "^0::", "/proc/self/cgroup"])
    for _ in range(30):
        with server.connect() as client:
            assert client.read_all().startswith(f"0::{home.path}/".encode())
            server.end(client)
    assert len(home.leaves()) <= 9, home.leaves()


def test_one_that_its_program_can_write_to_serves_nobody_else(home, prong):
    server = served(prong, home, program=ESCAPEE)
    leaves = [turn(server) for _ in range(12)]
    assert len(set(leaves)) == 12, leaves
    procs.wait_until(lambda: not set(leaves) & set(home.leaves()), "they are removed")


def deep_one(server):
    """A session ends whose program has made others below its own, and left somebody there."""
    with server.connect() as client:
        pid = int(client.read_line())
        client.send("x\n")
        assert server.end(client)["rest"] == "killed"
    procs.wait_ended(pid)


def digger():
    return ["/bin/sh", "-c",
            f"d={cgroups.mount()}$(grep ^0:: /proc/self/cgroup | cut -c4-); mkdir -p $d/a/b $d/c;"
            'setsid sh -c "echo \\$\\$ > $d/a/b/cgroup.procs; echo \\$\\$;'
            'exec sleep 1000 <&- >&- 2>&-" & read x']


def test_others_that_a_program_makes_below_its_own_are_removed(home, prong):
    server = served(prong, home, program=digger())
    deep_one(server)
    server.settle()
    server.stop()
    home.wait_empty()


def test_two_hundred_sessions_leave_nothing(home, prong):
    server = served(prong, home, *NOBODY, program=ESCAPEE)
    clients = []
    for _ in range(10):
        more = [server.connect() for _ in range(20)]
        escaped = [leaf_of(client)[1] for client in more]
        for client in more:
            client.send("x\n")
        for client in more:
            assert server.end(client)["rest"] == "killed"
        clients += escaped
    for pid in clients:
        procs.wait_ended(pid)
    assert len(home.leaves()) <= 72, len(home.leaves())
    server.settle()
    server.stop()
    assert home.leaves() == []


@pytest.mark.parametrize("how", ["spare", "warm", "clone"])
def test_who_waits_has_its_own_already(home, prong, how):
    server = served(prong, home, *NOBODY, "--start", how, "--spares-min", "3",
                    program=["/bin/sh", "-c", "read x; grep ^0:: /proc/self/cgroup; read x"])
    procs.wait_until(lambda: sum(bool(home.pids(leaf)) for leaf in home.leaves()) >= 3, "three")
    clients = [server.connect() for _ in range(6)]
    for client in clients:
        client.send("x\n")
    paths = [client.read_line().decode() for client in clients]
    assert len(set(paths)) == 6, paths
    assert all(home.path in path for path in paths)
    server.settle()
    server.stop()
    assert home.leaves() == []


def test_the_spares_of_a_built_in_have_one_each(home, prong):
    server = served(prong, home, "--start", "spare", "--spares-min", "4", program=["@echo"])
    procs.wait_until(lambda: sum(len(home.pids(leaf)) for leaf in home.leaves()) >= 4, "four")
    assert all(len(home.pids(leaf)) <= 1 for leaf in home.leaves())
    assert server.connect().exchange(b"served") == b"served"


def text(home, **settings):
    words = ", ".join(map(json.dumps, ESCAPEE))
    return config(service("web", "127.0.0.1:0", program=words, cgroup=home.path,
                          linger='"off"', **settings))


def test_over_a_reload_a_session_keeps_its_own(home, prong, tmp_path):
    server = Instance(prong, tmp_path, text(home))
    client = server.connect()
    leaf, pid = leaf_of(client)
    server.configure(text(home, session_timeout="1h"))
    assert server.reload()["event"] == "reloaded"
    assert leaf in home.leaves() and procs.alive(pid)
    with server.connect() as other:
        assert leaf_of(other)[0] != leaf
    client.send("bye\n")
    assert client.read_all() == b"bye\n"
    procs.wait_ended(pid)
    procs.wait_until(lambda: leaf not in home.leaves(), "it is gone")


def test_a_reload_that_wants_none_leaves_none(home, prong, tmp_path):
    server = Instance(prong, tmp_path, text(home))
    assert home.leaves()
    server.configure(text(home).replace(home.path, '"off"'))
    assert server.reload()["event"] == "reloaded"
    home.wait_empty()
    server.configure(text(home).replace(home.path, home.path + "/missing"))
    failed = server.reload()
    assert failed["event"] == "reload-failed", failed
    assert f"there is no cgroup {home.path}/missing: mkdir" in failed["text"], failed
    server.expect("reload-failed")


def test_over_an_upgrade_a_session_keeps_its_own(home, prong, tmp_path):
    server = Instance(prong, tmp_path, text(home))
    client = server.connect()
    leaf, pid = leaf_of(client)
    for _ in range(3):
        assert server.upgrade()["event"] == "upgraded"
        assert leaf in home.leaves() and procs.alive(pid)
    with server.connect() as other:
        assert leaf_of(other)[0] != leaf
    client.send("bye\n")
    assert client.read_all() == b"bye\n"
    assert server.end(client)["rest"] == "killed"
    procs.wait_ended(pid)
    procs.wait_until(lambda: leaf not in home.leaves(), "it is gone")
    server.settle()
    server.stop()
    assert home.leaves() == []


def test_an_upgrade_that_fails_leaves_them_as_they_are(home, prong, tmp_path):
    server = Instance(prong, tmp_path, text(home))
    server.expect("upgrade-failed")
    client = server.connect()
    leaf, pid = leaf_of(client)
    server.configure(text(home).replace(home.path, home.path + "/missing"))
    failed = server.upgrade()
    assert failed["event"] == "upgrade-failed" and "there is no cgroup" in failed["text"], failed
    client.send("bye\n")
    assert server.end(client)["rest"] == "killed"
    procs.wait_ended(pid)
    procs.wait_until(lambda: leaf not in home.leaves(), "it is gone")


def killed(prong, home, *options):
    server = served(prong, home, *options, program=ESCAPEE)
    server.is_checked = False
    client = server.connect()
    leaf, pid = leaf_of(client)
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    return leaf, pid


def test_what_a_killed_server_has_left_the_next_one_ends(home, prong):
    leaf, pid = killed(prong, home)
    assert procs.alive(pid) and leaf in home.leaves()
    server = served(prong, home, program=ESCAPEE)
    procs.wait_ended(pid)
    procs.wait_until(lambda: leaf not in home.leaves(), "it is gone")
    server.stop()
    assert home.leaves() == []


def test_what_may_go_on_without_its_server_goes_on(home, prong):
    leaf, pid = killed(prong, home, "--orphans", "keep")
    server = served(prong, home, "--orphans", "keep", program=ESCAPEE)
    with server.connect() as client:
        assert leaf_of(client)[0] != leaf
    assert procs.alive(pid)
    server.settle()
    server.stop()
    assert home.leaves() == [leaf]
    home.kill(leaf)
    procs.wait_ended(pid)
    other = served(prong, home, program=ESCAPEE)
    other.stop()
    assert home.leaves() == []


def test_two_servers_of_one_home_leave_each_other_alone(home, prong):
    first, second = (served(prong, home, program=ESCAPEE) for _ in range(2))
    clients = [server.connect() for server in (first, second) for _ in range(10)]
    found = [leaf_of(client) for client in clients]
    assert len({leaf for leaf, _ in found}) == 20
    for client in clients[:10]:
        client.send("x\n")
        first.end(client)
    first.settle()
    first.stop()
    assert all(procs.alive(pid) for _, pid in found[10:])
    assert clients[10].exchange(b"here\n") == b"here\n"


def test_without_clone3_it_goes_there_by_itself(home, prong, tracer):
    server = served(prong, home, *NOBODY, program=ESCAPEE,
                    faults=["-e", "trace=clone3", "-e", "inject=clone3:error=ENOSYS"])
    with server.connect() as client:
        leaf, pid = leaf_of(client)
        assert leaf.startswith("prong-sh-")
        client.send("x\n")
        server.end(client)
    procs.wait_ended(pid)


def test_a_kernel_without_birth_into_a_cgroup_has_it_as_well(home, prong, tracer):
    """The trial asks for the first one."""
    server = served(prong, home, program=ESCAPEE, faults=[
        "-e", "trace=clone3", "-e", "inject=clone3:error=EINVAL:when=2"])
    with server.connect() as client:
        assert leaf_of(client)[0].startswith("prong-sh-")


def refusal(*options, status=3):
    """What another try would find again: 3."""
    done = run(*options, "127.0.0.1:0", "--", "/bin/true")
    assert done.returncode == status, done
    return done.stderr


def test_what_cannot_be_had_is_said_with_what_would_help(home):
    base = cgroups.mount()
    assert (f"there is no cgroup {home.path}/x: mkdir {base}{home.path}/x"
            in refusal("--cgroup", f"{home.path}/x", status=1))
    assert (f"there is no cgroup {home.path}/x:" in
            refusal("--cgroup", f"{base}{home.path}/x", status=1))
    assert "a path without '..'" in refusal("--cgroup", f"{home.path}/../x")
    assert "cgroup: off, but pids-max" in refusal("--cgroup", "off", "--pids-max", "9", status=2)


def test_one_of_another_user_is_not_delegated(home, for_everybody):
    binary = for_everybody(PRONG)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary,
             "--cgroup", home.path, "127.0.0.1:0", "--", "/bin/true"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 3
    assert (f"the cgroup {home.path} is not delegated: it belongs to another user; "
            "systemd: Delegate=yes") in done.stderr, done.stderr


def test_one_that_systemd_keeps_for_itself_is_not_delegated(home, prong):
    """Though root may write to it; as the marks say that systemd puts there."""
    os.setxattr(home.directory, "trusted.invocation_id", b"0123456789abcdef0123456789abcdef")
    assert (f"the cgroup {home.path} is not delegated: systemd keeps it for itself; the unit "
            "needs Delegate=yes") in refusal("--cgroup", home.path)
    os.setxattr(home.directory, "trusted.delegate", b"1")
    assert served(prong, home, program=["/bin/cat"]).connect().exchange(b"served") == b"served"


def test_a_controller_that_is_not_there_is_named(home):
    with open(home.directory + "/cgroup.controllers", encoding="ascii") as file:
        if "memory" in file.read().split():
            pytest.skip("this machine gives the controller memory")
    said = refusal("--cgroup", home.path, "--memory-max", "64M")
    assert f"the controller memory is not available in {home.path}" in said, said


# ---- before Linux 5.14 there is no cgroup.kill

WITHOUT_KILL = ["-P", "cgroup.kill", "-e", "trace=openat", "-e", "inject=openat:error=ENOENT"]


def test_without_cgroup_kill_they_are_killed_one_by_one(home, prong, tracer):
    """Also those that are forked meanwhile."""
    script = ("read x; for i in $(seq 40); do setsid sleep 1000 <&- >&- 2>&- & done;"
              "setsid sh -c 'i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done;"
              "wait' <&- >&- 2>&- & echo $x")
    server = served(prong, home, *NOBODY, program=["/bin/sh", "-c", script], faults=WITHOUT_KILL)
    with server.connect() as client:
        client.send("go\n")
        assert client.read_all() == b"go\n"
        assert server.end(client)["rest"] == "killed"
    server.settle()
    home.wait_left()
    server.stop()
    assert home.leaves() == []


def test_without_cgroup_kill_whoever_is_deeper_ends_as_well(home, prong, tracer):
    server = served(prong, home, program=digger(), faults=WITHOUT_KILL)
    deep_one(server)
    server.settle()
    server.stop()
    home.wait_empty()
