"""Files, ports and other processes: what a program can reach (Landlock)."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from harness import kernel, programs, spaces, strace
from harness.server import PRONG, run

HOWS = ("fresh", "spare", "warm")
STRANGER = {"user": 61234, "group": 61234, "extra_groups": []}
# What the program of these tests, a script, is made of.
SYSTEM = ("--read", "@system", "--execute", "@system")


@pytest.fixture(params=["root", "stranger"])
def who(request, for_everybody):
    """How the server is started: as root, or by somebody without any right."""
    if request.param == "stranger" and spaces.is_root():
        return {**STRANGER, "binary": for_everybody(PRONG)}
    if request.param == "root" and not spaces.is_root():
        pytest.skip("needs root")
    return {}


@pytest.fixture
def attempts(for_everybody):
    return [for_everybody(programs.script("attempts.py"))]


@pytest.fixture
def attempt(prong, attempts, who):
    """attempt(*options)(what, argument): what comes of it."""
    def start(*options):
        kernel.need(*options)
        return asking(prong(*options, program=attempts, **who).connect())

    return start


def asking(client):
    def ask(what, argument=""):
        client.command(f"{what} {argument}")
        return client.read_line().decode()

    return ask


@pytest.fixture
def folder(open_folder):
    """A folder of everybody's with a file in it."""
    place = open_folder / "place"
    place.mkdir()
    place.chmod(0o777)
    (place / "file").write_text("text")
    (place / "file").chmod(0o666)
    return place


@pytest.mark.parametrize("how", HOWS)
def test_what_is_named_is_read_and_nothing_else(attempt, folder, tmp_path, how):
    ask = attempt("--start", how, *SYSTEM, "--read", folder)

    assert ask("read", folder / "file") == "ok"
    assert ask("read", folder) == "ok"
    assert ask("read", "/etc/passwd") == "ok"
    assert ask("read", folder.parent) == "EACCES"
    assert ask("read", "/") == "EACCES"
    assert ask("read", "/tmp") == "EACCES"
    assert ask("write", folder / "file") == "EACCES"
    assert ask("write", folder / "new") == "EACCES"
    assert ask("write", "/dev/null") == "ok"
    assert ask("run", "/bin/true") == "ok"


def test_a_single_file_may_be_named(attempt, folder):
    ask = attempt(*SYSTEM, "--write", folder / "file")

    assert ask("write", folder / "file") == "ok"
    assert ask("read", folder / "file") == "ok"
    assert ask("read", folder) == "EACCES"
    assert ask("write", folder / "new") == "EACCES"


def test_what_may_be_written_may_be_made(attempt, folder):
    ask = attempt(*SYSTEM, "--write", folder)

    assert ask("write", folder / "new") == "ok"
    assert (folder / "new").read_text() == "x"
    assert ask("write", folder.parent / "new") == "EACCES"


def test_to_read_is_not_to_execute(attempt, folder):
    shutil.copy("/bin/true", folder / "true")
    (folder / "true").chmod(0o755)
    read = attempt(*SYSTEM, "--read", folder)
    execute = attempt(*SYSTEM, "--execute", folder)

    assert read("run", folder / "true") == "EACCES"
    assert execute("run", folder / "true") == "ok"
    assert execute("write", folder / "true") == "EACCES"


def test_a_program_needs_no_word_for_itself(prong, who, open_folder):
    """Nor for its interpreter, nor for the loader; its libraries are others' files."""
    script = open_folder / "script"
    script.write_text("#!/bin/sh\necho here; cat /etc/passwd\n")
    script.chmod(0o755)
    server = prong("--read", "/usr/lib", "--read", "/etc/ld.so.cache", program=[script],
                   **who)
    server.expect("warning")  # most interpreters would need more
    assert server.connect().read_all() == b"here\n"


def test_a_static_program_needs_nothing_at_all(prong, who, build, for_everybody):
    program = for_everybody(build.path("lines", "static"))
    server = prong("--write", "none", program=[program], **who)
    client = server.connect()
    client.send("here\n")
    assert client.read_line() == b"<here>"


@pytest.mark.parametrize("how", ("fresh", "spare"))
@pytest.mark.parametrize("options", [("--isolation", "strict"), ("--write", "none")])
def test_what_is_built_in_is_no_file(prong, who, how, options):
    server = prong("--start", how, *options, program=["@echo"], **who)
    client = server.connect()
    client.send("hello")
    assert client.read(5) == b"hello"


def test_a_terminal_works_under_the_strict_preset(prong, who):
    server = prong("--isolation", "strict", "--pty", "raw", program=["sh", "-c", "tty"],
                   **who)
    assert server.connect().read_all().startswith(b"/dev/pts/")


