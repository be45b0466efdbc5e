"""policy: what a reload, an upgrade, a drain and a kill make of those who are asked about."""
import signal

import pytest

from harness import procs
from harness.control import Control, path_of
from harness.entrance import TEXT, enter, refused, said_in, turned_away, wait_state
from harness.instance import Instance, config, service


@pytest.fixture
def served(puppet, tmp_path):
    """The policy waits until the file is there, and says what stands in it."""
    def text(answer=f"{tmp_path}/answer", **more):
        script = f"until test -s {answer}; do sleep 0.02; done; exit $(cat {answer})"
        return config(service("one", "127.0.0.1:0", program=f'"{puppet}"',
                              refuse_text=f'"{TEXT}"', policy_timeout="1m",
                              policy=f'[sh, -c, "{script}"]', **more))
    return text


@pytest.fixture
def instance(prong, tmp_path, served):
    instance = Instance(prong, tmp_path, served())
    instance.expect("refused", "upgrade-failed")
    return instance


def answer(tmp_path, word, name="answer"):
    (tmp_path / f"{name}.new").write_text(word)
    (tmp_path / f"{name}.new").rename(tmp_path / name)


def asked(instance):
    client = instance.connect()
    wait_state(instance, client, "asking")
    return client


@pytest.mark.parametrize("word", ["0", "1"])
def test_a_reload_waits_for_nobody_and_the_answer_counts(instance, tmp_path, served, word):
    client = asked(instance)
    instance.configure(served(env="[A=B]"))
    assert instance.reload()["event"] == "reloaded"
    answer(tmp_path, word)
    if word == "0":
        said_in(client)
    else:
        assert refused(instance, client)[0].reason == "policy"


def test_a_reload_has_another_policy_for_those_that_come(instance, tmp_path, served):
    client = asked(instance)
    answer(tmp_path, "1", "other")
    instance.configure(served(answer=f"{tmp_path}/other"))
    assert instance.reload()["event"] == "reloaded"
    turned_away(instance, reason="policy")
    answer(tmp_path, "0")
    said_in(client)


@pytest.mark.parametrize("word", ["0", "1"])
def test_after_an_upgrade_it_is_asked_again(instance, tmp_path, word):
    client = asked(instance)
    client.send("say first")
    (program,) = instance.children()
    assert instance.upgrade()["event"] == "upgraded"
    procs.wait_gone(program)
    answer(tmp_path, word)
    if word == "0":
        client.send("\n")
        assert client.read_line() == b"first"
    else:
        assert refused(instance, client)[0].reason == "policy"


def test_an_upgrade_that_fails_is_not_noticed(instance, tmp_path):
    client = asked(instance)
    instance.install(b"#!/bin/sh\nexit 1\n")
    assert instance.upgrade()["event"] == "upgrade-failed"
    answer(tmp_path, "0")
    said_in(client)


def test_a_drain_asks_no_more(instance):
    client = asked(instance)
    (program,) = instance.children()
    instance.send_signal(signal.SIGTERM)
    told, event = refused(instance, client)
    assert told.reason == "stopping"
    assert instance.wait() == 0 and not procs.exists(program)


def test_one_that_is_killed_on_request_is_told_so(instance):
    client = asked(instance)
    with Control(path_of(instance.server.pid)) as control:
        (row,), _ = control.ask("ps")
        assert control.ask(f"kill {row['id']}")[1].get("done")
    told, event = refused(instance, client)
    assert told.id == row["id"] and event["why"] == "ended on request"


def test_a_policy_that_is_taken_away_asks_nobody(instance, tmp_path, puppet):
    client = asked(instance)
    instance.configure(config(service("one", "127.0.0.1:0", program=f'"{puppet}"')))
    assert instance.reload()["event"] == "reloaded"
    enter(instance)
    answer(tmp_path, "0")
    said_in(client)


def test_a_policy_that_cannot_be_changes_nothing(instance, tmp_path, served, puppet):
    answer(tmp_path, "1")
    instance.expect("reload-failed")
    instance.configure(config(service("one", "127.0.0.1:0", program=f'"{puppet}"',
                                      policy="[/no/such/policy]")))
    event = instance.reload()
    assert event["event"] == "reload-failed" and "/no/such/policy" in event["text"]
    turned_away(instance, reason="policy")
