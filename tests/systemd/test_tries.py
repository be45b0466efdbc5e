"""How often prong.service is tried: not again where that mends nothing, and not for ever."""
import socket

import pytest

from conftest import journal, procs

HERE = "127.0.0.1:7001"
ONE = f"""\
services:
  talk:
    listen: {HERE}
    program: [PUPPET]
"""
BROKEN = ONE.replace("listen:", "lisen:")

# What is wrong, the unit's part of it, the exit status and what the journal has.
NOT_MENDED = {
    "a setting that there is not": (BROKEN, "", "2", "/etc/prong/prong.yaml:3:5: "),
    "limits in a cgroup that is systemd's": (
        ONE + "    memory-max: 24M\n", "Delegate=no\n", "3",
        "the cgroup /system.slice/prong.service is not delegated: "),
    "a port that is root's": (
        ONE.replace("7001", "70"), "User=daemon\n", "3", "listen on 127.0.0.1:70: Permission"),
    "a user that only root can be": (
        ONE + "    user: nobody\n", "User=daemon\n", "3", 'stage "user": '),
}


def times_said(words):
    """In how many lines of the unit since the test began."""
    return len([record for record in journal("_SYSTEMD_UNIT=prong.service")
                if words in record["MESSAGE"]])


@pytest.mark.parametrize("case", NOT_MENDED)
def test_what_another_try_does_not_mend_is_not_tried_again(service, case):
    config, more, status, said = NOT_MENDED[case]
    server = service("prong.service", config)
    server.drop_in("[Service]\nRestartSec=0\n" + more)
    assert server.systemctl("start", is_good=False)[0] != 0
    assert server.show("ExecMainStatus") == status
    assert (server.show("ActiveState"), server.show("SubState")) == ("failed", "failed")
    assert server.show("NRestarts") == "0"
    assert times_said(said) == 1


@pytest.fixture
def port_of_another():
    with socket.create_server(("127.0.0.1", 7001)) as taken:
        yield taken


def test_an_address_that_comes_to_be_free_is_served(service, port_of_another):
    server = service("prong.service", ONE)
    server.drop_in("[Service]\nRestartSec=1\n")
    assert server.systemctl("start", is_good=False)[0] != 0
    procs.wait_until(lambda: times_said(f"listen on {HERE}: ") > 1, "another try")
    port_of_another.close()
    server.wait_shown("ActiveState", "active")
    assert server.connect(HERE).ask("say in") == "in"


def test_tries_have_an_end(service, port_of_another):
    """That of the unit: it is told only to be faster."""
    server = service("prong.service", ONE)
    server.drop_in("[Service]\nRestartSec=0\n")
    server.systemctl("start", is_good=False)
    server.wait_shown("SubState", "failed")
    assert server.show("ExecMainStatus") == "1"
    assert times_said(f"listen on {HERE}: ") == 60
    port_of_another.close()
    server.systemctl("reset-failed")
    server.start()


def test_a_client_that_waits_does_not_have_it_tried_for_ever(service):
    """In prong.socket it waits still, when prong has failed."""
    service("prong.service", BROKEN.replace(HERE, "systemd:prong"))
    socket_unit = service("prong.socket").start()
    socket_unit.connect("127.0.0.1:9999")
    socket_unit.wait_shown("ActiveState", "failed")
    # Where a start takes long the unit's own limit is the first.
    most = {"trigger-limit-hit": 20, "service-start-limit-hit": 60}[socket_unit.show("Result")]
    assert 5 <= times_said("prong.yaml:3:5: ") <= most
