"""Presets: programs run under them, what took hold is told, and what could not be had.

Each as root, as somebody without rights, and both in a container that has no namespaces
to give.
"""
import pwd
import re
import shutil

import pytest

from harness import escape, kernel, spaces, started
from harness.control import Control, path_of
from harness.instance import Instance, config, service
from harness.server import PRONG, run

PRESETS = ("basic", "strict")
WHO = ("root", "user", "contained root", "contained user")
NOBODY, GROUP = pwd.getpwnam("nobody")[2:4]

ALWAYS = {"capabilities", "no-new-privileges", "limits", "scope", "syscalls"}
NAMESPACES = {"network", "pid", "mount", "ipc", "uts", "cgroup-namespace"}
AS_ROOT = {"basic": {"securebits"}, "strict": {"securebits", "user"}}


@pytest.fixture(params=WHO)
def who(request, build, for_everybody):
    """(who, words before a command, what Popen needs)."""
    if request.param != "user" and not spaces.is_root():
        pytest.skip("needs root")
    contained = build.path("contained") if request.param.startswith("contained") else None
    before, needs = escape.become(request.param, contained)
    return request.param, [*before, for_everybody(PRONG)], needs


@pytest.fixture
def start(prong, who, for_everybody):
    """start(*options): a server of that one."""
    def begin(*options, **kw):
        before, needs = escape.become(who[0], who[1][0])
        return prong(*options, binary=for_everybody(PRONG), wrapper=before, **needs, **kw)

    return begin


@pytest.fixture
def once(who):
    """once(*words): a command of that one."""
    def do(*words):
        return run(*who[1][1:], *words, binary=who[1][0], **who[2])

    return do


def expected(preset, who):
    """(in force, missing)."""
    held, missing = set(ALWAYS), kernel.missing(preset)
    if who.endswith("root"):
        held |= AS_ROOT[preset]
    if preset == "basic":
        return held - missing, missing
    held |= {"files", "ports"}
    if who.startswith("contained"):
        return held - missing, missing | NAMESPACES | {"user-namespace"}
    held |= NAMESPACES | (set() if who == "root" else {"user-namespace"})
    return held - missing, missing


def names(text):
    """Of "a, b (why); c (why)"."""
    return set(re.split(r"[,;] ", re.sub(r" \([^;]*\)", "", text))) if text else set()


@pytest.mark.parametrize("preset", PRESETS)
def test_what_took_hold_is_told_at_start(start, who, preset):
    event = start("--isolation", preset).wait_event("isolation")
    held, missing = expected(preset, who[0])

    assert event["asked"] == preset
    assert set(event["in_force"].split(", ")) == held
    in_part = {f"{name} in part" for name in kernel.in_part(preset)}
    assert names(event.get("missing", "")) == missing | in_part


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("program, said, heard", [
    (["@echo"], b"hello\n", b"hello\n"),
    (["/bin/sh", "-c", "read a; echo $a | tr a-z A-Z"], b"hello\n", b"HELLO\n"),
    (["/usr/bin/python3", "-c", "import json, sys; print(json.dumps(input()))"],
     b"hello\n", b'"hello"\n'),
])
def test_programs_run_under_a_preset(start, preset, program, said, heard):
    server = start("--isolation", preset, program=program)
    with server.connect() as client:
        client.send(said)
        client.half_close()
        assert client.read_all() == heard
        server.end(client)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_kernel_says_the_same_of_the_first_session(start, who, preset):
    server = start("--isolation", preset, program=["/bin/cat"])
    with server.connect() as client:
        event = server.wait_event("confined")
        assert event["id"] == server.wait_event("session-begin")["id"]
    text = event["text"]

    assert event["pid"] == server.events("session-begin")[0]["pid"]
    uid = NOBODY if who[0].endswith("user") or preset == "strict" else 0
    assert text.startswith(f"uid {uid}, no capabilities")
    assert ", no new privileges, " in text
    filters = 2 if who[0].startswith("contained") else 1
    assert f"{filters} system call filter" in text
    if preset == "strict" and not who[0].startswith("contained"):
        for name in ("pid", "mnt", "net", "ipc", "uts", "cgroup"):
            assert name in text.split(", own ")[1].split()
        assert ("user" in text.split(", own ")[1].split()) == (who[0] == "user")
    else:
        assert ", own " not in text


