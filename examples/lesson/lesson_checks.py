"""lesson_checks -- one function for each fault: has this step got it?

Each returns HAS or NOT, by something it has seen, and never because something did not
come in time.  NONE: the step has nothing that could have this fault.
"""
import contextlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import time

from lesson_server import (
    children, connections, receive, sockets, stat, state, wait_until)

HAS, NOT, NONE = "✗", "✓", "–"
UNIT, UNITS = 64, 200_000


def is_asleep(pid):
    return state(pid) == "S"


def wait_end_of_child(pid):
    wait_until("the child is reaped", lambda: not stat(pid))


def seen(**answers):
    """The first of several things that becomes true: its answer."""
    ways = {"has": HAS, "is_not": NOT}
    return wait_until(" or ".join(answers), lambda: next(
        (ways[name] for name, is_so in answers.items() if is_so()), None))


# ---- fork, and what is kept


def accepts_too(step):
    """Its client gone, the child still is there and has the listener."""
    with step.server() as server:
        port = server.port
        listening = next(inode for own, _, how, _, inode in connections()
                         if own == port and how == "0A")
        client, pid, inode = server.begin()
        client.close()
        return seen(
            has=lambda: inode not in (held := sockets(pid)) and listening in held,
            is_not=lambda: not stat(pid))


def descriptor_leaks(step):
    """The child is done with its client and lives, the parent has it still."""
    with step.server() as server:
        client, pid, inode = server.begin()
        client.close()
        return seen(
            has=lambda: inode in sockets(server.pid) and inode not in sockets(pid)
            and is_asleep(pid),
            is_not=lambda: not stat(pid) and inode not in sockets(server.pid))


def end_at_once(server):
    """24 sessions end while the server does not look; their pids, once it does again."""
    sessions = [server.begin(f"127.0.0.{1 + i // 8}") for i in range(24)]
    server.process.send_signal(signal.SIGSTOP)
    for client, _, _ in sessions:
        client.close()
    for _, pid, inode in sessions:
        wait_until("it is done", lambda p=pid, i=inode: state(p) in ("Z", "")
                   or i not in sockets(p))
    server.process.send_signal(signal.SIGCONT)
    return [pid for _, pid, _ in sessions]


def processes_stay(step):
    with step.server() as server:
        pids = end_at_once(server)
        return seen(
            has=lambda: all(is_asleep(pid) for pid in pids),
            is_not=lambda: not any(stat(pid) for pid in pids))


def count_zombies(server):
    """What a handler without its loop leaves: one signal stands for all that ended."""
    pids = end_at_once(server)
    wait_until("one is reaped", lambda: not all(stat(pid) for pid in pids))
    server.serve_one()
    return sum(state(pid) == "Z" for pid in pids)


def half_close_hangs(step):
    """Last words, and no more: are they answered, and the connection ended?"""
    with step.server() as server:
        client, pid, inode = server.begin()
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)
        assert receive(client, b"last words") == b"last words"
        answer = seen(
            has=lambda: inode in sockets(server.pid) and inode not in sockets(pid)
            and is_asleep(pid) and not readable(client),
            is_not=lambda: readable(client))
        assert answer == HAS or client.recv(1) == b""
        return answer


def readable(client):
    return bool(select.select([client], [], [], 0)[0])


# ---- bytes


def cut_at_nul(step):
    with step.server() as server:
        client = server.connect()
        client.sendall(b"abc\0def\n")
        first = client.recv(64)
        client.sendall(b"xy\n")
        got = first + receive(client, b"xy\n")
        assert got.startswith(b"abc"), got
        return NOT if got == b"abc\0def\nxy\n" else HAS


def other_memory(step):
    """The answer to something short ends with what was there before."""
    with step.server() as server:
        client = server.connect()
        client.sendall(b"secret 4711\n")
        receive(client, b"\n")
        client.sendall(b"hi\n")
        got = receive(client, b"hi\n")
        client.sendall(b"end\n")
        got += receive(client, b"end\n")
        return NOT if got == b"hi\nend\n" else HAS if b"4711" in got else got


def interrupt(pid):
    """A signal, and whatever is made of it."""
    os.kill(pid, signal.SIGCHLD)
    wait_until("the signal is seen", lambda: not pending(pid) and is_asleep(pid))


def pending(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"ShdPnd:\s*(\w+)", file.read())[1], 16)


def interrupted_read(step):
    """A signal while the child waits in read(): is anything made of it?"""
    with step.server() as server:
        client, pid, _ = server.begin()
        wait_until("it waits in read()", lambda: is_asleep(pid))
        interrupt(pid)
        client.sendall(b"two\n")
        got = receive(client, b"two\n")
        return NOT if got == b"two\n" else HAS if got.startswith(b"hello\n") else got


