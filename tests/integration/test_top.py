"""prong top in a real terminal: tmux is the screen, and what it shows is looked at."""
import json
import os
import re
import shutil
import subprocess

import pytest

from harness import ALARM, procs
from harness.control import path_of
from harness.server import PRONG, run


class Screen:
    """A program in a terminal of its own."""

    def __init__(self, folder, size, *words, term="tmux-256color", locale="C.UTF-8"):
        self.name = str(folder / "tmux")
        width, height = size
        env = dict(os.environ, TERM=term, LC_ALL="C.UTF-8")
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
            "env", f"TERM={term}", f"LC_ALL={locale}", "sh", "-c",
            'trap : INT; "$@"; echo "exit status $?"; stty -a | grep -o "[-]*icanon"; read wait', "sh",
            *map(str, words), env=env,
        )

    def tmux(self, *words, **kw):
        return subprocess.run(
            ["tmux", "-u", "-S", self.name, *words], check=True, capture_output=True, text=True,
            timeout=ALARM, **kw,
        ).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.text().split("\n")[:-1]

    def wait_for(self, *words):
        """Until all of them are on the screen at once."""
        try:
            procs.wait_until(
                lambda: all(re.search(word, self.text()) for word in words),
                f"{words} on the screen",
            )
        except AssertionError as failure:
            raise AssertionError(f"{failure}:\n{self.text()}") from None

    def wait_without(self, word):
        procs.wait_until(lambda: not re.search(word, self.text()), f"no {word} on the screen")

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def close(self):
        pid = int(self.tmux("display-message", "-p", "#{pid}"))
        left = [pid, *procs.children(pid)]
        self.tmux("kill-server")
        for one in left:
            procs.wait_ended(one)


@pytest.fixture
def screen(tmp_path):
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    made = []

    def start(server, *words, size=(80, 24), **kw):
        made.append(
            Screen(tmp_path, size, PRONG, "top", "--control", path_of(server.pid), *words, **kw)
        )
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def server(prong, puppet):
    return prong("--name", "night", program=[puppet])


def enter(server, source="127.0.0.1"):
    client = server.connect(source=source)
    client.ask("say in")
    return client


def test_it_shows_the_server_and_its_sessions(server, screen):
    client = enter(server)
    begin = server.begin(client)
    top = screen(server)
    top.wait_for(rf"prong night  pid {server.pid} ", "1 of [0-9]+ live", begin["id"], client.name)
    top.wait_for("new sessions/s, peak", "\u2800", r"^ID +SERVICE|\nID +SERVICE", "q quit")
    assert len(top.lines()) == 24 and "q quit" in top.lines()[-1]
    second = enter(server)
    top.wait_for(server.begin(second)["id"], "2 of")
    client.command("exit 0")
    top.wait_without(begin["id"])


def test_q_leaves_the_terminal_as_it_was(server, screen):
    top = screen(server)
    top.wait_for("q quit")
    top.press("q")
    top.wait_for("exit status 0", r"(^|\n)icanon")
    assert "q quit" not in top.text()


def test_it_can_be_interrupted(server, screen):
    top = screen(server)
    top.wait_for("q quit")
    top.press("C-c")
    top.wait_for(r"(^|\n)icanon")


def test_a_session_is_killed_when_asked_and_confirmed(server, screen):
    client = enter(server)
    top = screen(server)
    top.wait_for(client.name)
    top.press("k")
    top.wait_for(f"kill {server.begin(client)['id']} of {client.name}. y or n")
    top.press("n")
    top.wait_for("q quit")
    assert client.ask("say on") == "on"
    top.press("K", "y")
    assert server.end(client)["signal"] == "KILL"
    top.wait_for("kill .*: 1 session")


def test_sorting_moves_the_rows(server, screen):
    first, second = enter(server), enter(server)
    second.ask("say much much more")
    top = screen(server)
    top.wait_for(first.name, second.name)
    top.press("O")
    top.wait_for(f"OUT.*\n.*{second.name}.*\n.*{first.name}")
    top.press("r")
    top.wait_for(f"OUT.*\n.*{first.name}.*\n.*{second.name}")


