"""The server of the tutorial, as hard as its users could be."""

import contextlib
import os
import pty
import random
import re
import shutil
import signal
import socket
import subprocess
import termios
import threading
import time
from pathlib import Path

import pytest

from lab import ASAN, WAIT, Client, Server, children, is_alive

# ---- answers


def test_it_answers_as_the_protocol_says():
    with Server() as server, server.client(name=None) as client:
        for line, answer in (
            ("GET a", "ERROR say AUTH first"),
            ("AUTH ada", "ERROR a word is missing"),
            ("AUTH ada tiger", "OK"),
            ("GET a", "NONE"),
            ("SET a 1 and 2", "OK"),
            ("SET ab \u4e2d\u6587", "OK"),
            ("SET b 3\r", "OK"),
            ("GET a", "VALUE 1 and 2"),
            ("GET ab", "VALUE \u4e2d\u6587"),
            ("GET b", "VALUE 3"),
            ("GET " + 255 * "k", "NONE"),
            ("GET " + 256 * "k", "ERROR the key is too long"),
            ("SET a b\tc", "ERROR control characters"),
            ("SELECT a", "ERROR unknown command"),
            ("DEL b", "OK"),
            ("DEL b", "NONE"),
            ("SET c " + 1018 * "v", "OK"),
            ("GET c", "VALUE " + 1018 * "v"),
        ):
            assert client.ask(line) == answer
        client.say("KEYS a")
        assert [client.hear() for _ in range(3)] == ["KEY a", "KEY ab", "OK 2"]
        client.say("KEYS")
        assert [client.hear() for _ in range(4)] == ["KEY a", "KEY ab", "KEY c", "OK 3"]
        assert client.ask("QUIT") == "OK bye"
        assert client.rest() == ""
        server.wait("exited 0 after")


def test_a_client_that_shuts_its_side_gets_all_answers():
    with Server() as server, Client(server.port) as client:
        lines = ["AUTH ada tiger", *(f"SET key{i} {i}" for i in range(100)), "KEYS"]
        client.socket.sendall("\n".join([*lines, "SET unfinished"]).encode())
        client.socket.shutdown(socket.SHUT_WR)
        answers = client.rest().splitlines()
        assert answers[:101] == 101 * ["OK"]
        assert len(answers) == 202 and answers[-1] == "OK 100"
        server.wait("exited 0 after")


@pytest.mark.parametrize("line", ["SET a " + 1019 * "v" + "\n", 100_000 * "x"],
                         ids=["complete", "endless"])
def test_a_line_too_long_ends_the_session(line):
    with Server("exempt all") as server, server.client() as client:
        try:
            client.socket.sendall(line.encode())
        except OSError:
            pass  # it has been closed already
        server.wait("exited 11 after")
    with Server("exempt all") as server, server.client() as client:
        assert client.ask("SET a " + 1019 * "v") == "ERROR the line is too long"
        assert client.rest() == ""


