"""handlers -- the same echo in each language, for bar 9

Each sends a line back and ends at the end of its input.  What an interpreter does before
it reads is what starting ahead saves.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from .process import ENVIRONMENT

FOLDER = Path(__file__).resolve().parent.parent / "handlers"


@dataclass
class Handler:
    """A program and what bar 9 wants of it, against its fresh start; None: nothing."""

    name: str
    words: list
    first_byte: float = None
    rate: float = None
    is_quick: bool = False


HANDLERS = [
    Handler("cat", ["cat"], rate=4, is_quick=True),
    Handler("C, static", ["handler-echo"]),
    Handler("dash", ["dash", "echo.sh"]),
    Handler("bash", ["bash", "echo.sh"], first_byte=5, rate=4, is_quick=True),
    Handler("lua", ["lua5.4", "echo.lua"]),
    Handler("php", ["php", "echo.php"], first_byte=20, is_quick=True),
    Handler("perl", ["perl", "echo.pl"], first_byte=20, rate=10, is_quick=True),
    Handler("python3", ["python3", "echo.py"], first_byte=20, rate=3, is_quick=True),
    Handler("python3, heavy", ["python3", "echo_heavy.py"]),
    Handler("ruby", ["ruby", "echo.rb"]),
    Handler("node", ["node", "echo.js"]),
]


def program_of(handler, tools):
    """The command line, or None: that language is not installed."""
    name, *scripts = handler.words
    # Not one of a version manager's: it starts another program that starts the right one.
    path = tools.get(name) or shutil.which(name, path=ENVIRONMENT["PATH"])
    return [path, *[FOLDER / script for script in scripts]] if path else None
