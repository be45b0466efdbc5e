"""limit: each limit of setrlimit(2) by its name."""
import os
import re
import resource
import signal

import pytest

from harness import started, strace
from harness.instance import config, service
from harness.server import PRONG, run

# As /proc/self/limits calls them.
ROWS = {
    "as": "address space", "core": "core file size", "cpu": "cpu time", "data": "data size",
    "fsize": "file size", "locks": "file locks", "memlock": "locked memory",
    "msgqueue": "msgqueue size", "nice": "nice priority", "nofile": "open files",
    "nproc": "processes", "rss": "resident set", "rtprio": "realtime priority",
    "rttime": "realtime timeout", "sigpending": "pending signals", "stack": "stack size",
}


def limits(client):
    """Soft and hard of each, as words."""
    rows = [re.split(r"\s{2,}", line) for line in client.ask("limits").splitlines()]
    return {row[0].removeprefix("Max "): (row[1], row[2]) for row in rows[1:]}


@pytest.mark.parametrize("how", ("fresh", "spare", "warm", "clone"))
def test_each_limit_is_what_it_was_said_to_be(prong, puppet, how):
    said = {
        "as=64G": ("68719476736",) * 2, "core=1M:2M": ("1048576", "2097152"),
        "cpu=1h:2h": ("3600", "7200"), "data=32G:unlimited": ("34359738368", "unlimited"),
        "fsize=1G": ("1073741824",) * 2, "locks=7": ("7", "7"), "memlock=8K": ("8192",) * 2,
        "msgqueue=1K:2K": ("1024", "2048"), "nice=0": ("0", "0"), "nofile=64:128": ("64", "128"),
        "nproc=500:600": ("500", "600"), "rss=1T": ("1099511627776",) * 2, "rtprio=0": ("0", "0"),
        "rttime=200ms:1s": ("200000", "1000000"), "sigpending=99": ("99", "99"),
        "stack=4M:8M": ("4194304", "8388608"),
    }
    options = [word for one in said for word in ("--limit", one)]
    found = limits(prong("--start", how, *options, program=[puppet]).connect())
    wanted = {ROWS[one.partition("=")[0]]: both for one, both in said.items()}
    if how in ("warm", "clone"):  # what it has used before is added
        assert 3600 <= int(found["cpu time"][0]) <= 3601
        assert int(found["cpu time"][1]) - int(found["cpu time"][0]) == 3600
        found["cpu time"] = wanted["cpu time"]
    assert found == wanted


def test_a_copy_has_its_cpu_time_before_its_number_is_known(prong, puppet, tracer, tmp_path):
    server = prong("--start", "clone", "--limit", "cpu=1h:2h", program=[puppet])
    server.connect().ask("say in")
    late = ["-e", "trace=pidfd_open", "-e", "inject=pidfd_open:delay_enter=500000"]
    with strace.Attached(server.pid, late, tmp_path / "trace"):
        clients = [server.connect() for _ in range(4)]  # more than wait
        assert all(int(limits(client)["cpu time"][0]) >= 3600 for client in clients)


AS_IN_A_CONTAINER = ["setpriv", "--bounding-set", "-sys_resource", "--inh-caps", "-all", "--"]


@pytest.mark.parametrize("how, more", [
    ("warm", ()), ("clone", ()), ("warm", ("--user", "nobody")), ("clone", ("--user", "nobody")),
    ("warm", ("--uid-range", "700000-700999")),
    ("clone", ("--user", "nobody", "--syscalls", "@default,-prlimit64")),
    ("warm", ("--isolation", "strict", "--private-tmp", "0")),
])
def test_nobody_needs_a_privilege_for_cpu_time(prong, puppet, root, for_everybody, how, more):
    """What waits may be another user by then, whose limits are his own to set."""
    server = prong("--start", how, "--limit", "cpu=1h:2h", *more, program=[for_everybody(puppet)],
                   wrapper=AS_IN_A_CONTAINER)
    started.wait_ready(server)
    clients = [server.connect() for _ in range(4 if how == "clone" else 1)]  # more than wait
    assert {started.began_as(server, client) for client in clients} == {how}
    for client in clients:
        soft, hard = map(int, limits(client)["cpu time"])
        assert 3600 <= soft <= 3601 and hard - soft == 3600


def test_a_shell_sees_it(prong):
    server = prong("--limit", "stack=4M", "--limit", "nofile=64", "--limit", "core=0",
                   program=["bash", "-c", "ulimit -s; ulimit -n; ulimit -c"])
    assert server.connect().read_all() == b"4096\n64\n0\n"


