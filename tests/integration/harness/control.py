"""control -- one conversation over a server's control socket"""
import json
import os
import socket

from . import ALARM

FOLDERS = ["/run/prong"] if os.geteuid() == 0 else [
    os.path.join(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"), "prong"),
    f"/tmp/prong-{os.geteuid()}",
]


def path_of(pid):
    """Where the server of that pid has its socket, whoever it runs as."""
    for folder in [*FOLDERS, f"/tmp/prong-{os.stat(f'/proc/{pid}').st_uid}"]:
        path = os.path.join(folder, f"{pid}.sock")
        if os.path.exists(path):
            return path
    raise AssertionError(f"no control socket of {pid} in {FOLDERS}")


class Control:
    """ask() for whole answers, send() and read_object() for the rest."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(ALARM)
        self.socket.connect(str(path))
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def read_object(self):
        """The next object, or None at the end."""
        while b"\n" not in self.rest:
            data = self.socket.recv(1 << 16)
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def read_answer(self):
        """All objects but the last, and the last."""
        objects = []
        while True:
            found = self.read_object()
            assert found is not None, f"the answer ended after {objects}"
            if "done" in found or "error" in found:
                return objects, found
            objects.append(found)

    def ask(self, request):
        self.send(request + "\n")
        return self.read_answer()

    def is_ended(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()
