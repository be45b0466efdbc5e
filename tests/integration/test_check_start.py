"""prong check: what will not work when a program is started before its client comes."""
import os
import re
import resource
import shutil
import tempfile
import textwrap

import pytest

from harness.programs import tool
from harness.server import PRONG, run


@pytest.fixture
def check(tmp_path):
    """check(words): in a folder of its own, into which write() writes."""
    return lambda *words, **more: run("check", *words, cwd=tmp_path, **more)


@pytest.fixture
def write(tmp_path):
    tmp_path.chmod(0o755)

    def write(name, text, mode=0o755):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        path.chmod(mode)
        return path

    return write


def start(how, *program):
    return ("--start", how, "--max", "5", "127.0.0.1:0", "--", *program)


def test_a_script_that_looks_for_its_client_too_early(check, write):
    write("app.py", """\
        import os
        # TCPREMOTEIP is looked at below
        print(os.environ["TCPREMOTEIP"])
        """)
    done = check(*start("warm", "python3", "-u", "app.py"))
    assert done.returncode == 0 and done.stdout.startswith("1 service can be served")
    assert re.fullmatch(
        r"warning: python3: start: app\.py:3: TCPREMOTEIP stays empty, for python copies its "
        r"environment while it starts; .*getpeername\(\) has it, or start: spare\n", done.stderr)
    for how in ("fresh", "spare"):
        assert check(*start(how, "python3", "app.py")).stderr == ""


@pytest.mark.parametrize("words", [
    ("sh", "-c", "echo $REMOTE_ADDR"), ("dash", "-c", "echo $REMOTE_ADDR"),
    ("bash", "-c", "echo $REMOTE_ADDR"),
])
def test_shells_differ(check, words):
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not here")
    is_bash = os.path.basename(os.path.realpath(shutil.which(words[0]))) == "bash"
    done = check(*start("clone", *words))
    assert f"start: REMOTE_ADDR {'stays' if is_bash else 'is'} empty" in done.stderr
    assert done.returncode == 0


