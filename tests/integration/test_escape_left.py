"""What a program leaves behind when its session ends, under each preset.

The columns are those of test_escape.py.  y: it is still there.  n: it is gone with its
session, or could not be made.
"""
import contextlib
import os
import signal

import pytest

from harness import escape, procs
from harness.targets import unused_port

TABLE = """
                      none  basic strict
survive-ignoring      nnnn  nnnn  nnnn
survive-stopped       nnnn  nnnn  nnnn
survive-setsid        yyyy  yyyy  nnyy   # a container gives no namespace of processes
survive-listening     yyyy  yyyy  nnnn   # no port may be listened on
"""


def is_there(server, client, name, is_expected):
    """After the session's end.  Who is expected to be gone is on its way out perhaps."""
    client.close()
    server.end(client)
    if is_expected:
        return bool(procs.named(name))
    try:
        procs.wait_until(lambda: not procs.named(name), "gone")
    except AssertionError:
        return True
    return False


def end(name):
    for pid in procs.named(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        procs.wait_ended(pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


@pytest.mark.parametrize("who", escape.WHO)
@pytest.mark.parametrize("preset", escape.PRESETS)
def test_nothing_outlives_its_session_but_what_the_table_says(column, preset, who):
    place = column(preset, who, "--term-grace", "100ms")
    expected = {row: letters[preset, who]
                for row, letters in escape.read_table(TABLE).items()}
    found = {}
    for row in expected:
        name = place.attempts.targets.make_name()
        port = f" {unused_port()}" if row == "survive-listening" else ""
        client = place.connect()
        letter, said = escape.answer(client, f"try {row} {name}{port}")
        try:
            if letter == escape.COULD and not is_there(
                    place.server, client, name, expected[row] == escape.COULD):
                letter, said = escape.COULD_NOT, "it is gone"
        finally:
            end(name)
        found[row] = letter, said
    assert not escape.difference(expected, found), "\n" + escape.difference(expected, found)
