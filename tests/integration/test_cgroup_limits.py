"""memory-max, pids-max and cpu-max: that they hold, and that the log names what was met.
Only where the kernel gives a cgroup its controllers; elsewhere tests/uml boots one that
does."""
import glob
import os
import subprocess
import tempfile

import pytest

from harness import cgroups, procs
from harness.instance import Instance, config, service
from harness.server import PRONG

NOBODY = ("--user", "nobody")
WANTED = {"memory", "pids", "cpu"}
BOMB = ["/bin/sh", "-c", "read x; x=$(head -c 90000000 /dev/zero | tr '\\0' a); echo survived"]
NEEDS = """/usr/bin/python3 -c 'b"x" * 90_000_000'"""
FORKS = ["/bin/bash", "-c", "read x; for i in {1..30}; do sleep 600 <&- >&- 2>&- & done; wait"]
SPINS = ["/bin/bash", "-c", "read x; while :; do :; done"]


@pytest.fixture
def home(root):
    """One of the test's own, with all controllers."""
    try:
        made = cgroups.Home(f"prong-test-{os.getpid()}")
    except (OSError, TypeError) as error:
        pytest.skip(f"no cgroup can be made: {error}")
    missing = WANTED - set(made.read("cgroup.controllers").split())
    if not missing:
        yield made
    made.remove()
    if missing:
        pytest.skip(f"a cgroup has no controller {', '.join(sorted(missing))} here")


def in_it(home):
    """Words before a command that is to run in there."""
    return ["sh", "-c", f'echo $$ > {home.directory}/cgroup.procs && exec "$@"', "sh"]


def served(prong, *options, program, **kw):
    return prong("--linger", "off", *options, program=program, **kw)


def is_emulated():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        return "User Mode Linux" in file.read()


def start_of(how):
    if how == "warm" and is_emulated():
        pytest.skip("user-mode Linux cannot trace system calls as a tracer needs it")
    return ("--start", how)


def met(server, client, line="go\n"):
    client.send(line)
    client.read_all()
    return server.end(client)


@pytest.mark.parametrize("how", ["fresh", "spare", "warm"])
def test_out_of_memory_a_session_ends_and_no_other(home, prong, how):
    server = served(prong, "--cgroup", home.path, "--memory-max", "16M", *NOBODY,
                    *start_of(how), program=BOMB)
    server.expect("stderr")
    other = server.connect()
    server.begin(other)
    end = met(server, server.connect())
    assert end["how"] == "killed: out of memory (memory-max 16M)", end
    assert end["oom_kills"] >= 1 and end["hit"].startswith("memory-max ("), end
    assert end["ending"] == "killed" and end["signal"] == "KILL", end
    assert len(server.events("session-end")) == 1
    assert server.events("session-begin")[0]["source"] == other.name


@pytest.mark.parametrize("isolation", ["none", "strict"])
@pytest.mark.parametrize("script, killed", [(f"exec {NEEDS}", 1), (f"{NEEDS}; exit", 2)],
                         ids=["alone", "with-a-shell"])
def test_each_process_that_is_killed_for_memory_is_counted_once(
        home, prong, script, killed, isolation):
    server = served(prong, "--cgroup", home.path, "--memory-max", "16M", *NOBODY,
                    "--isolation", isolation, program=["/bin/sh", "-c", f"read x; {script}"])
    end = met(server, server.connect())
    assert end["oom_kills"] == killed, end
    assert end["hit"] == f"memory-max ({killed} killed)", end


@pytest.mark.parametrize("how", ["fresh", "spare", "warm"])
def test_more_processes_than_pids_max_there_are_not(home, prong, how):
    server = served(prong, "--cgroup", home.path, "--pids-max", "12", *NOBODY,
                    "--session-timeout", "10s", "--stderr", "null", *start_of(how), program=FORKS)
    client = server.connect()
    pid = server.begin(client)["pid"]
    leaf = os.path.basename(cgroups.of(pid))
    client.send("go\n")
    procs.wait_until(lambda: len(home.pids(leaf)) == 12, "twelve")
    end = server.end(client)
    assert end["pids_hits"] >= 1 and "pids-max" in end["hit"], end
    procs.wait_until(lambda: leaf not in home.leaves() or not home.pids(leaf), "all ended")


@pytest.mark.parametrize("how", ["fresh", "spare", "warm"])
def test_a_session_gets_no_more_time_than_cpu_max(home, prong, how):
    server = served(prong, "--cgroup", home.path, "--cpu-max", "20", *NOBODY,
                    "--session-timeout", "5s", *start_of(how), program=SPINS)
    end = met(server, server.connect())
    assert end["cause"] == "session-timeout" and end["cpu_us"] < 2_000_000, end
    assert end["throttled_us"] > 500_000 and "cpu-max (held up for" in end["hit"], end