def interrupted_write(step):
    """Signals while the child waits in write(): does all come back?"""
    with step.server() as server:
        client, pid, _ = server.begin()
        sent = b"".join(b"%063d\n" % i for i in range(UNITS))
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        done = 0

        def is_stuck():
            nonlocal done
            # With input unread, what it sleeps in is no read().
            unread = server.end_of(client)[0]
            if unread > 0 and is_asleep(pid):
                return True
            try:
                for _ in range(8 if unread < 1 << 20 else 0):
                    done += client.send(sent[done:done + 65536])
            except BlockingIOError:
                pass
            return False

        for _ in range(10):
            wait_until("it waits in write()", is_stuck)
            interrupt(pid)
        assert done < len(sent) - 65536
        client.settimeout(30)
        last = b"\nthat was all\n"
        got = finish(client, last)
        return NOT if got == sent[:done] + last else HAS if is_torn(got, done // UNIT) else "?"


def finish(client, last):
    """Sends the last of it, while taking what comes."""
    got = b""
    while last or b"that was all\n" not in got[-4096:]:
        ready = select.select([client], [client] if last else [], [], 30)
        assert ready[0] or ready[1], "nothing comes any more"
        if ready[0]:
            block = client.recv(1 << 20)
            assert block, "the connection has ended"
            got += block
        if ready[1]:
            last = last[client.send(last):]
    return got


def is_torn(got, count):
    """Three numbered units in a row are missing: not one or two, spoilt by others."""
    there = {int(unit) for unit in re.findall(rb"\b(\d{63})(?=\n)", got)}
    return any(there.isdisjoint(range(unit, unit + 3)) for unit in range(count - 3))


def failing_read(step):
    """read() fails from the second time on: does the session end, or go round for ever?"""
    with step.server(fail={"FAIL_READ": "1"}) as server:
        client = server.connect()
        client.sendall(b"once\n")
        got = receive(client, b"once\n" * 10)
        return {b"once\n": NOT, b"once\n" * 10: HAS}.get(got[:50], got[:50])


def killed_by_sigpipe(step):
    """The child still has input when its client is gone, and writes the answer."""
    with step.server() as server:
        client, pid, _ = server.begin()
        server.process.send_signal(signal.SIGSTOP)
        os.kill(pid, signal.SIGSTOP)
        client.sendall(b"x" * 3000)
        client.shutdown(socket.SHUT_WR)
        reset(client)
        os.kill(pid, signal.SIGCONT)
        wait_until("it has ended", lambda: state(pid) == "Z")
        ending = int(stat(pid)[-1])
        server.process.send_signal(signal.SIGCONT)
        return {0: NOT, int(signal.SIGPIPE): HAS}.get(ending, ending)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


# ---- errors of accept() and fork()


def accept_ends_it(step):
    """A client that was gone before it was accepted, then no descriptor three times."""
    begun = time.monotonic()
    with step.server(fail={"FAIL_ACCEPT": "103 24 24 24"}) as server:
        if step.is_last:  # for want of a descriptor it closes a client, and goes on
            wait_until("one is served", lambda: is_served(server))
            return NOT
        try:
            client = server.connect()
        except ConnectionError:
            client = None
        found = server.wait_text(r"^accept[:,].*$")
        if not found[0].startswith("accept, once more"):
            assert server.process.wait(30) == 1
            return HAS
        client.sendall(b"x\n")
        assert receive(client, b"x\n") == b"x\n"
        assert server.said().count("accept, once more") == 3
        assert time.monotonic() - begun >= 0.3, "it spins"
        return NOT


def is_served(server):
    client = server.connect()
    client.sendall(b"x\n")
    try:
        return receive(client, b"x\n") == b"x\n"
    except ConnectionError:
        return False


def fork_fails(step):
    """No process can be had: is the client told?"""
    if step.is_last:
        return fork_fails_under_strace(step)
    with step.server(fail={"FAIL_FORK": "1000"}) as server:
        client = server.connect()
        answer = seen(  # in this order: it has the client, then waits, and said nothing
            has=lambda: server.end_of(client)[1] in sockets(server.pid)
            and is_asleep(server.pid) and not readable(client),
            is_not=lambda: readable(client))
        if answer == NOT:
            got = client.recv(64)
            return NOT if got.startswith(b"refused: no process") else HAS if not got else got
        return HAS


def fork_fails_under_strace(step):
    """The library makes processes by a system call of its own, and so do the first of its
    spares; those that wait already are used up before the failure is met."""
    if shutil.which("strace") is None or step.is_sanitized:
        return None
    with step.server() as server, contextlib.ExitStack() as traces:
        server.serve_one()
        traces.enter_context(making_no_process([server.pid]))
        traces.enter_context(making_no_process(children(server.pid)))  # there are no more now
        for _ in range(100):
            got = ask_at_the_door(server.connect())
            if got != b"x\n":
                return NOT if got.startswith(b"refused: ") else got
    raise AssertionError("there are always more spares")


@contextlib.contextmanager
def making_no_process(pids):
    trace = subprocess.Popen(
        ["strace", "-qq", "-o", "/dev/null", "-e", "trace=clone,clone3,fork,vfork",
         "-e", "inject=clone,clone3,fork,vfork:error=EAGAIN", *(f"-p{pid}" for pid in pids)])
    try:
        wait_until("they are traced", lambda: all(
            tracer(pid) in (trace.pid, None) for pid in pids))
        yield
    finally:
        trace.terminate()
        trace.wait(30)


def ask_at_the_door(client):
    """Who is refused may be so before it has said anything; then its words meet a reset."""
    got = b""
    with contextlib.suppress(OSError):
        client.sendall(b"x\n")
        client.shutdown(socket.SHUT_WR)
    with contextlib.suppress(ConnectionResetError):
        while block := client.recv(1 << 16):
            got += block
    return got


def tracer(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return int(re.search(r"TracerPid:\s*(\d+)", file.read())[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