@pytest.fixture
def ports():
    """Two listeners of this machine, and a place that is free for one: their ports."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        with socket.create_server(("127.0.0.1", 0)) as other:
            with socket.socket() as place:
                place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                place.bind(("127.0.0.1", 0))
                yield [each.getsockname()[1] for each in (one, other, place)]


@pytest.mark.parametrize("how", HOWS)
def test_ports_that_are_named_are_open_and_no_others(attempt, ports, how):
    one, other, place = ports
    ask = attempt("--start", how, "--connect", one, "--bind", place)

    assert ask("connect", one) == "ok"
    assert ask("connect", other) == "EACCES"
    assert ask("bind", place) == "ok"
    assert ask("bind", other) == "EACCES"
    assert ask("read", "/") == "ok"


def test_to_close_one_side_leaves_the_other(attempt, ports):
    ask = attempt("--bind", "none")
    assert ask("bind", 0) == "EACCES"
    assert ask("connect", ports[0]) == "ok"


@pytest.fixture
def named():
    """An abstract socket that listens: its name."""
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(f"\0prong-test-{os.getpid()}")
        own.listen()
        yield own.getsockname()[1:].decode()


@pytest.mark.parametrize("how", HOWS)
def test_signals_and_abstract_sockets_end_at_the_session(prong, attempts, who, named, how):
    kernel.need("--scope")
    server = prong("--start", how, "--isolation", "basic", program=attempts, **who)
    ask, other = asking(server.connect()), asking(server.connect())

    assert ask("signal", server.pid) == "EPERM"
    assert ask("signal", other("pid")) == "EPERM"
    assert ask("signal", ask("pid")) == "ok"
    assert ask("abstract", named) == "EPERM"


def test_scope_may_be_half_of_it(prong, attempts, who, named):
    kernel.need("--scope")
    server = prong("--scope", "abstract-sockets", program=attempts, **who)
    ask = asking(server.connect())
    assert ask("signal", server.pid) == "ok"
    assert ask("abstract", named) == "EPERM"


@pytest.mark.parametrize("options, words", [
    (("--read", "srv"), ("read: 'srv'", "@system")),
    (("--write", "@system"), ("write: '@system'", "none")),
    (("--execute", "/nonexistent/x"), ("execute: '/nonexistent/x'", "No such file")),
    (("--connect", "https"), ("connect: 'https'", "1 to 65535")),
    (("--bind", "70000"), ("bind: '70000'", "1 to 65535")),
    (("--scope", "signal"), ("scope: 'signal'", "signals")),
])
def test_a_word_that_is_wrong_is_an_error_at_start(options, words):
    done = run("--log", "text", *options, "127.0.0.1:0")
    assert done.returncode in (1, 2, 111)
    for word in words:
        assert word in done.stderr


def pretending(answer):
    """strace's words for a kernel that answers so when it is asked for its ABI."""
    return ["-e", "trace=landlock_create_ruleset",
            "-e", f"inject=landlock_create_ruleset:{answer}"]


@pytest.mark.parametrize("answer, options, words", [
    ("error=ENOSYS", ("--read", "/"), ("files: cannot be had", "Linux 5.13")),
    ("error=EOPNOTSUPP", ("--scope", "signals"), ("scope: cannot be had", "lsm=")),
    ("retval=3:when=1", ("--connect", "443"), ("ports: cannot be had", "ABI 3", "6.7")),
    ("retval=5:when=1", ("--scope", "signals"), ("scope: cannot be had", "6.12")),
    ("error=ENOSYS", ("--isolation", "basic", "--isolation-required"),
     ("scope", "cannot be had", "Linux 5.13")),
])
def test_what_the_kernel_has_not_is_an_error_if_a_setting_wants_it(
        tracer, tmp_path, answer, options, words):
    done = run("-D", "-qq", "-f", "-o", tmp_path / "strace", *pretending(answer), PRONG,
               "--log", "text", *options, "127.0.0.1:0", binary="strace",
               env=strace.environment())
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize("answer", ["error=ENOSYS", "error=EOPNOTSUPP", "error=EPERM",
                                    "retval=2:when=1"])
def test_a_preset_does_without(prong, tracer, answer):
    server = prong("--isolation", "strict", faults=pretending(answer))
    client = server.connect()
    client.send("hello")
    assert client.read(5) == b"hello"


def asked_of_two(prong, attempts, *faults):
    server = prong("--isolation", "basic", program=attempts,
                   faults=[*pretending("retval=2:when=1"), *faults])
    missing = server.wait_event("isolation")["missing"]
    assert missing == "scope (Landlock ABI 2 knows no scope: Linux 6.12 does)"
    ask, other = asking(server.connect()), asking(server.connect())
    return ask, other("pid")


