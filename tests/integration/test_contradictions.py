"""Settings that contradict each other: prong check, a start and a reload say so, and why."""
import pytest

from harness.entrance import enter
from harness.instance import Instance, config, service
from harness.server import run

# options, what is said
CONTRADICTIONS = [
    ("--max 10 --reserve 2", "reserve: 2 sessions are kept for exempt networks, and there are none"),
    ("--max 2 --reserve 2 --exempt 10.0.0.0/8", "reserve: 2 of 2 sessions are kept"),
    ("--max 2 --reserve 5 --exempt 10.0.0.0/8", "reserve: 5 of 2 sessions are kept"),
    ("--max 10 --early-drop 10:50:10", "early-drop: it would begin at 10 sessions, and max is 10"),
    ("--max 10 --early-drop 5:50:11", "early-drop: it would refuse all at 11 sessions, and max is 10"),
    ("--penalty-min 20m --penalty any:1s", "penalty-min: it is more than penalty-max"),
    ("--penalty-min 2s --penalty-max 1s", "penalty-min: it is more than penalty-max"),
    ("--penalty proxy:1s", "penalty: 'proxy:1s' never counts: no PROXY header is awaited"),
    ("--penalty policy:1s", "penalty: 'policy:1s' never counts: no program is asked"),
    ("--penalty denied:1s", "penalty: 'denied:1s' never counts: nobody is denied"),
    ("--penalty any:1s --penalty exit=3:1s", "'exit=3:1s' never counts: 'any:1s' before it"),
    ("--penalty exit:1s --penalty exit!=0:1s", "'exit!=0:1s' never counts: 'exit:1s' before it"),
    ("--penalty exit=1-9:1s --penalty exit=3-4:1s", "'exit=3-4:1s' never counts: 'exit=1-9:1s'"),
    ("--penalty timeout:1s --penalty idle-timeout:1s", "'idle-timeout:1s' never counts"),
    ("--penalty signal!=SEGV:1s --penalty signal=TERM:1s", "'signal=TERM:1s' never counts"),
    ("--exempt 10.1.0.0/16 --deny 10.0.0.0/8",
     "exempt: '10.1.0.0/16' is spared limits, but not rules, and deny 10.0.0.0/8 keeps all"),
    ("--exempt 10.0.0.0/8 --deny 10.0.0.0/8", "exempt: '10.0.0.0/8' is spared limits"),
    ("--exempt banana", "'banana' is not an address"),
    ("--exempt 10.0.0.1/8", "10.0.0.0/8 would be right"),
    ("--rate 5", "rate"), ("--rate 0/s", "rate"), ("--rate 5/s:0", "rate"),
    ("--rate-per-source 5/fortnight", "rate-per-source"),
    ("--early-drop 5:50", "early-drop"), ("--early-drop 9:50:5", "early-drop"),
    ("--early-drop 5:101:9", "early-drop"), ("--stress 80", "stress"),
    ("--stress 101:20", "stress"), ("--stress 80:0", "stress"),
    ("--waiting-max 0", "waiting-max"), ("--sources-max 0", "sources-max"),
    ("--rate-wait 11m", "rate-wait"), ("--policy-timeout 1ms", "policy-timeout"),
    ("--policy-failed perhaps", "policy-failed"), ("--sources-full no", "sources-full"),
]

# What looks like one and is none.
FINE = [
    "--max 10 --early-drop 5:50:10",
    "--max 3 --reserve 2 --exempt 10.0.0.0/8",
    "--max 2 --max-per-source 5",
    "--penalty exit=3:0 --penalty exit!=0:1s --penalty any:2s",
    "--penalty exit=1-9:1s --penalty exit=9-10:1s",
    "--penalty no-byte:1s --penalty exit=3:1s --penalty signal:1s",
    "--penalty denied:1s --deny 10.0.0.0/8", "--penalty proxy:1s --proxy-from 10.0.0.0/8",
    "--penalty policy:1s --policy true",
    "--exempt 10.0.0.0/8 --deny 10.1.0.0/16",
    "--exempt 10.0.0.0/8 --deny 10.0.0.0/8 --allow 10.1.0.0/16",
    "--exempt 10.1.0.0/16 --deny 10.0.0.0/8 --allow 10.1.0.0/16",
    "--penalty-min off --penalty any:1s", "--rate-wait off --rate 1/d",
    "--deny all --allow 10.0.0.0/8",
]


@pytest.mark.parametrize("options, said", CONTRADICTIONS)
def test_a_contradiction_is_refused_with_its_reason(options, said):
    for command in (["check"], []):
        done = run(*command, *options.split(), "127.0.0.1:0", "--", "@echo")
        assert done.returncode not in (0, None), command
        assert said in done.stderr, done.stderr


@pytest.mark.parametrize("options", FINE)
def test_what_is_none_is_taken(options):
    done = run("check", *options.split(), "127.0.0.1:0", "--", "@echo")
    assert done.returncode == 0, done.stderr


