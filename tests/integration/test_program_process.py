"""The process of a program: what is open, which signals, which session, which limits."""
import os
import re
import subprocess

import pytest

from harness import procs


def served(prong, puppet, *args, **kw):
    server = prong(*args, program=[puppet], **kw)
    return server, server.connect()


def test_the_descriptors_are_exactly_0_1_2(prong, puppet):
    server, client = served(prong, puppet)
    facts = client.facts("fds")

    assert sorted(facts) == ["0", "1", "2"]
    assert facts["0"] == facts["1"] and facts["0"].startswith("socket:")
    assert facts["2"] != facts["0"]


def test_the_descriptors_are_exactly_0_1_2_with_every_way_of_stderr(prong, puppet):
    for way in ("log", "client", "inherit", "null"):
        _, client = served(prong, puppet, "--stderr", way)
        assert sorted(client.facts("fds")) == ["0", "1", "2"], way


def test_descriptors_that_the_server_inherited_are_kept_from_programs(prong, puppet):
    inherited = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
    _, client = served(prong, puppet, pass_fds=inherited)
    for fd in inherited:
        os.close(fd)
    assert sorted(client.facts("fds")) == ["0", "1", "2"]


def test_the_socket_itself_is_stdin_and_stdout(prong, puppet):
    _, client = served(prong, puppet)
    assert client.ask("peername") == f"127.0.0.1 {client.port}"


def test_two_programs_know_nothing_of_each_others_connections(prong, puppet):
    server = prong(program=[puppet])
    first, second = server.connect(), server.connect()
    assert first.facts("fds")["0"] != second.facts("fds")["0"]
    assert len(second.facts("fds")) == 3


def test_signals_are_default_and_unblocked(prong, puppet):
    _, client = served(prong, puppet)
    facts = client.facts("signals")

    assert (facts["SigBlk"], facts["SigIgn"], facts["SigCgt"]) == ("0" * 16,) * 3
    assert facts["ShdPnd"] == "0" * 16


def test_signals_are_default_though_the_server_was_started_with_others(prong, puppet):
    wrapper = ["env", "--ignore-signal=CHLD", "--ignore-signal=PIPE",
               "--ignore-signal=USR2", "--ignore-signal=HUP", "--block-signal=USR1", "--block-signal=CHLD",
               "--block-signal=TERM"]
    server, client = served(prong, puppet, wrapper=wrapper)
    facts = client.facts("signals")

    assert (facts["SigBlk"], facts["SigIgn"]) == ("0" * 16,) * 2
    client.command("exit 4")
    assert server.end(client)["status"] == 4, "SIGCHLD ignored at start loses no ending"


def test_a_session_and_a_group_of_its_own(prong, puppet):
    server, client = served(prong, puppet)
    facts = client.facts("ids")

    assert facts["pid"] == facts["pgid"] == facts["sid"]
    assert facts["ppid"] == str(server.pid)


def test_argv_is_handed_over_word_by_word(prong, puppet):
    server = prong(program=[puppet, "one", "two words", "", "--max", "$HOME", "\xe9*"])
    assert server.connect().ask("argv").splitlines()[1:] == [
        "one", "two words", "", "--max", "$HOME", "\xe9*".encode().decode(errors="replace"),
    ]


def test_the_working_directory_is_the_servers_unless_said_otherwise(
    prong, puppet, tmp_path
):
    assert served(prong, puppet, cwd="/usr")[1].ask("cwd") == "/usr"
    assert served(prong, puppet, "--dir", tmp_path)[1].ask("cwd") == str(tmp_path)


def test_the_umask_is_022_unless_said_otherwise(prong, puppet):
    assert served(prong, puppet, umask=0o077)[1].ask("umask") == "022"
    assert served(prong, puppet, "--umask", "027")[1].ask("umask") == "027"


def test_nice(prong, puppet):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert served(prong, puppet)[1].ask("nice") == str(own)
    assert served(prong, puppet, "--nice", "13")[1].ask("nice") == "13"


def test_nice_below_the_own_as_root(prong, puppet, root):
    assert served(prong, puppet, "--nice", "-3")[1].ask("nice") == "-3"


@pytest.mark.parametrize("option, name, value, unit", [
    (("--memory", "512M"), "Max address space", str(512 << 20), "bytes"),
    (("--cpu-time", "7s"), "Max cpu time", "7", "seconds"),
    (("--files", "77"), "Max open files", "77", "files"),
    (("--processes", "1234"), "Max processes", "1234", "processes"),
    (("--file-size", "1M"), "Max file size", str(1 << 20), "bytes"),
    (("--core", "0"), "Max core file size", "0", "bytes"),
])
def test_limits_of_resources(prong, puppet, option, name, value, unit):
    _, client = served(prong, puppet, *option)
    words = client.ask(f"limits {name}")[len(name):].split()
    assert words[0] == value and words[2] == unit
    assert words[1] == value or name == "Max cpu time"


def test_the_limit_of_descriptors_is_the_one_the_server_was_started_with(prong, puppet):
    server, client = served(prong, puppet, wrapper=["prlimit", "--nofile=300:4000", "--"])
    words = client.ask("limits Max open files")[len("Max open files"):].split()

    assert words == ["300", "4000", "files"]
    assert re.search(r"Max open files\s+4000\s+4000",
                     open(f"/proc/{server.pid}/limits", encoding="ascii").read())


