"""What waits is killed, replaced, not allowed or of another kind: no client notices."""
import os
import shutil
import signal
import subprocess

import pytest

from harness import procs, started, strace
from harness.programs import script, tool
from harness.server import PRONG
from harness.started import ask

LINES = "lines"


def start(prong, build, mode, *options, **kw):
    return prong("--start", mode, *options, program=[build.path(LINES)], **kw)


def kill_waiting(server):
    """All of them; they cannot take a client any more when this returns."""
    waiting = started.waiting(server)
    for pid in waiting:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return waiting


@pytest.mark.parametrize("mode", started.AHEAD)
def test_a_client_does_not_notice_that_all_that_waited_were_killed(prong, build, mode):
    server = start(prong, build, mode, "--spares-min", 3)
    server.expect(started.FALLBACK)
    started.wait_ready(server, 3)
    killed = kill_waiting(server)
    assert len(killed) >= 3
    for pid in killed:
        procs.wait_ended(pid)
    assert ask(server) == "<hello>"
    lost = started.wait_row(server, lambda row: row["spares_lost"] >= 3, "counted")
    assert lost["failed"] == 0


@pytest.mark.parametrize("mode", started.AHEAD)
def test_killed_at_the_moment_of_the_connection_again_and_again(prong, build, mode):
    """A process may be dying and take the connection with it; a server of its own each
    time, because what is killed again and again is tried ever more seldom.  Whoever was
    served is told of first: until then its image may owe the number of its process."""
    for turn in range(12):
        server = start(prong, build, mode, "--spares-min", 2)
        server.expect(started.FALLBACK)
        started.wait_ready(server, 1 + turn % 2)
        for i in range(3):
            kill_waiting(server)
            with server.connect() as client:
                client.command(f"word {i}")
                assert client.read_line().decode() == f"<word {i}>"
                server.begin(client)


@pytest.mark.parametrize("mode", started.AHEAD)
def test_new_ones_wait_after_the_old_ones_were_killed(prong, build, mode):
    server = start(prong, build, mode, "--spares-min", 2)
    server.expect(started.FALLBACK)
    started.wait_ready(server, 2)
    old = kill_waiting(server)
    for pid in old:
        procs.wait_gone(pid)
    started.wait_row(server, lambda row: row["spares_ready"] >= 2, "two wait again")
    started.check_client(server, mode)


def check_nothing_stays(server, pids):
    server.is_checked = False
    server.send_signal(signal.SIGKILL)
    server.wait()
    for pid in pids:
        procs.wait_ended(pid)


@pytest.mark.parametrize("mode", started.AHEAD)
def test_nothing_stays_behind_a_server_that_was_killed(prong, build, mode):
    server = start(prong, build, mode, "--spares-min", 5)
    started.wait_ready(server, 5)
    check_nothing_stays(server, started.waiting(server))


@pytest.mark.parametrize("mode", started.AHEAD)
def test_nothing_stays_behind_a_server_that_was_killed_while_they_start(prong, build, mode):
    server = prong("--start", mode, "--spares-min", 5,
                   program=[build.path("early"), "slow", "300"])
    procs.wait_until(server.children, "some are starting")
    check_nothing_stays(server, list(server.children()))


@pytest.mark.parametrize("mode", started.AHEAD)
def test_term_ends_one_that_waits_and_another_takes_its_place(prong, build, mode):
    server = start(prong, build, mode, "--spares-min", 2)
    server.expect(started.FALLBACK)
    started.wait_ready(server, 2)
    for pid in started.waiting(server):
        os.kill(pid, signal.SIGTERM)
    procs.wait_until(lambda: started.spares(server)["spares_lost"] >= 2, "they are missed")
    assert ask(server) == "<hello>"
    started.wait_row(server, lambda row: row["spares_ready"] >= 2, "two wait again")
    assert ask(server) == "<hello>"


# ---- what is run is changed ---------------------------------------------------------------


