"""Settings of a rule: its clients have other limits, another environment, another program."""
import os

import pytest

from harness import started
from harness.entrance import TEXT, enter, leave, offend, said_in, turned_away
from harness.instance import Instance, config, service
from harness.server import run

GUEST = "127.0.0.2"


@pytest.fixture
def ruled(prong, puppet):
    """One rule for GUEST; all others are as the service has it."""
    def start(options, *more, program=None, **kw):
        server = prong("--allow", f"{GUEST} {options}", "--allow", "127.0.0.0/8",
                       "--refuse-text", TEXT, *more, program=program or [puppet], **kw)
        server.expect("refused", "refused-more")
        return server
    return start


def test_env(ruled):
    server = ruled("env=ROLE=guest env='NAME=a b' env=SHARED=rule", "--env", "SHARED=service",
                   "--env", "OWN=1")
    guest, other = (server.connect(source=source).environment()
                    for source in (GUEST, "127.0.0.3"))
    assert (guest["ROLE"], guest["NAME"], guest["SHARED"]) == ("guest", "a b", "rule")
    assert guest["OWN"] == "1", "of the service's own only what the rule names is another"
    assert other["SHARED"] == "service" and "ROLE" not in other


def test_limits_of_the_process(ruled):
    server = ruled("memory=64M files=17 cpu-time=5s processes=99 file-size=1M core=0 nice=3 "
                   "umask=077", "--umask", "027", "--memory", "128M")
    guest, other = (server.connect(source=source) for source in (GUEST, "127.0.0.3"))
    assert guest.ask("umask").lstrip("0") == "77" and other.ask("umask").lstrip("0") == "27"
    assert (int(guest.ask("nice")), int(other.ask("nice"))) == (3, 0)
    limits, usual = (limits_of(server.begin(client)["pid"]) for client in (guest, other))
    assert limits["Max address space"] == str(64 << 20)
    assert limits["Max open files"] == "17" and limits["Max cpu time"] == "5"
    assert limits["Max processes"] == "99" and limits["Max core file size"] == "0"
    assert limits["Max file size"] == str(1 << 20)
    assert usual["Max address space"] == str(128 << 20) and usual["Max open files"] != "17"


def limits_of(pid):
    """{name: soft limit}"""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return {line[:26].strip(): line[26:].split()[0] for line in file}


def test_dir_and_program(ruled, tmp_path, puppet):
    server = ruled(f"dir={tmp_path} program='sh -c \"pwd; echo $0 and $1\" a \"b c\"'")
    guest = server.connect(source=GUEST)
    lines = guest.read_all().decode().splitlines()
    assert lines == [os.path.realpath(tmp_path), "a and b c"]
    said_in(server.connect(source="127.0.0.3"))
    assert server.begin(guest)["service"] == server.events("serving")[0]["service"]


def test_user_and_group(ruled, root, for_everybody, puppet):
    server = ruled("user=nobody group=daemon", program=[for_everybody(puppet)])
    guest, other = (server.connect(source=source).facts("ids")
                    for source in (GUEST, "127.0.0.3"))
    assert "65534" in guest["uid"] and "65534" not in other["uid"]
    assert guest["gid"].split()[0] == "1"


def test_banner(ruled):
    server = ruled("banner='hello guest\\n'", "--banner", "hello\\n")
    assert server.connect(source=GUEST).read_line() == b"hello guest"
    assert server.connect(source="127.0.0.3").read_line() == b"hello"


def test_stderr(ruled):
    server = ruled("stderr=client")
    guest = server.connect(source=GUEST)
    guest.command("stderr to you")
    assert guest.read_line() == b"to you"
    enter(server, "127.0.0.3").ask("stderr to the log")
    assert server.wait_event("stderr")["line"] == "to the log"


TIMES = {
    "session-timeout": lambda client: client.command("say in"),
    "idle-timeout": lambda client: client.command("say in"),
    "first-byte-timeout": lambda client: None,
    "eof-grace": lambda client: (client.ask("ignore-eof"), client.half_close()),
}


