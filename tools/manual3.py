#!/usr/bin/env python3
"""manual3.py -- a page of section 3, with what the public headers say

    manual3.py page SCDOC ROOT PAGE.scd      prints roff
    manual3.py example PAGE.scd              prints the page's first example as a file of C

In a page a line "@synopsis NAME ... ; NAME ...@" becomes the prototypes of these functions
and the types of these callbacks, a gap for each ';'; "@struct NAME@", "@enum NAME@" and
"@define PREFIX@" what is defined, with its comments.  Parameters that have no name in a
header get that of their type.  C between lines of ``` is C as it stands.
"""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

sys.dont_write_bytecode = True

from manual import clean  # noqa: E402

WIDTH = 70  # of text: man(1) leaves that much of 80 columns
CODE_WIDTH = WIDTH - 4
COMMENT_AT = 28


# ---- the headers


def headers(root):
    paths = sorted((root / "include" / "prong").glob("*.h"))
    return "\n".join(path.read_text() for path in paths)


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def declarations(root):
    """Of each function and each type of a callback: its declaration on one line."""
    text = without_comments(headers(root))
    found = {}
    for whole in re.findall(r"\bPRONG_API\s+([^;{#]*?);", text):
        line = " ".join(whole.split())
        found[re.search(r"(\w+)\(", line)[1]] = line + ";"
    for whole in re.findall(r"\btypedef\s+([^;{]*?);", text):
        line = " ".join(whole.split())
        found[re.search(r"(\w+)\(", line)[1]] = "typedef " + line + ";"
    return found


def functions(root):
    return {name for name, line in declarations(root).items() if line[:7] != "typedef"}


def definitions(root, kind):
    """Of each struct or enum, its body."""
    found = re.findall(rf"^{kind} (\w+) \{{\n(.*?)^\}};", headers(root), re.M | re.S)
    return dict(found)


def constants(root):
    """Of each macro with a value: that, and its comment."""
    return re.findall(r"^#define (PRONG_\w+) (\d+) +/\* (.*?) \*/", headers(root), re.M)


# ---- prototypes


def name_of_type(kind):
    word = kind.replace("const ", "").replace("struct ", "").strip(" *")
    if word == "prong":
        return "server"
    return word.removesuffix("_fn").rpartition("_")[2]


def parameter(text):
    """(type, name, what follows the name)"""
    if text == "void":
        return text, "", ""
    found = re.fullmatch(r"(.*?[ *])(\w+)(\[\])?", text)
    if found is None:
        return text, name_of_type(text), ""
    return found[1], found[2], found[3] or ""


def prototype(line):
    """Lines of roff; what a page speaks of is in italics."""
    head, _, tail = line.partition("(")
    pieces = [parameter(piece.strip()) for piece in tail.rstrip(");").split(", ")]
    lines, length = [roff(head) + "("], len(head) + 1
    for i, (kind, name, end) in enumerate(pieces):
        end += ");" if i + 1 == len(pieces) else ","
        size = len(kind) + len(name) + len(end)
        if length + size > WIDTH:
            lines[-1] = lines[-1].rstrip()
            lines.append("    ")
            length = 4
        lines[-1] += roff(kind) + (f"\\fI{name}\\fB" if name else "") + end + " "
        length += size + 1
    return [f"\\fB{line.rstrip()}\\fR" for line in lines]


def put_synopsis(root, words):
    known = declarations(root)
    lines = ["\\fB#include <prong.h>\\fR", ""]
    for word in words:
        if word == ";":
            lines.append("")
        elif word in known:
            lines += prototype(known[word])
        else:
            sys.exit(f"manual3.py: {word} is in no public header")
    return "\n".join([".nf", *lines, ".fi"])


# ---- definitions


