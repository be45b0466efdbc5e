#!/usr/bin/env python3
"""manual.py -- a page of the manual from what is written once

    manual.py SCDOC ROOT PAGE.scd     a page; @SETTINGS@ becomes what settings.def and
                                      settings.c say, @EXAMPLE@ is examples/prong.yaml
    manual.py SCDOC ROOT PAGE.md      a page of docs/ as prong-PAGE(7)

Prints roff.  scdoc leaves paragraphs in it that are empty, of which every linter of
manual pages complains: they are taken out.
"""

import re
import subprocess
import sys
from pathlib import Path

GROUPS = {
    "LISTENING": "Listening",
    "PROGRAM": "The program",
    "START": "Started before the client comes",
    "RIGHTS": "Whom it runs as, what it may use",
    "ISOLATION": "What it may do: isolation",
    "ADMISSION": "Who gets in: how many, how often",
    "RULES": "Who gets in: rules",
    "PENALTY": "Who gets in: penalties",
    "PROXY": "The real client behind a proxy",
    "ENDING": "How long",
}
UNITS = {
    "TIME": (("d", 86400000), ("h", 3600000), ("m", 60000), ("s", 1000), ("ms", 1)),
    "SIZE": (("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10), ("", 1)),
}
SUMMARY = {"control": "how a running server is looked at and steered"}


# ---- settings


def rows(path):
    """The arguments of each row of settings.def, quotes removed."""
    for found in re.finditer(r"^SETTING\((.*)\)$", path.read_text(), re.M):
        words = re.findall(r'"(?:[^"\\]|\\.)*"|[^,\s][^,]*', found[1])
        yield [word.strip().strip('"') for word in words]


def choices(path):
    """The words that a setting of kind CHOICE or FLAGS knows, by its field."""
    found = re.findall(r"^static const char \*const words_(\w+)\[\] = \{([^}]*)\}",
                       path.read_text(), re.M)
    return {field: re.findall(r'"([^"]*)"', words) for field, words in found}


def amount(kind, text):
    number = int(text, 8 if text.startswith("0") and text != "0" else 10)
    for unit, size in UNITS.get(kind, ()):
        if number >= size and number % size == 0:
            return f"{number // size}{unit}"
    return str(number)


def put_code(lines):
    return "```\n" + "\n".join(lines).replace("\\", "\\\\") + "\n```\n"


def put_settings(path):
    group = None
    words = choices(path.with_name("settings.c"))
    for name, kind, field, least, most, preset, where, argument, sentence in rows(path):
        if where != group:
            yield f"## {GROUPS[where]}\n\n"
            group = where
        more = ""
        if kind in ("COUNT", "NUMBER", "TIME", "SIZE"):
            more = f"; from {amount(kind, least)} to {amount(kind, most)}"
        elif kind == "LIST":
            more = "; one or a list"
        elif field in words and argument != "|".join(words[field]):
            last = ", or _none_" if kind == "FLAGS" else ""
            more = ": " + ", ".join(f"_{word}_" for word in words[field]) + last
        if preset:
            more += f". Default: _{escape(preset)}_"
        sentence = escape(sentence.replace("\\\\", "\\").replace("; may be repeated", ""))
        yield f"*{name}:* _{escape(argument)}_\n\t{sentence}{more}.\n\n"


# ---- from Markdown, as far as the pages of docs/ use it


def escape(text):
    return re.sub(r"([\\*_])", r"\\\1", text)


def inline(text):
    """Code becomes bold, a link its text."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    parts = text.split("`")
    return "".join(f"*{escape(part)}*" if i % 2 else escape(part)
                   for i, part in enumerate(parts))


def put_table(lines):
    """Two columns become a list of words and what they mean."""
    heading = lines[0].strip("| ").partition(" | ")[0]
    if " " in heading:
        yield f"{inline(heading[0].upper() + heading[1:])}:\n\n"
    for line in lines[2:]:
        word, _, meaning = line.strip("| ").partition(" | ")
        yield f"{inline(word)}\n\t{inline(meaning)}\n\n"


def put_markdown(name, text):
    yield f"prong-{name}(7)\n\n# NAME\n\nprong-{name} - {SUMMARY[name]}\n\n# DESCRIPTION\n\n"
    blocks = re.findall(r"^```[\s\S]*?^```|(?:^(?!```).+\n)+", text, re.M)
    for block in blocks[1:]:
        lines = block.strip("\n").split("\n")
        if lines[0].startswith("```"):
            yield put_code(lines[1:-1]) + "\n"
        elif lines[0].startswith("## "):
            yield f"# {lines[0][3:].upper()}\n\n"
        elif lines[0].startswith("|"):
            yield from put_table(lines)
        else:
            yield "\n".join(inline(line) for line in lines) + "\n\n"
    yield "# SEE ALSO\n\nprong(1), prong-ctl(1), unix(7)\n"


# ---- roff


def is_superfluous(lines, i):
    """A paragraph behind a heading, or one without text."""
    if lines[i] != ".P":
        return False
    before = lines[i - 1][:3] if i else ""
    after = lines[i + 1][:3] if i + 1 < len(lines) else ""
    return before in (".SH", ".SS", ".TH") or after in (".SH", ".SS", ".P", "")


def clean(roff):
    """The space behind an entry belongs behind its end, where it counts for all."""
    lines = roff.rstrip("\n").split("\n")
    while True:
        moved = "\n".join(lines).replace("\n.P\n.RE", "\n.RE\n.P").split("\n")
        kept = [line for i, line in enumerate(moved) if not is_superfluous(moved, i)]
        if kept == lines:
            return "\n".join(kept) + "\n"
        lines = kept


def page_text(root, path):
    text = path.read_text()
    if path.suffix == ".md":
        return "".join(put_markdown(path.stem, text))
    settings = put_settings(root / "src" / "conf" / "settings.def")
    example = (root / "examples" / "prong.yaml").read_text().rstrip("\n").split("\n")
    return (text.replace("@SETTINGS@\n", "".join(settings))
            .replace("@EXAMPLE@\n", put_code(example)))


def main():
    scdoc, root, page = sys.argv[1:]
    done = subprocess.run([scdoc], input=page_text(Path(root), Path(page)),
                          capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        sys.exit(f"manual.py: {page}: scdoc failed")
    sys.stdout.write(clean(done.stdout))


if __name__ == "__main__":
    main()
