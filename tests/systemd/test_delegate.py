"""Delegate=yes, where systemd has controllers to give: sessions with limits in prong's own part
of the tree.  tests/uml boots a kernel that has them."""
import os
import re
import signal

import pytest

from conftest import procs, program, prong, run

HERE = "127.0.0.1:7001"
MOUNT = "/sys/fs/cgroup"
WANTED = {"memory", "pids", "cpu"}
LIMITS = """\
    memory-max: 24M
    pids-max: 12
    cpu-max: 50
    linger: "off"
"""
ONE = f"""\
services:
  talk:
    listen: {HERE}
    program: [PUPPET]
    user: nobody
""" + LIMITS
# A shell that cannot fork ends.
FORKS = "read x; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do sleep 600 <&- >&- 2>&- & done; wait"


@pytest.fixture(autouse=True)
def controllers():
    missing = WANTED - set(read(f"{MOUNT}/cgroup.controllers").split())
    if missing:
        pytest.skip(f"systemd has no controller {', '.join(sorted(missing))} here")


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def of(pid):
    """Where a process's cgroup is mounted."""
    return MOUNT + read(f"/proc/{pid}/cgroup").rpartition("::")[2]


def limits(path):
    return [read(f"{path}/{file}") for file in ("memory.max", "pids.max", "cpu.max")]


def home(server):
    return MOUNT + server.show("ControlGroup")


def session(server, address=HERE):
    client = server.connect(address)
    return client, client.facts("ids")["pid"]


def stop(server):
    """In peace, and nothing is left of it."""
    path = home(server)
    for client in server.clients:
        client.reset()
    server.systemctl("stop")
    assert server.show("Result") == "success" and server.show("NRestarts") == "0"
    procs.wait_until(lambda: not os.path.exists(path), f"{path} is gone")


def check_place(server, pid):
    """Of prong and of a session."""
    assert of(server.pid()) == of(procs.warden(server.pid())) == home(server) + "/prong-supervisor"
    assert read(home(server) + "/cgroup.procs") == ""
    assert set(read(home(server) + "/cgroup.subtree_control").split()) == WANTED
    assert of(pid).startswith(home(server) + "/prong-talk-")
    assert limits(of(pid)) == [str(24 << 20), "12", "50000 100000"]


@pytest.mark.parametrize("user", ["root", "daemon"])
def test_each_session_has_its_limits_whatever_systemd_does_meanwhile(service, user):
    server = service("prong.service", ONE if user == "root" else
                     ONE.replace("    user: nobody\n", ""))
    server.drop_in(f"[Service]\nUser={user}\n")
    server.start()
    client, pid = session(server)
    path = of(pid)
    check_place(server, pid)
    run("systemctl", "daemon-reload")
    run("systemctl", "set-property", "--runtime", "prong.service", "TasksMax=200")
    server.systemctl("reload")
    prong("upgrade", "--instance", str(server.pid()))
    check_place(server, pid)
    assert of(pid) == path and client.ask("say still") == "still"
    other, pid = session(server)
    check_place(server, pid)
    stop(server)


def bombs(ways):
    """Of each way to start, with each preset, a service that talks and one that forks."""
    text = "services:\n"
    for number, (start, isolation) in enumerate(ways):
        more = f"""\
    user: nobody
    start: {start}
    isolation: {isolation}
    stderr: "null"
    spares-min: 1
{LIMITS}"""
        text += f"""\
  talk-{number}:
    listen: 127.0.0.1:{7100 + number}
    program: [PUPPET]
{more}
  fork-{number}:
    listen: 127.0.0.1:{7200 + number}
    program: [sh, -c, "{FORKS}"]
{more}
"""
    return text


