"""Whom a program runs as: user, group, groups.  Needs root."""
import grp
import os
import pwd

import pytest

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

    assert done.returncode in (1, 111)
    assert "user" in done.stderr and "CAP_SETUID" in done.stderr
    assert not mark.exists()


def test_a_server_without_root_serves(prong, puppet, for_everybody, root):
    server = prong(program=[for_everybody(puppet)], user=61234, group=61234,
                   extra_groups=[], binary=for_everybody(PRONG))
    facts = server.connect().facts("ids")

    assert facts["uid"] == "61234 61234 61234"
    assert facts["gid"] == "61234 61234 61234"
