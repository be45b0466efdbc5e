"""The tutorial: its code stands in the files, its commands do what it says, step by step."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lab import ASAN, NOBODY, WAIT, make_folder

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGES = (ROOT / "docs/tutorial.md", ROOT / "docs/tutorial.zh.md")

# What differs each time: times, ids, numbers with their units, hashes.
VOLATILE = re.compile(
    r"(?P<clock>\d\d:\d\d:\d\d)|(?P<id>(?<=keyvalue\[)[0-9A-Z]{13})|(?P<hash>\$y\$\S+)"
    r"|(?P<list>(?<=in force: ).*)|(?P<number>\d[\d.]*( (ms|s|KB|MB)\b)?)")
PATTERNS = {"clock": r"\d\d:\d\d:\d\d", "id": "[0-9A-Z]{13}", "hash": r"\$y\$\S+",
            "list": ".*", "number": r"\d[\d.]*( \w+)?"}

NC = """#!/usr/bin/python3
import socket, sys
client = socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=60)
try:
    client.sendall(sys.stdin.buffer.read())
    client.shutdown(socket.SHUT_WR)
except OSError:
    pass  # it has been closed: what it had to say is there
try:
    while got := client.recv(65536):
        sys.stdout.buffer.write(got)
except ConnectionError:
    pass
