"""embedding -- an example that runs, its clients, and what it may have said"""

import collections
import errno
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

LONG = 30  # seconds, for what takes milliseconds


class Host:
    """An example that runs."""

    def __init__(self, program, **environment):
        self.process = subprocess.Popen(
            [program, "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.lines = queue.Queue()
        self.said = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LONG)
        self.reader.join(LONG)
        if error[0] is not None:
            print(*self.said, self.process.stderr.read(), sep="\n", file=sys.stderr)
        self.process.stdout.close()
        self.process.stderr.close()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def next(self, pattern):
        """Waits for a line that begins so, and gives what its groups matched."""
        deadline = time.monotonic() + LONG
        while True:
            assert time.monotonic() < deadline, f"it has not said {pattern!r}"
            line = self.lines.get(timeout=LONG)
            assert line is not None, f"it ended without saying {pattern!r}"
            self.said.append(line)
            match = re.match(pattern, line)
            if match:
                return match.groups()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """To be called when nothing keeps it: all that it has ever said."""
        errors = self.process.stderr.read()
        self.reader.join(LONG)
        while not self.lines.empty():
            line = self.lines.get()
            if line is not None:
                self.said.append(line)
        assert errors == "", errors
        assert self.process.wait(LONG) == 0, self.process.returncode
        expect_no_child()
        return self.said


def expect_no_child():
    """Whom the example has left, zombie or not, is ours now."""
    try:
        left = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    raise AssertionError(f"a process was left: {left}")


class Client:
    def __init__(self, address, source="127.0.0.1"):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection(
            (host, int(port)), timeout=LONG, source_address=(source, 0)
        )
        self.file = self.socket.makefile("rw", newline="\n")
        self.name = "%s:%d" % self.socket.getsockname()

    def ask(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        return self.hear()

    def hear(self):
        return self.file.readline().rstrip("\n")

    def leave(self):
        """As one that has said all: what was still to be heard."""
        self.socket.shutdown(socket.SHUT_WR)
        rest = self.file.read()
        self.file.close()
        self.socket.close()
        return rest


def several(address, count=5):
    """Clients that are there at the same time."""
    return [Client(address) for _ in range(count)]


def expect_echo(clients, before=""):
    for number, client in enumerate(clients):
        assert client.ask(f"line {number}") == f"{before}line {number}"


def leave_all(clients):
    for client in clients:
        assert client.leave() == ""


def expect_closed(address):
    """Sooner or later nobody listens any more.  Whoever was in the queue at that moment is
    cut off (ECONNRESET, ENOTCONN), and not refused."""
    while True:
        try:
            Client(address).leave()
        except ConnectionRefusedError:
            return
        except TimeoutError:
            raise
        except OSError as error:
            assert error.errno in (errno.ECONNRESET, errno.ENOTCONN, errno.EPIPE), error


def drain(host, address, client, serve):
    """SIGTERM while a client is there."""
    host.signal(signal.SIGTERM)
    expect_closed(address)
    serve(client)
    client.leave()
    return host.end()


def expect_said(said, *patterns):
    """Nothing but that, and each of it at least once; how often."""
    counts = collections.Counter()
    for line in said:
        found = [pattern for pattern in patterns if re.fullmatch(pattern, line)]
        assert found, f"unexpected: {line!r}"
        counts[found[0]] += 1
    for pattern in patterns:
        assert counts[pattern] > 0, f"never said: {pattern!r}"
    return counts


def work_besides(host, address, serve):
    """Sessions come and go while the host waits for children of its own: neither takes
    the other's."""
    for _ in range(3):
        for _ in range(10):
            client = Client(address)
            serve(client)
            client.leave()
        host.next(r"own child: exited 7")
