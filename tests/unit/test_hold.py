"""Where programs that are started ahead are held, and which cannot be: src/warm/hold.c.

    PRONG_BUILTIN=.../prong-builtin /usr/bin/python3 -m pytest test_hold.py
"""

import os
import select
import signal
import struct
import subprocess
import time

import pytest

from holding import (CAT, ECHO, NOBODY, PATIENCE, THREADS, USERS, hold, needs_helper, needs_root,
                     python, script, state, wait_until)

__all__ = ["hold", "script"]
pytestmark = needs_helper


# ---- where it is held ----------------------------------------------------------------


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("argv, call", [
    (("/usr/bin/cat",), "read(0)"),
    (python(ECHO), "read(0)"),
    (("/usr/bin/env", "cat"), "read(0)"),
    (("/usr/bin/env", "env", "python3", "-c", ECHO), "read(0)"),
    (("/bin/sh", "-c", "true; (true); x=$(echo y | cat); read y; echo $y"), "read(0)"),
    (("/bin/sh", "-c", "exec cat"), "read(0)"),
    (("/bin/echo", "hello"), "write(1)"),
    (python("import os; os.read(os.dup(0), 1)"), "read(3)"),
    (python("import os; os.dup2(0, 9); os.close(0); os.close(1); os.read(9, 1)"), "read(9)"),
    (python("import select as s; p = s.poll(); p.register(2); p.register(0); p.poll()"),
     ("poll(0)", "ppoll(0)")),
    (python("import select as s; s.select([], [1], [])"), ("select(1)", "pselect6(1)")),
    (python("import select as s; s.epoll().register(0)"), "epoll_ctl(0)"),
    (python("import os; os.set_blocking(0, False)"), ("ioctl(0)", "fcntl(0)")),
    (python("import socket as s; s.socket(fileno=0).getpeername()"), "getpeername(0)"),
    (python("import os; os.isatty(0); os.fstat(0); os.get_blocking(1); os.write(1, b'y')"),
     "write(1)"),
    (python("import ctypes; ctypes.CDLL(None).syscall(425, 1, 0)"), "io_uring_setup"),
    (python("import ctypes; ctypes.CDLL(None).prctl(22, 2, 0)"), "prctl"),
    (python("import ctypes; ctypes.CDLL(None).syscall(317, 1, 0, 0)"), "seccomp"),
])
def test_a_program_is_held_at_its_first_touch(hold, argv, call, user):
    if call == "seccomp" and os.uname().machine != "x86_64":
        pytest.skip("the number is another one")
    report = hold(*argv, user=user, errors=subprocess.DEVNULL).report()
    assert (report.result, report.error, report.detail) == ("held", 0, "")
    assert report.call in (call if isinstance(call, tuple) else (call,))
    assert report.threads == 1
    assert report.start_usec > 0


@pytest.mark.parametrize("user", USERS)
def test_all_threads_are_held(hold, user):
    report = hold(*python(THREADS, ECHO), user=user).report()
    assert (report.result, report.threads, report.call) == ("held", 4, "read(0)")


def test_a_thread_that_executes_a_program_leaves_none_behind(hold):
    report = hold(*python(
        THREADS, "import os\nthreading.Thread(target=os.execv, args=('/bin/cat', ['cat']))"
        ".start()\ntime.sleep(1000)\n")).report()
    assert (report.result, report.threads, report.call) == ("held", 1, "read(0)")


def test_many_threads_that_come_and_go_are_no_obstacle(hold):
    report = hold(*python(
        "import threading, time\n"
        "def go():\n"
        "    while True: t = threading.Thread(target=int); t.start(); t.join()\n"
        "for _ in range(4): threading.Thread(target=go, daemon=True).start()\n"
        "time.sleep(0.05)\n", ECHO)).report()
    assert (report.result, report.call) == ("held", "read(0)")


def test_children_that_come_and_go_are_no_obstacle(hold):
    report = hold(*python(
        "import subprocess as s, threading, time\n"
        "def go():\n"
        "    while True: s.run(['true'], stdin=s.DEVNULL, stdout=s.DEVNULL)\n"
        "threading.Thread(target=go, daemon=True).start()\n"
        "time.sleep(0.1)\n", ECHO)).report()
    assert (report.result, report.call) in (("held", "read(0)"), ("by-child", "read(0)"))


def test_signals_reach_the_program(hold):
    report = hold(*python(
        "import os, signal\n"
        "got = []\n"
        "signal.signal(signal.SIGUSR1, lambda *_: got.append(1))\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\n"
        "os.write(1, b'y') if got else os._exit(9)\n")).report()
    assert (report.result, report.call) == ("held", "write(1)")


def stays_stopped(pid):
    """Each of its system calls stops it as well, but for a moment."""
    before = switches(pid)
    time.sleep(0.05)
    return state(pid) in ("t", "T") and switches(pid) == before


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return [line for line in status if "ctxt_switches" in line]


def test_a_program_that_stops_itself_goes_on_when_it_is_told(hold):
    held = hold("/bin/sh", "-c", "kill -STOP $$; read x")
    wait_until(lambda: stays_stopped(held.program.pid))
    assert not select.select([held.talk], [], [], 0)[0]
    while not select.select([held.talk], [], [], 0.05)[0]:  # it may not have stopped yet
        held.program.send_signal(signal.SIGCONT)
    assert held.report().call == "read(0)"


# ---- what cannot be held -------------------------------------------------------------


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("argv, status", [
    (("/bin/sh", "-c", "exit 7"), 7 << 8),
    (("/bin/sh", "-c", "kill -TERM $$"), signal.SIGTERM),
    (python(THREADS, "import os; os._exit(3)"), 3 << 8),
])
def test_a_program_that_ends(hold, argv, status, user):
    held = hold(*argv, user=user)
    report = held.report()
    assert (report.result, report.status) == ("ended", status)
    assert held.program.wait(PATIENCE) in (status >> 8, -status)