def members(body):
    """(declaration, comment) of each; either may be empty."""
    pattern = r"\s*([^/;,]*(?:,[^/;,]*)*?[;,]?)[ \t]*(?:/\*(.*?)\*/)?[ \t]*\n"
    for found in re.finditer(pattern, body, re.S):
        comment = re.sub(r"\s*\n\s*\*?\s*", " ", found[2] or "").strip()
        yield " ".join(found[1].split()), comment


def put_comment(comment, width):
    lines = textwrap.wrap(comment, width - 6, break_on_hyphens=False) or [""]
    lines = ["/* " + lines[0], *(" * " + line for line in lines[1:])]
    lines[-1] += " */"
    return lines


def put_body(body):
    rows = list(members(body))
    longest = [len(declaration) for declaration, comment in rows if declaration and comment]
    at = min(max(longest, default=0) + 1, COMMENT_AT)
    for declaration, comment in rows:
        if not declaration:
            yield from ("    " + line for line in put_comment(comment, CODE_WIDTH - 4))
            continue
        lines = put_comment(comment, CODE_WIDTH - 4 - at) if comment else [""]
        if len(declaration) >= at and comment:
            yield "    " + declaration
            declaration = ""
        yield f"    {declaration:{at}}{lines[0]}".rstrip()
        yield from ("    " + " " * at + line for line in lines[1:])


def put_definition(root, kind, name):
    known = definitions(root, kind)
    if name not in known:
        sys.exit(f"manual3.py: {kind} {name} is in no public header")
    return put_literal([f"{kind} {name} {{", *put_body(known[name]), "};"])


def put_constants(root, prefix):
    rows = [row for row in constants(root) if row[0].startswith(prefix)]
    if not rows:
        sys.exit(f"manual3.py: {prefix} is in no public header")
    return put_literal(f"#define {name} {value}  /* {said} */" for name, value, said in rows)


def put_literal(lines):
    return "\n".join([".RS 4", ".nf", *map(roff, lines), ".fi", ".RE"])


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return text.replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")


# ---- a page


def put_directive(root, words):
    kind, *rest = words
    if kind == "synopsis":
        return put_synopsis(root, rest)
    if kind == "define":
        return put_constants(root, *rest)
    return put_definition(root, kind, *rest)


def code(found):
    """C, as scdoc wants it, and narrower."""
    return found[0].replace("\\", "\\\\").replace("\t", "    ")


def whole_names(text):
    """Names of functions and pages, and quoted words, are searched for: none is broken."""

    def whole(found):
        word = found[0]
        is_name = re.search(r"\w(\\fR)?\(\d?\)", word) or word.startswith('"')
        return "\\%" + word if is_name else word

    lines = text.split("\n")
    return "\n".join(line if line[:1] in (".", "'") else re.sub(r"\S+", whole, line)
                     for line in lines)


def page_roff(root, scdoc, path):
    """What scdoc cannot say is left to it as a word, which is replaced behind it."""
    made = []

    def leave(found):
        made.append(put_directive(root, found[1].replace(";", " ; ").split()))
        return f"@{len(made) - 1}@"

    text = re.sub(r"^```\n.*?^```$", code, path.read_text(), flags=re.M | re.S)
    text = re.sub(r"^@(\w+ [^@]*)@$", leave, text, flags=re.M)
    done = subprocess.run([scdoc], input=text, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        sys.exit(f"manual3.py: {path}: scdoc failed")
    return re.sub(r"^@(\d+)@$", lambda found: made[int(found[1])],
                  whole_names(clean(done.stdout)), flags=re.M)


def examples(path):
    """(line, text) of each piece of C in a page."""
    text = path.read_text()
    for found in re.finditer(r"^```\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start(1)) + 1, found[1]


def main():
    what, *rest = sys.argv[1:]
    if what == "page":
        scdoc, root, page = rest
        sys.stdout.write(page_roff(Path(root), scdoc, Path(page)))
    else:
        line, text = next(examples(Path(rest[0])))
        sys.stdout.write(f'#line {line} "{rest[0]}"\n{text}')


if __name__ == "__main__":
    main()
