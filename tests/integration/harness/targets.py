"""targets -- what the program `escape` is let loose on

Everything is made here, for this test alone: files in a folder that every user may write
to, sockets on loopback, a mount, and what another session of the program makes.  `Targets`
is a dictionary: what the argument of an attempt names is made when it is asked for, anew
each time.
"""
import contextlib
import itertools
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile

from . import spaces

OTHER_UID = 61238
NET_RAW = bytes.fromhex("0100000200200000000000000000000000000000")
MOST_NAME = 15  # of what a process calls itself
COULD, COULD_NOT, KILLED, APART = "y", "n", "k", "-"

numbers = itertools.count()


class NeedsRoot(Exception):
    """What an attempt aims at belongs to somebody else."""


class NotMade(Exception):
    """Another session was to make what an attempt looks for, and could not."""


def answer(client, line):
    """(letter, what was said) of one attempt; the end of the connection is KILLED."""
    try:
        client.command(line)
        said = client.read_line().decode()
    except ConnectionResetError:
        said = ""
    if not said or said.endswith(": killed"):
        return KILLED, said or "the connection ended"
    assert ": could" in said, f"{line}: {said}"
    return (COULD if said.endswith(": could") else COULD_NOT), said


def unused_port():
    """None of those that the kernel gives to the clients of other tests meanwhile."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first = int(file.read().split()[0])
    return _unused_port(1024, max(first, 4096))


def low_port():
    """One that only root may listen on; whoever else tests has another one."""
    return _unused_port(600, 1024) if os.geteuid() == 0 else 81


def _unused_port(first, end):
    while True:
        port = random.randrange(first, end)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def root_disk():
    """The device of the root file system, or one that is not there."""
    number = os.stat("/").st_dev
    link = f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"
    name = os.path.basename(os.path.realpath(link)) if os.path.exists(link) else "none"
    return f"/dev/{name}"


def cgroup_above():
    """The file that takes a process out of its cgroup."""
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
        for line in file:
            _, path, kind, *_ = line.split()
            if kind == "cgroup2":
                return os.path.join(path, "cgroup.procs")
    return "/sys/fs/cgroup/cgroup.procs"


def make_folder(prefix="prong-escape-"):
    """Open to every user, and nowhere below what a session has of its own: /tmp."""
    parent = "/var/lib" if os.geteuid() == 0 else os.path.expanduser("~")
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o777)
    return folder


class Listeners:
    """Of the test, on the loopback of the machine and by a path and a name."""

    def __init__(self, folder):
        self.tcp4 = socket.create_server(("127.0.0.1", 0))
        self.tcp6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.path = str(folder / "socket")
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(self.path)
        os.chmod(self.path, 0o666)
        self.unix.listen()
        self.letters = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.letters_path = str(folder / "letters")
        self.letters.bind(self.letters_path)
        os.chmod(self.letters_path, 0o666)
        self.fresh = []
        self.name = f"prong-escape-{os.getpid()}-{next(numbers)}"
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind("\0" + self.name)
        self.abstract.listen()

    def close(self):
        for each in (self.tcp4, self.tcp6, self.udp, self.unix, self.letters,
                     self.abstract, *self.fresh):
            each.close()


class Targets(dict):
    """program: the path of escape; uid: whom its sessions run as; server_uid: whom prong."""

    def __init__(self, program, uid, server_uid):
        super().__init__()
        self.program, self.uid, self.server_uid = program, uid, server_uid
        self.folder = make_folder()
        self.listeners = Listeners(self.folder)
        self.sibling = None
        self.mounts, self.left, self.last_words = [], [], []

    def __missing__(self, name):
        return getattr(self, "make_" + name)()

    # ---- files

    def _path(self, folder=None):
        return str((folder or self.folder) / f"escape-{os.getpid()}-{next(numbers)}")

    def _file(self, path, uid, mode):
        if os.geteuid() not in (0, uid):
            raise NeedsRoot
        with open(path, "w", encoding="ascii") as file:
            file.write("secret\n")
        os.chmod(path, mode)
        if os.geteuid() == 0:
            os.chown(path, uid, -1)
        self.left += [path, path + ".moved", path + ".linked"]
        return path

    def make_new(self):
        self.left.append(self._path())
        return self.left[-1]

    def make_file(self):
        return self._file(self._path(), self.uid, 0o666)

    def make_secret(self):
        return self._file(self._path(), self.uid, 0o600)

    def make_server_secret(self):
        return self._file(self._path(), self.server_uid, 0o600)

    def make_other_secret(self):
        return self._file(self._path(), OTHER_UID, 0o600)

    def make_folder(self):
        return str(self.folder)

    def make_tmp_new(self):
        self.left.append(self._path(pathlib.Path("/tmp")))
        return self.left[-1]

    def make_tmp_file(self):
        return self._file(self._path(pathlib.Path("/tmp")), self.uid, 0o666)

    def make_shm_new(self):
        self.left.append(self._path(pathlib.Path("/dev/shm")))
        return self.left[-1]

    def make_disk(self):
        return root_disk()

    def make_cgroup(self):
        return cgroup_above()

    # ---- programs

    def _program(self, mode, uid=0):
        if os.geteuid() != 0:
            raise NeedsRoot
        path = self._path()
        shutil.copy(self.program, path)
        os.chown(path, uid, -1)
        os.chmod(path, mode)
        self.left.append(path)
        return path

    def make_program(self):
        path = self._path()
        shutil.copy("/usr/bin/true", path)
        os.chmod(path, 0o755)
        self.left.append(path)
        return path

    def make_set_user_id(self):
        return self._program(0o4755, OTHER_UID if self.uid == 0 else 0)

    def make_capable(self):
        path = self._program(0o755)
        os.setxattr(path, "security.capability", NET_RAW)
        return path

    # ---- mounts

    def make_mount(self):
        path = self.folder / f"mount-{next(numbers)}"
        path.mkdir()
        return str(path)

    def make_mounted(self):
        path = self.make_mount()
        if spaces.is_root():
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "escape", path], check=True)
            self.mounts.append(path)
        return path

    # ---- sockets, and names of what is shared

    def make_tcp4(self):
        return self.listeners.tcp4.getsockname()[1]

    def make_tcp6(self):
        return self.listeners.tcp6.getsockname()[1]

    def make_udp(self):
        return self.listeners.udp.getsockname()[1]

    def make_unix(self):
        return self.listeners.path

    def make_letters(self):
        return self.listeners.letters_path

    def make_fresh_tcp4(self):
        """Nobody has connected to it yet."""
        self.listeners.fresh.append(socket.create_server(("127.0.0.1", 0)))
        return self.listeners.fresh[-1].getsockname()[1]

    def make_abstract(self):
        return self.listeners.name

    def make_port(self):
        return unused_port()

    def make_low_port(self):
        return low_port()

    def make_number(self):
        return 0x50520000 + (os.getpid() * 1000 + next(numbers)) % 0xffff

    def make_name(self):
        return f"e{os.getpid()}-{next(numbers)}"[:MOST_NAME]

    # ---- what another session makes

    def _shared(self, what, name, undo=None):
        letter, said = answer(self.sibling, f"try {what} {name}")
        if letter != COULD:
            raise NotMade(said)
        if undo is not None:
            self.last_words.append(f"try {undo} {name}")
        return name

    def make_its_shm(self):
        return self._shared("make-shm", self.make_number(), "remove-shm")

    def make_its_mq(self):
        return self._shared("make-mq", "/" + self.make_name(), "remove-mq")

    def make_its_key(self):
        return self._shared("make-key", self.make_name(), "remove-key")

    def make_its_abstract(self):
        return self._shared("make-abstract", self.make_name())

    def make_its_port(self):
        return self._shared("listen", unused_port())

    def make_its_tmp(self):
        return self._shared("create", self.make_tmp_new())

    def forget(self):
        """What the other session made is removed by it."""
        for line in self.last_words:
            answer(self.sibling, line)

    def close(self):
        self.listeners.close()
        for path in self.mounts:
            subprocess.run(["umount", "-l", path], check=False)
        for path in self.left:
            if os.path.lexists(path) and not os.path.isdir(path):
                os.unlink(path)
        shutil.rmtree(self.folder, ignore_errors=True)
