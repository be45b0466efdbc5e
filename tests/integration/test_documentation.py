"""What the documentation shows can be done: configurations are read, options exist."""
import os
import re
import shlex
from pathlib import Path

import pytest

from harness.server import run

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/*.scd")])


def blocks(kinds):
    """(page:line, text) of the code blocks of these kinds, indented ones too."""
    for page in PAGES:
        text = page.read_text()
        for found in re.finditer(r"^( *)```(\w*)\n(.*?)^ *```$", text, re.M | re.S):
            if found[2] in kinds:
                line = text.count("\n", 0, found.start()) + 1
                body = re.sub(rf"^{found[1]}", "", found[3], flags=re.M)
                yield f"{page.relative_to(ROOT)}:{line}", body


def configurations():
    for where, text in blocks({"yaml", ""}):
        if re.search(r"^services:$", text, re.M):
            yield pytest.param(text, id=where)
    yield pytest.param((ROOT / "examples" / "prong.yaml").read_text(), id="examples/prong.yaml")


@pytest.mark.parametrize("text", configurations())
def test_every_configuration_is_read(tmp_path, text):
    (tmp_path / "site.yaml").write_text(text)
    done = run("explain", "-f", tmp_path / "site.yaml")
    assert done.returncode == 0, done.stderr
    for name in re.findall(r"^  ([a-z]+):", text.partition("services:\n")[2], re.M):
        assert re.search(rf"^{name}$", done.stdout, re.M)


def lines(kind, pattern):
    for where, text in blocks({kind}):
        for line in re.findall(pattern, text.replace("\\\n", " "), re.M):
            yield where, line


def commands():
    """Lines of examples that run prong, in words up to the program."""
    for kind, mark in (("console", r"\$ "), ("sh", "")):
        for where, line in lines(kind, rf"^{mark}((?:build/)?prong\b.*)$"):
            line = re.split(r" -- | \| | > | && | &$|#", line)[0]
            words = shlex.split(line)[1:]
            if words:
                yield pytest.param(words, id=f"{where}: {' '.join(words)}")


def options_of(words):
    text = run(words[0], "--help").stdout if words[0].isalpha() else ""
    if "[OPTIONS] [LISTEN" in text or "OPTIONS" not in text:
        text += run("--help").stdout
    return set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", text))


@pytest.mark.parametrize("words", commands())
def test_every_option_exists(words):
    known = options_of(words)
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in known


def test_there_is_something_to_look_at():
    assert len(list(configurations())) > 3 and len(list(commands())) > 30
    assert os.path.exists(ROOT / "docs" / "README.md")
