"""Listening on Unix sockets: paths, their mode and owner, what lies there before and
after, and names without a path."""
import fcntl
import os
import socket
import stat
import time

import pytest

from harness import procs
from harness.client import Client
from harness.server import run


def echoes(client):
    with client:
        client.send("here?\n")
        return client.read_line() == b"here?"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "socket"


def test_a_path_is_served_and_reported(prong, path):
    server = prong(listen=[f"unix:{path}"])

    assert server.addresses == [f"unix:{path}"]
    assert echoes(server.connect())


def test_a_path_is_open_to_everybody_unless_said_otherwise(prong, path):
    prong(listen=[f"unix:{path}"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_path_has_the_mode_that_was_asked_for_whatever_the_umask(prong, path):
    prong("--unix-mode", "620", listen=[f"unix:{path}"], umask=0o077)
    assert stat.S_IMODE(path.stat().st_mode) == 0o620


def test_a_path_has_the_owner_that_was_asked_for(prong, path, root):
    prong("--unix-owner", "nobody:daemon", listen=[f"unix:{path}"])
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 1)


def test_an_owner_that_is_nobody_is_an_error_at_start(path):
    done = run("--unix-owner", "no-such-user", f"unix:{path}")

    assert done.returncode != 0
    assert "no-such-user" in done.stderr
    assert not path.exists()


def test_a_path_is_removed_at_the_end(prong, path):
    server = prong(listen=[f"unix:{path}"])
    server.settle()
    server.stop()
    assert not path.exists()


def test_a_stale_socket_is_replaced(prong, path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = prong(listen=[f"unix:{path}"])
    assert echoes(server.connect())


def test_a_socket_that_somebody_serves_is_left_alone(prong, path):
    server = prong(listen=[f"unix:{path}"])
    done = run("--log", "text", f"unix:{path}")

    assert done.returncode in (1, 111)
    assert str(path) in done.stderr and "in use" in done.stderr
    assert echoes(server.connect())


def test_a_socket_whose_queue_is_full_is_not_taken_for_stale(path):
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        queued = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for client in queued:
            client.setblocking(False)
            try:
                client.connect(str(path))
            except BlockingIOError:
                pass
        done = run(f"unix:{path}")
        for client in queued:
            client.close()

    assert done.returncode in (1, 111)
    assert stat.S_ISSOCK(path.stat().st_mode)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_never_removed(path, tmp_path, kind):
    target = tmp_path / "precious"
    target.write_text("precious")
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(target)
    done = run(f"unix:{path}")

    assert done.returncode in (1, 111)
    assert str(path) in done.stderr
    assert target.read_text() == "precious"
    assert {"file": path.is_file, "folder": path.is_dir, "link": path.is_symlink}[kind]()


def test_a_path_that_another_server_took_over_is_not_removed(prong, path):
    server = prong(listen=[f"unix:{path}"])
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        server.stop()
        assert path.exists()


def test_a_folder_that_is_not_there_is_an_error_at_start(tmp_path):
    done = run(f"unix:{tmp_path}/nowhere/socket")

    assert done.returncode in (1, 111)
    assert "nowhere/socket" in done.stderr


def test_a_path_that_is_too_long_is_an_error_at_start(tmp_path):
    done = run(f"unix:{tmp_path}/{'x' * 200}")

    assert done.returncode in (1, 2)
    assert "prong: " in done.stderr


def test_an_abstract_name_is_served_and_reported(prong, netns):
    server = prong(listen=["unix:@prong.test"])

    assert server.addresses == ["unix:@prong.test"]
    assert echoes(server.connect())
    assert not os.path.exists("@prong.test")


def test_a_peer_that_is_bound_to_a_path_is_served(prong, path, tmp_path):
    server = prong(listen=[f"unix:{path}"])
    client = Client(socket.AF_UNIX, str(path))
    named = socket.socket(socket.AF_UNIX)
    named.bind(str(tmp_path / "peer\n\033[2J"))
    named.connect(str(path))
    named.sendall(b"x")
    assert named.recv(1) == b"x"
    named.close()
    assert echoes(client)
    assert server.wait_event("session-begin")


def test_limits_per_source_count_users_on_unix_sockets(prong, path, puppet):
    server = prong("--max-per-source", "1", program=[puppet], listen=[f"unix:{path}"])
    server.expect("refused")
    first = server.connect()
    assert first.ask("say in") == "in"
    second = server.connect()

    assert second.is_ended()
    assert server.wait_event("refused")["reason"] == "source-full"


def test_no_descriptor_of_the_listener_stays_in_the_program(prong, path, puppet):
    server = prong(program=[puppet], listen=[f"unix:{path}"])
    client = server.connect()

    assert [line.split()[0] for line in sorted(client.ask("fds").splitlines())] == [
        "0", "1", "2"
    ]
    procs.wait_until(lambda: server.events("session-begin"), "the session's first line")


def test_a_directory_that_somebody_else_has_locked_is_an_error_and_no_wait(tmp_path, path):
    lock = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    begun = time.monotonic()
    done = run(f"unix:{path}")
    os.close(lock)

    assert time.monotonic() - begun < 30
    assert done.returncode in (1, 111)
    assert str(path) in done.stderr and "somebody else" in done.stderr
    assert not path.exists()