def test_a_program_that_does_not_exist(hold):
    report = hold("/nowhere/to/be/found").report()
    assert (report.result, report.error) == ("not-run", 2)


def test_a_program_that_may_not_be_executed(hold, script):
    report = hold(script(b"#!/bin/sh\n", 0o644)).report()
    assert (report.result, report.error) == ("not-run", 13)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("argv", [
    ("/bin/sh", "-c", "exec <&- >&-; sleep 1000"),
    ("/bin/sh", "-c", "exec </dev/null >/dev/null; sleep 1000"),
    python("import os, time; os.closerange(0, 2); time.sleep(1000)"),
    python("import os; [os.set_inheritable(fd, False) for fd in (0, 1)]; "
           "os.execv('/bin/sleep', ['sleep', '1000'])"),
])
def test_a_program_that_lets_go_of_its_connection(hold, argv, user):
    held = hold(*argv, user=user)
    assert held.report().result == "let-go"
    assert held.program.wait(PATIENCE) == -signal.SIGKILL


def test_a_child_that_had_the_connection_last(hold):
    held = hold(*python("import os, time\n"
                        "if os.fork() == 0: time.sleep(0.05); os._exit(0)\n"
                        "os.close(0); os.close(1); time.sleep(1000)\n"))
    assert held.report().result == "let-go"


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("argv, detail", [
    (("/bin/sh", "-c", "cat | cat; read x"), ": read(0)"),
    (python("import subprocess; subprocess.run(['true']); subprocess.run(['cat'])"),
     ": read(0)"),
    (python("import os, time\nif os.fork() == 0: time.sleep(1000)\n", ECHO),
     " has the connection open"),
    (("/bin/sh", "-c", "sleep 1000 & read x"), " has the connection open"),
])
def test_a_child_that_uses_the_connection(hold, argv, detail, user):
    report = hold(*argv, user=user).report()
    assert report.result == "by-child"
    assert report.detail.startswith("child ") and report.detail.endswith(detail)


def test_a_program_that_becomes_a_daemon(hold, tmp_path):
    told = tmp_path / "pid"
    held = hold(*python("import os, sys, time\n"
                        "if os.fork(): os._exit(0)\n"
                        f"open({str(told)!r}, 'w').write(str(os.getpid()))\n"
                        "time.sleep(1000)\n"))
    assert (held.report().result, held.tracer.wait(PATIENCE)) == ("ended", 0)
    pid = told.read_text() if told.exists() else ""
    if pid:
        wait_until(lambda: state(pid) in ("", "Z", "X"))


@pytest.mark.parametrize("user", USERS)
def test_what_blocks_for_ever_dies_with_its_tracer(hold, user):
    held = hold(*python(THREADS, "time.sleep(1000)"), user=user)
    wait_until(lambda: len(os.listdir(f"/proc/{held.program.pid}/task")) == 4)
    held.tracer.kill()
    assert held.program.wait(PATIENCE) == -signal.SIGKILL


@needs_root
def test_a_program_that_cannot_be_read(hold, script):
    copy = script(CAT, 0o711)
    assert hold(copy, user=NOBODY).report().result == "unreadable"
    assert hold(copy).report().result == "held"


def test_a_program_that_hides(hold):
    hidden = python("import ctypes; ctypes.CDLL(None).prctl(4, 0)\n", ECHO)
    if os.geteuid() == 0:
        assert hold(*hidden).report().result == "held"
        assert hold(*hidden, user=NOBODY).report().result == "unreadable"
    else:
        assert hold(*hidden).report().result == "unreadable"


@needs_root
@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_a_program_with_privileges(hold, script, mode):
    copy = script(CAT, mode)
    assert hold(copy, user=NOBODY).report().result == "privileged"
    assert hold(copy).report().result == "held"
    assert hold("/usr/bin/setpriv", "--no-new-privs", copy, user=NOBODY
                ).report().result == "held"


@needs_root
def test_a_program_with_capabilities(hold, script):
    copy = script(CAT, 0o755)
    try:  # cap_net_raw=ep, as setcap(8) writes it
        os.setxattr(copy, "security.capability",
                    struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))
    except OSError:
        pytest.skip("no capabilities on this file system")
    assert hold(copy, user=NOBODY).report().result == "privileged"


@needs_root
def test_a_tracer_that_may_not(hold):
    report = hold("/usr/bin/cat", tracer_user=NOBODY).report()
    assert (report.result, report.error) == ("denied", 1)


@pytest.mark.parametrize("count, detail", [
    (300, "more than 256 threads"), (600, "more than 512 threads and processes")])
def test_a_program_with_too_many_threads(hold, count, detail):
    report = hold(*python(THREADS.replace("range(3)", f"range({count})"), ECHO)).report()
    assert (report.result, report.detail) == ("too-much", detail)


def test_a_program_without_its_first_thread(hold):
    report = hold(*python(
        "import ctypes, os, threading, time\n"
        "first = f'/proc/self/task/{os.getpid()}/stat'\n"
        "def go():\n"
        "    while open(first).read().rpartition(')')[2].split()[0] != 'Z': time.sleep(0.01)\n"
        "    os.read(0, 1)\n"
        "threading.Thread(target=go).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n")).report()
    assert (report.result, report.detail) == ("failed", "its first thread has ended")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="its 32-bit calls")
def test_code_of_another_kind(hold):
    report = hold(*python(
        "import ctypes, mmap\n"
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))\n"
        "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(at)()\n", ECHO)).report()
    assert report.result == "foreign"
