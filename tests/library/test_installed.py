#!/usr/bin/python3
"""Installs libprong into a folder, builds programs with it by pkg-config, is their client.

    test_installed.py ARCHIVE      ARCHIVE: libprong with all its names

Ends with 77, and says why, where that cannot be.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["SOURCE"])
CC, CXX = shlex.split(os.environ["CC"]), [os.environ["CXX"]]
HELLO = SOURCE / "examples/hello.c"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Installed:
    """What `make install` leaves, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = Path(f"{folder}/root{os.environ['PREFIX']}")
        self.lib = self.prefix / os.environ["LIBDIR"]
        run("meson", "install", "--no-rebuild", "--quiet",
            "-C", os.environ["BUILD"], "--destdir", f"{folder}/root")

    def pkg_config(self, *words):
        path = f"{self.lib}/pkgconfig"
        return shlex.split(run(
            os.environ["PKG_CONFIG"], f"--define-variable=prefix={self.prefix}", *words,
            "libprong", env={**os.environ, "PKG_CONFIG_PATH": path}))

    @property
    def shared(self):
        return self.pkg_config("--cflags", "--libs")

    @property
    def archive(self):
        """libprong from its archive, everything else as it comes."""
        words = self.pkg_config("--static", "--cflags", "--libs")
        assert "-lprong" in words and "-lseccomp" in words, words
        return ["-l:libprong.a" if word == "-lprong" else word for word in words]

    @property
    def static(self):
        return ["-static", *self.pkg_config("--static", "--cflags", "--libs")]

    def built(self, name, compiler, source, *words):
        program = Path(self.folder) / re.sub(r"\W+", "-", name)
        run(*compiler, "-o", program, *words[0], source, *words[1], cwd=self.folder)
        return program


def served(program, lib):
    """Two of its clients."""
    with subprocess.Popen([program, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "LD_LIBRARY_PATH": str(lib)}) as server:
        try:
            address = server.stdout.readline().split()[-1]
            host, port = address.rsplit(":", 1)
            for number in (1, 2):
                with socket.create_connection((host, int(port)), timeout=20) as client:
                    own = "%s:%d" % client.getsockname()
                    answer = client.makefile().read()
                    assert answer == f"hello {own}, you are number {number}\n", answer
        finally:
            server.send_signal(signal.SIGTERM)


def needed(program):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", program))


def functions():
    text = (SOURCE / "src/core/libprong.map").read_text()
    return re.findall(r"^\t(\w+);$", text, re.M)


# ---- what is there ------------------------------------------------------------------


def everything_is_installed(installed):
    headers = {str(path.relative_to(SOURCE)) for path in (SOURCE / "include").rglob("*.h")}
    there = {str(path.relative_to(installed.prefix))
             for path in (installed.prefix / "include").rglob("*.h")}
    assert there == headers, there ^ headers
    link = installed.lib / "libprong.so"
    assert link.is_symlink() and (installed.lib / "libprong.so.0").exists()
    assert re.fullmatch(r"libprong\.so\.\d+\.\d+\.\d+", link.resolve().name), link.resolve()
    version = run(os.environ["PKG_CONFIG"], "--modversion",
                  installed.lib / "pkgconfig/libprong.pc").strip()
    assert link.resolve().name == f"libprong.so.{version}", version


def hello_is_built(installed):
    ways = {
        "shared": ([], installed.shared),
        "archive": ([], installed.archive),
        "static": ([], installed.static),
        "fortified": (["-O2", "-D_FORTIFY_SOURCE=2"], installed.archive),
        "lazy": (["-Wl,-z,lazy", "-Wl,-z,norelro"], installed.archive),
        "sections": (["-ffunction-sections", "-Wl,--gc-sections"], installed.archive),
    }
    for name, words in ways.items():
        program = installed.built(f"hello {name}", CC, HELLO, *words)
        assert ("libprong.so.0" in needed(program)) == (name == "shared"), name
        served(program, installed.lib)
        if name == "lazy":
            nothing_of_a_child_is_bound_late(program)


def nothing_of_a_child_is_bound_late(program):
    """What hello.c calls itself is; what is called between clone and exec is not."""
    late = re.findall(r"JUMP_SL\w*\s+[0-9a-f]+\s+(\w+)", run("readelf", "-rW", program))
    assert "printf" in late, late
    assert not {"_exit", "execve", "setns", "dup2", "syscall"} & set(late), late


