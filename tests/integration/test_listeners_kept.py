"""What is listened on stays what it is, over reloads, upgrades and ways back."""
import os
import socket

import pytest

from harness.crowd import Crowd
from harness.instance import Instance, config, service
from test_listen_inherited import hand_over, listening

BACK = b"""#!/bin/sh
if [ "$PRONG_UPGRADE" = trial ]; then
	echo 'could take over' > /proc/self/fd/$PRONG_UPGRADE_ANSWER
	exit
fi
mv $(dirname $0)/served.yaml $(dirname $0)/away
exec %s "$@"
"""


def go_through(instance):
    """All that can be done to it, with clients that never stop."""
    binary = open(instance.binary, "rb").read()
    instance.expect("upgrade-failed")
    with Crowd(instance.addresses, callers=2, talkers=1) as crowd:
        for _ in range(3):
            assert instance.reload()["event"] == "reloaded"
            assert instance.upgrade()["event"] == "upgraded"
            instance.install(BACK % os.environ.get("PRONG", "build/prong").encode())
            assert instance.upgrade()["event"] == "upgrade-failed"
            os.rename(instance.folder / "away", instance.path)
            instance.install(binary)
            crowd.wait_moved()
        assert instance.upgrade()["event"] == "upgraded"
    assert not crowd.failures
    instance.check_books()


@pytest.mark.parametrize("listens", [
    ["127.0.0.1:0"], ["0", "0"], ["[::1]:0", "127.0.0.1:0"], ["localhost:0"],
])
def test_a_free_port_stays_the_same(prong, tmp_path, listens):
    instance = Instance(prong, tmp_path, config(service("echo", *listens)))
    before, census = sorted(instance.addresses), instance.census()
    go_through(instance)
    assert sorted(instance.events("serving")[-1]["listen"].split()) == before
    instance.wait_census(census)


def test_a_path_keeps_its_inode_and_is_removed_in_the_end(prong, tmp_path):
    path = tmp_path / "socket"
    instance = Instance(prong, tmp_path, config(service("echo", f"unix:{path}")))
    inode = os.stat(path).st_ino
    go_through(instance)
    assert os.stat(path).st_ino == inode
    instance.stop()
    assert not path.exists()


def test_a_path_is_removed_with_the_service_that_had_it(prong, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    instance = Instance(prong, tmp_path, config(service("echo", f"unix:{one}")))
    assert instance.upgrade()["event"] == "upgraded"
    instance.configure(config(service("echo", f"unix:{two}")))
    assert instance.upgrade()["event"] == "upgraded"
    assert two.exists() and not one.exists()


def test_a_path_that_was_taken_away_is_made_anew(prong, tmp_path):
    path = tmp_path / "socket"
    instance = Instance(prong, tmp_path, config(service("echo", f"unix:{path}")))
    for what in (instance.reload, instance.upgrade):
        os.unlink(path)
        assert what()["event"] in ("reloaded", "upgraded")
        assert path.exists()
        go_through(instance)
    instance.stop()
    assert not path.exists()


def test_an_abstract_name_stays(prong, tmp_path):
    name = f"unix:@prong-{os.getpid()}"
    instance = Instance(prong, tmp_path, config(service("echo", name)))
    go_through(instance)


def test_sockets_of_a_service_manager_stay(prong, tmp_path):
    sockets = [listening(), listening()]
    text = config(service("one", "systemd:first"), service("two", "systemd:second"))
    instance = Instance(prong, tmp_path, text, **hand_over(sockets, "first:second"))
    assert instance.upgrade()["event"] == "upgraded"
    census = instance.census()
    go_through(instance)
    instance.wait_census(census)
    for made in sockets:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        made.close()


def test_a_descriptor_by_number_stays(prong, tmp_path):
    made = listening()
    text = config(service("echo", f"fd:{made.fileno()}"))
    instance = Instance(prong, tmp_path, text, pass_fds=[made.fileno()])
    go_through(instance)
    made.close()


def test_no_program_gets_what_was_handed_over(prong, tmp_path, puppet):
    """Descriptors, nor the variables that name them."""
    sockets = [listening()]
    text = config(service("puppet", "systemd", program=f'"{puppet}"'))
    instance = Instance(prong, tmp_path, text, **hand_over(sockets))
    for _ in range(3):
        assert instance.upgrade()["event"] == "upgraded"
        with instance.connect() as client:
            assert not [key for key in client.environment() if "UPGRADE" in key]
            assert sorted(client.facts("fds")) == ["0", "1", "2"]
        with open(f"/proc/{instance.pid}/environ", "rb") as file:
            assert b"LISTEN_FDS" not in file.read().replace(b"UPGRADE_LISTEN", b"")
    sockets[0].close()


def test_a_log_that_cannot_be_opened_is_found_before(prong, tmp_path):
    if os.path.exists("/run/systemd/journal/socket"):
        pytest.skip("there is a journal here")
    text = config(service("echo", "127.0.0.1:0"))
    instance = Instance(prong, tmp_path, "log: json\n" + text, log=None)
    instance.configure("log: journald\n" + text)
    done = instance.command("upgrade")
    assert done.returncode == 1 and "log cannot be opened" in done.stderr, done
    instance.configure("log: json\n" + text)
    assert instance.command("upgrade").returncode == 0
    instance.server.stray_expected = True