def put(path, text):
    """In one step, as an installer does it."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o755)
    os.rename(new, path)


def wait_quiet(server):
    """Until as many wait as are wanted, and none is starting: nobody reads the file."""
    started.wait_row(server, lambda row: row["spares_starting"] == 0
                     and row["spares_ready"] >= row["spares_wanted"], "all ready")


@pytest.mark.parametrize("how", ["edited", "replaced"])
@pytest.mark.parametrize("mode", started.AHEAD)
def test_a_script_that_was_changed_answers_as_it_is_now(prong, tmp_path, mode, how):
    path = tmp_path / "script.sh"
    put(path, "#!/bin/sh\nread -r word\necho \"old $word\"\n")
    server = prong("--start", mode, "--spares-min", 3, program=[path])
    started.wait_ready(server, 3)
    assert ask(server) == "old hello"
    for turn in ("new", "newer"):
        wait_quiet(server)
        text = f"#!/bin/sh\nread -r word\necho \"{turn} $word\"\n"
        path.write_text(text) if how == "edited" else put(path, text)
        for _ in range(3):
            assert ask(server) == f"{turn} hello"
    if mode != "spare":
        assert server.wait_event("spares-retired")


@pytest.mark.parametrize("mode", ["warm", "clone"])
def test_a_file_that_sessions_write_to_is_no_part_of_the_program(prong, tmp_path, mode):
    """... after a few times, and the script still is."""
    path, notes = tmp_path / "script.sh", tmp_path / "notes"
    text = "#!/bin/sh\nread -r word\necho \"$word\" >>\"$1\"\necho \"{} $word\"\n"
    put(path, text.format("old"))
    notes.touch()
    server = prong("--start", mode, program=[path, notes])

    def is_given_up():
        started.wait_ready(server)
        assert ask(server, "word") == "old word"
        return [event for event in server.events("spares-retired")
                if "all the time" in event["why"]]

    procs.wait_until(is_given_up, "it is not looked at any more")
    retired = len(server.events("spares-retired"))
    started.wait_ready(server)
    hits = started.spares(server)["spares_hits"]
    assert ask(server) == "old hello"
    assert started.spares(server)["spares_hits"] == hits + 1
    assert len(server.events("spares-retired")) == retired
    put(path, text.format("new"))
    assert ask(server) == "new hello"


@pytest.mark.parametrize("mode", started.AHEAD)
def test_a_script_of_an_interpreter_that_was_changed_answers_as_it_is_now(
    prong, tmp_path, mode
):
    path = tmp_path / "script.py"
    put(path, "print('old', input())\n")
    server = prong("--start", mode, "--spares-min", 2, program=[tool("python3"), path])
    started.wait_ready(server, 2)
    assert ask(server) == "old hello"
    started.wait_ready(server, 2)
    put(path, "print('new', input())\n")
    for _ in range(3):
        assert ask(server) == "new hello"


@pytest.mark.parametrize("mode", started.AHEAD)
def test_a_program_that_was_replaced_on_disk_answers_as_it_is_now(
    prong, build, tmp_path, mode
):
    path = tmp_path / "program"
    shutil.copy(build.path(LINES), path)
    server = prong("--start", mode, "--spares-min", 2, program=[path])
    started.wait_ready(server, 2)
    assert ask(server) == "<hello>"
    started.wait_ready(server, 2)
    shutil.copy(tool("cat"), tmp_path / "other")
    os.rename(tmp_path / "other", path)
    for _ in range(3):
        assert ask(server) == "hello"


@pytest.mark.parametrize("mode", started.HELD)
def test_a_file_that_changes_with_every_client_is_no_part_of_the_program(
    prong, tmp_path, mode
):
    path, whys = tmp_path / "state", []
    path.write_text("")
    server = prong("--start", mode,
                   program=[tool("sh"), "-c", "read -r word; echo $word", "sh", path])

    def change():
        started.wait_ready(server)
        path.write_text(path.read_text() + "x")
        assert ask(server) == "hello"
        whys[:] = [event["why"] for event in server.events("spares-retired")]
        return whys

    for turn in range(1, 5):
        procs.wait_until(lambda turn=turn: len(change()) >= turn, f"change {turn} is seen")
    assert all(why.startswith(f"{path} has changed") for why in whys)
    assert ["not looked at any more" in why for why in whys] == [False] * 3 + [True]
    for _ in range(3):
        change()
    assert len(whys) == 4


# ---- what cannot be held ------------------------------------------------------------------


def check_fallback(server, reason):
    """Served as ever, and the log says why, once."""
    server.expect(started.FALLBACK)
    row = started.wait_ready(server)
    assert row["spares_in_force"] == "fresh", row
    assert reason in row["spares_reason"].lower(), row
    for _ in range(3):
        started.check_client(server, "fresh")
    started.check_said_once(server)


@pytest.mark.parametrize("mode", started.HELD)
def test_a_program_of_another_word_size_is_started_as_ever(prong, build, mode):
    server = prong("--start", mode, program=[build.path("tiny", "32-bit")])
    check_fallback(server, "another kind")


@pytest.fixture
def as_nobody(prong, for_everybody, root):
    """as_nobody(mode, program) is a server without any right."""
    binary = for_everybody(PRONG)
    return lambda mode, program, **kw: prong(
        "--start", mode, program=program, binary=binary, user=61234, group=61234,
        extra_groups=[], **kw)


@pytest.mark.parametrize("mode", started.HELD)
def test_a_program_that_cannot_be_read_is_started_as_ever(
    as_nobody, build, for_everybody, mode
):
    path = for_everybody(build.path(LINES))
    os.chmod(path, 0o711)
    check_fallback(as_nobody(mode, [path]), "read")


@pytest.mark.parametrize("mode", started.MODES)
def test_a_set_user_id_program_keeps_its_privilege(as_nobody, build, for_everybody, mode):
    path = for_everybody(build.path("early"))
    os.chown(path, 61235, 61235)
    os.chmod(path, 0o4755)
    done = subprocess.run([path, "nothing"], input=b"ids\n", user=61234, group=61234,
                          extra_groups=[], capture_output=True, check=False)
    if done.stdout != b"61234 61235\n":
        pytest.skip("set-user-id has no effect here")
    server = as_nobody(mode, [path, "nothing"])
    if mode in started.HELD:
        check_fallback(server, "set-")
    elif mode == "spare":
        started.wait_ready(server)
    assert ask(server, "ids") == "61234 61235"


@pytest.mark.parametrize("mode", started.AHEAD)
def test_an_ordinary_user_can_have_it_all(as_nobody, for_everybody, mode):
    server = as_nobody(mode, [tool("python3"), for_everybody(script("lines.py"))])
    assert started.in_force(started.wait_ready(server)) == (mode, "")
    started.check_client(server, mode)


@pytest.mark.parametrize("mode", started.AHEAD)
def test_it_works_without_new_privileges(prong, build, mode):
    server = start(prong, build, mode, wrapper=[tool("setpriv"), "--no-new-privs"])
    assert started.in_force(started.wait_ready(server)) == (mode, "")
    assert ask(server) == "<hello>"


@pytest.fixture
def yama(root):
    """The kernel allows to trace only what asked for it, or is a descendant."""
    path = "/proc/sys/kernel/yama/ptrace_scope"
    if not os.path.exists(path):
        pytest.skip("this kernel has no Yama")
    with open(path) as file:
        before = file.read()
    if int(before) > 1:
        pytest.skip(f"ptrace_scope is {before.strip()} here")
    with open(path, "w") as file:
        file.write("1")
    yield
    with open(path, "w") as file:
        file.write(before)


@pytest.mark.parametrize("mode", started.HELD)
def test_it_works_where_only_who_is_allowed_may_trace(
    as_nobody, build, for_everybody, yama, mode
):
    server = as_nobody(mode, [for_everybody(build.path(LINES))])
    assert started.in_force(started.wait_ready(server)) == (mode, "")


@pytest.mark.parametrize("mode", started.HELD)
def test_where_tracing_is_not_allowed_it_says_so_and_serves(prong, build, mode):
    server = start(prong, build, mode, wrapper=[build.path("untraced", "static")],
                   env=strace.environment())
    check_fallback(server, "trac")