def test_a_script_is_known_by_its_first_line_and_told_at_its_place(check, write):
    path = write("app", "#!/usr/bin/env perl\nprint $ENV{PRONG_ID}, rand;\n")
    write("site.yaml", f"""\
        services:
          a:
            listen: 127.0.0.1:0
            program: [{path}]
            max: 5
            start: clone
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 0
    assert done.stderr.startswith(
        f"site.yaml:6:12: warning: a: start: {path}:2: PRONG_ID stays empty, for perl copies")
    assert f"note: a: start: {path}:2: rand: what is drawn or seeded before" in done.stderr


def test_random_state_is_no_matter_where_nothing_is_copied(check):
    words = ("python3", "-c", "import random\ninput()\nprint(random.random())")
    assert "note: python3: start: random: " in check(*start("clone", *words)).stderr
    assert check(*start("warm", *words)).stderr == ""


def test_a_script_is_looked_for_in_the_folder_of_the_service(check, write, tmp_path):
    (tmp_path / "there").mkdir()
    write("there/app.lua", 'print(os.getenv("TCPREMOTEIP"))\n')
    words = start("warm", "lua", "app.lua")
    if not shutil.which("lua"):
        pytest.skip("lua is not here")
    assert "app.lua:1: TCPREMOTEIP is empty until" in check(
        "--dir", tmp_path / "there", *words).stderr
    assert "TCPREMOTEIP" not in check(*words).stderr


def as_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("mode, why", [
    (0o4755, "is set-user-id or set-group-id"), (0o2755, "is set-user-id or set-group-id"),
    (0o711, "may be executed but not read"),
])
def test_programs_that_cannot_be_held(for_everybody, mode, why):
    if mode == 0o711 and os.geteuid() != 0:
        pytest.skip("a file that one may not read oneself needs another owner")
    with tempfile.TemporaryDirectory() as folder:  # below tmp_path nobody may look
        os.chmod(folder, 0o755)
        path = shutil.copy("/bin/cat", folder)
        os.chmod(path, mode)
        others = {"binary": for_everybody(PRONG), "preexec_fn": as_nobody}
        held = run("check", *start("warm", path), **others)
        spare = run("check", *start("spare", path), **others)
        assert held.returncode == 0 and why in held.stderr and "spare works" in held.stderr
        assert spare.stderr == ""
        if os.geteuid() == 0:
            assert run("check", *start("warm", path)).stderr == ""


@pytest.mark.parametrize("scope, user, is_said", [
    (0, None, False), (1, 61234, False), (2, None, False), (2, 61234, True), (3, None, True)])
def test_where_tracing_is_not_allowed(root, for_everybody, scope, user, is_said):
    script = ("mount -t tmpfs none /proc/sys/kernel; mkdir /proc/sys/kernel/yama;"
              " echo $0 >/proc/sys/kernel/yama/ptrace_scope; cd /; exec \"$@\"")
    wrapper = ["-m", "sh", "-ec", script, scope]
    if run(*wrapper, "true", binary=tool("unshare")).returncode != 0:
        pytest.skip("no mount namespaces here")
    if user is not None:
        wrapper += [tool("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    done = run(*wrapper, for_everybody(PRONG), "check", *start("warm", "cat"),
               binary=tool("unshare"))
    assert done.returncode == 0, done.stderr
    assert (f"ptrace_scope is {scope})" in done.stderr) == is_said, done.stderr


def test_more_that_wait_than_the_machine_allows(check):
    done = check("--start", "spare", "--spares-max", "9999", "127.0.0.1:0", "--", "cat",
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500)))
    assert done.returncode == 0
    assert ("warning: spares-max: 9999 that wait for clients take 29997 descriptors, but only "
            "500 are allowed\n") in done.stderr
    assert "spares-max" not in check("--start", "spare", "127.0.0.1:0", "--", "cat").stderr


def test_bounds_that_contradict_each_other_are_a_mistake(check, write):
    write("site.yaml", """\
        services:
          a:
            listen: 127.0.0.1:0
            program: [cat]
            start: warm
            spares-min: 20
            spares-max: 2
        """)
    done = check("-f", "site.yaml")
    assert done.returncode == 2 and done.stdout == ""
    assert "site.yaml:6:17: spares-min: 20 is more than spares-max, which is 2" in done.stderr
    line = check("--spares-min", "17", "127.0.0.1:0", "--", "cat")
    assert line.returncode == 2
    assert "spares-min: 17 is more than spares-max, which is 16" in line.stderr


def test_what_is_not_held_and_what_cannot_be_read_is_passed_over(check):
    assert check("--start", "clone", "--max", "5", "127.0.0.1:0").stderr == ""
    terminal = ("--pty", "raw", *start("warm", "sh", "-c", "echo $TCPREMOTEIP"))
    assert "TCPREMOTEIP" not in check(*terminal).stderr
    assert check(*start("clone", "python3", "/no/such/file.py")).stderr == ""
    assert check(*start("clone", "python3", "/dev/tty")).returncode == 0


def test_code_of_another_kind(check, write):
    path = write("other", "")
    path.write_bytes(b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x02\x00\x03\x00" + bytes(100))
    done = check(*start("warm", "./other"))
    assert "start: ./other is code of another kind than this machine's own" in done.stderr
    assert "another kind" not in check(*start("spare", "./other")).stderr


def test_what_is_never_copied_and_what_has_a_terminal(check):
    if shutil.which("node"):
        assert check(*start("clone", "node")).stderr == (
            "note: node: start: node has threads, and cannot be copied: clients get warm\n")
        assert check(*start("warm", "node")).stderr == ""
    assert check("--pty", "raw", *start("clone", "cat")).stderr == (
        "note: cat: start: behind a terminal (pty) a program cannot be held: clients get spare\n")
    assert check("--pty", "raw", *start("spare", "cat")).stderr == ""


def test_more_that_wait_than_the_user_may_have(check):
    if os.geteuid() == 0:
        words = ("--user", "nobody")
        assert check("--processes", "3", *start("spare", "cat")).stderr == ""
    else:
        words = ()
    done = check(*words, "--processes", "16", *start("spare", "cat"))
    assert ("start: 16 may wait for clients (spares-max), and count against processes, which "
            "is 16\n") in done.stderr
    assert check(*words, "--processes", "17", *start("spare", "cat")).stderr == ""
