"""allow and deny: who is let in, by the longest network that holds it."""
import os

import pytest

from harness.entrance import TEXT, enter, said_in, turned_away, v4, v6
from harness.instance import Instance, config, service
from harness.server import run


@pytest.fixture
def ruled(prong, puppet):
    """ruled("+127.0.0.0/8", "-127.0.0.2"): allow and deny."""
    def start(*rules, more=(), **kw):
        words = []
        for rule in rules:
            words += ["--allow" if rule[0] == "+" else "--deny", rule[1:]]
        server = prong(*words, "--refuse-text", TEXT, *more, program=[puppet], **kw)
        server.expect("refused", "refused-more")
        return server
    return start


IN, OUT = True, False
PREFIXES = [
    # rules, {client: is let in}
    (["-127.0.0.2"], {"127.0.0.1": IN, "127.0.0.2": OUT, "127.0.0.3": IN}),
    (["+127.0.0.2"], {"127.0.0.1": OUT, "127.0.0.2": IN}),
    (["+127.0.0.0/8", "-127.1.0.0/16", "+127.1.2.0/24", "-127.1.2.3"],
     {"127.0.0.1": IN, "127.1.0.1": OUT, "127.1.2.1": IN, "127.1.2.3": OUT,
      "127.1.3.1": OUT, "127.2.0.1": IN}),
    (["-127.1.2.3", "+127.1.2.0/24", "-127.1.0.0/16", "+127.0.0.0/8"],  # in any order
     {"127.0.0.1": IN, "127.1.0.1": OUT, "127.1.2.1": IN, "127.1.2.3": OUT}),
    (["-all", "+127.0.0.2"], {"127.0.0.1": OUT, "127.0.0.2": IN}),
    (["+all", "-127.0.0.2"], {"127.0.0.1": IN, "127.0.0.2": OUT}),
    (["-127.0.0.4/31"], {"127.0.0.3": IN, "127.0.0.4": OUT, "127.0.0.5": OUT,
                         "127.0.0.6": IN}),
    (["+10.0.0.0/8"], {"127.0.0.1": OUT}),
    (["-0.0.0.0/0", "+127.128.0.0/9"], {"127.127.255.254": OUT, "127.128.0.1": IN,
                                        "127.255.255.254": IN}),
    (["+::/0"], {"127.0.0.1": OUT}),
    (["-::/0"], {"127.0.0.1": IN}),
]


@pytest.mark.parametrize("rules, clients", PREFIXES)
def test_the_longest_prefix_decides(ruled, rules, clients):
    server = ruled(*rules)
    for client, is_let_in in clients.items():
        if is_let_in:
            enter(server, client)
        else:
            turned_away(server, client, "denied")


def test_both_families_each_by_its_own_networks(ruled, netns):
    netns.add("fd00:0:0:1::1/128", "fd00:0:0:2::1/128", "fd00:0:0:2::7/128")
    server = ruled("+127.0.0.0/24", "+fd00::/16", "-fd00:0:0:2::/64", "+fd00:0:0:2::7",
                   listen=[":0"])
    said_in(v4(server, "127.0.0.1"))
    said_in(v6(server, "fd00:0:0:1::1"))
    said_in(v6(server, "fd00:0:0:2::7"))
    assert v6(server, "fd00:0:0:2::1").read_line().startswith(b"denied ")
    assert v4(server, "127.0.1.1").read_line().startswith(b"denied ")
    assert v6(server, "::1").read_line().startswith(b"denied ")


def test_an_ipv4_rule_holds_for_the_same_client_in_ipv6(ruled, netns):
    """v4-mapped, and by NAT64."""
    netns.add("64:ff9b::7f00:102/128", "64:ff9b::7f00:103/128")
    server = ruled("-127.0.1.2", listen=[":0"])
    assert v4(server, "127.0.1.2").read_line().startswith(b"denied ")
    assert v6(server, "64:ff9b::7f00:102").read_line().startswith(b"denied ")
    said_in(v6(server, "64:ff9b::7f00:103"))


def test_a_rule_may_name_an_ipv4_network_in_ipv6(ruled):
    server = ruled("-::ffff:127.0.1.0/120", "-64:ff9b::7f00:200/120")
    turned_away(server, "127.0.1.2", "denied")
    turned_away(server, "127.0.2.2", "denied")
    enter(server, "127.0.3.2")


def test_the_log_says_which_rule_it_was(ruled, tmp_path):
    friends = tmp_path / "friends"
    friends.write_text("# those\n\n127.0.3.0/24\n")
    server = ruled("-127.0.0.2", f"-{friends}", "+127.0.0.0/16")
    for client, why in (
        ("127.0.0.2", "deny 127.0.0.2"),
        ("127.0.3.9", f"deny 127.0.3.0/24 ({friends}:3)"),
        ("127.1.0.1", "no 'allow' speaks of 127.1.0.1"),
    ):
        assert turned_away(server, client, "denied")[1]["why"] == why


def test_rules_come_before_everything_else(ruled):
    server = ruled("-127.0.0.2", more=(
        "--max", "1", "--when-full", "refuse", "--max-per-source", "1", "--early-drop", "off",
        "--rate", "1/h", "--rate-wait", "off"))
    enter(server)
    turned_away(server, "127.0.0.2", "denied")


def test_who_is_denied_takes_no_token(ruled):
    server = ruled("-127.0.0.2", more=("--rate", "1/h", "--rate-wait", "off"))
    for _ in range(5):
        turned_away(server, "127.0.0.2", "denied")
    enter(server)


