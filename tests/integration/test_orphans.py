"""What becomes of sessions when the supervisor itself is killed."""
import os
import signal
import time

from harness import procs, strace


def killed_with_a_session(prong, puppet, *options):
    """A client and the pid of its program, whose supervisor is gone."""
    server = prong(*options, program=[puppet])
    server.is_checked = False
    client = server.connect()
    pid = int(client.facts("ids")["pid"])
    server.begin(client)
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    return server, client, pid


def test_a_session_is_killed_with_its_supervisor(prong, puppet):
    _, client, pid = killed_with_a_session(prong, puppet)
    assert client.read_all() == b""
    procs.wait_ended(pid)


def test_a_session_of_another_user_is_killed_as_well(prong, puppet, for_everybody, root):
    _, client, pid = killed_with_a_session(prong, for_everybody(puppet), "--user", "nobody")
    assert client.read_all() == b""
    procs.wait_ended(pid)


def test_a_session_that_may_goes_on_and_the_next_server_listens_at_once(prong, puppet):
    server, client, pid = killed_with_a_session(prong, puppet, "--orphans", "keep")
    successor = prong(listen=[server.addresses[0]])
    assert successor.addresses == server.addresses
    with successor.connect() as other:
        other.send(b"x")
        assert other.read(1) == b"x"
    assert int(client.facts("ids")["pid"]) == pid
    client.command("exit 0")
    assert client.read_all() == b""
    procs.wait_ended(pid)


def test_after_a_kill_the_next_server_listens_at_once(prong, puppet):
    server, _, _ = killed_with_a_session(prong, puppet)
    successor = prong(listen=[server.addresses[0]])
    assert successor.addresses == server.addresses


def test_what_a_session_has_started_is_killed_as_well(prong):
    """The shell waits for its child, which holds the client's socket."""
    server = prong(program=["/bin/sh", "-c", "sleep 1000 <&- >&- 2>&- & echo $!; cat"])
    server.is_checked = False
    client = server.connect()
    child = int(client.read_line())
    shell = server.begin(client)["pid"]
    group = [pid for pid in procs.all_pids() if (procs.stat(pid) or (0,) * 3)[2] == shell]
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    assert client.read_all() == b""
    assert {shell, child} <= set(group)
    for pid in group:
        procs.wait_ended(pid)


def test_after_an_upgrade_it_is_seen_to_as_before(prong, puppet):
    server = prong(program=["/bin/sh", "-c", "echo $$; cat; exit"])
    server.is_checked = False
    client = server.connect()
    shell = int(client.read_line())
    before = procs.warden(server.pid)
    server.send_signal(signal.SIGUSR2)
    server.wait_event("upgraded")
    after = procs.warden(server.pid)
    assert before != after
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    assert client.read_all() == b""
    procs.wait_ended(shell)
    procs.wait_ended(after)


def test_the_warden_is_started_again(prong, puppet):
    server = prong(program=[puppet])
    first = procs.warden(server.pid)
    client = server.connect()
    time.sleep(1.1)  # one that ends sooner is not tried again
    os.kill(first, signal.SIGKILL)
    procs.wait_gone(first)
    second = procs.warden(server.pid)
    client.ask("hold")
    server.is_checked = False
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    assert client.read_all() == b""
    procs.wait_ended(second)


def test_without_the_wish_there_is_no_warden(prong):
    server = prong("--orphans", "keep")
    assert procs.wardens(server.pid) == []


def test_without_a_warden_it_is_said_and_served(prong, tracer):
    """Its third close_range fails: programs have two."""
    server = prong(program=["/bin/cat"], faults=[
        "-e", "trace=close_range", "-e", "inject=close_range:error=ENOMEM:when=3"])
    server.expect("warning")
    assert "orphans: no process could be had" in server.wait_event("warning")["text"]
    assert procs.wardens(server.pid) == []
    assert server.connect().exchange(b"served") == b"served"


def test_a_question_is_over_with_its_supervisor(prong, tmp_path):
    """The policy program, and what it has started."""
    server = prong("--policy", "sh", "--policy", "-c",
                   "--policy", f"sleep 600 & echo $! > {tmp_path}/pid; wait",
                   "--policy-timeout", "10m")
    server.is_checked = False
    server.connect()
    path = tmp_path / "pid"
    started = procs.wait_until(lambda: path.exists() and path.read_text(), "the question")
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    procs.wait_ended(int(started))


def test_so_is_one_that_the_supervisor_had_no_time_to_note(prong, tracer, tmp_path):
    """Its call that makes the process does not come back: what began is ended all the same."""
    path = tmp_path / "pid"
    server = prong(program=["sh", "-c", f"sleep 600 & echo $! > {path}; wait"])
    late = ["-e", "trace=clone3", "-e", "inject=clone3:delay_exit=100000000"]
    with strace.Attached(server.pid, late, tmp_path / "trace"):
        server.is_checked = False
        server.connect()
        started = procs.wait_until(lambda: path.exists() and path.read_text(), "the program")
        server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    procs.wait_ended(int(started))
