"""What programs that are started ahead are told, and that they serve: src/warm/hold.c.

    PRONG_BUILTIN=.../prong-builtin /usr/bin/python3 -m pytest test_hold_serve.py
"""

import os
import subprocess

import pytest

from holding import (ECHO, PATIENCE, SLOT, THREADS, USERS, echoed, hold, needs_helper, python,
                     state, wait_until)

__all__ = ["hold"]
pytestmark = needs_helper


# ---- what the program is told --------------------------------------------------------


def test_what_is_the_same_for_every_connection_is_answered(hold):
    held = hold(*python(
        "import socket\n"
        "s = socket.socket(fileno=0)\n"
        "wanted = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, '127.0.0.1')\n"
        "told = (s.family, s.type, s.proto, s.getsockname()[0])\n"
        "accepts = s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)\n"
        "s.getpeername() if told == wanted and accepts == 0 else print(told)\n"))
    assert held.report().call == "getpeername(0)"


def test_what_is_not_known_is_not_answered(hold):
    asks = python("import socket; socket.socket(fileno=0)")
    assert hold(*asks, local=False).report().call in ("getsockname(0)", "getsockopt(0)")


@pytest.mark.parametrize("argv", [
    python, lambda code: ("/usr/bin/env", "python3", "-c", code),
    lambda code: ("/usr/bin/env", "env", "python3", "-c", code)])
def test_a_slot_is_empty_for_the_program(hold, argv):
    held = hold(*argv("import os\n"
                      "e = os.environ\n"
                      "good = e['A'] == e['B'] == '' and e['C'] == 'c'\n"
                      "os.write(1, b'y') if good else os.read(0, 1)\n"),
                env={"A": SLOT, "C": "c", "B": SLOT, "D": "\x1f" * 15})
    assert held.report().call == "write(1)"


def test_a_slot_is_empty_after_an_exec_that_failed(hold):
    held = hold(*python("import ctypes, os\n"
                        "get = ctypes.CDLL(None).getenv; get.restype = ctypes.c_char_p\n"
                        "try: os.execv('/nowhere/to/be/found', ['x'])\n"
                        "except OSError: pass\n"
                        "os.write(1, b'y') if get(b'A') == b'' else os.read(0, 1)\n"),
                env={"A": SLOT})
    assert held.report().call == "write(1)"


# ---- copies --------------------------------------------------------------------------


@pytest.mark.parametrize("argv, refusal", [
    (python(THREADS, ECHO), "it has 4 threads"),
    (python("import signal; signal.alarm(1000)\n", ECHO), "it has set a timer"),
    (python("import signal; signal.setitimer(signal.ITIMER_REAL, 1000)\n", ECHO),
     "it has set a timer"),
    (python("import mmap; m = mmap.mmap(-1, 4096)\n", ECHO),
     "it shares memory: /dev/zero (deleted)"),
    (("/bin/sh", "-c", "sleep 1000 </dev/null >/dev/null & read x"),
     "it has 1 child process"),
    (("/usr/bin/cat",), ""),
])
def test_what_forbids_copies(hold, argv, refusal):
    report = hold(*argv, copies=True).report()
    assert (report.result, report.refusal) == ("held", refusal)


# ---- the hand-over -------------------------------------------------------------------


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("argv", [
    ("/usr/bin/cat",),
    ("/usr/bin/busybox", "cat"),
    ("/bin/sh", "-c", 'while read line; do echo "$line"; done'),
    ("/usr/bin/bash", "-c", 'while read line; do echo "$line"; done'),
    ("/usr/bin/bash", "-c", "x=$(true | true); ls / >/dev/null; exec cat"),
    ("/usr/bin/perl", "-pe", "$| = 1"),
    python(ECHO),
    python(THREADS, ECHO),
    ("/usr/bin/env", "env", "python3", "-c", ECHO),
    python("import os, select\n"
           "poll = select.epoll(); poll.register(0)\n"
           "while True:\n"
           "    poll.poll(); data = os.read(0, 999); os.write(1, data)\n"
           "    if not data: break\n"),
    python("import os, select\n"
           "while True:\n"
           "    select.select([0], [], []); data = os.read(0, 999); os.write(1, data)\n"
           "    if not data: break\n"),
    python("import os\n"
           "out = os.dup(1); os.close(1)\n"
           "while data := os.read(0, 999): os.write(out, data)\n"),
])
def test_a_program_serves_as_if_it_had_just_been_started(hold, argv, user):
    if not os.path.exists(argv[0]):
        pytest.skip(f"no {argv[0]}")
    held = hold(*argv, user=user)
    report = held.report()
    assert report.result == "held", report
    assert held.tracer.wait(PATIENCE) == 0
    with held.connect() as client:
        assert echoed(client) == b"one\ntwo\n"
    assert held.program.wait(PATIENCE) == 0


