"""The installed units under a real systemd: these tests run inside of lab/lab only.

    def test_a_service_starts(service):
        web = service("prong.service", ONE_SERVICE)
        web.start()
        assert web.show("ActiveState") == "active"

Each service is stopped and forgotten when its test is over.
"""
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))

from harness import ALARM, procs  # noqa: E402
from harness.client import Client, address_of  # noqa: E402

UNIT = "prong.service"
PUPPET = "/lab/build/tests/integration/puppet"
DROP_INS = "/run/systemd/system"


def why_not():
    """Why these tests cannot run here, or None."""
    if not os.path.isdir("/lab/source"):
        return "only in the lab: tests/systemd/lab/lab"
    if run("systemctl", "cat", UNIT, is_good=False)[0] != 0:
        return "PREFIX is not where systemd looks for units"
    return None


def pytest_collection_modifyitems(items):
    reason = why_not()
    for item in items:
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def program():
    """The installed command."""
    return run("systemctl", "show", "-P", "ExecStart", UNIT)[1].split()[1].split("=")[1]


def prong(*words, is_good=True):
    """One of prong's commands: its status and all that it said."""
    return run(program(), *words, is_good=is_good)


def run(*words, is_good=True):
    """Of a command: its status and all that it said."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=ALARM * 2)
    assert not is_good or done.returncode == 0, f"{words}: {done.stdout}"
    return done.returncode, done.stdout


def journal(*matches):
    """The journal's records that match, each a dictionary."""
    run("journalctl", "--sync")
    lines = run("journalctl", "-q", "--all", "-o", "json", *matches)[1].splitlines()
    return [json.loads(line) for line in lines]


def wait_journal(*matches, seconds=ALARM):
    """The first record that matches, once there is one."""
    return procs.wait_until(lambda: journal(*matches), f"journal: {matches}", seconds)[0]


class Unit:
    """A unit of systemd and, of a service, its configuration."""

    def __init__(self, name, config=None):
        self.name = name
        self.clients, self.files = [], []
        self.begun = time.monotonic_ns() // 1000
        if config is not None:
            self.config_path = f"/etc/prong/{self.config_name()}.yaml"
            self.configure(config)

    def config_name(self):
        return self.name.removesuffix(".service").rpartition("@")[2]

    def configure(self, text):
        os.makedirs("/etc/prong", exist_ok=True)
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(text.replace("PUPPET", PUPPET))

    def drop_in(self, text):
        """More of the unit, as `systemctl edit` would make it."""
        folder = f"{DROP_INS}/{self.name}.d"
        os.makedirs(folder, exist_ok=True)
        self.files.append(folder)
        with open(f"{folder}/test.conf", "w", encoding="utf-8") as file:
            file.write(text)
        run("systemctl", "daemon-reload")

    def systemctl(self, verb, *words, is_good=True):
        return run("systemctl", verb, *words, self.name, is_good=is_good)

    def start(self):
        self.systemctl("start")
        return self

    def show(self, key):
        return self.systemctl("show", "-P", key)[1].strip()

    def wait_shown(self, key, value):
        procs.wait_until(lambda: self.show(key) == value, f"{self.name}: {key} {value}")

    def pid(self):
        return int(self.show("MainPID"))

    def connect(self, address):
        client = Client(*address_of(address))
        self.clients.append(client)
        return client

    def event(self, name, *matches):
        """The first event of that name since this test began, as a record."""
        return wait_journal(f"_SYSTEMD_UNIT={self.name}", f"PRONG_EVENT={name}", *matches)

    def finish(self):
        for client in self.clients:
            client.reset()
        self.systemctl("kill", "-s", "KILL", is_good=False)
        self.systemctl("stop", is_good=False)
        self.systemctl("reset-failed", is_good=False)
        for folder in self.files:
            shutil.rmtree(folder, ignore_errors=True)
        run("systemctl", "daemon-reload")
        run("journalctl", "--rotate")
        run("journalctl", "-q", "--vacuum-size=1")


@pytest.fixture
def service():
    """service(unit, configuration) is a Unit that is not started yet."""
    made = []

    def make(name, config=None):
        made.append(Unit(name, config))
        return made[-1]

    yield make
    for unit in reversed(made):
        unit.finish()


@pytest.fixture
def unit_file():
    """unit_file(name, text) adds a unit of the test's own."""
    paths = []

    def write(name, text):
        paths.append(f"{DROP_INS}/{name}")
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write(text)
        run("systemctl", "daemon-reload")

    yield write
    for path in paths:
        run("systemctl", "stop", os.path.basename(path), is_good=False)
        run("systemctl", "reset-failed", os.path.basename(path), is_good=False)
        os.unlink(path)
    run("systemctl", "daemon-reload")