def test_a_deny_rule_has_a_text_of_its_own(ruled):
    server = ruled("-127.0.0.2 refuse-text='not you, {source}\\n'", "-127.0.0.3")
    assert server.connect(source="127.0.0.2").read_all() == b"not you, 127.0.0.2\n"
    turned_away(server, "127.0.0.3", "denied")


# ---- who has no address


def test_a_client_of_a_unix_socket_is_known_by_its_user(ruled, tmp_path):
    other = os.geteuid() + 1
    for rules, is_let_in in (
        ([f"+uid:{os.geteuid()}"], IN), ([f"-uid:{os.geteuid()}"], OUT),
        ([f"+uid:{other}"], OUT), ([f"-uid:{other}"], IN), (["+10.0.0.0/8"], OUT),
        (["-all", f"+uid:{os.geteuid()}"], IN), (["-10.0.0.0/8"], IN),
    ):
        server = ruled(*rules, listen=[f"unix:{tmp_path}/socket"])
        client = server.connect()
        if is_let_in:
            said_in(client)
        else:
            assert client.read_line().startswith(b"denied "), rules
        server.settle()
        server.stop()


def test_uid_rules_and_networks_stand_side_by_side(ruled, tmp_path):
    server = ruled(f"+uid:{os.geteuid()}", "+127.0.0.2",
                   listen=[f"unix:{tmp_path}/socket", "127.0.0.1:0"])
    said_in(server.connect(0))
    said_in(server.connect(1, source="127.0.0.2"))
    assert server.connect(1, source="127.0.0.3").read_line().startswith(b"denied ")


# ---- what cannot be


@pytest.mark.parametrize("words, wrong", [
    (["--allow", "127.0.0.1/8"], "has bits beyond its prefix: 127.0.0.0/8 would be right"),
    (["--allow", "127.0.0"], "'127.0.0' is not an address or a network"),
    (["--allow", "0177.0.0.1"], "'0177.0.0.1' is not an address or a network"),
    (["--allow", "127.0.0.256"], "'127.0.0.256' is not an address"),
    (["--allow", "127.0.0.0/33"], "127.0.0.0/33"),
    (["--deny", "::/129"], "::/129"),
    (["--deny", "localhost"], "'localhost' is not an address"),
    (["--deny", "all"], "all are denied and nobody is allowed"),
    (["--allow", "10.0.0.0/8", "--deny", "10.0.0.0/8"], "is allowed as well, in allow"),
    (["--allow", "10.0.0.0/8", "--deny", "::ffff:10.0.0.0/104"], "is allowed as well"),
    (["--allow", "10.0.0.0/8 nice=1", "--allow", "10.0.0.0/8 nice=2"],
     "has other options as well"),
    (["--allow", "10.0.0.0/8 max=3"], "'max' holds for the whole service"),
    (["--allow", "10.0.0.0/8 nice"], "'nice' is not NAME=VALUE"),
    (["--allow", "10.0.0.0/8 nice=99"], "nice"),
    (["--allow", "10.0.0.0/8 colour=red"], "colour"),
    (["--allow", "10.0.0.0/8 11.0.0.0/8"], "'11.0.0.0/8' is a second network"),
    (["--allow", "10.0.0.0/8 env='A=b"], "a quote is not closed"),
    (["--deny", "10.0.0.0/8 nice=1"], "'nice' means nothing for clients that are kept out"),
    (["--allow", ""], "'' is not a network"),
    (["--allow", "/no/such/file"], "/no/such/file does not exist"),
    (["--allow", "/"], "is a directory"),
    (["--allow", "/dev/null"], "is not a regular file"),
])
def test_a_rule_that_cannot_be_is_a_mistake(words, wrong):
    for command in (["check"], []):
        done = run(*command, *words, "127.0.0.1:0", "--", "@echo")
        assert done.returncode not in (0, None)
        assert wrong in done.stderr and words[-2][2:] in done.stderr, done.stderr


def test_the_same_rule_twice_is_none(ruled):
    server = ruled("-127.0.0.2", "-127.0.0.2/32", "-::ffff:127.0.0.2")
    turned_away(server, "127.0.0.2", "denied")
    enter(server)


# ---- reload


def test_a_reload_has_other_rules_and_leaves_those_that_are_there(prong, tmp_path, puppet):
    def served(rule):
        return config(service("one", "127.0.0.1:0", program=f'"{puppet}"',
                              refuse_text=f'"{TEXT}"', deny=f"[{rule}]"))

    instance = Instance(prong, tmp_path, served("127.0.0.2"))
    instance.expect("refused")
    inside = enter(instance, "127.0.0.3")
    instance.configure(served("127.0.0.3"))
    assert instance.reload()["event"] == "reloaded"
    said_in(inside)
    turned_away(instance, "127.0.0.3", "denied")
    enter(instance, "127.0.0.2")


def test_rules_are_in_force_after_an_upgrade(prong, tmp_path, puppet):
    instance = Instance(prong, tmp_path, config(service(
        "one", "127.0.0.1:0", program=f'"{puppet}"', refuse_text=f'"{TEXT}"',
        deny="[127.0.0.2]")))
    instance.expect("refused")
    assert instance.upgrade()["event"] == "upgraded"
    turned_away(instance, "127.0.0.2", "denied")
    enter(instance, "127.0.0.3")
