"""Real programs, unmodified, started for the client and ahead of it: the same bytes.

One row for each program: what is run, what is in force for each `start`, and how its
answers look.  Only what happens by itself is asked for: no program here knows of prong.
"""
import re
from dataclasses import dataclass, field

import pytest

from harness import started
from harness.programs import script, tool

IN_A_ROW, AT_ONCE = 3, 8


def brackets(word):
    return f"{word}\n", f"<{word}>\n"


def echo(word):
    return f"{word}\n", f"{word}\n"


def calculator(word):
    number = int(re.sub(r"\D", "", word)) % 100
    return f"2^{number}\n", f"{2 ** number}\n"


def query(word):
    return f"select '<' || '{word}' || '>';\n", f"<{word}>\n"


@dataclass
class Program:
    """`clone`: why a copy is refused, as a pattern; None: it is not.  `warm` the same."""

    argv: callable
    talk: callable = brackets
    warm: str = None
    clone: str = None
    is_interactive: bool = True
    call: str = "."  # pattern of the call at which it is held
    options: list = field(default_factory=list)

    def expected(self, mode):
        """(what is in force, pattern of the reason)."""
        if mode in ("warm", "clone") and self.warm is not None:
            return "fresh", self.warm
        if mode == "clone" and self.clone is not None:
            return "warm", self.clone
        return mode, None


def run(interpreter, *words):
    """The interpreter with words of which the last is in the folder of programs."""
    return lambda build: [tool(interpreter), *words[:-1], script(words[-1])]


def plain(name, *words):
    return lambda build: [tool(name), *words]


def built(name, how):
    return lambda build: [build.path(name, how)]


AWK = '{ print "<" $0 ">"; fflush() }'
THREADS = "thread"

PROGRAMS = {
    "python": Program(run("python3", "lines.py")),
    "python-imports": Program(run("python3", "imports.py")),
    "python-fileno": Program(run("python3", "fileno.py")),
    "python-asyncio": Program(run("python3", "loop.py"), clone="epoll|socket"),
    "python-threads": Program(run("python3", "threads.py"), clone=THREADS),
    "perl": Program(run("perl", "lines.pl")),
    "bash": Program(run("bash", "lines.sh")),
    "dash": Program(run("dash", "lines.sh")),
    "busybox-sh": Program(run("busybox", "sh", "lines.sh")),
    "busybox-cat": Program(plain("busybox", "cat"), echo),
    "lua": Program(run("lua5.4", "lines.lua")),
    "php": Program(run("php", "lines.php")),
    "ruby": Program(run("ruby", "lines.rb"), clone="thread|event|timer"),
    "node": Program(run("node", "lines.js"), clone="thread|event|epoll"),
    "go": Program(built("lines", "go"), clone=THREADS),
    "c-static": Program(built("lines", "static"), call=r"read\(0\)"),
    "c-dynamic": Program(built("lines", "dynamic"), call=r"read\(0\)"),
    "c-musl": Program(built("lines", "musl"), call=r"readv?\(0\)"),
    "mawk": Program(plain("mawk", "-W", "interactive", AWK)),
    "gawk": Program(plain("gawk", AWK)),
    "bc": Program(plain("bc", "-q"), calculator, is_interactive=False),
    "sqlite": Program(plain("sqlite3", "-batch"), query, is_interactive=False),
    "cat": Program(plain("cat"), echo),
    "grep": Program(plain("grep", "--line-buffered", "."), echo),
    "sed": Program(plain("sed", "-u", "s/.*/<&>/")),
    "tclsh": Program(run("tclsh", "lines.tcl")),
}


def converse(program, client, name):
    """Some exchanges, and the end; whatever is not as it should be fails."""
    if program.is_interactive:
        for i in range(3):
            sent, wanted = program.talk(f"{name}{i}")
            client.send(sent)
            assert client.read(len(wanted)) == wanted.encode()
    pairs = [program.talk(f"{name}{i}") for i in range(100)]
    answer = client.exchange("".join(sent for sent, _ in pairs))
    assert answer == "".join(wanted for _, wanted in pairs).encode()


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_answers_the_same_however_it_was_started(prong, build, name, mode):
    program = PROGRAMS[name]
    server = prong("--start", mode, "--spares-min", 2, *program.options,
                   program=program.argv(build))
    force, refusal = program.expected(mode)
    if refusal:
        server.expect(started.FALLBACK)
    for i in range(IN_A_ROW):
        if mode != "fresh":
            started.check_in_force(started.wait_ready(server), force, refusal, program.call)
        with server.connect() as client:
            converse(program, client, f"{i}")
            assert started.began_as(server, client) == force
        assert server.end(client).get("status") == 0

    clients = [server.connect() for _ in range(AT_ONCE)]
    results = started.at_once(
        AT_ONCE, lambda number: converse(program, clients[number], f"{number}"))
    assert results == [None] * AT_ONCE
    for client in clients:
        assert server.end(client).get("status") == 0