@pytest.mark.parametrize("setting", TIMES)
def test_time_limits(ruled, setting):
    server = ruled(f"{setting}=60ms", f"--{setting}", "20s")
    guest, other = server.connect(source=GUEST), server.connect(source="127.0.0.3")
    for client in (guest, other):
        TIMES[setting](client)
    assert guest.is_ended()
    assert server.end(guest)["cause"] == setting
    assert not server.events("session-end", source=other.name)


def test_term_grace_and_on_hangup(ruled):
    server = ruled("session-timeout=6s term-grace=50ms on-hangup=kill")
    guest = server.connect(source=GUEST)
    guest.ask("ignore-term")
    assert guest.is_ended()
    end = server.end(guest)
    assert (end["signal"], end["cause"]) == ("KILL", "session-timeout")


def test_max_per_source(ruled):
    server = ruled("max-per-source=1", "--max-per-source", "2")
    for source, most in ((GUEST, 1), ("127.0.0.3", 2)):
        for _ in range(most):
            enter(server, source)
        told, event = turned_away(server, source, "source-full")
        assert event["why"].startswith(f"{most} of {most} session")


def test_a_rule_may_allow_more_than_the_service_does(ruled):
    server = ruled("max-per-source=3", "--max-per-source", "1")
    for _ in range(3):
        enter(server, GUEST)
    turned_away(server, GUEST, "source-full")
    enter(server, "127.0.0.3")
    turned_away(server, "127.0.0.3", "source-full")


def test_rate_per_source(ruled):
    server = ruled("rate-per-source=1/h", "--rate-wait", "off")
    enter(server, GUEST)
    turned_away(server, GUEST, "source-rate")
    for _ in range(3):
        enter(server, "127.0.0.3")


def test_rate_per_source_of_a_rule_makes_its_clients_wait(ruled):
    server = ruled("rate-per-source=1/150ms")
    begins = [server.begin(server.connect(source=GUEST)) for _ in range(3)]
    assert [begin["live"] for begin in begins] == [1, 2, 3]
    assert not server.events("refused")


def test_refuse_text(ruled):
    server = ruled("max-per-source=1 refuse-text='not again, {source}\\n'",
                   "--max-per-source", "1")
    enter(server, GUEST), enter(server, "127.0.0.3")
    assert server.connect(source=GUEST).read_all() == b"not again, 127.0.0.2\n"
    turned_away(server, "127.0.0.3", "source-full")


def test_log_sample(ruled):
    server = ruled("log-sample=1000")
    for source in ("127.0.0.3", GUEST, "127.0.0.3", GUEST, "127.0.0.3"):
        with server.connect(source=source) as client:
            client.command("exit 0")
            assert client.is_ended()
    server.settle()
    server.stop()
    begun = [event["source"].split(":")[0] for event in server.events("session-begin")]
    assert begun == ["127.0.0.3"] * 3


def test_all_count_as_one_service(ruled):
    server = ruled("env=ROLE=guest", "--max", "2", "--when-full", "refuse")
    enter(server, GUEST), enter(server, "127.0.0.3")
    turned_away(server, GUEST, "service-full")
    turned_away(server, "127.0.0.4", "service-full")


def test_a_full_service_lets_clients_of_all_rules_wait(ruled):
    server = ruled("env=ROLE=guest", "--max", "1")
    inside = enter(server, "127.0.0.3")
    late = server.connect(source=GUEST)
    leave(server, inside)
    assert late.environment()["ROLE"] == "guest"


def test_a_penalty_counts_for_clients_of_a_rule_too(ruled):
    server = ruled("env=ROLE=guest", "--penalty", "exit=3:1m", "--penalty-min", "off")
    offend(server, GUEST)
    turned_away(server, GUEST, "penalty")
    enter(server, "127.0.0.3")


def test_two_hundred_rules_with_settings_of_their_own(prong, puppet, tmp_path):
    rules = tmp_path / "rules"
    rules.write_text("".join(f"127.0.1.{n} env=N={n} max-per-source={n}\n"
                             for n in range(1, 201)))
    server = prong("--allow", rules, program=[puppet])
    for number in (1, 77, 200):
        client = server.connect(source=f"127.0.1.{number}")
        assert client.environment()["N"] == str(number)


# ---- started ahead


