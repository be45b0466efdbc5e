"""escape -- the program of that name, let loose under a preset and as somebody

`Column` is one column of a table: a server, and each row tried by a session of its own.
"""
import fcntl
import glob
import json
import os
import pathlib
import pwd
import re
import select
import socket
import subprocess

from . import ALARM, procs, spaces, started
from .client import Client
from .targets import APART, COULD, COULD_NOT, KILLED, NeedsRoot, NotMade, Targets, answer

HERE = pathlib.Path(__file__).resolve().parent.parent
NOBODY = pwd.getpwnam("nobody").pw_uid
PRESETS = ("none", "basic", "strict")
# As in the head of test_escape.py: r, u, R, U.
WHO = ("root", "user", "contained root", "contained user")
COLUMNS = [(preset, who) for preset in PRESETS for who in WHO]
SECRET = "PRONG_TEST_SECRET"

NUMBERS = {
    "NEWUSER": 0x10000000, "NEWNS": 0x20000, "NEWPID": 0x20000000, "NEWNET": 0x40000000,
    "NEWIPC": 0x8000000, "NEWUTS": 0x4000000, "NEWCGROUP": 0x2000000, "NEWTIME": 0x80,
    "SYS_ADMIN": 21, "NET_ADMIN": 12, "CHOWN": 0, "NOFILE": 7, "SECRET": SECRET,
}


def build(folder):
    """The path of the program: ESCAPE as meson says, or compiled into the folder."""
    if "ESCAPE" in os.environ:
        return os.path.abspath(os.environ["ESCAPE"])
    path = os.path.join(folder, "escape")
    sources = [str(source) for source in (HERE / "escape").glob("*.c")]
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(os.path.getmtime(source) for source in sources)
        if not os.path.exists(path) or os.path.getmtime(path) < newest:
            subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread", "-o",
                            path, *sources], check=True)
    return path


def uid_of(who):
    if not spaces.is_root():
        return os.geteuid()
    return NOBODY if who.endswith("user") else 0


