"""Whom a program runs as: user, group, groups.  Needs root."""
import grp
import json
import os
import pwd
import shutil
import signal
import subprocess
import time

import pytest

from harness import procs
from harness.control import Control, path_of
from harness.server import PRONG, run

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def ids(prong, puppet, for_everybody, root):
    def ask(*options):
        server = prong(*options, program=[for_everybody(puppet)])
        return server.connect().facts("ids")

    return ask


def test_a_user_brings_its_own_group_and_groups(ids):
    facts = ids("--user", "nobody")

    assert facts["uid"] == " ".join([str(NOBODY.pw_uid)] * 3)
    assert facts["gid"] == " ".join([str(NOBODY.pw_gid)] * 3)
    expected = os.getgrouplist("nobody", NOBODY.pw_gid)
    assert sorted(map(int, facts["groups"].split())) == sorted(expected)


def test_a_user_may_be_a_number_that_has_no_name(ids):
    facts = ids("--user", "61234", "--group", "61235")

    assert facts["uid"] == "61234 61234 61234"
    assert facts["gid"] == "61235 61235 61235"
    assert facts["groups"] in ("", "61235")


def test_a_group_replaces_the_users_own(ids):
    facts = ids("--user", "nobody", "--group", "daemon")
    assert facts["gid"] == " ".join([str(grp.getgrnam("daemon").gr_gid)] * 3)


def test_supplementary_groups_are_exactly_those_that_were_named(ids):
    facts = ids("--user", "nobody", "--groups", "daemon", "--groups", "4242")
    found = set(facts["groups"].split()) - {str(NOBODY.pw_gid)}
    assert found == {str(grp.getgrnam("daemon").gr_gid), "4242"}


def test_no_supplementary_group_stays_when_there_shall_be_none(ids):
    facts = ids("--user", "nobody", "--groups", "none")
    assert facts["groups"] in ("", str(NOBODY.pw_gid))


def test_nothing_of_root_is_left(prong, puppet, for_everybody, root):
    server = prong("--user", "nobody", program=[for_everybody(puppet)])
    client = server.connect()
    for line in client.ask("status Cap").splitlines():
        name, value = line.split()
        if name != "CapBnd:":
            assert int(value, 16) == 0, line


@pytest.mark.parametrize("options, word", [
    (("--user", "no-such-user"), "no-such-user"),
    (("--group", "no-such-group"), "no-such-group"),
    (("--user", "nobody", "--groups", "no-such-group"), "no-such-group"),
    (("--user", "4294967295"), "4294967295"),
    (("--user", ""), "user"),
])
def test_a_user_or_group_that_is_none_is_an_error_at_start(options, word):
    done = run(*options, "127.0.0.1:0")

    assert done.returncode in (1, 2)
    assert word in done.stderr


def test_a_server_without_the_right_says_so_and_no_program_runs(
    open_folder, for_everybody, root
):
    mark = open_folder / "ran"
    done = run("--user", "nobody", "127.0.0.1:0", "--", "touch", mark, user=61234,
               group=61234, extra_groups=[], binary=for_everybody(PRONG))

    assert done.returncode == 3
    assert "user" in done.stderr and "CAP_SETUID" in done.stderr
    assert not mark.exists()


OWN = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid}


@pytest.mark.parametrize("groups", [[], [NOBODY.pw_gid]])
@pytest.mark.parametrize("start", ["fresh", "spare", "warm"])
def test_who_one_is_already_one_may_become_without_the_right(
    prong, puppet, for_everybody, root, open_folder, start, groups
):
    server = prong("--user", "nobody", "--start", start, program=[for_everybody(puppet)], **OWN,
                   extra_groups=groups, binary=for_everybody(PRONG), cwd=open_folder)
    client = server.connect()
    facts = client.facts("ids")

    assert facts["uid"] == " ".join([str(NOBODY.pw_uid)] * 3)
    assert facts["gid"] == " ".join([str(NOBODY.pw_gid)] * 3)


DIFFERENT = [
    (("--user", "nobody"), [7, 61999], "groups 7, 61999 would go"),
    (("--user", "nobody"), list(range(61000, 61010)),
     "groups 61000, 61001, 61002, 61003, 61004, 61005, 61006, 61007 and 2 more would go"),
    (("--user", "nobody", "--groups", "7"), [], "group 7 would come"),
    (("--user", "nobody", "--groups", "7"), [8], "group 8 would go, group 7 would come"),
    (("--group", "7"), [], f"gid {NOBODY.pw_gid} would become 7"),
    (("--user", "root"), [], f"uid {NOBODY.pw_uid} would become 0, gid {NOBODY.pw_gid} would become 0"),
]