def test_a_program_that_uses_too_much_cpu_is_ended_by_the_kernel(prong, puppet):
    server, client = served(prong, puppet, "--cpu-time", "1s", "--core", "0")
    client.command("burn 60000")
    end = server.end(client)

    assert end["ending"] == "killed" and end["signal"] in ("XCPU", "KILL")
    assert re.match(r"killed by (XCPU \(cpu-time 1s\)|KILL \(cpu-time 1s; )", end["how"]), end
    assert end["cpu_us"] > 500_000


def test_the_limit_that_a_signal_stands_for_is_named(prong, tmp_path):
    server = prong("--file-size", "1K", "--core", "0",
                   program=["dd", "if=/dev/zero", f"of={tmp_path}/large", "bs=4k"])
    server.expect("session-end")
    with server.connect() as client:
        assert client.is_ended()
    assert server.wait_event("session-end")["how"] == "killed by XFSZ (file-size 1K)"


def test_memory_in_which_no_program_can_start_is_noted(prong):
    server = prong("--memory", "1M", program=["cat"])
    server.expect("session-end")
    server.wait_event("note", text="memory: hardly any program can start with less than 4M, "
                      "which counts addresses and not what is used: it ends with SEGV or 127")
    with server.connect() as client:
        assert client.is_ended()
    assert server.end(client)["bytes_out"] == 0


def test_memory_beyond_the_limit_is_not_given(prong, puppet):
    _, client = served(prong, puppet, "--memory", "64M")
    assert client.ask("memory 100") == "none: Cannot allocate memory"
    assert client.ask("memory 10") == "1"


def test_peak_memory_and_cpu_time_are_accounted(prong, puppet):
    server, client = served(prong, puppet)
    client.ask("memory 30")
    client.ask("burn 60")
    client.command("exit 0")
    end = server.end(client)

    assert end["peak_kb"] > 30 << 10
    assert end["cpu_us"] >= 50_000


@pytest.mark.parametrize("command, expected", [
    ("exit 0", {"ending": "exited", "status": 0}),
    ("exit 255", {"ending": "exited", "status": 255}),
    ("exit 125", {"ending": "exited", "status": 125}),
    ("kill 9", {"ending": "killed", "status": 9, "signal": "KILL"}),
    ("kill 11", {"ending": "killed", "status": 11, "signal": "SEGV"}),
    ("kill 10", {"ending": "killed", "status": 10, "signal": "USR1"}),
    ("kill 13", {"ending": "killed", "status": 13, "signal": "PIPE"}),
    ("abort", {"ending": "killed", "status": 6, "signal": "ABRT"}),
])
def test_how_a_program_ended_is_said(prong, puppet, command, expected):
    server, client = served(prong, puppet, "--core", "0")
    client.command(command)
    end = server.end(client)

    assert expected.items() <= end.items()
    assert "cause" not in end, "prong did not end it"


def test_a_stopped_program_is_not_taken_for_an_ended_one(prong, puppet):
    server, client = served(prong, puppet)
    pid = int(client.facts("ids")["pid"])
    client.command("kill 19")
    procs.wait_until(lambda: procs.stat(pid)[0] == "T", "stopped")
    with server.connect() as other:
        assert other.ask("say on") == "on"
    assert not server.events("session-end", pid=pid)

    os.kill(pid, 18)
    assert client.ask("say again") in ("again", "")
    client.command("exit 0")
    assert server.end(client)["status"] == 0


def test_the_program_is_a_program_and_no_copy_of_the_server(prong, puppet):
    server, client = served(prong, puppet)
    pid = int(client.facts("ids")["pid"])
    assert os.readlink(f"/proc/{pid}/exe") == os.path.realpath(puppet)


def test_built_ins_carry_nothing_of_the_servers_memory(prong):
    server = prong()
    with server.connect() as client:
        client.send("x")
        assert client.read(1) == b"x", "it is what it will be"
        pid = server.begin(client)["pid"]
        assert os.readlink(f"/proc/{pid}/exe") != os.readlink(f"/proc/{server.pid}/exe")


def test_bytes_are_counted_both_ways(prong, puppet):
    server, client = served(prong, puppet)
    client.command("spill 123456")
    assert len(client.read(123456)) == 123456
    client.command("exit 0")
    assert client.read_all() == b""
    end = server.end(client)

    assert end["bytes_in"] == len("spill 123456\nexit 0\n")
    assert end["bytes_out"] == 123456


def test_bytes_of_a_unix_session_are_not_known_and_not_said(prong, puppet, tmp_path):
    server = prong(program=[puppet], listen=[f"unix:{tmp_path}/s"])
    client = server.connect()
    client.command("exit 0")
    end = server.wait_event("session-end")
    assert "bytes_in" not in end and "bytes_out" not in end


def test_a_client_that_is_a_shell_pipe_gets_its_answer(prong, netns):
    server = prong(program=["sh", "-c", "read word; sleep 0.2; echo got $word"])
    done = subprocess.run(["nc", "-N", "127.0.0.1", str(server.port())], input=b"x",
                          capture_output=True, timeout=20, check=True)
    assert done.stdout == b"got x\n"