def test_it_is_said_of_one_session_only(start):
    server = start("--isolation", "basic")
    with server.connect() as client:
        server.wait_event("confined")
        assert client.exchange(b"x\n") == b"x\n"
    for _ in range(2):
        with server.connect() as client:
            client.send(b"x\n")
            assert client.read_line() == b"x"
    server.end(client)
    assert len(server.events("confined")) == 1


def test_all_that_is_required_is_named_if_it_is_missing(once, who):
    done = once("check", "--isolation", "strict", "--isolation-required", "127.0.0.1:0")
    _, missing = expected("strict", who[0])

    if not missing:
        assert done.returncode == 0
        return
    assert done.returncode == 1
    lines = re.findall(r"isolation-required: (.*?): cannot be had: (.+)", done.stderr)
    assert {name for each in lines for name in each[0].split(", ")} == missing
    if who[0].startswith("contained"):
        assert any("user namespaces" in why for _, why in lines)


def test_check_notes_what_is_missing(once, who):
    done = once("check", "--isolation", "strict", "127.0.0.1:0")
    _, missing = expected("strict", who[0])

    assert done.returncode == 0
    lines = re.findall(r"note: \S+: missing of its isolation: (.*?): ", done.stderr)
    assert {name for line in lines for name in line.split(", ")} == missing
    lines = re.findall(r"note: \S+: in force in part only: (.*?): ", done.stderr)
    assert {name for line in lines for name in line.split(", ")} == kernel.in_part("strict")


def test_what_a_setting_asks_for_is_an_error_where_it_cannot_be_had(once, who):
    done = once("check", "--namespaces", "pid", "127.0.0.1:0")

    if who[0].startswith("contained"):
        assert done.returncode == 1 and "cannot be had" in done.stderr
    else:
        assert done.returncode == 0


TABLE = re.compile(r"If it were taken over.*", re.S)


def table(text):
    """{(topic, action): (now, by)} of the table of one service."""
    found, topic = {}, ""
    for line in TABLE.search(text)[0].splitlines()[1:]:
        row = re.match(r"  (\S*) {1,11}(\S+) +(\S.*?) +(\S*\S: missing|\S+)$", line)
        if row and line[58:59].strip() and line[13:14].strip():
            topic = row[1] or topic
            found[topic, line[13:23].strip()] = line[23:58].strip(), line[58:].strip()
    return found


@pytest.mark.parametrize("preset", ("none", *PRESETS))
def test_explain_has_a_table_of_what_it_could_do(once, who, preset):
    done = once("explain", "--isolation", preset, "127.0.0.1:0", "--", "/bin/cat")
    rows = table(done.stdout)
    is_contained, is_root = who[0].startswith("contained"), who[0].endswith("root")

    assert done.returncode == 0
    assert all(len(line) <= 80 for line in TABLE.search(done.stdout)[0].splitlines())
    if preset == "none":
        assert rows["files", "read"][1] == "(files)"
        assert rows["files", "read"][0] == (
            "everything: it is root" if is_root else "what its user may")
        assert rows["kernel", "call"] == ("every system call", "(syscalls)")
        return
    assert rows["privileges", "gain"][1] == "no-new-privileges"
    assert re.match(r"\d+ of \d+ system calls", rows["kernel", "call"][0])
    assert rows["processes", "trace"] == ("none: the call is forbidden", "syscalls")
    if preset == "basic":
        assert rows["files", "write"][1] == "(files)"
        return
    assert rows["files", "read"] == ("the system, itself", "files")
    if is_contained:
        assert rows["files", "write"] == ("nothing", "files")
        assert rows["processes", "see"] == ("all of the machine", "pid: missing")
        assert "missing: network, pid, mount, ipc" in done.stdout
    else:
        assert rows["files", "write"] == ("its own /tmp", "files")
        assert rows["processes", "see"] == ("those of its session", "pid")
        assert set(re.findall(r"missing: (\S+)", TABLE.search(done.stdout)[0])) == (
            kernel.missing("strict"))