@pytest.mark.parametrize("options, groups, what", DIFFERENT)
def test_what_differs_is_said(for_everybody, root, options, groups, what):
    done = run(*options, "127.0.0.1:0", "--", "true", **OWN, extra_groups=groups,
               binary=for_everybody(PRONG))
    (failed,) = (json.loads(line) for line in done.stderr.splitlines())
    assert (done.returncode, failed["event"]) == (3, "failed")
    assert failed["text"].startswith('true: a program could not be started: stage "user": ')
    assert failed["text"].endswith(
        f": Operation not permitted; {what}; "
        "changing user or groups needs CAP_SETUID and CAP_SETGID: start prong as root")


def test_a_server_without_root_serves(prong, puppet, for_everybody, root):
    server = prong(program=[for_everybody(puppet)], user=61234, group=61234,
                   extra_groups=[], binary=for_everybody(PRONG))
    facts = server.connect().facts("ids")

    assert facts["uid"] == "61234 61234 61234"
    assert facts["gid"] == "61234 61234 61234"


def test_ambient_capabilities_do_not_survive_a_change_of_user(
    prong, puppet, for_everybody, root
):
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    wrapper = ["setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups",
               "--inh-caps", "+setuid,+setgid", "--ambient-caps", "+setuid,+setgid"]
    server = prong("--user", "nobody", program=[for_everybody(puppet)],
                   binary=for_everybody(PRONG), wrapper=wrapper)
    client = server.connect()

    assert int(procs.status(server.pid, "CapAmb"), 16) != 0
    assert client.facts("ids")["uid"] == " ".join([str(NOBODY.pw_uid)] * 3)
    for line in client.ask("status Cap").splitlines():
        name, value = line.split()
        if name != "CapBnd:":
            assert int(value, 16) == 0, line


@pytest.fixture
def becomes_root(for_everybody, root):
    """A program that becomes root, whoever starts it, and then sleeps."""
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    program = for_everybody(shutil.which("setpriv"))
    os.chmod(program, 0o4755)
    done = subprocess.run([program, "--reuid", "0", "id", "-ru"], user=61234, group=61234,
                          extra_groups=[], capture_output=True, check=False)
    if done.stdout != b"0\n":
        pytest.skip("setuid has no effect here")
    return [program, "--reuid", "0", "sleep", "100"]


@pytest.fixture
def unkillable(prong, becomes_root, for_everybody):
    """unkillable(*options): a server without rights, and the pid of its one session."""
    pids = []

    def start(*options):
        server = prong("--term-grace", "100ms", *options, program=becomes_root, user=61234,
                       group=61234, extra_groups=[], binary=for_everybody(PRONG))
        server.expect("stuck", "session-end")
        pids.append(server.begin(server.connect())["pid"])
        procs.wait_until(lambda: procs.name(pids[0]) == "sleep", "is root")
        return server, pids[0]

    yield start
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        procs.wait_ended(pid)


def test_quit_gives_up_a_program_that_cannot_be_killed(unkillable):
    server, pid = unkillable()
    begun = time.monotonic()
    server.send_signal(signal.SIGQUIT)

    assert server.wait_event("stuck")["pid"] == pid
    assert time.monotonic() - begun > 4.5, "it may be slow to go"
    assert server.wait() == 0
    assert procs.alive(pid)


def test_quit_gives_up_a_program_that_was_found_stuck_before(unkillable):
    server, pid = unkillable()
    with Control(path_of(server.pid)) as control:
        assert control.ask("kill all")[1].get("done")
    assert server.wait_event("stuck")["pid"] == pid
    server.send_signal(signal.SIGQUIT)

    assert server.wait() == 0
    assert procs.alive(pid)


@pytest.mark.parametrize("options", [(), ("--policy-timeout", "6s")])
def test_quit_gives_up_a_question_that_cannot_be_ended(
        prong, becomes_root, for_everybody, options):
    """It keeps its place until then."""
    words = [word for each in becomes_root for word in ("--policy", each)]
    server = prong("--term-grace", "100ms", *options, *words, user=61234, group=61234,
                   extra_groups=[], binary=for_everybody(PRONG))
    server.expect("stuck", "refused")
    server.connect()
    pid = procs.wait_until(
        lambda: [child for child in server.children()
                 if procs.name(child) == "sleep"], "is root")[0]
    if options:
        assert server.wait_event("stuck")["pid"] == pid
    server.send_signal(signal.SIGQUIT)

    assert server.wait_event("stuck")["pid"] == pid
    assert server.wait() == 0
    assert server.events("refused")[0]["reason"] == "stopping"
    assert procs.alive(pid)
    os.kill(pid, signal.SIGKILL)
    procs.wait_ended(pid)
