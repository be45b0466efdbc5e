"""instance -- a server with a configuration, to be reloaded and upgraded

The command that runs is a copy, so that another file can be put in its place.
"""
import json
import os
import shutil
import signal
import time

from . import ALARM, procs
from .server import PRONG, is_sanitized, run

# A fresh allocator's arenas come and go; a leak of every turn is far above.
GROWTH_KB = 1500
LISTENS = "00010000"  # the flags of a socket in /proc/net/unix


class Instance:
    """`make` is the fixture prong; `config` the text of its file."""

    def __init__(self, make, folder, config, *args, **kw):
        self.folder = folder
        self.path = str(folder / "served.yaml")
        self.binary = str(folder / "prong")
        if not os.path.exists(self.binary):
            shutil.copy(PRONG, self.binary)
        self.configure(config)
        # With it each page of a pool is touched, whether or not it is ever used.
        kw.setdefault("env", {**os.environ, "MALLOC_PERTURB_": "0"})
        self.server = make(
            "-f", self.path, *args, listen=(), program=(), binary=self.binary, **kw
        )
        self.at = 0

    def __getattr__(self, name):
        return getattr(self.server, name)

    # ---- the files

    def configure(self, text):
        """In one step, as an editor does it."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path + ".new", self.path)

    def install(self, content=None, mode=0o755, source=PRONG):
        """Another program in the place of the one that runs."""
        new = self.binary + ".new"
        if content is None:
            shutil.copy(source, new)
        else:
            with open(new, "wb") as file:
                file.write(content)
        os.chmod(new, mode)
        os.rename(new, self.binary)

    # ---- what is asked of it

    def next_event(self, *names, seconds=ALARM):
        """The first of these events after the one that was returned last."""
        event, self.at = self.server.journal.next(self.at, names, seconds)
        return event

    def reload(self):
        """The event that tells how it went."""
        self.server.send_signal(signal.SIGHUP)
        return self.next_event("reloaded", "reload-failed")

    def upgrade(self):
        self.server.send_signal(signal.SIGUSR2)
        return self.upgrade_end()

    def upgrade_end(self):
        """Of the next upgrade, whoever asks for it."""
        self.next_event("upgrading")
        return self.next_event("upgraded", "upgrade-failed")

    def command(self, *words):
        """prong WORDS for this instance: what it did."""
        return run(*words, "--instance", self.server.pid)

    def stats(self):
        return json.loads(self.command("stats", "--json").stdout)[0]

    # ---- what must be true

    def census(self):
        """How many descriptors of each kind, when nobody is at the control socket: whoever
        looks for servers comes to that of each, other tests' commands as well."""
        while True:
            procs.wait_until(lambda: not self.is_asked(), "nobody is at the control socket")
            first = self.count_kinds()
            time.sleep(0.05)
            if self.count_kinds() == first and not self.is_asked():
                return first

    def is_asked(self):
        """Has its control socket a client?"""
        pid = self.server.pid
        with open(f"/proc/{pid}/net/unix", encoding="utf-8", errors="replace") as file:
            rows = [line.split() for line in file]
        return any(f"/{pid}.sock" in row[-1] and row[3] != LISTENS for row in rows)

    def count_kinds(self):
        """Numbers and inodes may change, and one that is kept free for a pipe holds
        /dev/null or the last pipe."""
        kinds = {}
        for target in self.server.fds().values():
            kind = target.replace("/dev/null", "pipe").split(":")[0]
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def wait_census(self, wanted):
        procs.wait_until(
            lambda: self.census() == wanted,
            f"descriptors {wanted}, but there are {self.census()}",
        )

    def memory_kb(self):
        return int(procs.status(self.server.pid, "VmRSS").split()[0])

    def check_memory(self, before):
        grown = self.memory_kb() - before
        assert is_sanitized() or grown < GROWTH_KB, f"{grown} KB more than before"

    def check_books(self):
        """Every session that began has ended, once, and the counts are the log's, which
        comes later than a client's last byte."""
        procs.wait_until(lambda: self.stats()["live"] == 0, "no session", ALARM)
        stats = self.stats()
        assert self.server.journal.wait_count("session-end", stats["ended"]), self.server.log()
        begun = [event["id"] for event in self.server.events("session-begin")]
        ended = [event["id"] for event in self.server.events("session-end")]
        twice = sorted(id for id in set(begun) if begun.count(id) > 1)
        lines = [self.server.events("session-begin", id=id) for id in twice]
        assert not twice, f"began twice: {lines}"
        assert sorted(begun) == sorted(ended), set(begun) ^ set(ended)
        assert stats["accepted"] == len(begun) and stats["ended"] == len(ended), stats
        assert stats["live"] == 0 and stats["failed"] == 0, stats
        procs.wait_until(lambda: not procs.zombies(self.server.pid), "no zombie")


def service(name, *listens, program='"@echo"', **settings):
    """The lines of one service."""
    lines = [f"  {name}:", f"    listen: [{', '.join(map(json.dumps, listens))}]",
             f"    program: [{program}]"]
    lines += [f"    {key.replace('_', '-')}: {value}" for key, value in settings.items()]
    return "\n".join(lines) + "\n"


def config(*services, head=""):
    return head + "services:\n" + "".join(services)
