"""lesson_checks_more -- the other half of lesson_checks: the log, limits, addresses, and
what is wrong with the method."""
import errno
import os
import re
import select
import signal
import socket
import time

from lesson_checks import HAS, NONE, NOT, is_asleep, reset, seen, wait_end_of_child
from lesson_server import (
    children, connections, log_file, receive, receive_all, state, wait_until)


# ---- what it says


def prints_in_handler(step):
    with step.server(fail={"FAIL_WATCH": "1"}) as server:
        _, pid, _ = server.begin()
        os.kill(pid, signal.SIGTERM)
        wait_end_of_child(pid)
        server.serve_one()
        return HAS if "fail: a handler calls printf()" in server.said() else NOT


def says_signal_for_pid(step):
    with step.server() as server:
        _, pid, _ = server.begin()
        os.kill(pid, signal.SIGTERM)
        found = server.wait_text(
            rf"^reaped process {int(signal.SIGCHLD)}$|end .*pid {pid}: killed by .*$")
        return HAS if found[0].startswith("reaped") else NOT


def log_is_late(step):
    """Into a file, as a server's output usually goes."""
    with log_file() as log, step.server(log=log) as server:
        server.begin()
        return NOT if "listening" in read_log(log) else HAS


def children_repeat_log(step):
    with log_file() as log, step.server(log=log) as server:
        for _ in range(2):
            _, pid, _ = server.begin()
            if step.number == 1:
                return NONE  # its children never end, so they never write what they hold
            server.clients.pop().close()
            wait_end_of_child(pid)
        server.serve_one()
        count = read_log(log).count("listening")
        return {1: NOT}.get(count, HAS if count > 1 else count)


def read_log(log):
    """The place where the server writes next is the file's, and stays where it is."""
    return os.pread(log.fileno(), 1 << 20, 0).decode()


def inet_ntop_size(step):
    with step.server(fail={"FAIL_WATCH": "1"}) as server:
        server.begin()
        return HAS if "fail: inet_ntop()" in server.said() else NOT


# ---- limits


def no_limits(step):
    """One more than 8 of one address, one more than 32 in all."""
    with step.server() as server:
        for _ in range(8):
            server.connect().sendall(b"x\n")
        if answer(server, "127.0.0.1") == b"x\n":
            return HAS
        for i in range(24):
            assert answer(server, f"127.0.0.{2 + i // 8}") == b"x\n"
        assert answer(server, "127.0.0.5").startswith(b"refused: ")
        server.clients.pop(0).close()
        wait_until("its place is free", lambda: answer(server, "127.0.0.5") == b"x\n")
        return NOT


def answer(server, source):
    """To one line; the connection stays if it was served."""
    client = server.connect(source)
    try:
        client.sendall(b"x\n")
        return receive(client, b"\n")
    except ConnectionError:
        return b"refused: "  # by a reset, which is another fault's row


class TimeLimit:
    """A session whose time, if there is such a thing, is a second; begun before all other
    checks, so that nobody waits for it."""

    def __init__(self, step, server):
        self.is_bounded = step.expects("endless") == NOT
        self.server = server
        self.client = server.connect()
        self.client.sendall(b"x\n")
        assert receive(self.client, b"x\n") == b"x\n"
        self.begun = time.monotonic()

    def end(self):
        rest = 30 if self.is_bounded else max(self.begun + 1.5 - time.monotonic(), 0)
        if not select.select([self.client], [], [], rest)[0]:
            return HAS
        assert self.client.recv(1) == b""
        pid = int(self.server.wait_text(r"begin .*pid (\d+)")[1])
        self.server.wait_text(rf"end .*pid {pid}: killed by ")
        wait_end_of_child(pid)
        return NOT


def no_time_limit(step):
    return step.time_limit.end()


def refusal_is_reset(step):
    """A client that has sent something before it is refused."""
    if step.number < 6:
        return NONE
    with step.server() as server:
        for _ in range(8):
            server.begin()
        server.process.send_signal(signal.SIGSTOP)
        client = server.connect()
        client.sendall(b"x" * 5000)
        server.process.send_signal(signal.SIGCONT)
        try:
            got = receive_all(client)
        except ConnectionResetError:
            return HAS
        assert got.startswith(b"refused: "), got
        return NOT


# ---- addresses


def one_address(step):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return None  # not this machine
    for address, hosts in (("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])):
        with step.server(address=address) as server:
            for host in hosts:
                try:
                    client = server.connect(host=host)
                except ConnectionRefusedError:
                    assert "listening on 127.0.0.1" in server.said()
                    return HAS
                client.sendall(b"x\n")
                assert receive(client, b"x\n") == b"x\n"
    return NOT


def restart_fails(step):
    """The server ends first, so the port is in TIME_WAIT when it is started again."""
    with step.server() as server:
        client, _, _ = server.begin()
        port = server.port
        server.kill()
        assert client.recv(1) == b""
        client.close()
        wait_until("the connection is in TIME_WAIT", lambda: any(
            own == port and how == "06" for own, _, how, _, _ in connections()))
    with step.server(port=port) as server:
        found = server.wait_text(r"^listening on|Address already in use")
        if not found[0].startswith("listening"):
            assert server.process.wait(30) == 1
            return HAS
        server.serve_one()
        return NOT


# ---- the method


def strangers_are_reaped(step):
    """A child that somebody else in the process has, and waits for."""
    with step.server(fail={"FAIL_STRANGER": "1"}) as server:
        server.serve_one()
        stranger = next(pid for pid in children(server.pid)
                        if command(pid) == command(server.pid))
        os.kill(stranger, signal.SIGKILL)
        if step.number > 1:  # whose child would have the client is open in step 01
            _, pid, _ = server.begin()
            os.kill(pid, signal.SIGTERM)
            wait_end_of_child(pid)
            server.serve_one()
        return seen(has=lambda: state(stranger) == "",
                    is_not=lambda: step.number > 8 and state(stranger) == "Z")


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def server_is_copied(step):
    """Page tables of a child of a server that is larger by 128 MB."""
    with step.server(fail={"FAIL_BALLAST": "128"}) as server:
        _, pid, _ = server.begin()
        whole, part = page_tables(server.pid), page_tables(pid)
        return HAS if part > whole / 2 else NOT if part < whole / 4 else (part, whole)


def page_tables(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmPTE:\s*(\d+)", file.read())[1])


def made_on_demand(step):
    """Was the process there before its client?"""
    with step.server() as server:
        assert server.port
        if step.number == 11:
            wait_until("spares wait", lambda: [
                is_asleep(pid) for pid in children(server.pid)] == [True] * 4)
        if step.is_last:
            server.wait_text("started ahead")
        before = children(server.pid)
        _, pid, _ = server.begin()
        return NOT if pid in before else HAS
