"""What the machine does not have, when a server starts: of a preset it is missing, and said;
what is required is an error.  The kernel's no is strace's.
"""
import re

import pytest

from harness import kernel
from harness.server import NotStarted

NAMESPACES = ["pid", "mount", "ipc", "uts", "cgroup-namespace"]

# call, error, preset, measures that are missing then
MISSING = [
    ("landlock_create_ruleset", "ENOSYS", "basic", ["scope"]),
    ("landlock_create_ruleset", "ENOSYS", "strict", ["files", "ports", "scope"]),
    ("landlock_restrict_self", "E2BIG", "strict", ["files", "ports", "scope"]),
    ("seccomp", "EINVAL", "basic", ["syscalls"]),
    ("seccomp", "EINVAL", "strict", ["syscalls"]),
    ("capset", "EPERM", "basic", ["capabilities"]),
    ("clone", "EPERM", "strict", ["network", *NAMESPACES]),
    ("unshare", "EPERM", "strict", ["network", "cgroup-namespace"]),
    ("mount", "EPERM", "strict", ["mount"]),
    ("mount_setattr", "ENOSYS", "strict", ["mount"]),
    ("setresuid", "EPERM", "strict", ["user"]),
]

# call, error, what is asked for, a word of what is said
REQUIRED = [
    ("landlock_create_ruleset", "ENOSYS", ("--read", "/usr"), "files"),
    ("landlock_create_ruleset", "ENOSYS", ("--connect", "none"), "ports"),
    ("landlock_create_ruleset", "ENOSYS", ("--scope", "signals"), "scope"),
    ("seccomp", "EINVAL", ("--syscalls", "@default"), "syscalls"),
    ("clone", "EPERM", ("--namespaces", "pid"), "namespaces"),
    ("unshare", "EPERM", ("--network", "none"), "network"),
    ("mount", "EPERM", ("--private-tmp", "1M"), "mount"),
    ("mount_setattr", "ENOSYS", ("--read-only", "yes"), "mount"),
]


def always(call, error):
    return ["-e", f"trace={call}", "-e", f"inject={call}:error={error}"]


def names(measures):
    """Of "pid, mount (why, and how); files in part (why); network (why (so))"."""
    while "(" in measures:
        measures = re.sub(r"\([^()]*\)", "", measures)
    return {name.strip() for name in re.split("[;,]", measures) if " in part" not in name}


@pytest.mark.parametrize("call, error, preset, missing", MISSING)
def test_what_a_preset_cannot_have_is_said_and_the_rest_holds(
        prong, root, tracer, call, error, preset, missing):
    server = prong("--isolation", preset, faults=always(call, error))
    event = server.wait_event("isolation")

    assert event["asked"] == preset
    assert names(event["missing"]) == {*missing, *kernel.missing(preset)}, event
    assert not names(event["in_force"]) & set(missing), event
    with server.connect() as client:
        assert client.exchange(b"x") == b"x"


@pytest.mark.parametrize("call, error, preset, missing", MISSING)
def test_what_is_required_and_cannot_be_had_is_an_error(
        prong, root, tracer, call, error, preset, missing):
    with pytest.raises(NotStarted) as failure:
        prong("--isolation", preset, "--isolation-required=yes",
              faults=always(call, error))
    text, status = failure.value.args
    assert status == 3
    assert any(name in text for name in missing), text


@pytest.mark.parametrize("call, error, options, word", REQUIRED)
def test_what_a_setting_asks_for_is_always_required(
        prong, root, tracer, call, error, options, word):
    with pytest.raises(NotStarted) as failure:
        prong(*options, faults=always(call, error))
    text, status = failure.value.args
    assert status == 3
    assert word in text, text
