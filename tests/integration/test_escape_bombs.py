"""Bombs: a program that takes as much as it can of something.

Each row: what is set, what is tried, and what comes of it.
"""
import os
import pathlib

import pytest

from harness import procs
from harness.targets import COULD, COULD_NOT, KILLED, answer

STRICT, NONE = "strict", "none"

LIMITED = [
    (NONE, ("--files", "50"), "many-descriptors 45", COULD, ""),
    (NONE, ("--files", "50"), "many-descriptors 60", COULD_NOT, "EMFILE"),
    (STRICT, (), "many-descriptors 900", COULD, ""),
    (STRICT, (), "many-descriptors 1100", COULD_NOT, "EMFILE"),
    (STRICT, ("--files", "2000"), "many-descriptors 1100", COULD, ""),
    (NONE, ("--memory", "64M"), "memory 320", COULD_NOT, "ENOMEM"),
    (NONE, ("--memory", "64M"), "shared-memory 320", COULD_NOT, "ENOMEM"),
    (STRICT, (), "memory 320", COULD, ""),
    (STRICT, ("--limit", "data=64M"), "memory 320", COULD_NOT, "ENOMEM"),
    (NONE, ("--file-size", "1M"), "disk 2 {new}", COULD_NOT, "EFBIG"),
    (NONE, ("--cpu-time", "1s"), "cpu 10", KILLED, ""),
    (STRICT, (), "processes 200", COULD, ""),
    (STRICT, (), "threads 200", COULD, ""),
]

# Only a session with a file system of its own: as root, and not in a container.
DISKS = [
    ("disk 60 /tmp/escape", COULD, ""),
    ("disk 128 /tmp/escape", COULD_NOT, "ENOSPC"),
    ("disk 128 /var/tmp/escape", COULD_NOT, "ENOSPC"),
    ("disk 128 /dev/shm/escape", COULD_NOT, "ENOSPC"),
    ("disk 128 escape", COULD_NOT, ""),  # where it is: /
]


def check(place, row, letter, error):
    found, said = place.attempts.run(row)
    assert (found, error in said) == (letter, True), f"{row}: {said}"


@pytest.mark.parametrize("preset, options, row, letter, error", LIMITED)
def test_a_limit_holds_and_what_is_below_it_can_be_had(
        column, preset, options, row, letter, error):
    check(column(preset, "user", *options), row, letter, error)


BOMBERS = {"processes": "61240", "threads": "61241"}


@pytest.mark.parametrize("what", BOMBERS)
def test_a_fork_bomb_ends_at_the_limit_and_the_next_client_is_served(column, root, what):
    """Of a user that nobody else is: the limit is one of the user."""
    place = column(NONE, "root", "--user", BOMBERS[what], "--processes", "20")
    for count, letter, error in ((15, COULD, ""), (200, COULD_NOT, "EAGAIN"), (15, COULD, "")):
        check(place, f"{what} {count}", letter, error)
        procs.wait_until(lambda: len(place.server.journal.open_sessions()) == 1,
                         "only the sibling is there")


@pytest.mark.parametrize("row, letter, error", DISKS)
def test_a_session_cannot_fill_the_disk(column, row, letter, error):
    check(column(STRICT, "user"), row, letter, error)


def test_the_places_of_its_own_share_their_room_and_it_is_there_again_afterwards(column):
    place = column(STRICT, "user")
    name = place.attempts.targets.make_name()
    paths = [f"{folder}/{name}" for folder in ("/tmp", "/dev/shm", "/var/tmp")]
    place.attempts.targets.left += paths  # if they are the machine's after all
    for _ in range(3):
        with place.connect() as client:
            said = [answer(client, f"try keep 40 {path}")[0] for path in paths]
        assert said == [COULD, COULD_NOT, COULD_NOT]
    assert not [path for path in paths if os.path.exists(path)]


def controllers():
    """Those that the cgroup of this process may give to its children."""
    try:
        with open("/proc/self/cgroup", encoding="ascii") as file:
            own = [line.rstrip("\n")[3:] for line in file if line.startswith("0::")]
        return pathlib.Path(f"/sys/fs/cgroup{own[0]}/cgroup.controllers").read_text().split()
    except (IndexError, OSError):
        return []


CGROUPS = [
    ("memory", ("--memory-max", "64M"), "memory 320", KILLED, ""),
    ("memory", ("--memory-max", "64M"), "shared-memory 320", KILLED, ""),
    ("pids", ("--pids-max", "20"), "processes 15", COULD, ""),
    ("pids", ("--pids-max", "20"), "processes 200", COULD_NOT, "EAGAIN"),
    ("pids", ("--pids-max", "20"), "threads 200", COULD_NOT, "EAGAIN"),
]


@pytest.mark.parametrize("controller, options, row, letter, error", CGROUPS)
def test_the_cgroup_of_a_session_holds_what_all_its_processes_take(
        column, root, controller, options, row, letter, error):
    if controller not in controllers():
        pytest.skip(f"no cgroup with {controller} is delegated to us")
    check(column(NONE, "root", *options), row, letter, error)
