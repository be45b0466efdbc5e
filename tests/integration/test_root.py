"""Programs with a root of their own, with a mount namespace and without."""
import os
import pwd
import shutil
import subprocess

import pytest

from harness.server import PRONG, run

NOBODY = pwd.getpwnam("nobody")
STRANGER = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}
CELL = ("--namespaces", "mount", "--namespaces", "pid")


def needed(program):
    """The libraries, and the loader, of a program."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
    return [word for word in lines.stdout.split() if word.startswith("/")]


@pytest.fixture
def jail(open_folder):
    """A root with a shell in it, found by an absolute link, and a script."""
    folder = open_folder / "jail"
    for name in ("usr/bin", "proc", "tmp", "dev", "etc"):
        (folder / name).mkdir(parents=True)
    shell = os.path.realpath("/bin/sh")
    shutil.copy(shell, folder / "usr/bin/sh")
    for library in needed(shell):
        place = folder / library.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    (folder / "bin").symlink_to("/usr/bin")
    (folder / "etc/name").write_text("jail\n")
    script = folder / "usr/bin/script"
    script.write_text("#!/bin/sh\nread name </etc/name; echo $name; echo /*\n")
    script.chmod(0o755)
    (folder / "tmp").chmod(0o777)
    return folder


def told(server, script):
    with server.connect() as client:
        client.send(f"exec 2>&1\n{script}\n".encode())
        client.half_close()
        return client.read_all().decode()


ALL = "/bin /dev /etc /proc /tmp /usr"


def seen(folder):
    return " ".join(sorted("/" + name for name in os.listdir(folder))) + "\n"


@pytest.mark.parametrize("options", [(), CELL, (*CELL, "--read-only", "yes")])
@pytest.mark.parametrize("how", ["fresh", "spare", "warm"])
def test_there_is_nothing_above_it(prong, root, jail, options, how):
    server = prong("--root", jail, *options, "--start", how, program=["sh"])
    assert told(server, "cd ..; echo /*; cd /../..; echo /../*") == \
        seen(jail) + seen(jail).replace("/", "/../")


def test_somebody_else_has_it_by_a_mount_namespace(prong, root, jail, for_everybody,
                                                   open_folder):
    kw = {**STRANGER, "binary": for_everybody(PRONG), "cwd": open_folder}
    server = prong("--root", jail, *CELL, "--read-only", "yes", program=["sh"], **kw)
    assert told(server, "echo /*; echo $$ /proc/[0-9]*; echo x >/tmp/file") == (
        seen(jail) + "2 /proc/1 /proc/2\nsh: 2: cannot create /tmp/file: Read-only file "
        "system\n")


@pytest.mark.parametrize("options", [(), CELL])
def test_a_script_and_its_interpreter_are_found_there(prong, root, jail, options):
    server = prong("--root", jail, *options, program=["script"])
    assert server.connect().read_all().decode() == "jail\n" + seen(jail)


@pytest.mark.parametrize("options", [(), CELL])
def test_a_builtin_needs_no_file_there(prong, root, jail, options):
    with prong("--root", jail, *options, program=["@echo"]).connect() as client:
        assert client.exchange(b"hello") == b"hello"


def test_paths_are_those_that_the_program_sees(prong, root, jail):
    (jail / "link").symlink_to("/etc/name")
    server = prong("--root", jail, *CELL, "--hide", "/link", "--private-tmp", "1M",
                   "--read-only", "yes", "--write", "/etc", "--read", "/", "--execute", "/",
                   "--dir", "/etc", program=["sh"])
    said = told(server, "read name <name; echo .$name.; echo x >new; echo *; echo x >/tmp/new")
    assert said == "..\nname new\n"
    assert (jail / "etc/new").read_text() == "x\n"
    assert os.listdir(jail / "tmp") == []
    with open("/etc/name" if os.path.exists("/etc/name") else "/etc/passwd") as file:
        assert file.read() != ""


@pytest.mark.parametrize("options, said", [
    (["--root", "/nonexistent", "--", "/bin/sh"], "root: '/nonexistent': No such file"),
    (["--root", "/etc/passwd", "--", "/bin/sh"], "root: '/etc/passwd': Not a directory"),
    (["--root", "{jail}", "--", "python3"], "program: 'python3' is in none of the"),
    (["--root", "{jail}", "--", "bin/sh"], "program: 'bin/sh' is not absolute: with root"),
    (["--root", "{jail}", "--", "/nothing"], "program: '/nothing' does not exist"),
    (["--root", "{jail}", *CELL, "--hide", "/usr", "--", "sh"],
     "hide: '/usr' has the program in it"),
    (["--hide", "/nonexistent", "--", "sh"], "'/nonexistent': No such file"),
    (["--read-only", "yes", "--private-tmp", "1M", "--write", "/tmp/x", "--", "sh"],
     "write: '/tmp/x' will not be there"),
])
def test_what_cannot_be_is_said_at_the_start(root, jail, options, said):
    words = [word.format(jail=jail) for word in options]
    done = run("127.0.0.1:0", *words)
    assert done.returncode != 0
    assert said in done.stderr