"""


def sections(page):
    """(title, text) of each step."""
    parts = re.split(r"^## (\d+\. .*)$", page.read_text(), flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def blocks(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def files_of(text):
    return [ROOT / "docs" / name for name in re.findall(r"\]\((\.\./examples/[^)]+)\)", text)]


def as_pattern(line):
    pattern, at = "", 0
    for found in VOLATILE.finditer(line):
        pattern += re.escape(line[at:found.start()]) + PATTERNS[found.lastgroup]
        at = found.end()
    return pattern + re.escape(line[at:])


def fits(said, wanted):
    """A wanted line "..." is any number of lines."""
    pattern = "".join("(.*\n)*" if line == "..." else as_pattern(line) + "\n"
                      for line in wanted)
    return re.fullmatch(pattern, said) is not None


def test_as_pattern_knows_what_differs():
    assert fits("13:00:00 a[1]: 3 ms\n", ["12:34:56 a[22]: 1.5 s"])
    assert not fits("13:00:00 b[1]: 3 ms\n", ["12:34:56 a[22]: 1.5 s"])
    assert not fits("OK\nOK\n", ["OK"])
    assert fits("a\nb\nc\n", ["a", "...", "c"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_stands_in_the_files(page):
    count = 0
    for title, text in sections(page):
        sources = "".join(path.read_text() for path in files_of(text))
        for block in blocks(text, "c"):
            assert block in sources, f"{page.name}: {title}:\n{block}"
            count += 1
    assert count > 20


def test_both_languages_have_the_same_code_commands_and_files():
    mine, theirs = (sections(page) for page in PAGES)
    assert len(mine) == len(theirs) == 8
    for (title, one), (_, other) in zip(mine, theirs):
        assert blocks(one, "[a-z]*") == blocks(other, "[a-z]*"), title
        assert files_of(one) == files_of(other), title


def unused_port():
    """Below those that the kernel gives to clients, of other tests too."""
    while True:
        port = random.randrange(10000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def look(path):
    try:
        return path.read_text(errors="replace")
    except OSError as error:
        return str(error)


class Shell:
    """The reader's folder and terminal; as root the reader is nobody."""

    def __init__(self):
        self.home = make_folder()
        self.work = self.home / "work"
        self.work.mkdir()
        self.port = str(unused_port())
        self.server = None
        self.install()
        if os.geteuid() == 0:
            os.chown(self.work, NOBODY, NOBODY)

    def install(self):
        """libprong, as pkg-config knows it, and nc."""
        for name in ("bin", "lib", "pkgconfig"):
            (self.home / name).mkdir()
        library = self.home / "lib/libprong.a"
        shutil.copy(os.environ["KEYVALUE_LIBRARY"], library)
        shutil.copytree(ROOT / "include", self.home / "include")
        sanitize = os.environ.get("KEYVALUE_SANITIZE", "none")
        flags = "" if sanitize == "none" else f"-fsanitize={sanitize}"
        (self.home / "pkgconfig/libprong.pc").write_text(
            "Name: libprong\nDescription: of this build\nVersion: 0\n"
            f"Cflags: -I{self.home}/include -Wall -Wextra -Werror {flags}\n"
            f"Libs: {library} -lseccomp {flags}\n")
        (self.home / "bin/nc").write_text(NC)
        (self.home / "bin/nc").chmod(0o755)
        self.env = {"PATH": f"{self.home}/bin:/usr/bin:/bin", "HOME": str(self.work),
                    "PKG_CONFIG_PATH": f"{self.home}/pkgconfig", "TZ": "UTC",
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}

    def take(self, path):
        text = path.read_text()
        if ASAN:  # its shadow is larger than what `strict` allows
            strict = '{ "isolation", "strict" },'
            text = text.replace(strict, strict + ' { "limit", "data=unlimited" },')
        (self.work / path.name).write_text(text)

    def start(self, command):
        user = [] if os.geteuid() != 0 else [
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return subprocess.Popen([*user, "bash", "-c", command], cwd=self.work, env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, command):
        return self.start(command).communicate(timeout=WAIT)[0]

    def is_listening(self):
        local = f"0100007F:{int(self.port):04X} "
        lines = Path("/proc/net/tcp").read_text().splitlines()
        return any(local in line and " 0A " in line for line in lines)

    def what_it_does(self):
        """Of each process here: where it waits in the kernel, what it has open; and the log."""
        group = subprocess.run(["pgrep", "-g", str(os.getpgrp())], stdout=subprocess.PIPE,
                               text=True, check=False).stdout.split()
        said = [look(Path("/proc/net/tcp")), look(self.work / "log")]
        for pid in group:
            said += [look(Path("/proc", pid, name))
                     for name in ("cmdline", "status", "wchan", "stack")]
            with contextlib.suppress(OSError):
                said += [f"{fd.name} {os.readlink(fd)}"
                         for fd in Path("/proc", pid, "fd").iterdir()]
        return "\n".join(said)

    def begin(self, command):
        """Until clients find what a reader finds, who is slower: spares too, if it makes any."""
        self.server = self.start("exec " + command)
        self.wait(self.is_listening)
        if any('"spare"' in path.read_text() for path in self.work.glob("*.c")):
            self.wait(lambda: " ready" in look(self.work / "log"))

    def wait(self, condition):
        deadline = time.monotonic() + WAIT
        while not condition():
            assert self.server.poll() is None, self.server.communicate()[0]
            assert time.monotonic() < deadline, self.what_it_does()
            time.sleep(0.01)

    def are_sessions_over(self):
        """Each that the log tells of."""
        log = look(self.work / "log")
        return all(f"keyvalue[{name}]: end " in log
                   for name in re.findall(r"keyvalue\[(\w+)\]: begin ", log))

    def do(self, command, wanted):
        if command.endswith(" &"):
            self.begin(command[:-2])
        elif found := re.fullmatch(r"kill (-HUP )?%1", command):
            self.wait(self.are_sessions_over)
            self.server.send_signal(signal.SIGHUP if found[1] else signal.SIGTERM)
            if not found[1]:
                self.server.wait(WAIT)
                self.server.stdout.close()
        else:
            self.hear(command, wanted)

    def hear(self, command, wanted):
        deadline = time.monotonic() + WAIT
        said = self.run(command)
        # The log of a session's end may come after its client has gone.
        while not fits(said, wanted) and re.match("(cat|tail) .*log$", command):
            assert time.monotonic() < deadline, said
            said = self.run(command)
        assert fits(said, wanted), f"$ {command}\n{said}"

    def close(self):
        if self.server is not None and self.server.poll() is None:
            self.server.kill()
            self.server.wait(WAIT)
        shutil.rmtree(self.home)


def commands(text):
    """(command, what it says) of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *said = part.splitlines()
        yield command, said


def test_the_commands_do_what_the_text_says():
    shell = Shell()
    try:
        for _, text in sections(PAGES[0]):
            for path in files_of(text):
                if path.suffix in (".c", ".h", ".conf"):
                    shell.take(path)
            for block in blocks(text, "console"):
                for command, said in commands(block):
                    shell.do(command.replace("7878", shell.port), said)
    finally:
        shell.close()


def test_each_step_is_a_program_of_its_own():
    """Nothing is in a folder that no step of the text names."""
    named = {path.resolve() for page in PAGES for _, text in sections(page)
             for path in files_of(text)}
    for path in sorted(HERE.rglob("*.[ch]")):
        assert path.resolve() in named, path