def become(who, contained):
    """(words before a command, what Popen needs) to be that one; `contained` is the program
    of that name."""
    if who == "root" or not spaces.is_root():
        return [], {}
    if who == "user":
        return [], {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return [contained, *(["--user", str(NOBODY)] if who.endswith("user") else [])], {}


class Attempts:
    """connect() gives a new client of the program; `sibling` is one that stays; is_over(client)
    says whether the process of that client has ended."""

    def __init__(self, connect, targets, sibling, is_over):
        self.connect, self.targets, self.sibling = connect, targets, sibling
        self.is_over = is_over
        targets.sibling = sibling
        assert answer_line(sibling, "arm") == "armed"

    def run(self, row):
        """(letter, what was said)"""
        try:
            line = "try " + row.format_map(self.targets)
        except NeedsRoot:
            return APART, "needs root"
        except NotMade as failure:
            return COULD_NOT, f"the other session: {failure}"
        name, _, argument = line[4:].partition(" ")
        before = int(answer_line(self.sibling, "count"))
        with self.connect() as client:
            letter, said = answer(client, line)
            if name == "reconnect" and letter == KILLED:
                letter = wait_call(self, client)
            if letter == COULD and name in SEEN and not SEEN[name](self, argument, before):
                letter, said = COULD_NOT, said + ", but nothing came of it"
        return letter, said


def answer_line(client, line):
    client.command(line)
    return client.read_line().decode()


# What is seen from outside: did it really?

def is_received(listener):
    found = bool(select.select([listener], [], [], 1)[0])
    if found:
        listener.recv(16)
    return found


def came_by_udp(attempts, _argument, _before):
    return is_received(attempts.targets.listeners.udp)


def came_by_letter(attempts, _argument, _before):
    return is_received(attempts.targets.listeners.letters)


def wait_call(attempts, client):
    """Has the newest listener a client?  That none will come is known when the program has
    ended."""
    listener = attempts.targets.listeners.fresh[-1]

    def look():
        is_over = attempts.is_over(client)
        called = select.select([listener], [], [], 0)[0]
        return COULD if called else COULD_NOT if is_over else None

    return procs.wait_until(look, "the program calls, or ends")


def can_be_reached(_attempts, argument, _before):
    try:
        socket.create_connection(("127.0.0.1", int(argument)), 1).close()
    except OSError:
        return False
    return True


def left_a_core(_attempts, argument, _before):
    found = glob.glob(os.path.join(argument, "core*"))
    for path in found:
        os.unlink(path)
    return bool(found)


def was_counted(attempts, _argument, before):
    return int(answer_line(attempts.sibling, "count")) > before


SEEN = {
    "udp": came_by_udp,
    "unix-by-pair": came_by_letter,
    "listen": can_be_reached,
    "core": left_a_core,
    "sigio": was_counted,
}


# ---- without a server: what the machine gives to anybody

class Outside:
    """Processes of the program that are nobody's sessions."""

    def __init__(self, words, **popen):
        self.words, self.popen = words, popen
        self.processes = []

    def connect(self):
        ours, theirs = socket.socketpair()
        self.processes.append(subprocess.Popen(
            self.words, stdin=theirs, stdout=theirs, start_new_session=True, **self.popen))
        theirs.close()
        return PairClient(ours, self.processes[-1])

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


class PairClient(Client):
    """A client with a socket that is connected already."""

    def __init__(self, ours, process):
        self.socket, self.rest, self.process = ours, b"", process
        self.socket.settimeout(ALARM)


class Column:
    """A server under one preset, as one of WHO."""

    def __init__(self, start, program, become, preset, who, *options):
        self.how = dict(zip(options, options[1:])).get("--start", "fresh")
        self.uid = NOBODY if preset == "strict" and spaces.is_root() else uid_of(who)
        self.program, self.who = program, who
        self.words, popen = become
        self.attempts = None
        self.all_targets = [Targets(program, self.uid, uid_of(who))]
        try:
            self.begin(start, popen, preset, options)
        except BaseException:
            self.close()
            raise

    def begin(self, start, popen, preset, options):
        targets = self.all_targets[0]
        words = [word.format_map(targets) for word in options]
        self.server = self.serve(
            start, preset, words, env={**os.environ, SECRET: "x"},
            wrapper=["prlimit", "--core=unlimited", "--", *self.words], **popen)
        self.server.expect("forbidden")
        sibling = self.connect_sibling()
        self.attempts = self.make_attempts(
            self.connect, targets, sibling, self.server.begin(sibling)["pid"], self.is_over)

    def is_over(self, client):
        return bool(self.server.events("session-end", source=client.name))

    def make_attempts(self, connect, targets, sibling, pid, is_over):
        targets.update(NUMBERS, server=self.server.pid, server_port=self.server.port(),
                       sibling=pid, warden=self.warden())
        return Attempts(connect, targets, sibling, is_over)

    def serve(self, start, preset, words, **kw):
        return start("--isolation", preset, *words, program=[self.program], **kw)

    def connect_sibling(self):
        return self.connect()

    def warden(self):
        return procs.warden(self.server.pid)

    def connect(self):
        if self.how != "fresh":
            started.wait_ready(self.server)
        return self.server.connect()

    def outside_run(self, rows):
        """What the same user can do without prong."""
        ids = {"user": self.uid, "group": self.uid, "extra_groups": []}
        words = self.words if self.uid == uid_of(self.who) else []
        outside = Outside(
            [*words, self.program], **(ids if not words and spaces.is_root() else {}))
        try:
            sibling = outside.connect()
            self.all_targets.append(Targets(self.program, self.uid, uid_of(self.who)))
            attempts = self.make_attempts(
                outside.connect, self.all_targets[-1], sibling, sibling.process.pid,
                lambda client: client.process.poll() is not None)
            found = {row: attempts.run(row) for row in rows}
            attempts.targets.forget()
            return found
        finally:
            outside.close()

    def check(self, table, preset):
        """All rows of it; where it could not what it should, neither can it without prong."""
        expected = {row: letters[preset, self.who] for row, letters in table.items()}
        expected = {row: letter for row, letter in expected.items() if letter != APART}
        found = {row: self.attempts.run(row) for row in expected}
        print("\n".join(f"{row:36} {letter}  {said}" for row, (letter, said) in found.items()))
        doubtful = [row for row in expected if found[row][0] != expected[row]
                    and (preset == "none" or expected[row] == COULD)]
        outside = self.outside_run(doubtful) if doubtful else {}
        found.update({row: (expected[row], "") for row in doubtful
                      if outside[row][0] == found[row][0]})
        assert not difference(expected, found), "\n" + difference(expected, found)

    def close(self):
        if self.attempts is not None:
            self.attempts.targets.forget()
        for targets in self.all_targets:
            targets.close()


class Neighbours(Column):
    """The other session is one of another service of the same server."""

    def serve(self, start, preset, words, **kw):
        # Where nobody else may write, or root is warned.
        path = pathlib.Path(self.program + ".json")
        service = {"listen": "127.0.0.1:0", "program": [self.program], "isolation": preset}
        path.write_text(json.dumps({"services": {"one": service, "other": service}}))
        return start("-f", str(path), *words, listen=(), program=(), **kw)

    def connect_sibling(self):
        return self.server.connect(1)


# ---- tables

def read_table(text, columns=None):
    """{row: {column: letter}} of lines "ROW   LETTERS   # comment"; one that begins with a
    blank is the head."""
    table, columns = {}, columns or COLUMNS
    for line in text.splitlines():
        line = line.partition("#")[0].rstrip()
        if not line or line[0] == " ":
            continue
        row, letters = re.fullmatch(r"(\S.*?)\s{2,}((?:[ynk-]\s*)+)", line).groups()
        letters = re.sub(r"\s", "", letters)
        assert len(letters) == len(columns), f"{row}: {len(letters)} of {len(columns)} columns"
        assert row not in table, f"{row} is there twice"
        table[row] = dict(zip(columns, letters))
    return table


def difference(expected, found):
    """As a table, "" if there is none."""
    lines = [f"{row:36} {expected[row]} expected, {found[row][0]} found: {found[row][1]}"
             for row in expected if found[row][0] not in (expected[row], APART)]
    return "\n".join(lines)