def test_a_filter_hides_the_others(server, screen):
    first, second = enter(server), enter(server, source="127.0.0.2")
    top = screen(server)
    top.wait_for(first.name, second.name)
    top.press("/")
    top.press("0.0.2:", "Enter")
    top.wait_without(first.name)
    top.wait_for(second.name, "filter: 0.0.2:")
    top.press("/", "Escape")
    top.wait_for(first.name, second.name)


def test_a_service_is_paused_and_resumed(server, screen):
    top = screen(server)
    top.wait_for("night +listening")
    top.press("p")
    top.wait_for("pause or resume which service. night_")
    top.press("Enter")
    top.wait_for("night +held")
    top.press("p", "Enter")
    top.wait_for("night +listening")


def test_freeze_help_and_services(server, screen):
    top = screen(server)
    top.wait_for("night +listening")
    top.press("s")
    top.wait_without("night +listening")
    top.press("Space")
    top.wait_for("FROZEN")
    client = enter(server)
    top.press("?")
    top.wait_for("have the chosen session end")
    top.press("x")
    top.wait_for("FROZEN", "0 of")
    top.press("Space")
    top.wait_for(client.name)


@pytest.mark.parametrize("size", [(40, 10), (120, 40), (20, 5)])
def test_every_size_is_filled_and_not_more(server, screen, size):
    client = enter(server)
    top = screen(server, size=size)
    top.wait_for("prong night", server.begin(client)["id"])
    assert len(top.lines()) == size[1]
    assert all(len(line) <= size[0] for line in top.lines())


def test_the_window_may_change_its_size(server, screen):
    client = enter(server)
    top = screen(server, size=(80, 24))
    top.wait_for("peak")
    top.tmux("resize-window", "-x", "40", "-y", "10")
    top.wait_without("peak")
    top.wait_for(server.begin(client)["id"])
    top.tmux("resize-window", "-x", "132", "-y", "50")
    top.wait_for("peak", "PROGRAM")


def test_without_utf8_it_draws_in_ascii(server, screen):
    enter(server)
    top = screen(server, locale="C")
    top.wait_for("peak 1", "CPUv", "q quit")
    assert top.text().isascii()


def test_a_server_that_goes_is_told_of_and_looked_for(prong, screen, tmp_path):
    path = tmp_path / "control"
    first = prong("--control", str(path), "--name", "night")
    top = Screen(tmp_path, (80, 24), PRONG, "top", "--control", path)
    try:
        top.wait_for(f"pid {first.pid} ")
        first.stop()
        top.wait_for("the server is gone")
        second = prong("--control", str(path), "--name", "night")
        top.wait_for(f"pid {second.pid} ")
        top.press("q")
        top.wait_for("exit status 0", r"(^|\n)icanon")
    finally:
        top.close()


def test_a_terminal_that_cannot_do_it_is_told_so(server, screen):
    top = screen(server, term="dumb")
    top.wait_for("cannot move its cursor", "exit status 1")


# ---- without a terminal


def test_once_prints_plain_text(server):
    client = enter(server)
    for word in ("--once", "-b"):
        done = run("top", word, "--control", path_of(server.pid))
        assert done.returncode == 0 and "\x1b" not in done.stdout
        assert "prong night" in done.stdout and client.name in done.stdout


def test_json_is_one_snapshot(server):
    client = enter(server)
    done = run("top", "--json", "--control", path_of(server.pid))
    whole = json.loads(done.stdout)
    assert whole["pid"] == server.pid
    assert [service["service"] for service in whole["services"]] == ["night"]
    assert [session["source"] for session in whole["sessions"]] == [client.name]


def test_a_pipe_is_no_terminal(server):
    done = run("top", "--control", path_of(server.pid))
    assert done.returncode == 1 and "--once" in done.stderr