def test_a_full_store_says_so_and_has_room_after_a_deletion():
    with Server("size 1048576") as server, server.client() as client:
        count = 0
        while (answer := client.ask(f"SET full{count} {900 * 'v'}")) == "OK":
            count += 1
        assert answer == "ERROR full: delete something first" and count > 100
        assert client.ask("SET another " + 900 * "v").startswith("ERROR full")
        for i in range(count // 2):
            assert client.ask(f"DEL full{i}") == "OK"
        assert client.ask("SET another " + 900 * "v") == "OK"
        assert client.ask(f"GET full{count - 1}") == "VALUE " + 900 * "v"


def test_a_client_that_does_not_read_holds_nobody_up():
    with Server() as server, server.client() as slow, server.client() as other:
        for i in range(100):
            assert other.ask(f"SET key{i:03}{200 * 'k'} v") == "OK"
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.socket.sendall(2000 * b"KEYS\n")
        for i in range(100):
            assert other.ask(f"SET key{i:03}{200 * 'k'} w") == "OK"


# ---- many at once


def work(server, number, failures):
    """200 operations on keys of its own, against a model; and one key that all write."""
    chance, model = random.Random(number), {}
    try:
        with server.client() as client:
            for step in range(200):
                key = f"c{number}-{chance.randrange(20)}"
                deed = chance.choice(("SET", "SET", "GET", "DEL", "shared"))
                if deed == "SET":
                    model[key] = f"{number} {step}"
                    assert client.ask(f"SET {key} {model[key]}") == "OK"
                elif deed == "GET":
                    wanted = f"VALUE {model[key]}" if key in model else "NONE"
                    assert client.ask(f"GET {key}") == wanted
                elif deed == "DEL":
                    assert client.ask(f"DEL {key}") == ("OK" if model.pop(key, None) else "NONE")
                else:
                    assert client.ask(f"SET shared {number} {number}") == "OK"
                    assert re.fullmatch(r"VALUE (\d) \1", client.ask("GET shared"))
            client.say(f"KEYS c{number}-")
            found = [client.hear() for _ in range(len(model) + 1)]
            assert found == [*(f"KEY {key}" for key in sorted(model)), f"OK {len(model)}"]
    except (AssertionError, OSError) as failure:
        failures.append(f"client {number}: {failure!r}")


def test_eight_clients_with_two_hundred_operations_each():
    failures = []
    with Server() as server:
        threads = [threading.Thread(target=work, args=(server, i, failures)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for _ in range(8):
            server.wait("exited 0 after")
        assert server.end() == 0
        assert "account: 8 sessions, 0 wrong passwords, 0 killed" in server.log[-1]


def kill_in_a_commit(pid):
    """KILL where the kernel is asked to write: the store's lock is held then."""
    tracer = subprocess.Popen(
        ["strace", "-qq", "-p", str(pid), "-e", "trace=fdatasync", "-e",
         "inject=fdatasync:signal=KILL"], stderr=subprocess.PIPE, text=True)
    return tracer


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
@pytest.mark.skipif(os.geteuid() != 0, reason="sessions are not traced by their own user")
def test_a_session_killed_in_the_middle_of_a_commit_changes_and_holds_nothing():
    with Server() as server, server.client() as victim:
        pid = server.session()
        assert victim.ask("SET a before") == "OK"
        tracer = kill_in_a_commit(pid)
        while not re.search(r"^TracerPid:\s+[1-9]", Path(f"/proc/{pid}/status").read_text(), re.M):
            assert tracer.poll() is None, tracer.stderr.read()
        victim.say("SET a half")
        assert victim.hear() == ""
        server.wait("killed by KILL")
        tracer.communicate(timeout=WAIT)
        with server.client() as other:
            assert other.ask("GET a") == "VALUE before"
            assert other.ask("SET a after") == "OK"
            assert other.ask("GET a") == "VALUE after"
        assert server.end() == 0
        assert "1 killed" in server.log[-1]


def test_sessions_that_are_killed_while_they_write_leave_a_store_that_works():
    with Server() as server:
        for turn in range(4):
            with server.client() as victim, server.client() as other:
                pid = server.session()
                victim.socket.sendall(b"".join(b"SET k %d\n" % i for i in range(500)))
                assert victim.hear() == "OK"
                os.kill(pid, signal.SIGKILL)
                server.wait("killed by KILL")
                assert re.fullmatch(r"VALUE \d+", other.ask("GET k"))
                assert other.ask(f"SET turn {turn}") == "OK"
                assert other.ask("GET turn") == f"VALUE {turn}"


# ---- users


def test_a_wrong_password_costs_and_the_second_shuts_out():
    with Server() as server:
        for name, password in (("ada", "lion"), ("nobody", "tiger")):
            with Client(server.port, "127.0.0.2") as client:
                assert client.ask(f"AUTH {name} {password}") == "ERROR wrong name or password"
                assert client.rest() == ""
            server.wait("exited 10 after")
        server.wait(r"127\.0\.0\.2 is shut out for")
        with Client(server.port, "127.0.0.2") as client:
            assert re.fullmatch(r"ERROR penalty: try again in \d+ s", client.hear())
            assert client.hear() == ""
        server.wait(r"refused 127\.0\.0\.2:\d+ \(penalty\)")
        with server.client("127.0.0.1") as client:
            assert client.ask("GET a") == "NONE"
        assert server.end() == 0
        assert "2 wrong passwords" in server.log[-1]
        said = "\n".join(server.log)
        assert "lion" not in said and "tiger" not in said


@pytest.mark.skipif(ASAN, reason="what AddressSanitizer needs is more")
def test_a_user_there_is_not_is_hashed_all_the_same():
    """yescrypt takes 16 MB: whether it ran stands in the log."""
    peaks = []
    with Server("exempt all") as server:
        for line in ("QUIT", "AUTH ada lion", "AUTH eve lion"):
            with Client(server.port) as client:
                client.ask(line)
                client.rest()
            peaks.append(float(server.wait(r"end .* peak ([\d.]+) MB")[1]))
    assert peaks[0] + 12 < min(peaks[1:])


@pytest.mark.skipif(os.geteuid() != 0, reason="memory of a session can be read by root only")
def test_no_password_stays_in_memory():
    with Server() as server:
        server.add_user("eve", "xyzzy-plugh-4711")
        server.reload()
        with server.client(name="eve", password="xyzzy-plugh-4711") as client:
            pid = server.session()
            assert client.ask("SET marker abracadabra-0815") == "OK"
            assert client.ask("GET marker") == "VALUE abracadabra-0815"
            memory = b""
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                area, rights = line.split()[:2]
                begin, end = (int(word, 16) for word in area.split("-"))
                if rights.startswith("rw") and end - begin < 1 << 28:
                    with open(f"/proc/{pid}/mem", "rb") as file:
                        file.seek(begin)
                        memory += file.read(end - begin)
            assert b"abracadabra-0815" in memory
            assert b"xyzzy-plugh" not in memory


def add_user(path, name, text):
    return subprocess.run([os.environ["KEYVALUE"], "adduser", str(path), name], input=text,
                          capture_output=True, text=True, timeout=WAIT)


def test_adduser_refuses_what_is_wrong(tmp_path):
    users = tmp_path / "users"
    assert add_user(users, "ada", "tiger\n").returncode == 0
    assert users.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"ada:\$y\$[^\n:]+\n", users.read_text())
    before = users.read_text()
    for name, text, wrong in (
        ("ada", "lion\n", "there is such a user"),
        ("a:b", "lion\n", "a name has no blank"),
        ("eve", "\n", "a password has 1 to 127 bytes"),
        ("eve", 128 * "x" + "\n", "a password has 1 to 127 bytes"),
    ):
        done = add_user(users, name, text)
        assert done.returncode == 1 and wrong in done.stderr
        assert users.read_text() == before
    users.chmod(0o644)
    assert "chmod 600" in add_user(users, "eve", "lion\n").stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["users"]


def test_adduser_shows_nothing_of_the_password_on_a_terminal(tmp_path):
    users = tmp_path / "users"
    master, slave = pty.openpty()
    process = subprocess.Popen([os.environ["KEYVALUE"], "adduser", str(users), "ada"],
                               stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while b"Password: " not in shown:
        shown += os.read(master, 1024)
    # What is typed before the echo is off is thrown away (TCSAFLUSH).
    while termios.tcgetattr(master)[3] & termios.ECHO:
        pass
    os.write(master, b"tiger\n")
    assert process.wait(WAIT) == 0
    shown += os.read(master, 1024)
    os.close(master)
    assert b"tiger" not in shown
    assert users.read_text().startswith("ada:$y$")


# ---- the server


def test_a_reload_takes_what_is_new_and_leaves_who_is_there():
    with Server() as server, server.client() as old:
        server.reload("maintenance a disk is changed")
        with Client(server.port) as client:
            assert client.rest() == "ERROR maintenance: come back later\n"
        server.wait(r"\(policy\).*a disk is changed")
        assert old.ask("SET a 1") == "OK"

        server.add_user("eve", "lion")
        server.reload()
        with server.client(name="eve", password="lion") as client:
            assert client.ask("GET a") == "VALUE 1"
        assert old.ask("GET a") == "VALUE 1"


@pytest.mark.parametrize("line, wrong", [
    ("max none", r"max: 'none'"),
    ("maxx 3", "maxx"),
    ("max", r"keyvalue.conf:\d+: a value is missing"),
    ("users /nowhere/users", "users: '/nowhere/users': No such file"),
    ("data relative", "data: 'relative' is no folder"),
    ("size 1M", "size: '1M' is not a number"),
    ("listen 127.0.0.1:99999", "99999"),
])
def test_a_reload_with_a_mistake_changes_nothing(line, wrong):
    with Server() as server:
        server.reload(line, expect=f"nothing was changed: .*{wrong}")
        with server.client() as client:
            assert client.ask("GET a") == "NONE"
        server.reload("max 3")
        assert server.end() == 0


def wait_closed(port):
    """A process that was made a moment ago has the listener until it closes what it need not
    have."""
    end = time.monotonic() + WAIT
    with pytest.raises(ConnectionRefusedError):
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionResetError), Client(port):
                pass


def test_it_drains_and_leaves_nothing_behind():
    with Server() as server:
        old, other = server.client(), server.client()
        server.wait("begin")
        sessions = [pid for pid, _ in children(server.process.pid)]
        server.signal(signal.SIGTERM)
        server.wait("stopping: no new connections, 2 sessions may go on")
        wait_closed(server.port)
        assert old.ask("SET a 1") == "OK"
        assert old.ask("QUIT") == "OK bye"
        server.wait("exited 0 after")
        assert server.process.poll() is None
        assert other.ask("GET a") == "VALUE 1"
        server.signal(signal.SIGTERM)
        assert other.hear() == ""
        assert server.process.wait(WAIT) == 0
        assert len(sessions) >= 2 and not any(is_alive(pid) for pid in sessions)
        old.__exit__()
        other.__exit__()


def test_no_session_stays_a_zombie():
    with Server() as server:
        for _ in range(20):
            with server.client() as client:
                assert client.ask("QUIT") == "OK bye"
            server.wait("exited 0 after")
        deadline = time.monotonic() + WAIT
        while "Z" in [state for _, state in children(server.process.pid)]:
            assert time.monotonic() < deadline


def test_a_session_has_what_it_needs_and_nothing_else():
    with Server() as server:
        in_force = server.wait(r"isolation \(strict\): in force: ([^;]*)")[1]
        with server.client():
            pid = server.session()
            status = Path(f"/proc/{pid}/status").read_text()
            fds = sorted(path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir())
        store = [str(server.data / name) for name in ("data.mdb", "data.mdb", "lock.mdb")]
        assert [str(path) for path in fds[:3]] == store
        assert [str(path).split(":")[0] for path in fds[3:]] == ["pipe", "socket", "socket"]
        assert "files" in in_force and "syscalls" in in_force
        assert re.search(r"^Seccomp:\s+2$", status, re.M)
        assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
        assert re.search(r"^CapEff:\s+0+$", status, re.M)
        for path in ("data.mdb", "lock.mdb"):
            assert (server.data / path).stat().st_mode & 0o777 == 0o600


def test_the_unit_for_systemd_is_one():
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("no systemd-analyze")
    unit = Path(__file__).parent / "keyvalue.service"
    done = subprocess.run([verify, "verify", str(unit)], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "keyvalue.service" in line]
    assert [line for line in said if "is not executable" not in line] == []
