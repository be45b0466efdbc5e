"""The control socket of a real server: what it tells, what it does, whom it answers."""
import os
import socket
import stat
import subprocess
import sys
import threading

import pytest

from harness import ALARM, procs
from harness.control import Control, path_of
from harness.entrance import at
from harness.server import PRONG, run


@pytest.fixture
def control(prong):
    """control(server) is a conversation with it."""
    made = []

    def start(server, path=None):
        made.append(Control(path or path_of(server.pid)))
        return made[-1]

    yield start
    for one in made:
        one.socket.close()


def test_it_is_in_its_folder_while_the_server_lives(prong):
    server = prong()
    path = path_of(server.pid)
    status = os.lstat(path)
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    assert stat.S_IMODE(os.lstat(os.path.dirname(path)).st_mode) & 0o022 == 0
    server.settle()
    server.stop()
    assert not os.path.exists(path)


def test_it_can_be_elsewhere_or_nowhere(prong, control, tmp_path):
    server = prong("--control", str(tmp_path / "here"))
    assert control(server, tmp_path / "here").ask("ps") == ([], {"done": True})
    server = prong("--control", "off")
    with pytest.raises(AssertionError):
        path_of(server.pid)


def test_one_that_cannot_be_made_is_a_line_in_the_log(prong, tmp_path):
    (tmp_path / "file").write_text("")
    for where in (tmp_path / "file", tmp_path / "no" / "folder"):
        server = prong("--control", str(where))
        server.expect("warning")
        texts = [event["text"] for event in server.events("warning")]
        assert any(text.startswith("no control socket: ") for text in texts), texts
        assert server.connect().exchange(b"still here") == b"still here"


@pytest.mark.parametrize("word", ["here", "", "x" * 200])
def test_a_path_that_cannot_be_one_is_usage(word):
    done = run("--control", word if word != "x" * 200 else "/" + word, "127.0.0.1:0")
    assert done.returncode == 2 and "--control: '" in done.stderr


def test_status_and_ps_tell_the_truth(prong, control, puppet):
    server = prong("--max", "7", "--name", "night", program=[puppet])
    client = server.connect()
    client.ask("say hello")
    talk = control(server)
    (whole, service), last = talk.ask("status")
    assert last == {"done": True}
    assert whole["instance"] == "night" and whole["pid"] == server.pid
    assert whole["state"] == "serving" and whole["live"] == 1
    assert service["service"] == "night" and service["max"] == 7
    assert service["listen"] == server.addresses[0]
    (session,), _ = talk.ask("ps night")
    begin = server.begin(client)
    assert session["id"] == begin["id"] and session["pid"] == begin["pid"]
    assert session["source"] == client.name
    assert session["bytes_in"] == 10 and session["state"] == "running"
    assert {"setting": "max", "value": "7"} in talk.ask("settings night")[0]


def test_kill_ends_whom_it_means(prong, control, puppet):
    server = prong(program=[puppet])
    first, second = server.connect(), server.connect(source="127.0.0.2")
    for client in (first, second):
        client.ask("say in")
    talk = control(server)
    assert talk.ask("kill 127.0.0.2")[1] == {"sessions": 1, "done": True}
    assert server.end(second)["signal"] == "TERM"
    assert first.ask("say on") == "on"
    found = talk.ask("ps")[0][0]
    assert talk.ask(f"kill {found['id']} now")[1]["sessions"] == 1
    assert server.end(first)["signal"] == "KILL"
    assert talk.ask("kill all")[1]["sessions"] == 0
    assert server.wait_event("control", request="kill 127.0.0.2")["pid"] == os.getpid()


def test_pause_and_resume(prong, control):
    server = prong()
    talk = control(server)
    assert talk.ask("pause")[1] == {"done": True}
    assert talk.ask("status")[0][1]["state"] == "held"
    waiting = server.connect()
    assert talk.ask("status")[0][0]["accepted"] == 0
    assert talk.ask("resume")[1] == {"done": True}
    assert waiting.exchange(b"x") == b"x"


def test_a_pause_for_a_time_ends_though_its_client_is_gone(prong, control):
    server = prong("--name", "echo")
    with Control(path_of(server.pid)) as talk:
        assert talk.ask("pause echo 200ms")[1] == {"done": True}
    client = server.connect()
    assert client.exchange(b"x") == b"x"
    paused = server.wait_event("control", request="pause echo 200ms")
    assert at(server.begin(client)) - at(paused) > 0.19  # written in ms


def test_drain_stops_the_server(prong, control, puppet):
    server = prong(program=[puppet])
    client = server.connect()
    client.ask("say in")
    talk = control(server)
    assert talk.ask("drain 1h")[1] == {"sessions": 1, "done": True}
    assert talk.ask("status")[0][0]["state"] == "draining"
    client.command("exit 0")
    assert talk.is_ended()
    assert server.wait() == 0


