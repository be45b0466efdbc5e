"""Files of rules: how they are written, how many there may be, when they are read."""
import os
import random
import signal

import pytest

from harness import procs
from harness.entrance import TEXT, enter, said_in, turned_away
from harness.instance import Instance, config, service
from harness.server import is_sanitized, run


@pytest.fixture
def friends(tmp_path):
    """A file of rules, written in one step."""
    class File:
        path = str(tmp_path / "friends")

        def write(self, text):
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                file.write(text)
            os.rename(self.path + ".new", self.path)
    return File()


@pytest.fixture
def served(prong, tmp_path, puppet, friends):
    """An instance that allows what the file says."""
    def start(text, **more):
        friends.write(text)
        more.setdefault("allow", f"[{friends.path}]")
        instance = Instance(prong, tmp_path, config(service(
            "one", "127.0.0.1:0", program=f'"{puppet}"', refuse_text=f'"{TEXT}"', **more)))
        instance.expect("refused", "reload-failed")
        return instance
    return start


def test_a_file_has_a_network_a_line(served):
    server = served("""
# who they are
127.0.0.2
  127.0.1.0/24   ; and those
\t127.0.2.0/24\tmax-per-source=1 # one each
; nobody else

fd00::/8\r
127.0.3.1""")
    enter(server, "127.0.0.2"), enter(server, "127.0.1.9"), enter(server, "127.0.3.1")
    enter(server, "127.0.2.9")
    turned_away(server, "127.0.2.9", "source-full")
    turned_away(server, "127.0.0.3", "denied")


def test_an_empty_file_of_friends_lets_nobody_in(served):
    server = served("# nobody yet\n")
    told = server.wait_event("note", text="allow: nobody is let in: no network stands in "
                                          "what it names")
    assert told["service"] == "one"
    turned_away(server, reason="denied")


def test_files_of_both_kinds_and_words_are_one_set_of_rules(served, tmp_path):
    (tmp_path / "foes").write_text("127.0.1.9\n127.0.4.0/24\n")
    server = served("127.0.1.0/24\n127.0.4.4\n", allow=f"[{tmp_path}/friends, 127.0.5.0/24]",
                    deny=f"[{tmp_path}/foes, 127.0.5.5]")
    for client in ("127.0.1.1", "127.0.4.4", "127.0.5.1"):
        enter(server, client)
    for client in ("127.0.1.9", "127.0.4.5", "127.0.5.5"):
        turned_away(server, client, "denied")


def test_a_reload_reads_the_file_anew(served, friends):
    server = served("127.0.0.2\n")
    enter(server, "127.0.0.2")
    friends.write("127.0.0.3\n")
    turned_away(server, "127.0.0.3", "denied")
    assert server.reload()["event"] == "reloaded"
    enter(server, "127.0.0.3")
    turned_away(server, "127.0.0.2", "denied")


def test_a_file_in_the_command_line_is_read_anew_too(prong, puppet, friends):
    friends.write("127.0.0.2\n")
    server = prong("--allow", friends.path, "--refuse-text", TEXT, program=[puppet])
    server.expect("refused")
    enter(server, "127.0.0.2")
    friends.write("127.0.0.3\n")
    server.send_signal(signal.SIGHUP)
    server.wait_event("reloaded")
    enter(server, "127.0.0.3")
    turned_away(server, "127.0.0.2", "denied")


BROKEN = [
    ("127.0.0.2\n\n  127.0.0.300\n", "3:3: '127.0.0.300' is not an address"),
    ("127.0.0.2 nice=1 max=9\n", "1:18: 'max' holds for the whole service"),
    ("127.0.0.2 nice=abc\n", "1:16: "),
    ("127.0.0.2\n127.0.0.2 env='A=b\n", "2:15: a quote is not closed"),
    ("127.0.0.2\n127.0.0.3\n127.0.0.2 nice=1\n", "3: '127.0.0.2' has other options as well"),
    ("127.0.0.2\n/etc/passwd\n", "2:1: '/etc/passwd' is a file"),
    ("127.0.0.2\n127.0.0.3\0\n", "2:10: a NUL byte"),
]


@pytest.mark.parametrize("text, wrong", BROKEN)
def test_a_mistake_is_told_at_its_place(friends, text, wrong):
    friends.write(text)
    done = run("check", "--allow", friends.path, "127.0.0.1:0", "--", "@echo")
    assert done.returncode != 0
    assert f"{friends.path}:{wrong}" in done.stderr