def test_what_one_session_met_is_not_said_of_the_next(home, prong):
    server = served(prong, "--cgroup", home.path, "--pids-max", "3", *NOBODY, "--stderr", "null",
                    program=["/bin/sh", "-c", "read x; [ $x = go ] || exit 0; (:|:|:|:); exit 0"])
    first, second = server.connect(), server.connect()
    leaves = {os.path.basename(cgroups.of(server.begin(client)["pid"]))
              for client in (first, second)}
    assert "hit" in met(server, first)
    assert "hit" not in met(server, second, "no\n")
    third = server.connect()
    server.begin(third)
    assert "hit" not in met(server, third, "no\n")
    assert len(leaves) == 2


def test_memory_that_a_session_has_left_is_not_the_next_ones(home, prong):
    """In a file of a tmpfs."""
    folder = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()
    path = f"{folder}/prong-test-{os.getpid()}"
    script = ("read x; grep ^0:: /proc/self/cgroup; [ $x = no ] || "
              f"head -c 8000000 /dev/zero > {path}.$$")
    server = served(prong, "--cgroup", home.path, "--memory-max", "16M", *NOBODY,
                    program=["/bin/sh", "-c", script])
    leaves = []
    for line in ("no\n", "no\n", "go\n", "go\n"):
        with server.connect() as client:
            client.send(line)
            leaves.append(client.read_line())
            end = server.end(client)
            assert end["how"] == "exited 0", end
    assert leaves[0] == leaves[1] == leaves[2] != leaves[3], leaves
    for name in glob.glob(f"{path}.*"):
        os.unlink(name)


def test_prong_goes_out_of_the_way_and_comes_back(home, prong):
    server = served(prong, "--pids-max", "20", *NOBODY, program=["/bin/cat"],
                    wrapper=in_it(home))
    assert cgroups.of(server.pid) == f"{home.path}/prong-supervisor"
    warden = procs.warden(server.pid)
    assert cgroups.of(warden) == f"{home.path}/prong-supervisor"
    assert home.read("cgroup.subtree_control").split() == ["pids"]
    with server.connect() as client:
        assert cgroups.of(server.begin(client)["pid"]).startswith(f"{home.path}/prong-cat-")
        assert client.exchange(b"served") == b"served"
    server.settle()
    server.stop()
    assert home.leaves() == []
    assert home.read("cgroup.subtree_control").split() == []


def test_who_is_in_the_way_is_named(home):
    script = f'echo $$ > {home.directory}/cgroup.procs; "$@"; exit $?'
    words = ["sh", "-c", script, "sh", PRONG, "--pids-max", "20", "127.0.0.1:0", "--", "cat"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"in {home.path} there are processes that are not prong's, such as" in done.stderr
    assert "(sh): prong needs a cgroup of its own; systemd-run -p Delegate=yes" in done.stderr
    assert home.leaves() == [] and home.read("cgroup.subtree_control").split() == []


def text(**settings):
    return config(service("web", "127.0.0.1:0", program='"/bin/cat"', linger='"off"', **settings))


def test_limits_that_come_with_a_reload_or_an_upgrade_hold(home, prong, tmp_path):
    server = Instance(prong, tmp_path, text(), wrapper=in_it(home))
    first = server.connect()
    assert cgroups.of(server.begin(first)["pid"]) == home.path
    server.configure(text(pids_max=9))
    assert server.reload()["event"] == "reloaded"
    second = server.connect()
    leaf = os.path.basename(cgroups.of(server.begin(second)["pid"]))
    assert home.read(f"{leaf}/pids.max") == "9\n"
    server.configure(text(pids_max=9, memory_max="64M"))
    assert server.upgrade()["event"] == "upgraded"
    assert cgroups.of(server.pid) == f"{home.path}/prong-supervisor"
    third = server.connect()
    leaf = os.path.basename(cgroups.of(server.begin(third)["pid"]))
    assert home.read(f"{leaf}/memory.max") == f"{64 << 20}\n"
    for client in (first, second, third):
        assert client.exchange(b"served") == b"served"
    server.settle()
    server.stop()
    assert home.leaves() == []


def test_another_user_to_whom_it_was_delegated_needs_no_root(home, prong, for_everybody):
    """As a systemd of a user's own gives it."""
    for path in (".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
        os.chown(f"{home.directory}/{path}", 65534, 65534)
    words = in_it(home) + ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    server = prong("--memory-max", "64M", "--cpu-max", "50", "--pids-max", "9", "--control", "off",
                   program=["/bin/cat"], wrapper=words,
                   binary=for_everybody(PRONG))
    with server.connect() as client:
        leaf = os.path.basename(cgroups.of(server.begin(client)["pid"]))
        assert home.read(f"{leaf}/cpu.max") == "50000 100000\n"
        assert client.exchange(b"served") == b"served"
    server.settle()
    server.stop()
    assert home.leaves() == []
