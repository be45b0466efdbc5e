"""servers -- how each server is started for a measurement

One function per server: the command line (and configuration file) that serves a program
on a loopback port with no limit in the way, no name look-up and no log.  `Servers` gives
each its port, starts it, and remembers the command for the report.
"""

import os
import random
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from .peers import BUSYBOX, PACKAGES, Peers, Unavailable
from .process import listening_ports

MANY = "20000"
BUSYBOX_ECHO, OPENBSD_ECHO = "127.0.9.1", "127.0.9.2"
ECHO_PORT = 7
QUIET = ["-q"]
LEAN = ["-q", "--stderr", "null", "--on-hangup", "keep", "--eof-grace", "off", "--linger", "off"]
# A private /run: its pid file must not replace that of a real inetd.
PRIVATE_RUN = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs run /run && exec "$0" "$@"']


@dataclass
class Place:
    """What a command line needs to know."""

    tool: str
    address: str
    port: int
    folder: Path
    program: list
    options: list = field(default_factory=list)

    @property
    def listen(self):
        return f"{self.address}:{self.port}"

    def write(self, name, text):
        path = self.folder / f"{name}-{self.port}.conf"
        path.write_text(text)
        return str(path)


def prong(at):
    return [at.tool, *at.options, at.listen, "--", *at.program]


def spares(count):
    """The options for so many processes that wait, never more, never less."""
    return ["--start", "spare", "--spares-min", count, "--spares-max", count]


def limit_exec(at):
    return [at.tool, str(at.port), *at.program]


def limit_other(at):
    return [at.tool, str(at.port), *at.options]


def tcpserver(at):
    return [at.tool, "-q", "-H", "-R", "-l", "0", "-c", MANY, "-b", "4096",
            at.address, str(at.port), *at.program]


def svd(at):
    return [at.tool, "-c", MANY, "-b", "4096", "-l", "localhost",
            at.address, str(at.port), *at.program]


def s6_tcpserver(at):
    return [at.tool, "-c", MANY, "-b", "4096", at.address, str(at.port), *at.program]


def xinetd(at, per_source="UNLIMITED"):
    config = at.write("xinetd", f"""service bench
{{
	type = UNLISTED
	socket_type = stream
	protocol = tcp
	wait = no
	user = root
	bind = {at.address}
	port = {at.port}
	server = {at.program[0]}
	server_args = {' '.join(at.program[1:])}
	instances = UNLIMITED
	per_source = {per_source}
	cps = 10000000 1
	disable = no
}}
""")
    return [at.tool, "-dontfork", "-f", config, "-pidfile", config + ".pid"]


def openbsd_inetd(at):
    words = [at.program[0], os.path.basename(at.program[0]), *at.program[1:]]
    config = at.write("inetd", f"{at.listen} stream tcp nowait.1000000 root {' '.join(words)}\n")
    return [*PRIVATE_RUN, at.tool, "-i", "-q", "4096", config]


def openbsd_inetd_echo(at):
    config = at.write("inetd", f"{at.address}:echo stream tcp nowait.1000000 root internal\n")
    return [*PRIVATE_RUN, at.tool, "-i", "-q", "4096", config]


def busybox_inetd_echo(at):
    config = at.write("busybox", f"{at.address}:echo stream tcp nowait root internal\n")
    return [at.tool, "-f", "-q", "4096", config]


def socket_activate(at):
    return [at.tool, "--accept", "--inetd", "-l", at.listen, *at.program]


def ncat(at):
    return [at.tool, "-l", "-k", "-m", MANY, at.address, str(at.port),
            "-e", shlex.join(at.program)]


def socat(at):
    return [at.tool, f"TCP-LISTEN:{at.port},bind={at.address},reuseaddr,fork,backlog=4096",
            "EXEC:" + " ".join(at.program)]


PEERS = {
    "busybox tcpsvd": svd, "tcpserver": tcpserver, "s6-tcpserver": s6_tcpserver,
    "ipsvd tcpsvd": svd, "xinetd": xinetd, "openbsd-inetd": openbsd_inetd,
    "systemd-socket-activate": socket_activate, "ncat": ncat, "socat": socat,
}
ECHO_PEERS = {
    "busybox inetd": ("busybox inetd", busybox_inetd_echo, BUSYBOX_ECHO),
    "openbsd-inetd": ("openbsd-inetd", openbsd_inetd_echo, OPENBSD_ECHO),
}


# Many services from one configuration: text for (port, kind, program), and the command.
def prong_service(at, port, program):
    return f"  s{port}: {{listen: {at.address}:{port}, program: [\"{program}\"], max: 6000}}\n"


def prong_many(at, path):
    return [at.tool, "-q", "--control", path + ".sock", "-f", path]


def xinetd_service(at, port, program):
    return f"""service s{port}
{{
	type = UNLISTED
	socket_type = stream
	protocol = tcp
	wait = no
	user = root
	bind = {at.address}
	port = {port}
	server = {program}
	instances = UNLIMITED
	per_source = UNLIMITED
	cps = 10000000 1
}}
"""


def xinetd_many(at, path):
    return [at.tool, "-dontfork", "-f", path, "-pidfile", path + ".pid"]


def inetd_service(at, port, program):
    name = os.path.basename(program)
    return f"{at.address}:{port} stream tcp nowait.1000000 root {program} {name}\n"


def inetd_many(at, path):
    return [*PRIVATE_RUN, at.tool, "-i", "-q", "4096", path]


MANY_SERVICES = {"prong": ("services:\n", prong_service, prong_many),
                 "xinetd": ("", xinetd_service, xinetd_many),
                 "openbsd-inetd": ("", inetd_service, inetd_many)}
