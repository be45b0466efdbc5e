"""lesson_server -- one step of the lesson, running, and what /proc knows of it

Whatever is waited for is seen, in its output or in /proc; BOUND only ends a test that
would wait for ever.
"""
import ctypes
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

BOUND = 30
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """What a server leaves behind becomes ours, so that none is forgotten."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("prctl")


def wait_until(what, is_so):
    """Polls for what no event tells; what is_so() returned."""
    end = time.monotonic() + BOUND
    while True:
        result = is_so()
        if result:
            return result
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.002)


def stat(pid):
    """The fields of /proc/PID/stat from the state on; [] if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def state(pid):
    return (stat(pid) or [""])[0]


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        if not stat(pid):
            return []
    found = []  # a kernel without CONFIG_PROC_CHILDREN
    for name in os.listdir("/proc"):
        if name.isdigit() and stat(name)[1:2] == [str(pid)]:
            found.append(int(name))
    return found


def descendants(pid):
    found = children(pid)
    return found + [one for child in found for one in descendants(child)]


def sockets(pid):
    """Inodes of the sockets that a process holds."""
    found = set()
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{name}")
            if target.startswith("socket:["):
                found.add(int(target[8:-1]))
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # it ends, or executes
        pass
    return found


def connections():
    """(port, the peer as /proc has it, state, bytes unread, inode) of each TCP socket."""
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
                lines = file.readlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            word = line.split()
            yield (int(word[1].rpartition(":")[2], 16), word[2], word[3],
                   int(word[4].partition(":")[2], 16), int(word[9]))


class Server:
    """One step as a student runs it: its output, and its errors, on a terminal."""

    running = set()

    def __init__(self, program, *words, fail=None, log=None, preload=None):
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        if fail:
            environment |= fail | {"LD_PRELOAD": preload}
        self.text, self.clients = "", []
        self.terminal, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [program, *map(str, words)], env=environment, stdin=subprocess.DEVNULL,
            stdout=log or terminal, stderr=terminal, start_new_session=True)
        os.close(terminal)
        self.pid = self.process.pid
        Server.running.add(self.pid)
        self.is_logged, self.known_port = log is not None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        self.kill()
        os.close(self.terminal)

    def kill(self):
        """The server and all that came of it, each by its pid."""
        family = [self.pid, *descendants(self.pid)]
        for pid in family:
            if pid == self.pid and self.process.poll() is not None:
                continue
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(BOUND)
        Server.running.discard(self.pid)
        wait_until("all have ended", lambda: self.is_reaped()
                   and not any(stat(pid) for pid in family))

    @staticmethod
    def is_reaped():
        """Orphans are ours; none is left."""
        orphans = set(children(os.getpid())) - Server.running
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ChildProcessError, ProcessLookupError):
                pass
        return not orphans

    # ---- what it says

    def read(self, timeout):
        """Takes in what it has said; False: nothing more, or it has ended."""
        if not select.select([self.terminal], [], [], timeout)[0]:
            return False
        try:
            self.text += os.read(self.terminal, 65536).decode().replace("\r\n", "\n")
        except OSError:  # EIO: nobody has the other end
            return False
        return True

    def wait_text(self, pattern):
        """The match of a pattern in what it has said, or None: it ended without."""
        end = time.monotonic() + BOUND
        while time.monotonic() < end:
            match = re.search(pattern, self.text, re.M)
            if match:
                return match
            if not self.read(0.05) and self.process.poll() is not None:
                while self.read(0):
                    pass
                return re.search(pattern, self.text, re.M)
        raise AssertionError(f"never said {pattern!r}, but:\n{self.text}")

    def said(self):
        """All that it has said so far."""
        while self.read(0):
            pass
        return self.text

    @property
    def port(self):
        if self.known_port == 0 and self.is_logged:
            self.known_port = wait_until("it listens", self.listening_port)
        elif self.known_port == 0:
            found = self.wait_text(r"^listening on \S+:(\d+)$")
            assert found, f"it does not listen:\n{self.text}"
            self.known_port = int(found[1])
        return self.known_port

    def listening_port(self):
        held = sockets(self.pid)
        return next((port for port, _, how, _, inode in connections()
                     if how == "0A" and inode in held), 0)

    # ---- its clients

    def connect(self, source="127.0.0.1", host="127.0.0.1"):
        self.said()  # a full terminal would hold it up
        where = None if ":" in host else (source, 0)
        client = socket.create_connection((host, self.port), BOUND, where)
        self.clients.append(client)
        return client

    def serve_one(self):
        """A client from its first byte to its last; when it returns the server has done
        all that came before."""
        client = self.connect("127.0.0.99")
        client.sendall(b"x\n")
        assert receive(client, b"x\n") == b"x\n"
        client.close()

    def end_of(self, client):
        """(bytes unread, inode) of the server's end of a connection; (0, 0): none."""
        address, own = client.getsockname()
        number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
        for port, peer, _, unread, inode in connections():
            if port == self.port and peer.endswith(f"{number:08X}:{own:04X}"):
                return unread, inode
        return 0, 0

    def session(self, client):
        """The pid of the process that serves a client, and the inode of its socket."""
        def look():
            inode = self.end_of(client)[1]
            holders = [pid for pid in descendants(self.pid) if inode in sockets(pid)]
            return (holders[0], inode) if inode and len(holders) == 1 else None
        return wait_until("one process has the client", look)

    def begin(self, source="127.0.0.1"):
        """A client that has been answered once: (client, pid, inode)."""
        client = self.connect(source)
        client.sendall(b"hello\n")
        assert receive(client, b"hello\n") == b"hello\n"
        return client, *self.session(client)


def receive(client, last):
    """What comes, up to and with `last` or the end of the connection."""
    data = b""
    while last not in data:
        block = client.recv(1 << 20)
        if not block:
            break
        data += block
    return data


def receive_all(client):
    data = b""
    while block := client.recv(1 << 20):
        data += block
    return data


def log_file():
    return tempfile.TemporaryFile("w+")