def hello_is_built_with_lto(installed):
    if subprocess.run([*CC, "-flto", "-o", "lto", "-x", "c", "-"], input="int main(void) { return 0; }",
                      text=True, cwd=installed.folder, stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        print("not tried: this compiler and this linker have no link time optimization")
        return
    for name, words in (("shared", installed.shared), ("archive", installed.archive)):
        served(installed.built(f"hello lto {name}", CC, HELLO, ["-O2", "-flto"], words),
               installed.lib)


def hello_is_built_as_cxx(installed):
    if CXX == [""]:
        print("not tried: no C++ compiler")
        return
    for name, words in (("shared", installed.shared), ("archive", installed.archive)):
        program = installed.built(f"hello c++ {name}", CXX, HELLO,
                                  ["-std=c++17", "-x", "c++"], ["-x", "none", *words])
        served(program, installed.lib)


# ---- the headers ----------------------------------------------------------------------

EVERY_FUNCTION = """\
#include <prong.h>

typedef void any(void);
extern any *const all[];
any *const all[] = { %s };

int
main(void)
{
	return all[0] == 0;
}
"""


def headers_are_clean(installed):
    """Every function is declared, in each language, and there to be linked with."""
    for compiler, suffix, standards, cast, more in (
            (CC, "c", ("c99", "c11", "gnu17"), "(any *)%s",
             ["-Wshadow", "-Wstrict-prototypes", "-Wundef"]),
            (CXX, "cc", ("c++11", "c++17"), "reinterpret_cast<any *>(%s)",
             ["-Wold-style-cast", "-Wshadow", "-Wundef"])):
        if compiler == [""]:
            continue
        source = Path(installed.folder) / f"every.{suffix}"
        source.write_text(EVERY_FUNCTION % ", ".join(cast % name for name in functions()))
        for standard in standards:
            for name, libs in (("shared", installed.shared), ("archive", installed.archive)):
                program = installed.built(f"every {standard} {name}", compiler, source,
                                          [f"-std={standard}", *STRICT, *more], libs)
                run(program, env={**os.environ, "LD_LIBRARY_PATH": str(installed.lib)})
        source.write_text("#include <prong.h>\n#include <prong.h>\nint main(void) { return prong_fd; }\n")
        refused = subprocess.run([*compiler, *STRICT, "-c", source, *installed.shared],
                                 stderr=subprocess.DEVNULL, cwd=installed.folder, check=False)
        assert refused.returncode != 0, f"{compiler[0]} finds nothing wrong, whatever is wrong"


# ---- names ----------------------------------------------------------------------------


def internal_names():
    """Whatever libprong calls its own functions and tables."""
    names = {words[2] for words in map(str.split, run("nm", "-g", "--defined-only",
                                                      sys.argv[1]).splitlines())
             if len(words) == 3 and re.fullmatch(r"[a-z]\w*", words[2])}
    inside = sorted(name for name in names if name not in functions())
    for name in ("conn_begin", "loop_turn", "timer_arm", "text_put"):
        assert name in inside, name
    return inside


def names_of_ours_may_be_the_hosts(installed):
    """A program that calls its own functions as we do ours, and aborts in each."""
    source = Path(installed.folder) / "clash.c"
    host = HELLO.read_text()
    source.write_text(host + "#include <stdlib.h>\n" + "".join(
        f"void {name}(void);\nvoid\n{name}(void)\n{{\n\tabort();\n}}\n"
        for name in internal_names() if not re.search(rf"\b{name}\b", host)))
    for name, words in (("shared", installed.shared), ("archive", installed.archive),
                        ("static", installed.static)):
        served(installed.built(f"clash {name}", CC, source, ["-fno-builtin", "-rdynamic"], words),
               installed.lib)


def main():
    if os.environ["SANITIZE"] != "none":
        skip("a program without sanitizers cannot load a library that has them")
    if os.environ["CROSS"]:
        skip("what is built here does not run here")
    if not os.environ["PKG_CONFIG"]:
        skip("no pkg-config")
    if shutil.which("readelf") is None or shutil.which("nm") is None:
        skip("no binutils")
    with tempfile.TemporaryDirectory() as folder:
        installed = Installed(folder)
        for test in (everything_is_installed, hello_is_built, hello_is_built_with_lto,
                     hello_is_built_as_cxx, headers_are_clean, names_of_ours_may_be_the_hosts):
            print(test.__name__, flush=True)
            test(installed)


if __name__ == "__main__":
    main()
