"""Users of a Unix socket: allow-uid, allow-gid, rules for users, and limits of each."""
import os

import pytest

from harness.entrance import TEXT, enter, said_in
from harness.instance import Instance, config, service
from harness.people import connect_as
from harness.server import run

ONE, TWO, STAFF, CREW = 4001, 4002, 5001, 5002


@pytest.fixture
def address(tmp_path):
    """A name that needs no permission."""
    return f"unix:@{tmp_path.name}-{os.getpid()}"


@pytest.fixture
def by_ids(prong, puppet, address, root):
    def start(*words, **kw):
        kw.setdefault("listen", [address])
        server = prong(*words, "--refuse-text", TEXT, program=[puppet], **kw)
        server.expect("refused", "refused-more")
        return server
    return start


def is_let_in(client):
    try:
        client.command("say in")
    except BrokenPipeError:
        pass  # it was refused already
    line = client.read_line()
    assert line == b"in" or line.startswith(b"denied "), line
    return line == b"in"


def test_users_that_are_named_and_nobody_else(by_ids):
    server = by_ids("--allow-uid", str(ONE), "--allow-uid", "nobody")
    assert is_let_in(connect_as(server, ONE))
    assert is_let_in(connect_as(server, 65534))
    assert not is_let_in(connect_as(server, TWO))
    assert not is_let_in(server.connect()), "not even root, unless it is named"
    event = server.wait_event("refused")
    assert event["reason"] == "denied"
    assert event["why"] == f"uid {TWO} is neither in allow-uid nor in allow-gid"


def test_the_number_of_a_user_is_not_that_of_a_group(by_ids):
    server = by_ids("--allow-uid", str(ONE))
    assert not is_let_in(connect_as(server, TWO, gid=ONE))
    server = by_ids("--allow-gid", str(ONE), listen=["unix:@other-" + str(os.getpid())])
    assert not is_let_in(connect_as(server, ONE, gid=TWO))


def test_members_of_a_group_by_any_of_their_groups(by_ids):
    server = by_ids("--allow-gid", str(STAFF), "--allow-gid", "daemon")
    assert is_let_in(connect_as(server, ONE, gid=STAFF))
    assert is_let_in(connect_as(server, ONE, gid=ONE, groups=[CREW, STAFF]))
    assert is_let_in(connect_as(server, ONE, gid=1))
    assert not is_let_in(connect_as(server, ONE, gid=ONE, groups=[CREW]))
    assert not is_let_in(connect_as(server, STAFF, gid=ONE))


def test_one_who_is_in_very_many_groups(by_ids):
    server = by_ids("--allow-gid", str(STAFF))
    many = list(range(20_000, 20_200))
    assert is_let_in(connect_as(server, ONE, groups=[*many, STAFF]))
    assert not is_let_in(connect_as(server, ONE, groups=many))
    more = [*range(20_000, 21_000), STAFF]
    assert is_let_in(connect_as(server, ONE, groups=more)), "however many they are"


def test_one_of_both_is_enough(by_ids):
    server = by_ids("--allow-uid", str(ONE), "--allow-gid", str(STAFF))
    assert is_let_in(connect_as(server, ONE, gid=TWO))
    assert is_let_in(connect_as(server, TWO, gid=STAFF))
    assert not is_let_in(connect_as(server, TWO, gid=TWO))


def test_a_rule_that_speaks_of_a_user_decides(by_ids):
    server = by_ids("--allow-gid", str(STAFF), "--deny", f"uid:{ONE}",
                    "--allow", f"uid:{TWO}")
    assert not is_let_in(connect_as(server, ONE, gid=STAFF))
    assert is_let_in(connect_as(server, TWO, gid=TWO))
    assert is_let_in(connect_as(server, 4003, gid=STAFF))
    assert not is_let_in(connect_as(server, 4003, gid=TWO))


def test_they_do_not_speak_of_other_listeners(by_ids, address):
    server = by_ids("--allow-uid", str(ONE), listen=[address, "127.0.0.1:0"])
    enter(server, index=1)
    assert not is_let_in(server.connect(0))


def test_a_user_has_a_limit_of_its_own(by_ids):
    server = by_ids("--max-per-source", "1")
    said_in(connect_as(server, ONE))
    assert connect_as(server, ONE, gid=TWO).read_line().startswith(b"source-full ")
    assert server.wait_event("refused")["why"] == f"1 of 1 session from uid {ONE}"
    said_in(connect_as(server, TWO))


