"""client -- one connection to the server, with words for what clients do to it"""
import errno
import socket
import struct
import threading

from . import ALARM


def address_of(text):
    """(family, socket address) of what the server reports: 127.0.0.1:80, [::1]:80,
    unix:/path, unix:@name, vsock:CID:PORT."""
    if text.startswith("unix:@"):
        return socket.AF_UNIX, "\0" + text[6:]
    if text.startswith("unix:"):
        return socket.AF_UNIX, text[5:]
    if text.startswith("vsock:"):
        cid, port = text[6:].split(":")
        return socket.AF_VSOCK, (1 if cid in ("any", "") else int(cid), int(port))
    host, _, port = text.rpartition(":")
    if host.startswith("["):
        host = host.strip("[]")
        return socket.AF_INET6, ("::1" if host == "::" else host, int(port))
    return socket.AF_INET, ("127.0.0.1" if host in ("0.0.0.0", "*") else host, int(port))


class Client:
    """Use ask() with the puppet, the others with anything."""

    def __init__(self, family, address, source=None, rcvbuf=None):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(ALARM)
        self.rest, self.own = b"", None
        if rcvbuf is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if source is not None:
            self.socket.bind((source, 0))
        try:
            self.socket.connect(address)
            self.own = self.socket.getsockname()
        except BaseException:
            self.socket.close()
            raise

    @property
    def name(self):
        """What the server calls this client."""
        host, port = self.own[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def port(self):
        return self.own[1]

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def command(self, line):
        self.send(line + "\n")

    def _more(self):
        data = self.socket.recv(1 << 18)
        self.rest += data
        return bool(data)

    def read(self, count):
        """Exactly that many bytes, fewer only at the end."""
        while len(self.rest) < count and self._more():
            pass
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def read_line(self):
        """Without its newline."""
        while b"\n" not in self.rest and self._more():
            pass
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def read_all(self):
        while self._more():
            pass
        data, self.rest = self.rest, b""
        return data

    def exchange(self, data):
        """Sends all of it and then the end, while reading; what came back."""
        sender = threading.Thread(
            target=lambda: (self.send(data), self.half_close()), daemon=True
        )
        sender.start()
        answer = self.read_all()
        sender.join(ALARM)
        return answer

    def ask(self, line):
        """The puppet's answer to a command, as text without the final dot."""
        self.command(line)
        answer = []
        while True:
            while b"\n" not in self.rest:
                if not self._more():
                    raise AssertionError(f"'{line}': connection ended after {answer}")
            text, _, self.rest = self.rest.partition(b"\n")
            text = text.rstrip(b"\r")
            if text == b".":
                return "\n".join(answer)
            answer.append(text.decode(errors="backslashreplace"))

    def facts(self, line):
        """An answer of "KEY VALUE..." lines as a dictionary."""
        found = {}
        for text in self.ask(line).splitlines():
            key, *value = text.split(None, 1)
            found[key.rstrip(":")] = "".join(value)
        return found

    def environment(self):
        """What the puppet's `env` says."""
        return dict(text.split("=", 1) for text in self.ask("env").splitlines())

    def half_close(self):
        """After a reset the kernel only says that there is no connection."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno == errno.ENOTCONN:
                raise ConnectionResetError(*error.args) from error
            raise

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST."""
        if self.socket.fileno() >= 0 and self.socket.family != socket.AF_UNIX:
            self.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self.socket.close()

    def is_ended(self):
        """Waits for the end of the connection; what was still sent is dropped."""
        try:
            while self.socket.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        return True

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