def test_threads_go_on_where_they_were(hold):
    held = hold(*python(
        "import os, sys, threading, time\n"
        "event, count = threading.Event(), [0]\n"
        "def tick():\n"
        "    while True: count[0] += 1; time.sleep(0.001)\n"
        "def wait():\n"
        "    event.wait(); os.write(1, b'woken ')\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "waiter = threading.Thread(target=wait); waiter.start()\n"
        "time.sleep(0.02)\n"
        "line = sys.stdin.readline(); before = count[0]\n"
        "event.set(); waiter.join()\n"
        "while count[0] < before + 5: time.sleep(0.001)\n"
        "print('ticking', line, end='', flush=True)\n"))
    assert held.report().threads == 3
    with held.connect() as client:
        assert echoed(client, b"line\n") == b"woken ticking line\n"
    assert held.program.wait(PATIENCE) == 0


@pytest.mark.parametrize("chain", [(), ("/usr/bin/env",), ("/usr/bin/env", "env")])
def test_slots_are_filled_in_their_order(hold, chain):
    held = hold(*chain, *python(
        "import ctypes, sys\n"
        "get = ctypes.CDLL(None).getenv; get.restype = ctypes.c_char_p\n"
        "sys.stdin.readline()\n"
        "print([get(name) for name in (b'A', b'C', b'B')])\n"),
        env={"A": SLOT, "C": "c", "B": SLOT})
    assert held.report().slots == 2
    with held.connect("192.0.2.7", "4711") as client:
        assert echoed(client) == b"[b'192.0.2.7', b'c', b'4711']\n"


def test_a_slot_that_the_program_has_overwritten_stays_so(hold):
    held = hold(*python(
        "import ctypes, sys\n"
        "c = ctypes.CDLL(None)\n"
        "c.getenv.restype = ctypes.c_void_p\n"
        "at = c.getenv(b'A')\n"
        "ctypes.memmove(at - 2, b'title', 6)\n"
        "sys.stdin.readline()\n"
        "print(ctypes.string_at(at - 2), ctypes.string_at(c.getenv(b'B')))\n"),
        env={"A": SLOT, "B": SLOT})
    assert held.report().result == "held"
    with held.connect("192.0.2.7", "4711") as client:
        assert echoed(client) == b"b'title' b'4711'\n"


def test_a_child_without_the_connection_outlives_the_hold(hold):
    held = hold("/bin/sh", "-c", "sleep 1000 </dev/null >/dev/null & "
                "read x; kill $! && wait $!; echo $?", errors=subprocess.DEVNULL)
    assert held.report().result == "held"
    with held.connect() as client:
        assert echoed(client, b"x\n") == b"143\n"


def test_a_child_that_is_stopped_stays_so(hold):
    held = hold(*python(
        "import os, signal, subprocess as s, sys\n"
        "child = s.Popen(['sleep', '1000'], stdin=s.DEVNULL, stdout=s.DEVNULL)\n"
        "child.send_signal(signal.SIGSTOP); os.waitpid(child.pid, os.WUNTRACED)\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "sys.stdin.readline()\n"
        "child.send_signal(signal.SIGCONT); os.waitpid(child.pid, os.WCONTINUED)\n"
        "child.kill(); print(child.wait())\n"), errors=subprocess.PIPE)
    assert held.report().result == "held"
    with held.program.stderr as told:
        child = int(told.readline())
    wait_until(lambda: state(child) == "T")  # it runs for a moment to come to its stop
    with held.connect() as client:
        assert echoed(client, b"x\n") == b"-9\n"


def test_a_program_dies_with_its_supervisor(hold):
    held = hold("/usr/bin/cat")
    assert held.report().result == "held"
    held.ctl.close()
    held.program.wait(PATIENCE)
