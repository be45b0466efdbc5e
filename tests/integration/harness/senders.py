"""senders -- haproxy and nginx as the proxies in front of a server

Each is one process in the foreground, ended when its `with` is over.  It listens on
127.0.0.1, ::1 and a Unix socket, and passes on to one address.
"""
import contextlib
import os
import socket
import subprocess

from . import ALARM, procs
from .programs import tool

MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"

HAPROXY = """
global
    log stderr format raw local0
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    unique-id-format id-%[rand(1000000)]
{text}
"""

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr notice;
{load}
events {{}}
stream {{
    server {{
{listen}
        proxy_pass {to};
        proxy_protocol on;
        proxy_half_close on;
    }}
}}
"""


class Sender:
    """`addresses`: where it listens, by family."""

    def __init__(self, process, log, addresses):
        self.process, self.log_path, self.addresses = process, log, addresses

    def connect(self, family=socket.AF_INET):
        client = socket.socket(family)
        client.settimeout(ALARM)
        client.connect(self.addresses[family])
        return client

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()


@contextlib.contextmanager
def running(words, folder, addresses, **kw):
    log = f"{folder}/sender.log"
    with open(log, "wb") as file:
        process = subprocess.Popen([str(word) for word in words], stdout=file, stderr=file,
                                   stdin=subprocess.DEVNULL, **kw)
    sender = Sender(process, log, addresses)
    try:
        yield sender
        assert process.poll() is None, sender.log()
    finally:
        process.kill()
        process.wait(ALARM)


def _listening(family, address):
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen(64)
    os.set_inheritable(listener.fileno(), True)
    return listener


def _addresses(folder):
    return {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0),
            socket.AF_UNIX: f"{folder}/sender"}


@contextlib.contextmanager
def haproxy(folder, to, options="", bind="", families=None):
    """`options` are those of its `server` line, `bind` those of each `bind`."""
    program = tool("haproxy")
    wanted = _addresses(folder)
    listeners = [_listening(family, wanted[family]) for family in families or wanted]
    binds = "\n".join(f"    bind fd@{listener.fileno()} {bind}" for listener in listeners)
    config = f"{folder}/haproxy.cfg"
    with open(config, "w") as file:
        file.write(HAPROXY.format(
            text=f"listen it\n{binds}\n    server one {to} {options}"))
    try:
        with running([program, "-db", "-f", config], folder,
                     {one.family: one.getsockname() for one in listeners},
                     pass_fds=[one.fileno() for one in listeners]) as sender:
            yield sender
    finally:
        for listener in listeners:
            listener.close()


@contextlib.contextmanager
def _kept(family, host):
    """A port that nobody else gets, but whoever binds it by its number can listen on."""
    with socket.socket(family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((host, 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def nginx(folder, to):
    program = tool("nginx")
    with _kept(socket.AF_INET, "127.0.0.1") as four, _kept(socket.AF_INET6, "::1") as six, \
            _nginx(program, folder, to, four, six) as sender:
        yield sender


@contextlib.contextmanager
def _nginx(program, folder, to, four, six):
    path = f"{folder}/sender"
    listen = [f"        listen {word};" for word in
              (f"127.0.0.1:{four}", f"[::1]:{six}", f"unix:{path}")]
    config = f"{folder}/nginx.conf"
    with open(config, "w") as file:
        file.write(NGINX.format(
            folder=folder, to=to, listen="\n".join(listen),
            load=f"load_module {MODULE};" if os.path.exists(MODULE) else ""))
    with running([program, "-p", folder, "-c", config], folder,
                 {socket.AF_INET: ("127.0.0.1", four), socket.AF_INET6: ("::1", six),
                  socket.AF_UNIX: path}) as sender:
        procs.wait_until(
            lambda: sender.process.poll() is not None or _serves(sender.process.pid, path),
            "nginx listens")
        assert sender.process.poll() is None, sender.log()
        yield sender


def _serves(pid, path):
    """Its last socket is there, and it has got to its loop."""
    return os.path.exists(path) and any(
        target.startswith("anon_inode:[eventpoll]") for target in procs.fds(pid).values())
