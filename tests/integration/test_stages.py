"""A stage that fails: the log names it, the client is not left waiting, and the program
never runs.  Faults of the child are injected with strace."""
import pytest

from harness import strace
from harness.server import run

STAGES = [
    ("dup2", "EBADF", (), "descriptors"),
    ("close_range", "ENOMEM", (), "descriptors"),
    ("setsid", "EPERM", (), "session"),
    ("setrlimit,prlimit64", "EPERM", ("--files", "50"), "files"),
    ("setrlimit,prlimit64", "EPERM", ("--file-size", "50"), "limits"),
    ("setpriority", "EACCES", ("--nice", "5"), "nice"),
    ("setgroups", "EPERM", ("--user", "nobody"), "user"),
    ("setresgid", "EPERM", ("--user", "nobody"), "user"),
    ("setresuid", "EAGAIN", ("--user", "nobody"), "user"),
    ("landlock_restrict_self", "EPERM", ("--read", "/"), "rules"),
    ("prctl", "EACCES", ("--no-new-privileges", "yes"), "bounding"),
    ("capset", "EPERM", ("--capabilities", "none"), "capabilities"),
    ("chdir", "EACCES", ("--dir", "/usr"), "dir"),
    ("execve,execveat", "ENOMEM", (), "program"),
]


def child_only(call, error):
    """Fails in the children: strace counts calls for each process."""
    calls = call.split(",")
    return ["-e", f"trace={call}",
            *[word for one in calls for word in ("-e", f"inject={one}:error={error}")]]


@pytest.mark.parametrize("call, error, options, stage", STAGES)
def test_a_failed_stage_is_named_and_the_program_never_runs(
    prong, tracer, fault_log, open_folder, request, call, error, options, stage
):
    if "nobody" in options:
        request.getfixturevalue("root")
    mark = open_folder / "ran"
    server = prong("--refuse-text", "sorry\\n", *options,
                   program=["touch", mark], listen=["127.0.0.1:0"])
    server.expect("session-end", "spawn-failed")
    with strace.Attached(server.pid, child_only(call, error), fault_log, follow=True):
        with server.connect() as client:
            assert client.read_all() in (b"", b"sorry\n")
        end = server.wait_event("session-end")

    assert (end["ending"], end["stage"]) == ("stage", stage)
    assert end["error"].startswith(error) or error in end["error"] or " " in end["error"]
    assert not mark.exists(), "the program ran after a failed stage"


@pytest.mark.parametrize("start", ["fresh", "spare", "warm"])
def test_a_file_that_the_kernel_does_not_know_is_called_that(prong, open_folder, start):
    path = open_folder / "list"
    path.write_text("echo hi\n")
    path.chmod(0o755)
    server = prong("--start", start, program=[path], listen=["127.0.0.1:0"])
    server.expect("warning", "session-end", "spawn-failed", "spares-failed")
    with server.connect() as client:
        assert client.is_ended()
    end = server.wait_event("session-end")
    assert (end["stage"], end["error"].split(": ")[-1]) == ("program", "Exec format error")
    assert "nor a script that begins with #!" in end["hint"]


def test_the_server_serves_again_after_a_failed_stage(prong, tracer, fault_log):
    server = prong("--max", "1")
    server.expect("session-end", "spawn-failed")
    with strace.Attached(server.pid, child_only("setsid", "EPERM"), fault_log, follow=True):
        for _ in range(3):
            with server.connect() as client:
                assert client.is_ended()
            server.wait_event("session-end")
    with server.connect() as client:
        client.send("x")
        client.half_close()
        assert client.read_all() == b"x"


def test_a_program_that_vanished_after_start_is_a_failed_stage(prong, open_folder):
    tool = open_folder / "tool"
    tool.write_text("#!/bin/sh\necho here\n")
    tool.chmod(0o755)
    server = prong("--refuse-text", "sorry\\n", program=[tool])
    server.expect("session-end", "spawn-failed")
    with server.connect() as client:
        assert client.read_all() == b"here\n"
    tool.unlink()
    with server.connect() as client:
        assert client.read_all() in (b"", b"sorry\n")

    end = server.wait_event("session-end", ending="stage")
    assert end["stage"] == "program" and "No such file" in end["error"]


def test_a_folder_that_vanished_after_start_is_a_failed_stage(prong, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    server = prong("--dir", folder)
    server.expect("session-end", "spawn-failed")
    folder.rmdir()
    with server.connect() as client:
        assert client.is_ended()
    assert server.wait_event("session-end")["stage"] == "dir"


@pytest.fixture
def tool(tmp_path):
    def make(text, mode=0o755, name="tool"):
        path = tmp_path / name
        path.write_bytes(text)
        path.chmod(mode)
        return path

    return make


def refused(program, *words, status=1):
    done = run("--log", "text", "127.0.0.1:0", "--", program)
    assert done.returncode == status
    for word in (str(program), *words):
        assert word in done.stderr, done.stderr


def test_a_missing_program_is_an_error_at_start(tmp_path):
    refused(tmp_path / "nowhere", "does not exist")
    refused("prong-no-such-program")
    refused("./prong-no-such-program")


def test_a_program_that_is_not_executable_is_an_error_at_start(tool):
    refused(tool(b"#!/bin/sh\n", 0o644), status=3)


def test_a_folder_is_no_program(tmp_path):
    refused(tmp_path)


def test_a_script_whose_interpreter_is_missing_is_an_error_at_start(tool):
    refused(tool(b"#!/no/such/interpreter -x\n"), "/no/such/interpreter")


def test_a_script_with_an_interpreter_that_is_there_starts(prong, tool):
    server = prong(program=[tool(b"#! /bin/sh -e\necho ran\n")])
    with server.connect() as client:
        assert client.read_all() == b"ran\n"


def test_a_folder_that_is_not_there_is_an_error_at_start(tmp_path):
    done = run("--dir", tmp_path / "nowhere", "127.0.0.1:0")
    assert done.returncode in (1, 2, 111)
    assert "nowhere" in done.stderr


def test_an_empty_program_is_an_error_at_start():
    assert run("127.0.0.1:0", "--", "").returncode in (1, 2)
