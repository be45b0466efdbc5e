"""uid-range: a user and a group of its own for each session.  Needs root."""
import re
import signal

import pytest

from harness import procs
from harness.instance import Instance, config, service
from harness.server import PRONG, run

FIRST = 1900000000
HOWS = ("fresh", "spare", "warm", "clone")

pytestmark = pytest.mark.usefixtures("root")


def span(count, first=FIRST):
    return f"{first}-{first + count - 1}"


def uid(client):
    """One number for all that a process has, and nothing beside it."""
    facts = client.facts("ids")
    (number,) = {*facts["uid"].split(), *facts["gid"].split()}
    assert set(facts["groups"].split()) <= {number}
    return int(number)


@pytest.fixture
def ranged(prong, puppet, for_everybody):
    """ranged(count, *options): a server whose sessions have that many numbers."""
    def start(count, *options, **kw):
        return prong("--uid-range", span(count), *options, program=[for_everybody(puppet)], **kw)
    return start


@pytest.fixture
def made(prong, puppet, for_everybody, tmp_path):
    """made(**settings): the same, to be reloaded and upgraded."""
    program = f'"{for_everybody(puppet)}"'

    def text(**settings):
        return config(service("puppet", "127.0.0.1:0", program=program, **settings))
    def start(**settings):
        return Instance(prong, tmp_path, text(**settings),
                        is_ahead=settings.get("start", "fresh") != "fresh")
    return start, text


@pytest.mark.parametrize("how", HOWS)
def test_sessions_at_once_have_a_user_each(ranged, how):
    server = ranged(64, "--max", "32", "--start", how, "--spares-max", "4")
    clients = [server.connect() for _ in range(32)]
    numbers = [uid(client) for client in clients]
    assert len(set(numbers)) == 32
    assert all(FIRST <= number < FIRST + 64 for number in numbers)
    assert [server.begin(client)["uid"] for client in clients] == numbers


def test_a_session_cannot_touch_another(prong):
    server = prong("--uid-range", span(9), "--max", "4",
                   program=["sh", "-c", "while read line; do eval \"$line\" 2>&1; done"])
    one, other = server.connect(), server.connect()
    one.command("echo in")
    assert one.read_line() == b"in"
    pid = server.begin(one)["pid"]
    other.command(f"kill {pid}; ls /proc/{pid}/fd; cat /proc/{pid}/environ; echo over")
    other.half_close()
    said = other.read_all().decode()
    assert "Operation not permitted" in said
    assert said.count("Permission denied") == 2
    one.command("echo still here")
    assert one.read_line() == b"still here"


def test_the_environment_knows_no_user(ranged):
    environment = ranged(9, "--max", "4").connect().environment()
    assert not {"USER", "LOGNAME", "HOME", "SHELL"} & set(environment)


def test_a_number_comes_again_when_all_others_had_their_turn(ranged):
    server = ranged(5, "--max", "2")
    numbers = []
    for _ in range(10):
        with server.connect() as client:
            numbers.append(uid(client))
            client.command("exit 0")
            server.end(client)
    assert numbers[:5] == numbers[5:]
    assert len(set(numbers)) == 5


def test_who_stays_keeps_its_number_and_nobody_else_has_it(ranged):
    server = ranged(4, "--max", "2")
    stays = server.connect()
    kept = uid(stays)
    for _ in range(9):
        with server.connect() as client:
            assert uid(client) != kept
            client.command("exit 0")
            server.end(client)
    assert uid(stays) == kept


@pytest.mark.parametrize("how", ("fresh", "warm"))
def test_a_reload_gives_nobody_the_number_of_an_earlier_session(made, how):
    start, text = made
    settings = {"uid_range": span(30), "max": 6, "start": how, "spares_max": 2}
    instance = start(**settings)
    clients = [instance.connect() for _ in range(3)]
    numbers = [uid(client) for client in clients]
    instance.configure(text(**settings, umask="027"))
    assert instance.reload()["event"] == "reloaded"
    clients += [instance.connect() for _ in range(3)]
    assert [uid(client) for client in clients[:3]] == numbers
    assert len({uid(client) for client in clients}) == 6

    # A range that only overlaps is looked after as well.
    instance.configure(text(**{**settings, "uid_range": span(30, FIRST + 5), "max": 12}))
    assert instance.reload()["event"] == "reloaded"
    clients += [instance.connect() for _ in range(6)]
    assert len({uid(client) for client in clients}) == 12


@pytest.mark.parametrize("how", ("fresh", "spare", "warm"))
def test_an_upgrade_hands_the_numbers_on(made, how):
    start, _ = made
    instance = start(uid_range=span(40), max=8, start=how, spares_max=2)
    clients = [instance.connect() for _ in range(4)]
    numbers = [uid(client) for client in clients]
    for _ in range(2):
        assert instance.upgrade()["event"] == "upgraded"
        clients.append(instance.connect())
    assert [uid(client) for client in clients[:4]] == numbers
    assert len({uid(client) for client in clients}) == 6
    clients[0].command("exit 0")
    instance.end(clients[0])
    assert len({uid(instance.connect()) for _ in range(2)} - {uid(c) for c in clients[1:]}) == 2


def test_the_turn_goes_on_after_an_upgrade(made):
    start, _ = made
    instance = start(uid_range=span(1000), max=8)
    numbers = []
    for _ in range(3):
        with instance.connect() as client:
            numbers.append(uid(client))
        instance.wait_event("session-end", source=client.name)
        assert instance.upgrade()["event"] == "upgraded"
    assert numbers == sorted(set(numbers))


