"""prong in a terminal: its keys, its jobs, and a terminal that goes away."""
import os
import signal
import termios

import pytest

from harness import procs
from harness.client import Client, address_of
from harness.server import PRONG
from harness.terminal import Terminal

CONTROL_C, CONTROL_Z, CONTROL_BACKSLASH = "\x03", "\x1a", "\x1c"


@pytest.fixture
def terminal():
    made = []

    def start(*words, **kw):
        made.append(Terminal(*words, **kw))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def served(terminal, puppet):
    """(terminal, client) of a prong whose session has begun."""
    screen = terminal(PRONG, "127.0.0.1:0", "--", puppet)
    return screen, connected(screen)


def connected(screen):
    client = Client(*address_of(screen.wait_for(r"serving \S+ on (\S+);")[1]))
    client.ask("say in")
    screen.wait_for("begin")
    return client


def test_control_c_drains_and_does_not_reach_the_sessions(served):
    screen, client = served
    screen.press(CONTROL_C)
    screen.wait_for("\\^C\n.*stopping: no new connections, 1 session may go on")
    assert client.ask("say still") == "still"
    client.command("exit 0")
    assert screen.wait() == 0
    assert "end " in screen.screen and "stopped: 1 session served" in screen.screen


def test_a_second_control_c_ends_the_sessions(served):
    screen, client = served
    client.ask("hold")
    screen.press(CONTROL_C)
    screen.wait_for("stopping: no new connections")
    screen.press(CONTROL_C)
    screen.wait_for("killed by TERM, ended for drain")
    assert screen.wait() == 0


def test_control_backslash_kills_at_once(served):
    screen, client = served
    client.ask("ignore-term")
    screen.press(CONTROL_BACKSLASH)
    screen.wait_for("killed by KILL")
    assert screen.wait() == 0


# ---- jobs of a shell


@pytest.fixture
def shell(terminal):
    screen = terminal("bash", "--norc", "--noprofile", "-i",
                      env=dict(os.environ, PS1="ready> ", TERM="dumb"))
    screen.wait_for("ready> ")
    screen.press("stty tostop -echo; bind 'set enable-bracketed-paste off'\n")
    screen.wait_for("ready> ")
    yield screen
    screen.press("kill %1 2>/dev/null; wait; exit 0\n")
    assert screen.wait() == 0


def job(screen):
    """The pid of prong, the shell's only child."""
    return procs.wait_until(lambda: list(procs.children(screen.process.pid)), "a job")[0]


def test_control_z_stops_it_and_in_the_background_it_serves_and_logs(shell, puppet):
    shell.press(f"{PRONG} 127.0.0.1:0 -- {puppet}\n")
    client = connected(shell)
    shell.press(CONTROL_Z)
    shell.wait_for("Stopped")
    assert procs.stat(job(shell))[0] == "T"
    assert client.ask("say on") == "on", "a session is nobody's job"
    shell.press("bg\n")
    client.command("stderr from the background")
    shell.wait_for("from the background")
    client.command("exit 3")
    shell.wait_for("exited 3")
    assert procs.stat(job(shell))[0] != "T"


def test_a_job_in_the_background_logs_though_the_terminal_stops_others(shell, puppet):
    shell.press(f"{PRONG} 127.0.0.1:0 -- {puppet} &\n")
    client = connected(shell)
    assert termios.tcgetattr(shell.master)[3] & termios.TOSTOP
    for i in range(3):
        client.command(f"stderr line {i}")
        shell.wait_for(f"line {i}")
    client.close()
    shell.wait_for("end ")


def test_back_in_the_foreground_control_c_drains(shell):
    shell.press(f"{PRONG} 127.0.0.1:0 &\n")
    shell.wait_for("serving")
    shell.press("fg\n")
    procs.wait_until(lambda: os.tcgetpgrp(shell.master) == job(shell), "the foreground")
    shell.press(CONTROL_C)
    shell.wait_for("stopped: 0 sessions served")


# ---- a terminal that goes away


def test_it_outlives_its_terminal_and_does_not_spin(served):
    screen, client = served
    pid = screen.process.pid
    screen.hang_up()
    client.ask("stderr to nobody")
    assert client.ask("say on") == "on"
    client.command("exit 0")
    client.is_ended()
    procs.wait_until(lambda: procs.stat(pid)[0] == "S", "asleep")
    os.kill(pid, signal.SIGTERM)
    assert screen.process.wait(20) == 0
