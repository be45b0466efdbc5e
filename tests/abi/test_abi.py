#!/usr/bin/python3
"""Compares what libprong.so offers with what it offered: tests/abi/libprong.abi.

    test_abi.py [--update] LIBRARY      --update: this is what it offers from now on

The functions with their types, as far as the headers of include show them, as abidw has them
of a build with debugging information.  Names and values of macros are not among them.  Ends
with 77, and says why, where that cannot be looked at.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "libprong.abi"
ABIDW = ["abidw", "--headers-dir", HERE.parent.parent / "include", "--drop-private-types",
         "--exported-interfaces-only", "--type-id-style", "hash", "--no-comp-dir-path",
         "--no-show-locs", "--no-corpus-path", "--no-elf-needed"]
ABIDIFF = ["abidiff", "--no-show-locs", "--no-corpus-path", "--harmless", "--redundant"]
# abidiff(1): bits of its exit status.
TROUBLE, CHANGE, INCOMPATIBLE = 1 | 2, 4, 8

AS_IT_IS = "`make abi`, and commit tests/abi/libprong.abi together with the change."
OTHERWISE = """\
Add a new function beside the old one instead.  If it has to be: raise `prong_soversion`
(src/core/meson.build), name the node of src/core/libprong.map after it, `make abi`, and say
so in NEWS."""
ADDED = f"""\
tests/abi: libprong.so offers more than before, see above.  That harms nobody:
{AS_IT_IS}"""
CHANGED = f"""\
tests/abi: what libprong.so offered is different now, see above.  Did a struct whose size the
caller says, or one that only the library makes, get members at its end?  Did an enum get more
values, or a parameter another name?  Then no program that is there breaks:
{AS_IT_IS}
Anything else breaks some, whatever abidiff says of it.
{OTHERWISE}"""
BROKEN = f"""\
tests/abi: programs that were linked with libprong.so before will break, see above.
{OTHERWISE}"""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def described(library):
    done = subprocess.run([*ABIDW, library], text=True, check=True, stdout=subprocess.PIPE)
    # Where a function is at home may change.
    text = re.sub(r" path='[^']*/(\w+\.c)'", r" path='\1'", done.stdout)
    if "<function-decl name='prong_new'" not in text or "name='prong_event'" not in text:
        skip(f"{library} has no debugging information")
    return text


def difference(before, after):
    """abidiff's exit status and words for two descriptions."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "before.abi", Path(folder) / "after.abi"
        old.write_text(before)
        new.write_text(after)
        done = subprocess.run([*ABIDIFF, old, new], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode & TROUBLE:
        sys.exit(f"abidiff ended with {done.returncode}: {done.stdout}")
    return done.returncode, done.stdout


def advice(status, words):
    """abidiff calls incompatible only what surely is: a function that is gone."""
    if status & INCOMPATIBLE:
        return BROKEN
    return ADDED if re.search(r"^Functions changes summary: 0 Removed, 0 Changed", words) else CHANGED


def edited(text, pattern, replacement):
    new, count = re.subn(pattern, replacement, text, count=1, flags=re.S)
    assert count == 1 and new != text, pattern
    return new


def without(text, name):
    text = edited(text, rf" *<elf-symbol name='{name}'[^\n]*\n", "")
    return edited(text, rf" *<function-decl name='{name}'.*?</function-decl>\n", "")


def see_that_it_sees(text):
    """Each kind of change, made in a copy of the description, is found."""
    event = r"(<class-decl name='prong_event' size-in-bits=')(\d+)(?='.*?</class-decl>)"
    member = (r"(<class-decl name='prong_event'.*?<var-decl name='%s' type-id=')(\w+)(?=')")
    text_type = re.search(member % "name", text, re.S)[2]
    grown = edited(text, event, lambda found: found[1] + str(int(found[2]) + 64))
    grown = edited(grown, r"(<class-decl name='prong_event'.*?)( *</class-decl>)",
                   rf"\1<data-member access='public' layout-offset-in-bits='448'>"
                   rf"<var-decl name='late' type-id='{text_type}' visibility='default'/>"
                   r"</data-member>\n\2")
    for what, before, after, expected in (
            ("nothing", text, text, None),
            ("a function is gone", text, without(text, "prong_free"), BROKEN),
            ("a function is new", without(text, "prong_free"), text, ADDED),
            ("a struct has one more member", text, grown, CHANGED),
            ("a struct has one member less", grown, text, CHANGED),
            ("a member has another type", text,
             edited(text, member % "field_count", rf"\g<1>{text_type}"), CHANGED),
            ("a member has another name", text,
             edited(text, r"(<class-decl name='prong_event'.*?name=')sentence'", r"\1phrase'"),
             CHANGED),
            ("an enumerator has another value", text,
             edited(text, r"(name='PRONG_ERR' value=')3'", r"\g<1>4'"), CHANGED),
            ("an enumerator is new", text,
             edited(text, r"( *)(<enumerator name='PRONG_ERR')",
                    r"\1<enumerator name='PRONG_LATE' value='9'/>\n\1\2"), CHANGED),
            ("a parameter is gone", text,
             edited(text, r"(<function-decl name='prong_event_text'.*?)<parameter [^>]*/>", r"\1"),
             CHANGED),
            ("the soname is another", text,
             edited(text, r"soname='libprong\.so\.\d+'", "soname='libprong.so.4711'"), BROKEN)):
        status, words = difference(before, after)
        said = advice(status, words) if status & CHANGE else None
        if said != expected:
            sys.exit(f"tests/abi: when {what} abidiff says {status}: {words}")


def main():
    library = sys.argv[-1]
    if os.environ.get("COMPARABLE", "") != "":
        skip(os.environ["COMPARABLE"])
    if shutil.which("abidw") is None or shutil.which("abidiff") is None:
        skip("no abidw and abidiff (abigail-tools)")
    text = described(library)
    if sys.argv[1] == "--update":
        BASELINE.write_text(text)
        print(f"{BASELINE}: {len(re.findall('<function-decl', text))} functions")
        return
    see_that_it_sees(text)
    status, words = difference(BASELINE.read_text(), text)
    if status != 0:
        print(words)
        sys.exit(advice(status, words))


if __name__ == "__main__":
    main()