# ---- whom it answers


def as_nobody(script, *args):
    return subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3",
         "-c", script, *args],
        capture_output=True, timeout=ALARM, text=True, check=False,
    )


def test_another_user_is_turned_away(prong, root, open_folder):
    path = open_folder / "control"
    prong("--control", str(path))
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "print(s.makefile().read())"
    )
    assert "PermissionError" in as_nobody(script, str(path)).stderr
    path.chmod(0o666)
    assert "only root and the server's own user" in as_nobody(script, str(path)).stdout


def test_a_folder_of_somebody_else_is_not_used(prong, root, for_everybody, open_folder):
    """A user's server, where another one was first to make its folder in /tmp."""
    uid = 500_000 + os.getpid()  # nobody else's
    folder = f"/tmp/prong-{uid}"
    os.mkdir(folder, 0o777)
    try:
        binary = for_everybody(PRONG)
        env = {"PATH": os.environ["PATH"]}
        server = prong(
            binary=binary, env=env, user=uid, group=uid, extra_groups=[],
            cwd=str(open_folder),
        )
        texts = [event["text"] for event in server.events("note")]
        assert any("belongs to uid 0" in text for text in texts), texts
    finally:
        os.rmdir(folder)


def test_what_dead_servers_left_is_swept(prong):
    server = prong()
    folder = os.path.dirname(path_of(server.pid))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, other = f"{folder}/{dead.pid}.sock", f"{folder}/other.sock"
    for path in (left, left + "~", other):
        one = socket.socket(socket.AF_UNIX)
        one.bind(path)
        one.close()
    try:
        second = prong()
        assert not os.path.exists(left) and not os.path.exists(left + "~")
        assert os.path.exists(other), "what has another name is not ours"
        assert os.path.exists(path_of(server.pid)) and os.path.exists(path_of(second.pid))
    finally:
        os.unlink(other)


# ---- those who mean no good, or are only slow


def test_nobody_is_held_up_by_those_who_do_not_read(prong, control, puppet, tmp_path):
    where = tmp_path / "control"  # where only this test takes places
    server = prong("--control", where, program=[puppet])
    for _ in range(20):
        server.connect().ask("say in")
    slow = [control(server, where) for _ in range(15)]
    for talk in slow:
        talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        talk.socket.setblocking(False)
        try:
            while True:
                talk.socket.send(b"ps\n" * 100)
        except BlockingIOError:
            pass
    assert len(control(server, where).ask("ps")[0]) == 20
    assert server.connect().ask("say served") == "served"


def test_ten_megabytes_are_no_request(prong, control):
    server = prong()
    before = int(procs.status(server.pid, "VmRSS").split()[0])
    talk = control(server)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        talk.send(b"x" * 10_000_000)
    assert talk.read_object() == {"error": "a request is at most 1024 bytes long"}
    assert int(procs.status(server.pid, "VmRSS").split()[0]) < before + 512
    assert control(server).ask("ps")[1] == {"done": True}


def test_a_thousand_clients_at_once(prong):
    server = prong()
    path = path_of(server.pid)
    told = []

    def come():
        with Control(path) as talk:
            try:
                talk.send("ps\n")
                told.append(talk.read_object())
            except (BrokenPipeError, ConnectionResetError):
                told.append(None)

    threads = [threading.Thread(target=come) for _ in range(1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ALARM)
    assert len(told) == 1000
    assert {"done": True} in told
    with Control(path) as talk:
        assert talk.ask("ps")[1] == {"done": True}


@pytest.mark.parametrize("noise", [b"\0\n", b"\xff\xfe\n", b"\x1b[2J\n", b"ps \0\n", b"'\"\\\n"])
def test_noise_is_answered_in_json(prong, control, noise):
    server = prong()
    talk = control(server)
    talk.send(noise)
    assert "error" in talk.read_object()
    assert talk.ask("ps")[1] == {"done": True}


def timers_of(server):
    return [
        open(f"/proc/{server.pid}/fdinfo/{fd}", encoding="ascii").read()
        for fd, target in server.fds().items() if "timerfd" in target
    ]


def test_an_idle_server_sleeps_again_when_its_clients_are_gone(prong, tmp_path):
    where = tmp_path / "control"  # where nobody else looks for servers
    server = prong("--control", where)
    with Control(where) as talk:
        talk.ask("status")
    server.check_idle()
    assert timers_of(server)
    procs.wait_until(lambda: all("it_value: (0, 0)" in timer for timer in timers_of(server)),
                     "no timer is set")