def test_a_rule_for_a_user_has_settings_of_its_own(by_ids):
    server = by_ids("--max-per-source", "1",
                    "--allow", f"uid:{ONE} max-per-source=2 env=ROLE=staff", "--allow", "all")
    first = connect_as(server, ONE)
    assert first.environment()["ROLE"] == "staff"
    said_in(connect_as(server, ONE))
    assert connect_as(server, ONE).read_line().startswith(b"source-full ")
    other = connect_as(server, TWO)
    assert "ROLE" not in other.environment()
    assert connect_as(server, TWO).read_line().startswith(b"source-full ")


def test_a_user_that_is_exempt(by_ids):
    server = by_ids("--max-per-source", "1", "--exempt", f"uid:{ONE}")
    said_in(connect_as(server, ONE)), said_in(connect_as(server, ONE))
    said_in(connect_as(server, TWO))
    assert connect_as(server, TWO).read_line().startswith(b"source-full ")


def test_the_program_knows_who_it_is_for(by_ids):
    server = by_ids("--allow-gid", str(STAFF))
    env = connect_as(server, ONE, gid=STAFF).environment()
    assert (env["IPCREMOTEEUID"], env["IPCREMOTEEGID"]) == (str(ONE), str(STAFF))


def test_a_policy_program_is_asked_with_the_ids(by_ids):
    server = by_ids("--policy", "sh", "--policy", "-c", "--policy",
                    f'test "$IPCREMOTEEUID" = {ONE}')
    said_in(connect_as(server, ONE))
    assert connect_as(server, TWO).read_line().startswith(b"policy ")


def test_a_reload_changes_who_may(prong, puppet, tmp_path, address, root):
    def served(uid):
        return config(service("one", address, program=f'"{puppet}"', allow_uid=f"[{uid}]",
                              refuse_text=f'"{TEXT}"'))

    instance = Instance(prong, tmp_path, served(ONE))
    instance.expect("refused")
    inside = connect_as(instance, ONE)
    said_in(inside)
    instance.configure(served(TWO))
    assert instance.reload()["event"] == "reloaded"
    said_in(inside)
    assert not is_let_in(connect_as(instance, ONE))
    assert is_let_in(connect_as(instance, TWO))
    assert instance.upgrade()["event"] == "upgraded"
    assert not is_let_in(connect_as(instance, ONE))
    assert is_let_in(connect_as(instance, TWO))


def test_the_own_user_without_any_right(prong, puppet, address):
    """What needs no root: whoever runs the test is let in, or is not."""
    for words, wanted in ((("--allow-uid", str(os.geteuid())), True),
                          (("--allow-uid", str(os.geteuid() + 1)), False),
                          (("--allow-gid", str(os.getegid())), True)):
        server = prong(*words, "--refuse-text", TEXT, program=[puppet], listen=[address])
        server.expect("refused")
        if wanted:
            said_in(server.connect())
        else:
            assert server.connect().read_line().startswith(b"denied ")
        server.settle()
        server.stop()


@pytest.mark.parametrize("words, wrong", [
    (["--allow-uid", "no-such-user"], "no-such-user"),
    (["--allow-gid", "no-such-group"], "no-such-group"),
    (["--allow-uid", "-1"], "allow-uid"), (["--allow-gid", "4294967296"], "allow-gid"),
])
def test_somebody_who_is_not_there_is_a_mistake(words, wrong, address):
    for command in (["check"], []):
        done = run(*command, *words, address, "--", "@echo")
        assert done.returncode not in (0, None) and wrong in done.stderr, done.stderr


def test_nobody_can_be_named_where_no_user_is_known():
    done = run("check", "--allow-uid", "root", "127.0.0.1:0", "--", "@echo")
    assert done.returncode != 0
    assert "allow-uid: only of a Unix socket's client is the user known" in done.stderr


def test_unknown_users_are_told_at_the_start_of_the_log_line(by_ids):
    server = by_ids("--allow-uid", str(ONE))
    connect_as(server, TWO).is_ended()
    assert server.wait_event("refused")["source"].startswith("unix")
    turned = server.events("refused")
    assert len(turned) == 1 and turned[0]["live"] == 0
