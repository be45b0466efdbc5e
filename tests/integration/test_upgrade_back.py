"""A new program that passes its trial and cannot go on afterwards: the old one is back.

The new one is a script: to the trial it says what a good one says; in earnest it spoils
something and is the real program then.
"""
import pytest

from harness.crowd import Crowd
from harness.instance import Instance, config, service
from harness.server import PRONG

GOOD = """#!/bin/sh
if [ "$PRONG_UPGRADE" = trial ]; then
	echo 'could take over' > /proc/self/fd/$PRONG_UPGRADE_ANSWER
	exit
fi
{spoil}
exec {prong} "$@"
"""

HEAD = "name: known\nlog: text\nquiet: yes\n"


@pytest.fixture
def instance(prong, tmp_path, puppet):
    made = Instance(prong, tmp_path, served(tmp_path, puppet))
    made.expect("upgrade-failed")
    return made


def served(folder, puppet, head=""):
    return config(
        service("echo", "127.0.0.1:0"),
        service("path", f"unix:{folder}/socket"),
        service("puppet", "127.0.0.1:0", program=f'"{puppet}"'),
        head=head,
    )


def spoiled(instance, spoil):
    instance.install(GOOD.format(spoil=spoil, prong=PRONG).encode())


SPOIL = {
    "a broken configuration": ("echo 'services: [' > $(dirname $0)/served.yaml", "yaml"),
    "no configuration": ("rm -f $(dirname $0)/served.yaml", "served.yaml"),
    "an address that cannot be had": (
        "echo 'services: {x: {listen: \"unix:/no/such/folder/s\", program: \"@echo\"}}'"
        " > $(dirname $0)/served.yaml", "/no/such/folder"),
}


@pytest.mark.parametrize("kind", SPOIL)
def test_the_old_program_is_back_with_everything(instance, tmp_path, puppet, kind):
    spoil, why = SPOIL[kind]
    spoiled(instance, spoil)
    before = instance.census()
    addresses = [instance.wait_event("serving")["listen"] for _ in range(3)]
    with Crowd(instance.addresses[:2]) as crowd:
        for _ in range(5):
            failed = instance.upgrade()
            assert failed["event"] == "upgrade-failed" and why in failed["text"], failed
            done = instance.command("upgrade")
            assert done.returncode == 1 and why in done.stderr, done
            assert instance.upgrade_end()["event"] == "upgrade-failed"
            crowd.wait_moved()
    assert not crowd.failures
    instance.check_books()
    instance.wait_census(before)
    instance.configure(served(tmp_path, puppet))
    instance.install()
    assert instance.upgrade()["event"] == "upgraded"
    assert [e["listen"] for e in instance.events("serving")][-3:] == addresses


def test_sessions_live_through_it(instance):
    clients = [instance.connect(2) for _ in range(20)]
    ids = [client.environment()["PRONG_ID"] for client in clients]
    spoiled(instance, SPOIL["a broken configuration"][0])
    assert instance.upgrade()["event"] == "upgrade-failed"
    assert [client.environment()["PRONG_ID"] for client in clients] == ids
    for client in clients:
        client.command("exit 3")
        assert instance.end(client)["status"] == 3


def test_the_old_program_is_what_the_configuration_had_made_it(prong, tmp_path, puppet):
    """Form of the log, its name: as they were, though the file is broken now."""
    made = Instance(prong, tmp_path, served(tmp_path, puppet, HEAD), log=None)
    spoiled(made, SPOIL["a broken configuration"][0])
    assert made.command("upgrade").returncode == 1
    assert made.command("status").stdout.startswith("known")
    made.settle = lambda: None
    made.send_signal(15)
    made.wait()
    assert made.journal.stray, "nothing was logged"
    assert not [line for line in made.journal.stray if line.startswith("{")]
    made.stray_expected = True


def test_a_descriptor_by_number_is_kept_for_the_next_upgrade(prong, tmp_path):
    from test_listen_inherited import listening

    made = listening()
    fd = made.fileno()
    text = config(service("echo", f"fd:{fd}"))
    instance = Instance(prong, tmp_path, text, pass_fds=[fd])
    instance.expect("upgrade-failed")
    spoiled(instance, SPOIL["a broken configuration"][0])
    assert instance.upgrade()["event"] == "upgrade-failed"
    instance.configure(text)
    instance.install()
    for _ in range(3):
        assert instance.upgrade()["event"] == "upgraded"
    made.close()
    with Crowd(instance.addresses, callers=1, talkers=1) as crowd:
        crowd.wait_moved(5)
    assert not crowd.failures
