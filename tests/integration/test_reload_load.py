"""Another set of services again and again, under clients that never stop."""
import os
import signal

import pytest

from harness import procs
from harness.crowd import Crowd
from harness.instance import Instance, config, service

RELOADS = 100


def served(folder, turn=0):
    """Of a hundred sets no two are alike; what the clients use stays."""
    return config(
        service("echo", "127.0.0.1:0", max=1000 + turn, term_grace=f"{1 + turn % 9}s"),
        service("path", f"unix:{folder}/socket", max=1000, no_delay="no",
                env=f"[TURN={turn}]"),
        *[service(f"extra{i}", "127.0.0.1:0") for i in range(turn % 3)],
    )


@pytest.fixture
def instance(prong, tmp_path):
    return Instance(prong, tmp_path, served(tmp_path))


def test_100_reloads_under_load_cost_no_client_anything(instance, tmp_path):
    inode = os.stat(tmp_path / "socket").st_ino
    before = instance.census()  # what was before is closed a little after "reloaded"
    instance.reload()
    memory = instance.memory_kb()
    with Crowd(instance.addresses) as crowd:
        for turn in range(RELOADS):
            instance.configure(served(tmp_path, turn))
            assert instance.reload()["event"] == "reloaded"
            if turn % 10 == 0:
                crowd.wait_moved()
    assert not crowd.failures
    instance.configure(served(tmp_path))
    assert instance.reload()["event"] == "reloaded"
    instance.check_books()
    instance.wait_census(before)
    instance.check_memory(memory)
    assert os.stat(tmp_path / "socket").st_ino == inode
    assert instance.stats()["accepted"] > crowd.made


def test_a_storm_of_200_hups_is_taken_one_by_one(instance):
    before = instance.census()
    with Crowd(instance.addresses) as crowd:
        for _ in range(200):
            instance.send_signal(signal.SIGHUP)
        instance.next_event("reloaded")
        crowd.wait_moved(20)
    assert not crowd.failures
    assert instance.reload()["event"] == "reloaded"
    instance.check_books()
    instance.wait_census(before)


def test_sessions_of_removed_services_go_on_and_are_all_reaped(instance, tmp_path):
    """Fifty sets, each with a session of a service that is in no other."""
    before, clients = instance.census(), []
    for turn in range(50):
        path = f"{tmp_path}/only{turn}"
        instance.configure(config(service(f"only{turn}", f"unix:{path}")))
        assert instance.reload()["event"] == "reloaded"
        clients.append(connect_unix(instance, path))
    for client in clients:
        client.send("still here\n")
        assert client.read_line() == b"still here"
    assert instance.stats()["live"] == 50
    for client in clients:
        client.close()
    instance.configure(served(tmp_path))
    assert instance.reload()["event"] == "reloaded"
    instance.check_books()
    instance.wait_census(before)


def connect_unix(instance, path):
    instance.server.addresses = [f"unix:{path}"]
    client = instance.connect()
    client.send("begin\n")
    assert client.read_line() == b"begin"
    return client


# ---- files that are no configuration ------------------------------------------------------


def half(path, text):
    path.write_text(text[: len(text) // 2])


def unreadable(path, text):
    path.write_text(text)
    path.chmod(0)


def directory(path, _):
    path.unlink()
    path.mkdir()


def symlink_to_nothing(path, _):
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def symlink_to_broken(path, _):
    broken = path.parent / "broken"
    broken.write_text("services: [")
    path.unlink()
    path.symlink_to(broken)


BROKEN = {
    "missing": lambda path, _: path.unlink(),
    "empty": lambda path, _: path.write_text(""),
    "half-written": half,
    "binary": lambda path, _: path.write_bytes(bytes(range(256))),
    "a directory": directory,
    "a fifo": lambda path, _: (path.unlink(), os.mkfifo(path)),
    "a link to nothing": symlink_to_nothing,
    "a link to a broken one": symlink_to_broken,
    "no such program": lambda path, text: path.write_text(
        text.replace('"@echo"', '"/no/such"', 1)),
    "an address that cannot be had": lambda path, text: path.write_text(
        text + service("taken", "unix:/etc/passwd")),
    "no such user": lambda path, text: path.write_text(
        text + service("who", "127.0.0.1:0", user="nobody-of-that-name")),
}


def put_right(path, text):
    if path.is_dir():
        path.rmdir()
    elif path.is_symlink() or path.exists():
        path.unlink()
    path.write_text(text)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_changes_nothing_and_the_next_reload_works(instance, tmp_path, kind):
    path, text = tmp_path / "served.yaml", served(tmp_path)
    instance.expect("reload-failed")
    before = instance.census()
    with Crowd(instance.addresses, callers=1, talkers=1) as crowd:
        for _ in range(3):
            BROKEN[kind](path, text)
            failed = instance.reload()
            assert failed["event"] == "reload-failed" and failed["text"], failed
            asked = instance.command("reload")
            assert asked.returncode == 1 and asked.stderr, asked
            instance.next_event("reload-failed")
            crowd.wait_moved()
            put_right(path, text)
        assert instance.reload()["event"] == "reloaded"
        crowd.wait_moved()
    assert not crowd.failures
    instance.check_books()
    instance.wait_census(before)


def test_a_file_that_a_link_leads_to_is_read_anew(instance, tmp_path):
    path = tmp_path / "served.yaml"
    for turn in range(1, 4):
        target = tmp_path / f"turn{turn}"
        target.write_text(served(tmp_path, turn))
        (tmp_path / "link").symlink_to(target)
        os.rename(tmp_path / "link", path)
        assert instance.reload()["services"] == 2 + turn % 3


def test_failed_reloads_leave_no_descriptor_and_no_path(instance, tmp_path):
    """The first services of the set can be had, the last cannot."""
    instance.expect("reload-failed")
    before = instance.census()
    instance.configure(config(
        service("new", "127.0.0.1:0", f"unix:{tmp_path}/new", "unix:@prong-new"),
        service("path", f"unix:{tmp_path}/socket"),
        service("never", "unix:/no/such/folder/socket"),
    ))
    for _ in range(50):
        assert "never" in instance.reload()["text"]
    instance.wait_census(before)
    assert not (tmp_path / "new").exists() and (tmp_path / "socket").exists()
    assert not procs.zombies(instance.pid)


def test_who_waits_at_an_address_that_goes_has_room_beside_the_new_set(prong, tmp_path):
    """Ten wait where nobody listens any more, ten come where somebody does."""
    path = f"unix:{tmp_path}/old"
    instance = Instance(prong, tmp_path, config(service("old", path, max=10)))
    for turn in range(5):
        assert instance.command("pause").returncode == 0
        instance.server.addresses = [path]
        waiting = [instance.connect() for _ in range(10)]
        name, path = f"new{turn}", f"unix:{tmp_path}/new{turn}"
        instance.configure(config(service(name, path, max=10)))
        assert instance.reload()["event"] == "reloaded"
        instance.server.addresses = [path]
        coming = [instance.connect() for _ in range(10)]
        for client in waiting + coming:
            client.send("here\n")
            assert client.read_line() == b"here"
        for client in coming:
            client.close()
        procs.wait_until(lambda: instance.stats()["services"][0]["live"] == 0, "gone")
