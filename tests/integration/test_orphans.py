"""What becomes of sessions when the supervisor itself is killed."""
import os
import signal

from harness import procs


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


def test_a_session_of_another_user_is_killed_as_well(prong, puppet, root):
    _, client, pid = killed_with_a_session(prong, puppet, "--user", "nobody")
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


def test_what_a_killed_session_leaves_to_itself_is_its_own(prong, puppet):
    """The kernel tells the process, not its children: said in the manual."""
    server = prong(program=["/bin/sh", "-c", "sleep 1000 <&- >&- 2>&- & echo $!; exec cat"])
    server.is_checked = False
    client = server.connect()
    child = int(client.read_line())
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    assert client.read_all() == b""
    # Its parent closes the socket first, and is over only then.
    procs.wait_until(lambda: procs.stat(child)[1] == os.getpid(), "the orphan is ours")
    assert procs.alive(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
