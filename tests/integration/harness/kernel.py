"""kernel -- what this machine's kernel has of Landlock, the youngest of what prong uses

    kernel.need("--scope")      skips the test, with the reason, where that cannot be had
    kernel.missing("strict")    the measures of a preset that it has not
"""
import pytest

from .procs import libc

CREATE_RULESET, ASK_FOR_ABI = 444, 1  # the same number on every machine but alpha
ABI = max(libc.syscall(CREATE_RULESET, None, 0, ASK_FOR_ABI), 0)

# The ABI that brought it.
MEASURES = {"files": 1, "ports": 4, "scope": 6}
OPTIONS = {"--read": "files", "--write": "files", "--execute": "files", "--connect": "ports",
           "--bind": "ports", "--scope": "scope"}
PRESETS = {"none": set(), "basic": {"scope"}, "strict": {"files", "ports", "scope"}}
TRUNCATE, IOCTL = 3, 5  # those that brought more about files


def missing(preset):
    return {name for name in PRESETS[preset] if ABI < MEASURES[name]}


def in_part(preset):
    return {"files"} & PRESETS[preset] if MEASURES["files"] <= ABI < IOCTL else set()


def need(*options):
    for option in options:
        measure = OPTIONS.get(option)
        if measure is not None and ABI < MEASURES[measure]:
            pytest.skip(f"the kernel's Landlock, ABI {ABI}, knows no {measure}: "
                        f"{MEASURES[measure]} does")
