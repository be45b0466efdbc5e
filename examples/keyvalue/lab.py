"""lab -- a keyvalue server in a folder of its own, and clients, for the tests beside it"""

import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

NOBODY = 65534
WAIT = 60.0
ASAN = "address" in os.environ.get("KEYVALUE_SANITIZE", "")


def make_folder():
    """Where sessions of another user, with a /tmp of their own, can go as well."""
    above = "/run" if os.geteuid() == 0 else os.environ.get("HOME", os.getcwd())
    folder = Path(tempfile.mkdtemp(prefix="keyvalue-", dir=above))
    folder.chmod(0o755)
    return folder


def own_by_sessions(path):
    """As root, sessions are nobody unless the configuration says otherwise."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


class Client:
    """One connection; answers are lines."""

    def __init__(self, port, source="127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=WAIT, source_address=(source, 0))
        self.lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.lines.close()
        self.socket.close()

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def hear(self):
        """The next line; "" at the end."""
        return self.lines.readline().decode().rstrip("\n")

    def ask(self, line):
        self.say(line)
        return self.hear()

    def rest(self):
        return self.lines.read().decode()


class Server:
    """keyvalue serve, with user ada whose password is tiger."""

    def __init__(self, *lines, listen="127.0.0.1:0"):
        self.folder = make_folder()
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        own_by_sessions(self.data)
        self.users = self.folder / "users"
        self.config = self.folder / "keyvalue.conf"
        self.log = []
        self.looked_at = 0
        self.pending = b""
        self.add_user("ada", "tiger")
        self.listen = listen
        self.configure(*lines)
        self.process = subprocess.Popen(
            [os.environ["KEYVALUE"], "serve", str(self.config)], stderr=subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"})

    def __enter__(self):
        serving = self.wait(r"serving a handler on \S*:(\d+);")
        self.port = int(serving[1])
        self.listen = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT)
        self.process.stderr.close()
        shutil.rmtree(self.folder)

    def configure(self, *lines):
        # No rate: tests are one source, and many clients.
        named = {line.split()[0] for line in lines}
        usual = {"rate-per-source": "off", "linger": "100ms", "size": "8388608"}
        if ASAN:  # its shadow is larger than what `strict` allows
            usual["limit"] = "data=unlimited"
        if str(self.folder).startswith("/tmp/"):
            usual["private-tmp"] = "0"
        text = [f"listen {self.listen}", f"data {self.data}", f"users {self.users}"]
        text += [f"{name} {value}" for name, value in usual.items() if name not in named]
        self.config.write_text("\n".join([*text, *lines]) + "\n")

    def add_user(self, name, password):
        subprocess.run([os.environ["KEYVALUE"], "adduser", str(self.users), name],
                       input=password.encode() + b"\n", check=True)

    def read_log(self, timeout):
        fd = self.process.stderr.fileno()
        if not select.select([fd], [], [], timeout)[0]:
            return False
        got = os.read(fd, 65536)
        *lines, self.pending = (self.pending + got).split(b"\n")
        self.log += [line.decode() for line in lines]
        return got != b""

    def wait(self, pattern):
        """The next line that fits, behind the last one that was waited for."""
        deadline = time.monotonic() + WAIT
        while True:
            while self.looked_at < len(self.log):
                self.looked_at += 1
                found = re.search(pattern, self.log[self.looked_at - 1])
                if found:
                    return found
            if time.monotonic() > deadline or not self.read_log(WAIT):
                raise AssertionError(f"no {pattern!r} in the log:\n" + "\n".join(self.log))

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, *lines, expect="another set of services is in force"):
        self.configure(*lines)
        self.signal(1)
        return self.wait(expect)

    def client(self, source="127.0.0.1", name="ada", password="tiger"):
        client = Client(self.port, source)
        if name is not None:
            assert client.ask(f"AUTH {name} {password}") == "OK"
        return client

    def session(self):
        """The process of the session that has begun after the last line waited for."""
        return int(self.wait(r"begin \S+ pid (\d+)")[1])

    def end(self):
        """Stops it by TERM; its exit status, after all of its log."""
        self.signal(15)
        status = self.process.wait(WAIT)
        while self.read_log(WAIT):
            pass
        return status


def children(pid):
    """(pid, state) of each child."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid:
            found.append((int(path.parent.name), state))
    return found


def is_alive(pid):
    return Path(f"/proc/{pid}").exists()