@pytest.mark.parametrize("how", ("fresh", "warm"))
def test_cpu_time_counts_from_the_hand_over(prong, how):
    """A second used before the client came is not the session's."""
    burn = "import time\nwhile time.process_time() < 0.9: pass\n"
    program = ["/usr/bin/python3", "-Sc",
               burn + "import os; os.read(0, 1)\nend = time.process_time() + 0.6\n"
               "while time.process_time() < end: pass\nos.write(1, b'through')\n"]
    server = prong("--start", how, "--limit", "cpu=1:2", "--on-hangup", "keep", program=program)
    server.expect("session-end")
    if how != "fresh":
        server.wait_event("spares")
    client = server.connect()
    client.send("x")
    assert client.read_all() == (b"through" if how == "warm" else b"")
    if how == "fresh":
        assert server.end(client)["signal"] == "XCPU"


BURNS = ["/usr/bin/python3", "-Sc", "while True: pass"]
IGNORES = ["/usr/bin/python3", "-Sc", "import signal\n"
           "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"]


@pytest.mark.parametrize("said, program, how", [
    (("--limit", "cpu=1:5"), BURNS, r"killed by XCPU \(limit cpu=1:5\)"),
    (("--limit", "cpu=1"), BURNS, r"killed by KILL \(limit cpu=1; \d+ ms used\)"),
    (("--limit", "cpu=1:2"), IGNORES, r"killed by KILL \(limit cpu=1:2; \d+ ms used\)"),
    (("--cpu-time", "1s"), IGNORES, r"killed by KILL \(cpu-time 1s; \d+ ms used\)"),
])
@pytest.mark.parametrize("start", ("fresh", "warm"))
def test_the_log_names_the_limit_of_cpu_time(prong, start, said, program, how):
    if start == "warm":
        program = [*program[:2], "import os\nos.read(0, 1)\n" + program[2]]
    server = prong("--start", start, *said, program=program)
    server.expect("session-end")
    client = server.connect()
    client.send("x")
    end = server.end(client)
    assert re.fullmatch(how, end["how"]), end


def test_a_kill_by_somebody_else_is_no_limits(prong, puppet):
    server = prong("--limit", "cpu=1:60", program=[puppet])
    server.expect("session-end")
    client = server.connect()
    os.kill(server.begin(client)["pid"], signal.SIGKILL)
    assert server.end(client)["how"] == "killed by KILL"


def test_the_log_names_the_limit_of_a_file(prong, tmp_path):
    server = prong("--limit", "fsize=4096", "--core", "0", program=[
        "/usr/bin/python3", "-Sc", "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        f"open('{tmp_path}/file', 'wb', 0).write(bytes(4096)) and "
        f"open('{tmp_path}/file', 'ab', 0).write(b'x')"])
    server.expect("session-end")
    assert server.end(server.connect())["how"] == "killed by XFSZ (limit fsize=4096)"


def check(tmp_path, **settings):
    path = tmp_path / "site.yaml"
    path.write_text(config(service("a", "127.0.0.1:0", **settings)))
    return run("check", "-f", str(path))


@pytest.mark.parametrize("setting, value, limit", [
    ("memory", "1G", "as=2G"), ("cpu-time", "5s", "cpu=6"), ("files", "64", "nofile=64:128"),
    ("processes", "9", "nproc=9"), ("file-size", "1M", "fsize=1M"), ("core", "0", "core=0"),
])
def test_what_is_said_twice_is_a_contradiction(tmp_path, setting, value, limit):
    done = check(tmp_path, limit=f'"{limit}"', **{setting: value})
    assert done.returncode == 2
    assert (f"limit: '{limit}' says what {setting} says already: leave out one of them"
            in done.stderr)


def test_a_mistake_is_told_where_it_was_made(tmp_path):
    done = check(tmp_path, limit='["stack=8M", "nofil=64"]')
    assert done.returncode == 2
    assert re.search(r"site.yaml:5:25: .*'nofil' is not a limit; did you mean nofile\?", done.stderr)


def test_a_mapping_says_it_as_well(prong, puppet, tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(config(service("a", "127.0.0.1:0", program=f'"{puppet}"',
                                   limit="{ stack: 4M, nofile: 64:128 }")))
    found = limits(prong("-f", path, listen=(), program=()).connect())
    assert found["stack size"] == ("4194304", "4194304")
    assert found["open files"] == ("64", "128")


def test_a_limit_that_cannot_be_had_is_named_at_start(tmp_path, for_everybody, open_folder, root):
    assert resource.getrlimit(resource.RLIMIT_NICE)[1] < 40
    path = open_folder / "site.yaml"
    path.write_text(config(service("a", "127.0.0.1:0", limit="nice=40")))
    path.chmod(0o644)
    done = run("check", "-f", path, binary=for_everybody(PRONG), user=61234, group=61234,
               extra_groups=[])
    assert done.returncode == 1
    assert "stage \"limits\": 'nice': Operation not permitted" in done.stderr
