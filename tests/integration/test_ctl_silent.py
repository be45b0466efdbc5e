"""Commands that ask servers, where one of these is stopped and says nothing."""
import json
import os
import signal
import socket

import pytest

from harness import procs
from harness.control import path_of
from harness.server import run

NAME = f"speaks-{os.getpid()}"


@pytest.fixture
def speaks(prong):
    return prong("--name", NAME)


@pytest.fixture
def silent(prong):
    server = prong()
    server.send_signal(signal.SIGSTOP)
    procs.wait_until(lambda: procs.stat(server.pid)[0] == "T", "it is stopped")
    yield server.pid
    server.send_signal(signal.SIGCONT)


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


def test_one_whose_queue_is_full_is_told_of(prong, tmp_path):
    """Whoever asked has gone; the kernel keeps what he wanted."""
    server = prong()
    path = path_of(server.pid)
    name = f"{os.path.dirname(path)}/{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as full, socket.socket(socket.AF_UNIX) as first:
        full.bind(name)
        try:
            full.listen(0)
            first.connect(name)
            done = run("status")
        finally:
            os.unlink(name)
    assert done.returncode == 1
    assert f"prong status: {name} (pid {os.getpid()}): the server does not answer\n" in done.stderr