def test_services_share_a_range(prong, puppet, for_everybody, tmp_path):
    program = f'"{for_everybody(puppet)}"'
    same = {"uid_range": span(8), "max": 4, "program": program}
    instance = Instance(prong, tmp_path, config(service("a", "127.0.0.1:0", **same),
                                                service("b", "127.0.0.1:0", **same)))
    clients = [instance.connect(index) for index in (0, 1) * 4]
    assert {uid(client) for client in clients} == set(range(FIRST, FIRST + 8))


def test_the_policy_program_has_a_number_as_well(ranged, tmp_path, open_folder):
    script = open_folder / "policy"
    script.write_text("#!/bin/sh\n[ $(id -u) = $(id -g) ] && [ $(id -u) -ge 1900000000 ]\n")
    script.chmod(0o755)
    server = ranged(9, "--max", "4", "--policy", str(script))
    assert uid(server.connect()) >= FIRST


def test_a_process_that_dies_at_the_hand_over_gives_its_number_back(ranged):
    server = ranged(8, "--max", "2", "--start", "warm", "--spares-max", "1")
    server.expect("spares-failed", "spares-lost", "replaced")
    for _ in range(20):
        with server.connect() as client:
            number = uid(client)
            assert FIRST <= number < FIRST + 8
        server.end(client)


# ---- what is wrong at start ----------------------------------------------------------


def check(tmp_path, *services):
    path = tmp_path / "site.yaml"
    path.write_text(config(*services))
    return run("check", "-f", str(path))


def test_too_few_numbers_are_an_error_that_says_how_many(tmp_path):
    done = check(tmp_path, service("a", "127.0.0.1:0", uid_range=span(10), max=11))
    assert done.returncode == 1
    assert ("uid-range: 1900000000-1900000009 are 10 numbers, and 11 are needed: one for each "
            "session of max (11); widen the range or lower max") in done.stderr + done.stdout


def test_those_started_ahead_need_numbers_too(tmp_path):
    one = {"program": '"/bin/cat"', "max": 10, "start": "warm", "spares_max": 4}
    done = check(tmp_path, service("a", "127.0.0.1:0", uid_range=span(15), **one))
    assert "16 are needed: one for each session of max (10), and for what is started ahead" \
        in done.stderr + done.stdout
    done = check(tmp_path, service("a", "127.0.0.1:0", uid_range=span(16), **one))
    assert done.returncode == 0, done.stderr


def test_services_that_share_numbers_need_enough_for_all(tmp_path):
    def pair(width):
        return (service("a", "127.0.0.1:0", uid_range=span(width), max=10),
                service("b", "127.0.0.1:0", uid_range=span(20, FIRST + width - 5), max=20))
    done = check(tmp_path, *pair(14))
    assert "the 2 services that have them need 30" in done.stderr + done.stdout
    assert check(tmp_path, *pair(15)).returncode == 0


def test_max_that_nobody_says_is_what_there_are_numbers_for(ranged):
    server = ranged(7)
    assert server.wait_event("serving")["max"] == 7
    assert server.events("serving")[0]["max_from"] == "uid-range"


@pytest.mark.parametrize("other", ["user: nobody", "group: daemon", "groups: none"])
def test_what_says_another_user_is_a_contradiction(tmp_path, other):
    key, _, value = other.partition(": ")
    done = check(tmp_path, service("a", "127.0.0.1:0", uid_range=span(10), max=4, **{key: value}))
    assert done.returncode == 2
    assert re.search(rf"uid-range: .*and {key} says another: leave out one of them",
                     done.stderr + done.stdout)


def test_numbers_of_a_user_of_this_machine_are_doubted(prong):
    server = prong("--uid-range", "1-100", "--max", "4", program=["@hello"])
    server.expect("warning")
    text = server.wait_event("warning")["text"]
    assert re.search(r"uid-range: \d+ is a number of user '\w+'", text)


def test_without_root_it_is_an_error_at_start(tmp_path, for_everybody, open_folder):
    path = open_folder / "site.yaml"
    path.write_text(config(service("a", "127.0.0.1:0", program='"/bin/true"',
                                   uid_range=span(10), max=4)))
    path.chmod(0o644)
    done = run("check", "-f", str(path), binary=for_everybody(PRONG), user=65534, group=65534,
               extra_groups=[])
    assert done.returncode == 1
    assert 'stage "user"' in done.stderr + done.stdout
    assert "CAP_SETUID" in done.stderr + done.stdout


@pytest.mark.parametrize("options", [
    ("--namespaces", "pid"), ("--namespaces", "user"), ("--isolation", "basic"),
    ("--isolation", "strict"), ("--network", "none", "--private-tmp", "1M"),
])
def test_it_goes_with_other_measures(prong, options):
    server = prong("--uid-range", span(20), "--max", "4", *options,
                   program=["sh", "-c", "id -u; id -g; id -G; read line"])
    clients = [server.connect() for _ in range(4)]
    numbers = [{client.read_line() for _ in range(3)} for client in clients]
    assert all(len(one) == 1 for one in numbers)
    assert len(set.union(*numbers)) == 4


def test_numbers_are_given_back_however_a_session_ends(ranged):
    server = ranged(4, "--max", "4")
    server.expect("session-end")
    for line in ("exit 3", f"kill {signal.SIGSEGV:d}", "exit 0", "hold") * 4:
        client = server.connect()
        uid(client)
        client.command(line)
        if line == "hold":
            client.reset()
        server.end(client)
    assert len({uid(server.connect()) for _ in range(4)}) == 4
    procs.wait_until(lambda: not procs.zombies(server.pid), "no zombie")