def test_without_scope_nobody_is_looked_into_all_the_same(prong, attempts, tracer):
    """ABI 2 is that of Debian 12."""
    ask, other = asked_of_two(prong, attempts)
    assert ask("signal", other) == "ok"
    assert ask("read", f"/proc/{other}/environ") == "EACCES"
    assert ask("read", f"/proc/{ask('pid')}/environ") == "ok"


def test_a_kernel_that_has_not_even_that_is_served_on(prong, attempts, tracer):
    ask, other = asked_of_two(
        prong, attempts, "-e", "trace=landlock_create_ruleset,landlock_restrict_self",
        "-e", "inject=landlock_restrict_self:error=E2BIG")
    assert ask("read", f"/proc/{other}/environ") == "ok"


@pytest.fixture
def jail(open_folder):
    """A root with cat, what it is linked with, and two files; options to read the former."""
    root = open_folder / "jail"
    files = re.findall(r"/\S+", subprocess.check_output(["ldd", "/bin/cat"], text=True))
    for file in ["/bin/cat", *files]:
        (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file[1:])
    for name in ("in", "out"):
        (root / name).write_text(f"{name}\n")
    (root / "link").symlink_to("/in")
    return root, [word for file in files for word in ("--read", file)]


@pytest.mark.parametrize("namespaces", ["none", "mount"])
@pytest.mark.parametrize("how", HOWS)
def test_paths_are_those_below_the_root(prong, who, jail, how, namespaces):
    """By chroot(2), which others than root can in a user namespace, or in a mount
    namespace.  A link that begins with / begins there."""
    root, libraries = jail
    if who and namespaces == "none":
        namespaces = "user"
    server = prong("--root", root, "--namespaces", namespaces, "--read", "/link", *libraries,
                   "--start", how, program=["/bin/cat", "/link", "/out"], **who)
    assert server.connect().read_all() == b"in\n"
    assert "/out: Permission denied" in server.wait_event("stderr")["line"]


def test_a_path_is_looked_for_below_the_root(jail):
    root, libraries = jail
    done = run("--log", "text", "--root", root, *libraries, "--read", "/etc/passwd",
               "127.0.0.1:0", "--", "/bin/cat")
    assert f"read: '/etc/passwd' in {root}: No such file" in done.stderr


@pytest.fixture
def elsewhere(root):
    """A folder of everybody's that no /tmp of a session's own hides."""
    with tempfile.TemporaryDirectory(dir="/srv") as folder:
        os.chmod(folder, 0o777)
        yield pathlib.Path(folder)


@pytest.mark.parametrize("how", HOWS)
def test_strict_with_a_folder_to_write(elsewhere, prong, who, attempts, how):
    """The folder goes last: until its end the server starts processes from there."""
    place = elsewhere / "place"
    place.mkdir()
    place.chmod(0o777)
    program = shutil.copy(attempts[0], elsewhere)
    server = prong("--isolation", "strict", "--start", how, "--write", place,
                   program=[program], **who)
    server.expect("forbidden")
    ask = asking(server.connect())

    assert ask("write", "/tmp/own") == "ok"
    assert ask("read", "/tmp") == "ok"
    assert not os.path.exists("/tmp/own")
    assert ask("write", place / "new") == "ok"
    assert (place / "new").read_text() == "x"
    assert ask("read", "/etc/passwd") == "ok"
    assert ask("read", "/root") == "EACCES"
    assert ask("read", elsewhere) == "EACCES"
    assert ask("write", "/etc/passwd") in ("EACCES", "EROFS")
    assert ask("connect", 9) in ("EACCES", "EPERM")
    assert ask("bind", 9999) in ("EACCES", "EPERM")


def test_a_reload_has_other_rules_for_new_sessions(prong, attempts, folder, tmp_path):
    config = tmp_path / "prong.yaml"

    def write(path):
        config.write_text(
            f"services:\n  one:\n    listen: 127.0.0.1:0\n    program: {attempts[0]}\n"
            f"    read: ['@system', '{path}']\n    execute: '@system'\n")

    write(folder)
    server = prong("--config", config, listen=(), program=())
    old = asking(server.connect())
    assert old("read", folder) == "ok"
    write("/var/lib")
    for _ in range(3):
        server.send_signal(signal.SIGHUP)
        server.wait_event("reloaded")
    new = asking(server.connect())
    assert (new("read", folder), new("read", "/var/lib")) == ("EACCES", "ok")
    assert (old("read", folder), old("read", "/var/lib")) == ("ok", "EACCES")