# What may stand, but is hardly meant.
DOUBTS = [
    ("--penalty first-byte-timeout:5s", "penalty: 'first-byte-timeout:5s' never counts"),
    ("--penalty session-timeout:5s", "penalty: 'session-timeout:5s' never counts"),
    ("--penalty idle-timeout:5s", "penalty: 'idle-timeout:5s' never counts"),
    ("--eof-grace off --penalty eof-grace:5s", "penalty: 'eof-grace:5s' never counts"),
    ("--eof-grace off --penalty timeout:5s", "penalty: 'timeout:5s' never counts"),
    ("--allow uid:5 --allow 127.0.0.1", "allow: 'uid:5' is nobody: only clients of a Unix"),
    ("--deny cid:3", "deny: 'cid:3' is nobody: only clients of vsock have a CID"),
    ("--proxy-from all", "proxy-from: 'all' lets whoever connects say which client it is"),
    ("--proxy-from 10.0.0.1 --proxy-from ::/0", "proxy-from: '::/0' lets whoever connects"),
]

# What is not even doubtful.
MEANT = [
    "--penalty timeout:5s", "--penalty eof-grace:5s", "--penalty first-byte-timeout:0",
    "--first-byte-timeout 9s --penalty first-byte-timeout:5s",
    "--penalty no-byte:5s --penalty exit:1s",
    "--allow 127.0.0.0/8 --deny all", "--proxy-from 127.0.0.0/8 --proxy-from uid:0",
]


@pytest.mark.parametrize("options, said", DOUBTS)
def test_what_is_hardly_meant_is_a_warning(options, said):
    done = run("check", *options.split(), "127.0.0.1:0", "--", "@echo")
    assert done.returncode == 0, done.stderr
    assert f"warning: echo: {said}" in done.stderr


@pytest.mark.parametrize("options", MEANT)
def test_what_is_meant_is_none(options):
    done = run("check", *options.split(), "127.0.0.1:0", "--", "@echo")
    assert done.returncode == 0, done.stderr
    assert "warning: " not in done.stderr


VAIN = [
    ("--clone-age 1m --start warm", "clone-age: has no effect without start: clone; add that, or"),
    ("--policy-failed admit", "policy-failed: has no effect without policy; add that, or"),
    ("--exempt 10.0.0.0/8", "exempt: has no effect without rate, rate-per-source, early-drop"),
    ("--unix-mode 600", "unix-mode: has no effect without a Unix socket to listen on"),
]


@pytest.mark.parametrize("options, said", VAIN)
def test_what_nothing_can_come_of_is_a_note(prong, options, said):
    done = run("check", *options.split(), "127.0.0.1:0", "--", "@echo")
    assert done.returncode == 0, done.stderr
    assert f"note: echo: {said}" in done.stderr
    server = prong(*options.split())
    assert server.wait_event("note")["text"].startswith(said)


def test_one_value_of_many_services_is_told_once_and_only_where_none_uses_it(tmp_path):
    """`defaults` hold for services that need not all of it."""
    path = tmp_path / "site.yaml"
    start = "defaults: { clone-uses: 9, policy-failed: admit, rate-wait: 1s }\nservices:\n"
    one = '  {}: {{ listen: "127.0.0.1:0", program: ["@echo"]{} }}\n'
    path.write_text(start + one.format("one", "") + one.format("two", ", rate-wait: 2s")
                    + one.format("three", ", rate: 5/s")
                    + one.format("four", ", policy: ['true']"))
    done = run("check", "-f", path)
    assert done.returncode == 0, done.stderr
    found = sorted(line.partition("note: ")[2] for line in done.stderr.splitlines()
                   if "has no effect" in line)
    assert found == [
        "one: clone-uses: has no effect without start: clone; add that, or leave it out",
        "two: rate-wait: has no effect without rate or rate-per-source; add that, or leave it out",
    ]


def test_users_are_no_doubt_where_there_is_a_unix_socket(tmp_path):
    words = ["check", "--allow", "uid:5", f"unix:{tmp_path}/s", "--", "@echo"]
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert "is nobody" not in done.stderr


def test_a_penalty_counts_where_a_rule_sets_its_time_limit():
    done = run("check", "--penalty", "session-timeout:5s",
               "--allow", "10.0.0.0/8 session-timeout=9s", "127.0.0.1:0", "--", "@echo")
    assert done.returncode == 0, done.stderr
    assert "never counts" not in done.stderr


def test_all_of_them_are_told_at_once_and_where_they_stand(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(config(service(
        "one", "127.0.0.1:0", max=4, reserve=4, exempt="[10.0.0.0/8]",
        early_drop='"4:50:4"', penalty='["any:1s", "exit:2s"]')))
    done = run("check", "-f", path)
    assert done.returncode != 0
    for line, said in ((6, "reserve: "), (8, "early-drop: "), (9, "penalty: 'exit:2s'")):
        assert any(found.startswith(f"{path}:{line}:") and said in found
                   for found in done.stderr.splitlines()), done.stderr


def test_a_reload_that_contradicts_itself_changes_nothing(prong, tmp_path, puppet):
    def served(**more):
        return config(service("one", "127.0.0.1:0", program=f'"{puppet}"', max=4, **more))

    instance = Instance(prong, tmp_path, served())
    instance.expect("reload-failed")
    before = instance.census()
    for more in ({"reserve": 4}, {"early_drop": '"4:50:4"'}, {"penalty": '["proxy:1s"]'},
                 {"deny": "[all]"}, {"allow_uid": "[0]"}, {"policy": "[/no/such/policy]"},
                 {"allow": '["10.0.0.0/8 program=/no/such/program"]'}):
        instance.configure(served(**more))
        event = instance.reload()
        assert event["event"] == "reload-failed"
        assert next(iter(more)).replace("_", "-") in event["text"] or "program" in event["text"]
        enter(instance).reset()
    instance.wait_census(before)