@pytest.mark.parametrize("text, wrong", BROKEN[:2])
def test_a_broken_file_changes_nothing_on_a_reload(served, friends, text, wrong):
    server = served("127.0.0.2\n")
    before = server.census()
    friends.write(text)
    event = server.reload()
    assert event["event"] == "reload-failed" and f"{friends.path}:{wrong}" in event["text"]
    enter(server, "127.0.0.2").reset()
    turned_away(server, "127.0.0.3", "denied")
    friends.write("127.0.0.3\n")
    assert server.reload()["event"] == "reloaded"
    enter(server, "127.0.0.3").reset()
    server.wait_census(before)


def test_a_file_that_is_gone_changes_nothing_on_a_reload(served, friends):
    server = served("127.0.0.2\n")
    os.unlink(friends.path)
    event = server.reload()
    assert event["event"] == "reload-failed" and "does not exist" in event["text"]
    enter(server, "127.0.0.2")


def test_many_mistakes_are_told_at_once_but_not_all_of_them(friends):
    friends.write("".join(f"127.0.0.{last}\n" for last in range(200, 300)))
    done = run("check", "--allow", friends.path, "127.0.0.1:0", "--", "@echo")
    assert done.stderr.count("is not an address") == 20
    assert "and 24 more" in done.stderr


def test_a_network_that_two_files_have_is_told_with_both_places(friends, tmp_path):
    friends.write("127.0.0.1\n127.0.0.2\n")
    (tmp_path / "foes").write_text("\n127.0.0.2\n")
    done = run("check", "--allow", friends.path, "--deny", tmp_path / "foes", "127.0.0.1:0",
               "--", "@echo")
    assert done.returncode != 0
    assert f"{tmp_path}/foes:2: '127.0.0.2' is allowed as well, in {friends.path}:2" in done.stderr


def test_a_mistake_in_a_file_is_told_with_the_line_that_names_it(friends, tmp_path):
    friends.write("banana\n")
    path = tmp_path / "site.yaml"
    path.write_text(config(service("one", "127.0.0.1:0", allow=f"[{friends.path}]")))
    done = run("check", "-f", path)
    assert done.returncode != 0
    assert f"{path}:5:13: " in done.stderr
    assert f"{friends.path}:1:1: 'banana' is not an address" in done.stderr


def test_a_file_that_everybody_may_write_is_doubted(friends, tmp_path):
    friends.write("127.0.0.1\n")
    foes = tmp_path / "foes"
    foes.write_text("127.0.0.2\n")
    words = ["check", "--allow", friends.path, "--deny", foes, "127.0.0.1:0", "--", "@echo"]
    assert "may write" not in run(*words).stderr
    foes.chmod(0o666)
    done = run(*words)
    assert done.returncode == 0
    assert (f"warning: echo: deny: {foes}: everybody may write this file (chmod o-w)\n"
            in done.stderr)


# ---- many


MANY = 100_000


def many(seed=1):
    """Networks of all lengths below 10.0.0.0/8, and one that holds the test's clients."""
    chance = random.Random(seed)
    found = {f"127.0.{number}.0/24" for number in range(100)}
    while len(found) < MANY:
        bits = chance.randint(16, 32)
        network = (10 << 24 | chance.getrandbits(24)) & (0xffffffff << 32 - bits)
        octets = ".".join(str(network >> shift & 255) for shift in (24, 16, 8, 0))
        found.add(f"{octets}/{bits}")
    return "\n".join(sorted(found)) + "\n"


def test_a_hundred_thousand_lines_are_read_in_no_time(served, friends):
    text = many()
    server = served(text)
    took = procs.cpu_ms(server.pid)
    assert took < (30_000 if is_sanitized() else 4_000), took
    enter(server, "127.0.7.7")
    turned_away(server, "127.1.0.1", "denied")
    friends.write(many(2).replace("127.0.7.0/24", "127.1.0.0/24"))
    cpu = procs.cpu_ms(server.pid)
    assert server.reload()["event"] == "reloaded"
    assert procs.cpu_ms(server.pid) - cpu < (30_000 if is_sanitized() else 4_000)
    enter(server, "127.1.0.1")
    turned_away(server, "127.0.7.7", "denied")


def test_reloads_of_many_rules_do_not_pile_up(served):
    server = served(many())
    said_in(server.connect(source="127.0.7.7")).reset()
    server.reload(), server.reload()
    before = server.memory_kb()
    for _ in range(5):
        assert server.reload()["event"] == "reloaded"
    assert is_sanitized() or server.memory_kb() - before < 4_000
