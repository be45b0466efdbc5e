"""programs -- the scripts and sources of the folder `programs`, built once for all tests

A program that cannot be built or is not there skips the test that wants it, and says so.
"""
import fcntl
import os
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.path.dirname(HERE), "programs")
# Those that were built elsewhere, for a machine without a compiler: tests/arm64.
BUILT = os.environ.get("PRONG_PROGRAMS", "")
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
CC = ["-std=gnu17", "-D_GNU_SOURCE", "-O1"]

# What is built how: the compiler's words before the output and the source.
BUILDS = {
    "dynamic": (["cc", *CC, "-pthread"], ".c"),
    "static": (["cc", *CC, "-static"], ".c"),
    "musl": (["musl-gcc", *CC, "-static"], ".c"),
    # No C library of that size is asked for: its package and the compiler for arm64 exclude
    # each other.
    "32-bit": (["cc", *CC, "-m32", "-nostdlib", "-static", "-ffreestanding",
                "-fno-stack-protector", "-fno-pie", "-no-pie"], ".c"),
    "go": (["go", "build"], ".go"),
}


def script(name):
    return os.path.join(FOLDER, name)


def sources(name, suffix):
    """NAME.c, and with it NAME_MORE.c."""
    return [script(file) for file in sorted(os.listdir(FOLDER)) if file.endswith(suffix)
            and (file == name + suffix or file.startswith(name + "_"))]


def tool(name):
    """The path of an installed program; Debian's before another one's."""
    path = shutil.which(name, path=PATH) or shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name}: tools/setup test installs it")
    return path


class Builder:
    """Builds into a folder that all workers of a test run share."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "programs")
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)

    def path(self, name, how="dynamic"):
        built = os.path.join(BUILT, f"{name}-{how}")
        if BUILT and os.path.exists(built):
            return built
        words, suffix = BUILDS[how]
        compiler = shutil.which(words[0])
        if compiler is None:
            pytest.skip(f"there is no {words[0]}: tools/setup test installs it")
        target = os.path.join(self.folder, f"{name}-{how}")
        with open(target + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(target):
                self._build([compiler, *words[1:]], sources(name, suffix), target)
        return target

    def _build(self, words, found, target):
        env = {**os.environ, "GOCACHE": os.path.join(self.folder, "go-cache"),
               "GO111MODULE": "off", "GOFLAGS": ""}
        done = subprocess.run([*words, "-o", target + ".new", *found], env=env, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            why = done.stderr.strip().splitlines()[-1:]
            pytest.skip(f"{os.path.basename(target)} cannot be built here: {why}")
        os.rename(target + ".new", target)
