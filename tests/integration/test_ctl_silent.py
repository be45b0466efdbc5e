"""Commands that ask servers, where one of these is stopped and says nothing."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading

import pytest

from harness import ALARM
from harness.control import path_of
from harness.server import PRONG, run

NAME = f"speaks-{os.getpid()}"


@pytest.fixture
def speaks(prong):
    return prong("--name", NAME)


@pytest.fixture
def silent(prong):
    server = prong()
    with server.stopped():
        yield server.pid


def test_it_is_told_of_and_the_others_answer(speaks, silent):
    done = run("status", "--json")
    assert done.returncode == 1
    assert f"(pid {silent}): the server does not answer\n" in done.stderr, done.stderr
    pids = {server["pid"] for server in json.loads(done.stdout)}
    assert speaks.pid in pids and silent not in pids


def test_it_is_asked_for_by_its_pid(silent):
    done = run("ps", "--instance", silent)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("prong ps: /")
    assert done.stderr.endswith(f"/{silent}.sock (pid {silent}): the server does not answer\n")


def test_it_may_be_what_is_to_act(speaks, silent):
    done = run("kill", "all")
    assert done.returncode == 1 and "servers are meant; say which one" in done.stderr
    rows = [line.split() for line in done.stderr.splitlines()]
    assert [str(silent), "no", "answer"] in rows, done.stderr
    assert str(speaks.pid) in [row[0] for row in rows if row]


def test_it_may_have_the_name(silent):
    done = run("drain", "--instance", f"no-{NAME}")
    assert done.returncode == 1 and "no server that answers here is called" in done.stderr
    assert [str(silent), "no", "answer"] in [line.split() for line in done.stderr.splitlines()]


def test_who_is_meant_by_name_or_pid_answers_for_itself(speaks, silent):
    for word in (speaks.pid, NAME):
        done = run("status", "--instance", word)
        assert done.returncode == 0 and done.stderr == "", done
        assert done.stdout.startswith(f"{NAME}: pid {speaks.pid}")


def test_a_number_that_nobody_has_is_not_taken_for_it(speaks, silent):
    nobody = str((1 << 31) - 1)
    done = run("ps", "--instance", nobody)
    assert done.returncode == 1 and f"is called '{nobody}' or has that pid" in done.stderr
    assert [str(silent), "no", "answer"] in [line.split() for line in done.stderr.splitlines()]


@pytest.fixture
def stranger(speaks):
    """A socket where servers have theirs, and its path."""
    path = f"{os.path.dirname(path_of(speaks.pid))}/{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        try:
            yield listener, path
        finally:
            os.unlink(path)


def is_told_of(path):
    done = run("status")
    assert done.returncode == 1 and f"{NAME}: pid " in done.stdout
    return f"prong status: {path} (pid {os.getpid()}): the server does not answer\n" in done.stderr


def test_one_whose_queue_is_full_is_told_of(stranger):
    """Whoever asked has gone; the kernel keeps what he wanted."""
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(stranger[1])
        assert is_told_of(stranger[1])


def test_one_that_talks_for_ever_is_told_of(stranger):
    listener, path = stranger

    def talk():
        client = listener.accept()[0]
        with client, contextlib.suppress(OSError):
            while True:
                client.sendall(b"{}\n" * 1000)

    talker = threading.Thread(target=talk)
    talker.start()
    assert is_told_of(path)
    talker.join()


def test_a_link_in_a_folder_of_somebody_else_is_none(silent, root):
    """Or else he could have root's commands look for a server that there is not."""
    uid = 500_000 + os.getpid()
    folder = f"/tmp/prong-{uid}"
    os.mkdir(folder)
    try:
        os.symlink(path_of(silent), f"{folder}/1.sock")
        os.lchown(folder, uid, uid)
        done = run("status")
    finally:
        shutil.rmtree(folder)
    assert f"/{silent}.sock (pid" in done.stderr and folder not in done.stderr


@pytest.fixture
def alone(prong, root, for_everybody, open_folder):
    """Two servers of a user who has no others, and ask(*words) as he asks."""
    uid, place = 500_000 + os.getpid(), open_folder / "run"
    place.mkdir(mode=0o700)
    os.chown(place, uid, uid)
    binary = for_everybody(PRONG)
    who = {"user": uid, "group": uid, "extra_groups": [],
           "env": {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(place)}}
    servers = [prong(binary=binary, **who) for _ in range(2)]

    def ask(*words):
        return subprocess.run([binary, *words], capture_output=True, text=True, timeout=ALARM,
                              check=False, **who)

    return servers, ask


def test_what_it_makes_of_the_status_of_a_command(alone):
    (speaks, silent), ask = alone
    with silent.stopped():
        done = ask("status", "--json")
        assert [server["pid"] for server in json.loads(done.stdout)] == [speaks.pid]
        assert done.returncode == 1 and f"(pid {silent.pid})" in done.stderr
        done = ask("kill", "all")
        assert done.returncode == 1 and "2 servers are meant" in done.stderr
    assert ask("status").returncode == 0