def test_explain_of_what_cannot_be_tried_says_so():
    done = run("explain", "--user", "no-such-user", "--isolation", "basic", "127.0.0.1:0")

    assert done.returncode == 0
    assert "nothing could be tried: " in done.stdout and "no-such-user" in done.stdout


def test_a_server_that_runs_says_the_same(start, who):
    server = start("--isolation", "strict", "--name", "echo")
    done = run("explain", "--control", path_of(server.pid))
    held, missing = expected("strict", who[0])
    with Control(path_of(server.pid)) as control:
        objects, last = control.ask("isolation echo")
    states = {each["measure"]: each["state"] for each in objects}

    assert table(done.stdout)["files", "read"] == ("the system, itself", "files")
    assert last == {"done": True}
    assert {name for name, state in states.items() if state == "in-force"} == held
    assert {name for name, state in states.items() if state == "missing"} == missing
    assert states["cgroup"] == "off"
    told = {each["measure"] for each in objects if each.get("why")}
    assert told == missing | kernel.in_part("strict")
    for each in objects:
        assert (each["state"] == "off") == ("asked" not in each)


# ---- one after another -----------------------------------------------------------------

def served(program='"@echo"', **settings):
    return config(service("echo", "127.0.0.1:0", program=program, **settings))


def test_a_reload_tells_only_what_is_new(prong, tmp_path, root):
    instance = Instance(prong, tmp_path, served(isolation="strict"))
    assert len(instance.server.events("isolation")) == 1

    instance.configure(served(isolation="strict", max=7))
    assert instance.reload()["event"] == "reloaded"
    assert len(instance.server.events("isolation")) == 1

    instance.configure(served(isolation="basic", max=7))
    assert instance.reload()["event"] == "reloaded"
    events = instance.server.events("isolation")
    assert [event["asked"] for event in events] == ["strict", "basic"]


def test_a_reload_that_asks_for_what_is_not_there_changes_nothing(prong, tmp_path, root):
    instance = Instance(prong, tmp_path, served(isolation="basic"))
    instance.configure(served(isolation="strict", orphans="keep"))
    instance.server.expect("reload-failed")
    assert instance.reload()["event"] == "reload-failed"
    assert instance.connect().exchange(b"x\n") == b"x\n"


@pytest.mark.parametrize("how", ("spare", "warm"))
def test_what_is_started_ahead_is_confined_as_well(prong, root, how):
    server = prong("--isolation", "strict", "--start", how,
                   program=["/usr/bin/python3", "-c", "print(input())"])
    started.wait_ready(server)
    with server.connect() as client:
        text = server.wait_event("confined")["text"]
        assert client.exchange(b"x\n") == b"x\n"
    assert text.startswith(f"uid {NOBODY}, no capabilities")
    assert "system call filter" in text and " pid mnt net " in text


def test_one_who_asks_for_nothing_is_told_nothing(prong):
    server = prong("--user" if spaces.is_root() else "--nice",
                   "nobody" if spaces.is_root() else "1", program=["/bin/cat"])
    with server.connect() as client:
        assert client.exchange(b"x\n") == b"x\n"
    assert not server.events("isolation") and not server.events("confined")


# ---- what will hardly work --------------------------------------------------------------

def checked(*words):
    return run("check", *words)


