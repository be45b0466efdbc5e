"""Daemons with clients of their own, started for the client and ahead of it."""
import pytest

from harness import started
from harness.daemons import PLAIN, content, git_repository, git_words, rsync_module, run
from harness.programs import tool

CLIENTS = 8


def start(prong, mode, program):
    """A server with that mode in force, whatever the program is."""
    server = prong("--start", mode, "--spares-min", 2, program=program)
    if mode != "fresh":
        row = started.wait_ready(server)
        assert started.in_force(row) == (mode, "")
    return server


def check_sessions(server, count, mode):
    """So many ended well, the first of them as the mode wants it."""
    ends = [server.wait_event("session-end") for _ in range(count)]
    assert [end["status"] for end in ends] == [0] * count
    first = server.wait_event("session-begin")
    assert first.get("start", "fresh") == mode


@pytest.fixture
def repository(tmp_path):
    return git_repository(tmp_path)


def clone_from(server, repository, tmp_path):
    """Clones one after the other and at once, and compares."""
    base, env = repository

    def clone(number):
        copy = tmp_path / f"copy{number}"
        run(tool("git"), "clone", "-q", f"git://127.0.0.1:{server.port()}/project", copy,
            env=env)
        return content(copy)

    answers = [clone("-first"), *started.at_once(CLIENTS, clone)]
    assert answers == [content(base / "project")] * (1 + CLIENTS)


@pytest.mark.parametrize("mode", started.MODES)
def test_git_clones_from_a_daemon_however_it_was_started(prong, repository, tmp_path, mode):
    base, _ = repository
    folder = run(tool("git"), "--exec-path").stdout.decode().strip()
    server = start(prong, mode, [f"{folder}/git-daemon", *git_words(base)])
    clone_from(server, repository, tmp_path)
    check_sessions(server, 1 + CLIENTS, mode)


@pytest.mark.parametrize("mode", started.HELD)
def test_git_that_starts_its_daemon_itself_cannot_be_held(prong, repository, tmp_path, mode):
    """`git daemon` is a process that waits for another one, and that one serves."""
    base, _ = repository
    server = prong("--start", mode, program=[tool("git"), "daemon", *git_words(base)])
    server.expect(started.FALLBACK)
    force, reason = started.in_force(started.wait_ready(server))
    assert force == "fresh" and "process" in reason
    clone_from(server, repository, tmp_path)
    check_sessions(server, 1 + CLIENTS, "fresh")


@pytest.mark.parametrize("mode", started.MODES)
def test_rsync_copies_from_a_daemon_however_it_was_started(prong, tmp_path, mode):
    source, program, log = rsync_module(tmp_path)
    server = start(prong, mode, program)
    url = f"rsync://127.0.0.1:{server.port()}/files/"

    def fetch(number):
        copy = tmp_path / f"copy{number}"
        run(tool("rsync"), "-a", url, f"{copy}/", env=PLAIN)
        return content(copy)

    answers = [fetch("-first"), *started.at_once(CLIENTS, fetch)]
    assert answers == [content(source)] * (1 + CLIENTS)
    check_sessions(server, 1 + CLIENTS, mode)
    assert "127.0.0.1" in log.read_text()


@pytest.mark.parametrize("mode", started.MODES)
def test_busybox_serves_a_page_however_it_was_started(prong, tmp_path, mode):
    (tmp_path / "index.html").write_text("served\n")
    busybox, curl = tool("busybox"), tool("curl")
    server = start(prong, mode, [busybox, "httpd", "-i", "-h", tmp_path])
    url = f"http://127.0.0.1:{server.port()}/index.html"

    answers = started.at_once(CLIENTS, lambda _: run(curl, "-sS", url).stdout)
    assert answers == [b"served\n"] * CLIENTS
    check_sessions(server, CLIENTS, mode)