MANY_PEERS = ("xinetd", "openbsd-inetd")


@dataclass
class Server:
    """A server that listens."""

    name: str
    address: str
    port: int
    process: object
    place: Place = None
    path: str = ""

    def configure(self, count):
        """So many services; the server is not told."""
        head, service, _ = MANY_SERVICES[self.name]
        ports = range(self.port, self.port + count)
        programs = [self.place.program[i == 1] for i in range(count)]
        text = head + "".join(service(self.place, port, program)
                              for port, program in zip(ports, programs))
        Path(self.path + ".new").write_text(text)
        os.rename(self.path + ".new", self.path)

    @property
    def control(self):
        return self.path + ".sock"

    def echo(self):
        """The second service, which echoes."""
        return Server(self.name, self.address, self.port + 1, self.process)


class Servers:
    """Starts servers by name and keeps what the report says about them."""

    def __init__(self, tools, folder, cache, processes):
        self.tools = tools
        self.folder = Path(folder)
        self.peers = Peers(cache)
        self.processes = processes
        self.commands = {}
        self.missing = {}

    def free_port(self):
        """Below the ephemeral range: no outgoing connection sits on it."""
        taken = listening_ports()
        while True:
            port = random.randrange(20000, 32000)
            if port not in taken:
                return port

    def free_block(self, count):
        """The first of so many free ports in a row."""
        taken = listening_ports()
        while True:
            first = random.randrange(20000, 32000 - count)
            if not taken & set(range(first, first + count)):
                return first

    def prong_line(self, program):
        """(command line, address, port, environment) of a server that is not started."""
        place = self._place(self.tools["prong"], program, QUIET)
        return prong(place), place.address, place.port, {}

    def peer_line(self, name, program):
        tool, environment = self.peers.find(name)
        place = self._place(tool, program)
        argv = PEERS[name](place)
        return [shutil.which(argv[0]) or argv[0], *argv[1:]], place.address, place.port, environment

    def _many(self, name, count):
        """A server of many services, its configuration written: hello, echo, hello, ..."""
        tool, environment = self.tools["prong"], {}
        if name != "prong":
            tool, environment = self.peers.find(name)
        elif not tool:
            raise Unavailable("there is no prong to measure")
        programs = [self.tools["tiny-hello"], self.tools["tiny-echo"]]
        place = self._place(tool, programs, port=self.free_block(count + 1))
        server = Server(name, place.address, place.port, None, place,
                        str(self.folder / f"{name}-{place.port}.conf"))
        server.configure(count)
        return server, environment

    def many_line(self, name, count):
        server, environment = self._many(name, count)
        argv = MANY_SERVICES[name][2](server.place, server.path)
        return argv, server.address, server.port, environment

    def start_many(self, name, count, files=None):
        server, environment = self._many(name, count)
        started = self._start(name, lambda at: MANY_SERVICES[name][2](at, server.path),
                              server.place, environment, files)
        server.process = started.process
        return server

    def _start(self, name, command, place, environment=None, files=None):
        argv = command(place)
        if files:
            argv = ["prlimit", f"--nofile={files}:{files}", *argv]
        self.commands.setdefault(name, self.shown(argv, place))
        log = self.folder / f"{place.port}-{name.replace(' ', '-').replace(',', '')}.log"
        process = self.processes.start(argv, environment, log)
        try:
            process.wait_listening(place.port)
        except RuntimeError as error:
            self.processes.end(process)
            raise Unavailable(f"does not start: {error}") from error
        return Server(name, place.address, place.port, process)

    def shown(self, argv, place):
        """A command line without the paths of this run."""
        line = shlex.join(argv).replace(str(self.folder), "TMP")
        for path in (place.tool, *place.program):
            line = line.replace(path, os.path.basename(path))
        return re.sub(rf"\b{place.port}\b", "PORT", line)

    def _place(self, tool, program, options=(), address="127.0.0.1", port=None):
        return Place(str(tool), address, port or self.free_port(), self.folder,
                     [str(word) for word in program], list(options))

    def start_prong(self, name, program, options=QUIET, files=None):
        if not self.tools["prong"]:
            raise Unavailable("there is no prong to measure")
        place = self._place(self.tools["prong"], program, options)
        return self._start(name, prong, place, files=files)

    def start_limit(self, name, kind, program=(), options=()):
        place = self._place(self.tools[f"limit-{kind}"], program, options)
        return self._start(name, limit_exec if kind == "exec" else limit_other, place)

    def start_own(self, name, how, processes):
        """The program that is its own server, by the bare loop or by libprong."""
        place = self._place(self.tools["handler-own"], [], [how, processes])
        return self._start(name, limit_other, place)

    def start_peer(self, name, program, files=None, command=None):
        """`command`: another function for its command line."""
        tool, environment = self.peers.find(name)
        return self._start(name + (", turns away" if command else ""), command or PEERS[name],
                           self._place(tool, program), environment, files)

    def start_echo_peer(self, name):
        peer, command, address = ECHO_PEERS[name]
        tool, environment = self.peers.find(peer)
        place = self._place(tool, [], address=address, port=ECHO_PORT)
        return self._start(name + " echo", command, place, environment)

    def attempt(self, start, name, *args, **kwargs):
        """A list with the server, or an empty one and a remark in `missing`."""
        try:
            return [start(name, *args, **kwargs)]
        except (Unavailable, OSError) as error:
            self.missing[name] = str(error)
            return []

    def end(self, servers):
        for server in servers:
            self.processes.end(server.process)


assert set(PEERS) == set(PACKAGES) | set(BUSYBOX) - {"busybox inetd"}