def test_a_program_in_a_folder_that_is_closed_to_nobody_is_an_error(tmp_path, root):
    tmp_path.chmod(0o700)
    program = tmp_path / "program"
    shutil.copy("/bin/cat", program)
    done = checked("--isolation", "strict", "--private-tmp", "0", "127.0.0.1:0", "--", program)

    assert done.returncode == 1
    assert "' is closed to 'nobody', whom isolation makes it; 'user' names" in done.stderr


def test_a_program_below_a_tmp_of_its_own_is_an_error(tmp_path, root):
    program = tmp_path / "program"
    shutil.copy("/bin/cat", program)
    if not str(program).startswith("/tmp/"):
        pytest.skip("the tests' folder is not below /tmp")
    done = checked("--isolation", "strict", "127.0.0.1:0", "--", program)

    assert done.returncode == 2
    assert str(program) in done.stderr and "private-tmp: 0" in done.stderr


def test_a_script_whose_interpreter_is_not_to_be_read_is_doubted(open_folder):
    interpreter, script = open_folder / "interpreter", open_folder / "script"
    shutil.copy("/bin/sh", interpreter)
    script.write_text(f"#!{interpreter}\ntrue\n")
    script.chmod(0o755)
    words = ("--isolation", "strict", "--private-tmp", "0", "127.0.0.1:0", "--", script)

    assert f"is read by {interpreter}, and what lies there" in checked(*words).stderr
    assert "is read by" not in checked("--execute", open_folder, *words).stderr


def test_to_require_nothing_is_doubted():
    assert "isolation-required: nothing is asked for" in checked(
        "--isolation-required", "127.0.0.1:0").stderr


@pytest.mark.parametrize("words, said", [
    (("--isolation", "strict", "--orphans", "keep"), "orphans: keep, but a pid namespace"),
    (("--network", "none", "--connect", "443"), "network: none leaves nothing"),
    (("--namespaces", "none", "--hide", "/srv"), "namespaces: none, but hide needs"),
    (("--cgroup", "off", "--pids-max", "9"), "cgroup: off, but pids-max needs"),
])
def test_a_contradiction_is_a_mistake(words, said):
    kernel.need(*words)
    done = checked(*words, "127.0.0.1:0")
    assert done.returncode == 2 and said in done.stderr


# ---- whom strict makes it ---------------------------------------------------------------

@pytest.mark.parametrize("words, ids", [
    ((), f"{NOBODY} {GROUP}"), (("--group", "4242"), f"{NOBODY} 4242"),
    (("--user", "4243"), "4243 4243"),
])
def test_strict_is_never_root(prong, root, words, ids):
    server = prong("--isolation", "strict", *words,
                   program=["/bin/sh", "-c", "read a; echo $(id -u) $(id -g)"])
    with server.connect() as client:
        client.send(b"\n")
        assert client.read_line().decode() == ids


# ---- limits of a preset -----------------------------------------------------------------

def limits_of(client):
    return dict(line.split("\t") for line in client.read_all().decode().splitlines())


def test_limits_of_strict_hold_and_give_way_to_settings(prong, root):
    words = ("sh", "-c", "read a; for i in c d u n f; do printf '%s\t%s\n' $i $(ulimit -$i);"
             "done")
    server = prong("--isolation", "strict", "--max", "50", "--limit", "data=2G",
                   program=["/bin/bash", *words[1:]])
    with server.connect() as client:
        client.send(b"\n")
        client.half_close()
        limits = limits_of(client)
    assert limits == {"c": "0", "d": str(2 << 20), "u": str(1024 + 50), "n": "1024",
                      "f": str(1 << 20)}


def test_root_of_a_user_namespace_without_a_pid_namespace_of_its_own(prong, root):
    """Who leaves could not come back."""
    wrapper = ["unshare", "--user", "--map-root-user"]
    server = prong("--isolation", "strict", wrapper=wrapper)
    assert "pid" in server.wait_event("isolation")["in_force"].split(", ")
    with server.connect() as client:
        client.send(b"x")
        assert client.read(1) == b"x"