@pytest.mark.parametrize("how", started.AHEAD)
def test_what_waits_for_a_client_of_a_rule_has_the_rules_environment(prong, build, how):
    """Environment and limits that a process was started with cannot be changed later: each
    choice of settings has processes of its own."""
    server = prong(
        "--start", how, "--max", "6", "--spares-max", "2",
        "--allow", f"{GUEST} env=ROLE=guest umask=077", "--allow", "127.0.0.0/8 env=ROLE=usual",
        program=["sh", "-c", "while read line; do echo $ROLE $(umask); done"])
    for _ in range(3):  # of the service, and of each rule
        server.wait_event("spares")
    for source, wanted in ((GUEST, b"guest 0077"), ("127.0.0.3", b"usual 0022")):
        with server.connect(source=source) as client:
            client.command("say")
            assert client.read_line() == wanted
            assert started.began_as(server, client) == how
        server.end(client)


@pytest.mark.parametrize("how", started.AHEAD)
def test_a_rule_with_a_program_of_its_own_that_waits(prong, how):
    server = prong(
        "--start", how, "--max", "6", "--spares-max", "2",
        "--allow", f"{GUEST} program='sh -c \"read a; echo other\"'", "--allow", "all",
        program=["sh", "-c", "read a; echo usual"])
    for _ in range(2):
        server.wait_event("spares")
    for source, wanted in ((GUEST, b"other\n"), ("127.0.0.3", b"usual\n")):
        with server.connect(source=source) as client:
            client.command("")
            assert client.read_all() == wanted
            assert started.began_as(server, client) == how
        server.end(client)


# ---- reload, upgrade, mistakes


def guests(puppet, options):
    return config(service("one", "127.0.0.1:0", program=f'"{puppet}"',
                          refuse_text=f'"{TEXT}"',
                          allow=f'["{GUEST} {options}", "127.0.0.0/8"]'))


def test_a_reload_changes_what_a_rule_says_for_those_that_come(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, guests(puppet, "env=ROLE=first max-per-source=2"))
    instance.expect("refused")
    before = enter(instance, GUEST)
    instance.configure(guests(puppet, "env=ROLE=second max-per-source=2"))
    assert instance.reload()["event"] == "reloaded"
    after = enter(instance, GUEST)
    assert before.environment()["ROLE"] == "first"
    assert after.environment()["ROLE"] == "second"
    turned_away(instance, GUEST, "source-full")
    leave(instance, before)
    enter(instance, GUEST)


def test_sessions_of_a_rule_outlive_an_upgrade_with_their_settings(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, guests(puppet, "idle-timeout=8s max-per-source=2"))
    instance.expect("refused")
    guest, other = enter(instance, GUEST), enter(instance, "127.0.0.3")
    assert instance.upgrade()["event"] == "upgraded"
    enter(instance, GUEST)
    turned_away(instance, GUEST, "source-full")
    assert guest.is_ended()
    assert instance.end(guest)["cause"] == "idle-timeout"
    said_in(other)
    leave(instance, other)
    instance.check_books()


def test_reloads_of_rules_leave_nothing_behind(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, guests(puppet, "env=A=0"))
    before = instance.census()  # what was before is closed a little after "reloaded"
    instance.reload()
    memory = instance.memory_kb()
    for number in range(20):
        instance.configure(guests(puppet, f"env=A={number}"))
        assert instance.reload()["event"] == "reloaded"
        leave(instance, enter(instance, GUEST))
    instance.wait_census(before)
    instance.check_memory(memory)


@pytest.mark.parametrize("option, wrong", [
    ("program=/no/such/program", "/no/such/program"),
    ("user=no-such-user", "no-such-user"),
    ("dir=/no/such/folder", "/no/such/folder"),
    ("program=", "is not a program"),
    ("nice=1 nice=2", "'nice' was said before"),
    ("session-timeout=never", "session-timeout"),
    ("refuse-text=" + "x" * 4097, "refuse-text"),
])
def test_what_a_rule_cannot_have_is_a_mistake(option, wrong):
    for command in (["check"], []):
        done = run(*command, "--allow", f"10.0.0.0/8 {option}", "127.0.0.1:0", "--", "@echo")
        assert done.returncode not in (0, None) and wrong in done.stderr, done.stderr