def test_who_meets_a_limit_ends_alone_however_it_was_started(service):
    ways = [("fresh", "strict"), ("spare", "basic"), ("warm", "strict"), ("clone", "basic")]
    server = service("prong.service", bombs(ways)).start()
    pid = server.pid()
    quiet = [session(server, f"127.0.0.1:{7100 + number}")[0] for number in range(len(ways))]
    for number in range(len(ways)):
        server.connect(f"127.0.0.1:{7100 + number}").command("memory 60")
        server.connect(f"127.0.0.1:{7200 + number}").send("go\n")
    for number, way in enumerate(ways):
        end = server.event("session-end", f"PRONG_SERVICE=talk-{number}")
        assert end["PRONG_HOW"] == "killed: out of memory (memory-max 24M)", (way, end)
        assert end["PRONG_HIT"].startswith("memory-max ("), (way, end)
        end = server.event("session-end", f"PRONG_SERVICE=fork-{number}")
        assert int(end["PRONG_PIDS_HITS"]) >= 1 and "pids-max" in end["PRONG_HIT"], (way, end)
        assert end["PRONG_REST"] in ("terminated", "killed"), (way, end)
    for number, client in enumerate(quiet):
        assert client.ask("say still") == "still", ways[number]
    assert server.pid() == pid and server.show("ActiveState") == "active"
    assert server.show("OOMPolicy") == "continue"
    stop(server)


def test_a_unit_of_ones_own_as_the_manual_has_it(service, unit_file):
    with open("/lab/source/docs/tasks/isolation.md", encoding="utf-8") as file:
        (text,) = re.findall(r"^```ini\n(.*?)^```", file.read(), re.M | re.S)
    unit_file("bounded.service", text.replace("/usr/bin/prong", program()))
    server = service("bounded.service", ONE).start()
    (quiet, pid), (bomb, _) = session(server), session(server)
    check_place(server, pid)
    bomb.command("memory 60")
    assert server.event("session-end")["PRONG_HOW"] == "killed: out of memory (memory-max 24M)"
    assert server.show("OOMPolicy") == "continue"
    assert quiet.ask("say still") == "still"
    stop(server)


def test_after_a_crash_it_starts_anew_and_nothing_is_left(service):
    server = service("prong.service", ONE)
    server.drop_in("[Service]\nRestartSec=0\n")
    server.start()
    client, old = session(server)
    pid = server.pid()
    os.kill(pid, signal.SIGKILL)
    client.is_ended()
    procs.wait_until(lambda: server.pid() not in (pid, 0), "another process")
    server.wait_shown("ActiveState", "active")
    assert not procs.alive(old)
    check_place(server, session(server)[1])


def test_sessions_with_limits_may_outlive_a_crash(service):
    version = int(run("systemctl", "--version")[1].split()[1])
    if version < 254:
        pytest.skip(f"this is systemd {version}; DelegateSubgroup= begins with 254")
    server = service("prong.service", ONE + "    orphans: keep\n")
    server.drop_in("[Service]\nRestartSec=0\nKillMode=process\n"
                   "DelegateSubgroup=prong-supervisor\n")
    server.start()
    client, old = session(server)
    pid = server.pid()
    os.kill(pid, signal.SIGKILL)
    procs.wait_until(lambda: server.pid() not in (pid, 0), "another process")
    server.wait_shown("ActiveState", "active")
    assert client.ask("say still") == "still" and limits(of(old))[1] == "12"
    assert limits(of(session(server)[1]))[1] == "12"


@pytest.mark.parametrize("user, reason", [
    ("root", "systemd keeps it for itself; the unit needs Delegate=yes"),
    ("daemon", "it belongs to another user; systemd: Delegate=yes")])
def test_without_delegate_it_does_not_start_and_says_why(service, user, reason):
    server = service("prong.service", ONE if user == "root" else
                     ONE.replace("    user: nobody\n", ""))
    server.drop_in(f"[Service]\nUser={user}\nDelegate=no\nRestart=no\n")
    assert server.systemctl("start", is_good=False)[0] != 0
    said = run("journalctl", "-q", "-o", "cat", "-u", server.name)[1]
    assert f"the cgroup /system.slice/prong.service is not delegated: {reason}" in said, said
