"""Programs that cannot take over: the one that serves goes on, and says why."""
import os
import signal

import pytest

from harness import procs
from harness.crowd import Crowd
from harness.instance import Instance, config, service
from harness.server import PRONG

OLD_TRIAL = "is it prong, and not an older one?"


@pytest.fixture
def instance(prong, tmp_path):
    made = Instance(prong, tmp_path, config(service("echo", "127.0.0.1:0")))
    made.expect("upgrade-failed")
    return made


def elf(machine=None, length=None):
    """The command itself, for another machine, or only the begin of it."""
    with open(PRONG, "rb") as file:
        image = bytearray(file.read())
    if machine is not None:
        image[18:20] = machine.to_bytes(2, "little")
    return bytes(image[:length])


def script(body):
    return b"#!/bin/sh\n" + body.encode()


# What stands in its place, and what must be said of it.
BAD = {
    # name: (its bytes, what must be said)
    "a text": (lambda: b"not a program\n", "Exec format error"),
    "nothing": (lambda: b"", "Exec format error"),
    "the begin of it": (lambda: elf(length=70), "error"),
    "half of it": (lambda: elf(length=4096), ""),
    "of another machine": (lambda: elf(machine=0xF3), "Exec format error"),
    "a script": (lambda: script("exit 0\n"), OLD_TRIAL),
    "a script that complains": (lambda: script("echo no way >&2; exit 1\n"), "no way"),
    "one that crashes": (lambda: script("kill -SEGV $$\n"), OLD_TRIAL),
    "one whose interpreter is missing": (lambda: b"#!/no/such\n", "No such file"),
    "true": (lambda: read("/bin/true"), OLD_TRIAL),
    "cat": (lambda: read("/bin/cat"), "unrecognized option"),
    "one that says something else": (
        lambda: script("echo maybe > /proc/self/fd/$PRONG_UPGRADE_ANSWER\n"), "maybe"),
    "one that says half of it": (
        lambda: script("printf 'could take' > /proc/self/fd/$PRONG_UPGRADE_ANSWER\n"),
        "could take"),
    "one that says too much": (
        lambda: script("yes > /proc/self/fd/$PRONG_UPGRADE_ANSWER\n"), "y"),
    # Only its child holds the pipe, for longer than anybody would wait.
    "one that leaves a child behind": (
        lambda: script("sleep 1000 & echo $! >> $(dirname $0)/child\n"), OLD_TRIAL),
}


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("kind", BAD)
def test_the_old_one_goes_on_and_says_why(instance, tmp_path, kind):
    make, why = BAD[kind]
    before = instance.census()
    instance.install(make())
    with Crowd(instance.addresses, callers=1, talkers=1) as crowd:
        failed = instance.upgrade()
        assert failed["event"] == "upgrade-failed" and why in failed["text"], failed
        done = instance.command("upgrade")
        assert done.returncode == 1 and done.stderr, done
        assert instance.upgrade_end()["event"] == "upgrade-failed"
        crowd.wait_moved()
    assert not crowd.failures
    instance.check_books()
    instance.wait_census(before)
    instance.install()
    assert instance.upgrade()["event"] == "upgraded"
    if (tmp_path / "child").exists():
        for pid in (tmp_path / "child").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def test_one_that_may_not_be_executed_or_is_gone(instance):
    instance.install(mode=0o644)
    assert "Permission denied" in instance.upgrade()["text"]
    os.unlink(instance.binary)
    assert "No such file" in instance.upgrade()["text"]
    os.mkdir(instance.binary)
    assert "Permission denied" in instance.upgrade()["text"]
    os.rmdir(instance.binary)
    instance.install()
    assert instance.upgrade()["event"] == "upgraded"


def test_one_that_says_nothing_is_given_half_a_minute(instance):
    """While it has it, everything else goes on, and nobody else may try."""
    instance.install(script("exec sleep 1000\n"))
    before = instance.census()
    instance.send_signal(signal.SIGUSR2)
    instance.next_event("upgrading")
    asked = instance.command("upgrade")
    assert asked.returncode == 1 and "being tried already" in asked.stderr
    assert instance.reload()["event"] == "reloaded"
    with Crowd(instance.addresses, callers=1, talkers=1) as crowd:
        failed = instance.next_event("upgrade-failed")
    assert not crowd.failures and "30 seconds" in failed["text"]
    instance.wait_census(before)
    procs.wait_until(lambda: not instance.children(), "the trial is reaped")


def test_a_stop_does_not_wait_for_one_that_says_nothing(instance):
    instance.install(script("exec sleep 1000\n"))
    instance.send_signal(signal.SIGUSR2)
    instance.next_event("upgrading")
    instance.stop()


def test_a_configuration_that_it_cannot_serve_is_found_before(instance, tmp_path):
    for broken in ("services: [", config(service("e", "unix:/no/such/folder/socket"))):
        instance.configure(broken)
        failed = instance.upgrade()
        assert failed["event"] == "upgrade-failed" and "served.yaml" in failed["text"]
        done = instance.command("upgrade")
        assert done.returncode == 1 and "served.yaml" in done.stderr, done.stderr
        assert instance.upgrade_end()["event"] == "upgrade-failed"
    instance.configure(config(service("echo", "127.0.0.1:0")))
    assert instance.upgrade()["event"] == "upgraded"


def test_a_command_line_that_it_does_not_understand_is_found_before(instance):
    instance.install(script(f'exec {PRONG} --not-known-there "$@"\n'))
    assert "--not-known-there" in instance.upgrade()["text"]


def test_what_it_complains_of_is_no_line_of_the_log(instance):
    """Which is JSON here: check_log() looks at the others."""
    instance.install(script("echo 'a warning of the loader' >&2\n"
                            f'exec {PRONG} "$@"\n'))
    assert instance.upgrade()["event"] == "upgraded"
    # Of the trial it was not; in earnest it is what the server itself says.
    assert instance.journal.stray == ["a warning of the loader"]
    instance.journal.stray.clear()
