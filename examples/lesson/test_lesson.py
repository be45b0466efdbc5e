#!/usr/bin/python3
"""Proves of each step of the lesson what the table says: which faults it has.

    test_lesson.py FOLDER STEP      FOLDER has the programs; STEP: "03-bytes"
    test_lesson.py text             the texts have this table; every step compiles
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lesson_checks as checks
import lesson_checks_more as more
from lesson_checks import HAS, NONE, NOT
from lesson_server import Server, become_subreaper

HERE = Path(__file__).parent
STEPS = sorted(path.stem for path in HERE.glob("[01]*.c"))

# The fault, its function, and which steps have it: 01 to 12.
TABLE = [
    ("acceptor", checks.accepts_too, "✗✓✓✓✓✓✓✓✓✓✓✓"),
    ("leak", checks.descriptor_leaks, "✗✓✓✓✓✓✓✓✓✓✓✓"),
    ("remains", checks.processes_stay, "✗✓✓✓✓✓✓✓✓✓✓✓"),
    ("half-close", checks.half_close_hangs, "✗✓✓✓✓✓✓✓✓✓✓✓"),
    ("nul", checks.cut_at_nul, "✗✗✓✓✓✓✓✓✓✓✓✓"),
    ("memory", checks.other_memory, "✗✗✓✓✓✓✓✓✓✓✓✓"),
    ("short-write", checks.interrupted_write, "✗✗✓✓✓✓✓✓✓✓✓✓"),
    ("eintr", checks.interrupted_read, "✗✗✓✓✓✓✓✓✓✓✓✓"),
    ("read", checks.failing_read, "✗✗✓✓✓✓✓✓✓✓✓–"),
    ("sigpipe", checks.killed_by_sigpipe, "✗✗✓✓✓✓✓✓✓–––"),
    ("accept", checks.accept_ends_it, "✗✗✗✓✓✓✓✓✓✓✓✓"),
    ("handler", more.prints_in_handler, "✗✗✗✗✓✓✓✓✓✓✓✓"),
    ("pid", more.says_signal_for_pid, "✗✗✗✗✓✓✓✓✓✓✓✓"),
    ("late-log", more.log_is_late, "✗✗✗✗✓✓✓✓✓✓✓✓"),
    ("copied-log", more.children_repeat_log, "–✗✗✗✓✓✓✓✓✓✓✓"),
    ("fork", checks.fork_fails, "✗✗✗✗✗✓✓✓✓✓✓✓"),
    ("limits", more.no_limits, "✗✗✗✗✗✓✓✓✓✓✓✓"),
    ("endless", more.no_time_limit, "✗✗✗✗✗✓✓✓✓✓✓✓"),
    ("reset", more.refusal_is_reset, "–––––✗✓✓✓✓✓✓"),
    ("address", more.one_address, "✗✗✗✗✗✗✗✓✓✓✓✓"),
    ("restart", more.restart_fails, "✗✗✗✗✗✗✗✓✓✓✓✓"),
    ("ntop", more.inet_ntop_size, "✗✗✗✗✗✗✗✓✓✓✓✓"),
    ("sigchld", more.strangers_are_reaped, "✗✗✗✗✗✗✗✗✓✓✓✓"),
    ("copy", more.server_is_copied, "✗✗✗✗✗✗✗✗✗✓✓✓"),
    ("on-demand", more.made_on_demand, "✗✗✗✗✗✗✗✗✗✗✓✓"),
]
# What asks for fail.so, which a sanitizer's program cannot have before itself.
PRELOADED = ("accept", "handler", "ntop", "sigchld", "copy")


class Step:
    def __init__(self, folder, name):
        self.program = str(Path(folder, name).resolve())
        self.preload = str(Path(folder, "fail.so").resolve())
        self.number = int(name[:2])
        self.is_last = self.number == len(STEPS)
        self.is_sanitized = "libasan" in linked(self.program) or is_instrumented(self.program)

    def expects(self, fault):
        return next(row[self.number - 1] for name, _, row in TABLE if name == fault)

    def server(self, port=0, seconds=60, address="127.0.0.1", **options):
        return Server(self.program, port, seconds, address, preload=self.preload, **options)


def linked(program):
    return subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True,
                          check=False).stdout


def is_instrumented(program):
    return b"__asan_init" in Path(program).read_bytes()


def check_step(step, fault, check, expected):
    """False: it is not what the table says."""
    if step.is_sanitized and fault in PRELOADED or expected == NONE and step.number > 6:
        print(f"{fault}: not looked at")
        return True
    begun = time.monotonic()
    found = check(step)
    print(f"{fault}: {found or 'cannot be seen on this machine'} "
          f"({time.monotonic() - begun:.2f} s)", flush=True)
    if found in (expected, None):
        return True
    print(f"    but the table says {expected}")
    return False


def check_steps(folder, name):
    step = Step(folder, name)
    with step.server(seconds=1) as server:
        step.time_limit = more.TimeLimit(step, server)
        return all([check_step(step, fault, check, row[step.number - 1])
                    for fault, check, row in TABLE])


def table_of(path):
    """{fault: row} of the table in a text."""
    rows = {}
    for line in path.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        row = "".join(cells[-len(STEPS):])
        if len(row) == len(STEPS) and set(row) <= set(HAS + NOT + NONE):
            rows[cells[0].strip("`")] = row
    return rows


def blocks_of(path):
    """What is typed and what is seen, of a text."""
    return re.findall(r"```.*?```", path.read_text(), re.S)


def check_text():
    assert blocks_of(HERE / "README.md") == blocks_of(HERE / "README.zh.md")
    for name in ("README.md", "README.zh.md"):
        assert table_of(HERE / name) == {fault: row for fault, _, row in TABLE}, name
        text = (HERE / name).read_text()
        for step in STEPS:
            assert f"{step}.c" in text, f"{name} does not speak of {step}"


def check_compilers():
    """Optimized, when compilers see most; the build has them as a student compiles them."""
    found = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
    assert found, "no compiler"
    for path in sorted(HERE.glob("*.c")):
        for compiler in found:
            subprocess.run(
                [compiler, "-Wall", "-Wextra", "-Werror", "-O2", "-c", "-fPIC", path,
                 "-I", HERE / "../../include", "-o", os.devnull], check=True)


def check_exercise():
    """Without its loop the handler of step 02 leaves zombies: the text's own command."""
    with tempfile.TemporaryDirectory() as folder:
        changed = (HERE / "02-leave.c").read_text().replace("while (waitpid", "if (waitpid")
        Path(folder, "02-once.c").write_text(changed)
        subprocess.run(["cc", "-Wall", "02-once.c", "-o", "02-once"], cwd=folder, check=True)
        with Server(f"{folder}/02-once", 0) as server:
            assert checks.count_zombies(server) > 0


def main(words):
    become_subreaper()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever waits for us gives up
    if words == ["text"]:
        check_text()
        check_compilers()
        check_exercise()
        return 0
    return 0 if check_steps(*words) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
