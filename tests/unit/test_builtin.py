"""The built-in services, each on one end of a socket pair.

    PRONG_BUILTIN=.../prong-builtin /usr/bin/python3 -m pytest test_builtin.py

Nothing here needs the server: it is the contract between a service and its client.
"""

import contextlib
import datetime
import hashlib
import os
import random
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

HELPER = os.environ.get("PRONG_BUILTIN", "")
PATIENCE = 30  # an alarm, not a measure: nothing that works comes near it

pytestmark = pytest.mark.skipif(not HELPER, reason="PRONG_BUILTIN is not set")

# A shell starts what it puts into the background deaf to these, and all that is started by it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1)


class Service:
    """One running service and the client's end of its socket."""

    def __init__(self, argv, pair, stderr=subprocess.PIPE, **options):
        self.client, served = pair
        self.client.settimeout(PATIENCE)
        if stderr == "client":
            stderr = served
        options.setdefault("start_new_session", True)
        self.process = subprocess.Popen(
            argv, executable=HELPER, stdin=served, stdout=served, stderr=stderr, **options
        )
        served.close()

    def send(self, data):
        self.client.sendall(data)

    def finish(self):
        self.client.shutdown(socket.SHUT_WR)

    def read(self, count):
        data = b""
        while len(data) < count:
            piece = self.client.recv(count - len(data))
            assert piece, f"the end after {data!r}"
            data += piece
        return data

    def read_until(self, wanted):
        data = b""
        while wanted not in data:
            data += self.read(1)
        return data

    def read_all(self):
        return b"".join(iter(lambda: self.client.recv(1 << 16), b""))

    def status(self):
        return self.process.wait(PATIENCE)

    def errors(self):
        return self.process.stderr.read()


def unix_pair():
    return socket.socketpair()


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


@pytest.fixture
def serve():
    with contextlib.ExitStack() as stack:

        def start(*argv, pair=unix_pair, **options):
            service = Service(argv, pair(), **options)
            stack.callback(service.process.wait)
            stack.callback(service.process.kill)
            stack.callback(service.client.close)
            return service

        yield start


def echoed(service, data):
    sender = threading.Thread(target=lambda: (service.send(data), service.finish()))
    sender.start()
    answer = service.read_all()
    sender.join()
    return answer


def some_bytes(count):
    return random.Random(count).randbytes(count)


# ---- echo ----------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [unix_pair, tcp_pair])
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 1 << 20, 9_000_001])
def test_echo_answers_every_byte_of_any_size(serve, pair, size):
    service = serve("@echo", pair=pair)
    assert echoed(service, some_bytes(size)) == some_bytes(size)
    assert service.status() == 0
    assert service.errors() == b""


def test_echo_answers_at_once_before_and_after_much_data(serve):
    service = serve("@echo", pair=tcp_pair)
    for size in [1, 5, 100_000, 1, 1_000_000, 2_000_000, 1, 1, 70_000]:
        sender = threading.Thread(target=service.send, args=(some_bytes(size),))
        sender.start()
        assert service.read(size) == some_bytes(size)
        sender.join()
    service.finish()
    assert service.read_all() == b""
    assert service.status() == 0


def test_echo_goes_on_without_the_descriptors_for_a_pipe(serve):
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    service = serve("@echo", preexec_fn=few)
    assert echoed(service, some_bytes(5_000_000)) == some_bytes(5_000_000)
    assert service.status() == 0


def test_echo_between_files_and_pipes_is_whole_too(tmp_path):
    data = some_bytes(4_000_000)
    (tmp_path / "in").write_bytes(data)
    with open(tmp_path / "in", "rb") as source, open(tmp_path / "out", "ab") as target:
        subprocess.run(["@echo"], executable=HELPER, stdin=source, stdout=target, check=True)
    assert (tmp_path / "out").read_bytes() == data


def test_echo_to_a_client_that_is_gone_fails_quietly(serve):
    service = serve("@echo")
    service.client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    service.process.send_signal(signal.SIGSTOP)
    service.send(b"x" * 1000)
    service.client.close()
    service.process.send_signal(signal.SIGCONT)
    assert service.status() == 1
    assert service.errors() == b""


def test_echo_ends_with_1_when_the_client_resets(serve):
    service = serve("@echo", pair=tcp_pair)
    service.send(b"x")
    service.read(1)
    service.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    service.client.close()
    assert service.status() == 1
    assert service.errors() == b""


def test_a_service_bears_its_name(serve):
    service = serve("@echo")
    service.send(b"x")
    service.read(1)
    with open(f"/proc/{service.process.pid}/comm") as comm:
        assert comm.read() == "echo\n"


# ---- the other small ones --------------------------------------------------------------


def test_discard_reads_all_and_says_nothing(serve):
    service = serve("@discard")
    assert echoed(service, some_bytes(3_000_000)) == b""
    assert service.status() == 0


def test_hello_says_hello(serve):
    service = serve("@hello")
    assert service.read_all() == b"hello\n"
    assert service.status() == 0


def test_daytime_is_now_in_utc(serve):
    before = datetime.datetime.utcnow().replace(microsecond=0)
    answer = serve("@daytime").read_all().decode()
    said = datetime.datetime.strptime(answer, "%Y-%m-%d %H:%M:%S UTC\r\n")
    assert before <= said <= datetime.datetime.utcnow()
    assert len(answer) == 25


def test_time_counts_from_1900(serve):
    before = int(time.time())
    (said,) = struct.unpack("!I", serve("@time").read_all())
    said = (said - 2208988800) % 2**32
    assert before <= said <= time.time()


def test_chargen_rotates_72_characters_until_the_client_is_gone(serve):
    ring = bytes(range(32, 127)) * 2
    service = serve("@chargen")
    for i in range(200):
        assert service.read(74) == ring[i % 95 :][:72] + b"\r\n"
    service.client.close()
    assert service.status() == 0
    assert service.errors() == b""


@pytest.mark.parametrize("name", ["@nothing", "echo", "@echos", "@", ""])
def test_an_unknown_name_is_a_usage_error(serve, name):
    service = serve(name)
    assert service.read_all() == b""
    assert service.status() == 2
    assert service.errors() == f"prong-builtin: '{name}' is not a built-in service\n".encode()


# ---- qotd ------------------------------------------------------------------------------


@pytest.fixture
def quote(serve, tmp_path):
    def ask(text):
        (tmp_path / "quotes").write_bytes(text)
        service = serve("@qotd", str(tmp_path / "quotes"))
        answer = service.read_all()
        assert service.status() == 0, service.errors()
        return answer

    return ask


def test_qotd_answers_each_quote_sooner_or_later(quote):
    text = b"%\none\n%\ntwo\nlines\n%\n%\n%%\n % \n%"
    wanted = {b"one\n", b"two\nlines\n", b"%%\n % \n"}
    seen = set()
    while seen != wanted:  # 200 misses in a row would be one chance in 10^35
        seen.add(quote(text))
        assert seen <= wanted


@pytest.mark.parametrize(
    "text, answer",
    [
        (b"only one\nof two lines", b"only one\nof two lines"),
        (b"x" * 511, b"x" * 511),
        (b"x" * 512, b"x" * 511),
        (b"x" * 509 + "\N{EURO SIGN}".encode(), b"x" * 509),
        (b"x" * 508 + "\N{EURO SIGN}".encode() + b"y", b"x" * 508 + "\N{EURO SIGN}".encode()),
        (b"a\n" + b"x" * 600, b"a\n"),
        (b"x" * 510 + b"\n" + b"y\n", b"x" * 510 + b"\n"),
        (b"y" * 100_000 + b"\n%\n", b"y" * 511),
        (b"\n" * 16383 + b"%\n", b"\n" * 511),
    ],
)
def test_qotd_cuts_a_quote_below_512_bytes(quote, text, answer):
    assert quote(text) == answer


def test_qotd_names_the_file_it_cannot_read(serve, tmp_path):
    for path, reason in [("absent", "No such file or directory"), (".", "Is a directory")]:
        path = os.path.join(tmp_path, path)
        service = serve("@qotd", path)
        assert service.status() == 1
        assert service.read_all() == b""
        assert service.errors() == f"@qotd: cannot read '{path}': {reason}\n".encode()


def test_qotd_says_that_a_file_is_empty(serve):
    service = serve("@qotd", "/dev/null")
    assert service.status() == 1
    assert service.errors() == b"@qotd: there is no quote in '/dev/null'\n"


def test_qotd_without_a_file_is_a_usage_error(serve):
    service = serve("@qotd")
    assert service.status() == 2
    assert b"needs a FILE" in service.errors()


# ---- a program on a terminal -------------------------------------------------------------


@pytest.fixture
def terminal(serve):
    def start(mode, *argv, **options):
        return serve("prong-pty", mode, argv[0], *argv, **options)

    return start


def python(program):
    return sys.executable, "-c", program


DIGEST = """
import hashlib, os
digest = hashlib.sha256()
while data := os.read(0, {size}):
    digest.update(data)
print(digest.hexdigest(), flush=True)
"""


@pytest.mark.parametrize("size", [1, 1023, 65536])
def test_a_raw_terminal_carries_any_bytes_and_their_end(terminal, size):
    data = some_bytes(20_000 if size == 1 else 400_000)
    data += bytes(range(256)) + b"\0\4\26\n\r\3" * 1000 + b"\0"
    service = terminal("raw", *python(DIGEST.format(size=size)))
    service.send(data)
    service.finish()
    assert service.read_all() == hashlib.sha256(data).hexdigest().encode() + b"\n"
    assert service.status() == 0


@pytest.mark.parametrize("last", [b"", b"x", b"\n", b"\0", b"\4", b"\26", b"\4\4\n"])
def test_a_raw_terminal_ends_after_any_last_byte(terminal, last):
    service = terminal("raw", "/bin/cat")
    if last:
        service.send(last)
        assert service.read(len(last)) == last  # the program is waiting for more
    service.finish()
    assert service.read_all() == b""
    assert service.status() == 0


def test_a_raw_terminal_gives_bytes_at_once(terminal):
    service = terminal("raw", "/bin/cat")
    for piece in [b"a", b"bc", b"\0", b"\4", b"\3", b"line\n", b"no line"]:
        service.send(piece)
        assert service.read(len(piece)) == piece


def test_a_raw_terminal_is_full_both_ways_without_loss(terminal):
    service = terminal("raw", "/bin/cat")
    assert echoed(service, some_bytes(3_000_000)) == some_bytes(3_000_000)
    assert service.status() == 0


def test_a_relay_that_has_nothing_to_do_sleeps(terminal):
    service = terminal("raw", "/bin/sh", "-c", "exec <&- >&-; echo $$ >&2; sleep 1000")
    service.finish()
    assert service.process.stderr.readline()
    with open(f"/proc/{service.process.pid}/stat") as stat:
        before = stat.read().split()[13:15]
        time.sleep(0.5)  # a loop would use all of it; a tick is 10 ms
        stat.seek(0)
        after = stat.read().split()[13:15]
    assert sum(map(int, after)) - sum(map(int, before)) < 10


def test_a_raw_terminal_does_not_touch_output(terminal):
    data = some_bytes(300_000)
    program = f"import random, os; d = random.Random({len(data)}).randbytes({len(data)})\n"
    program += "while d: d = d[os.write(1, d):]"
    service = terminal("raw", *python(program))
    assert service.read_all() == data
    assert service.status() == 0


def test_every_reader_of_a_script_sees_the_end(terminal):
    service = terminal("raw", "/bin/sh", "-c", "cat; cat; cat; echo done")
    service.send(b"rest")
    service.finish()
    assert service.read_all() == b"restdone\n"


def test_a_cooked_terminal_echoes_and_edits(terminal):
    service = terminal("cooked", "/bin/sh", "-c", "read word; echo got $word; stty size")
    service.send(b"wrong\25right\r")
    assert service.read_all().endswith(b"right\r\ngot right\r\n24 80\r\n")
    assert service.status() == 0


def test_a_cooked_terminal_ends_with_the_client(terminal):
    service = terminal("cooked", "/bin/cat")
    service.send(b"half a line")
    service.finish()
    assert service.read_all() == b"half a line" * 2
    assert service.status() == 0


def test_a_cooked_terminal_makes_signals_of_keys(terminal):
    service = terminal("cooked", "/bin/sh", "-c", "echo ready; exec sleep 1000")
    service.read_until(b"ready\r\n")
    service.send(b"\3")
    assert service.status() == -signal.SIGINT


def test_the_program_leads_a_session_on_its_terminal(terminal):
    program = "import os; print(os.getpid() == os.getsid(0) == os.getpgid(0) == os.tcgetpgrp(0))"
    assert terminal("raw", *python(program)).read_all() == b"True\n"


def test_the_program_has_nothing_else_open_and_no_signal_blocked(terminal):
    program = (
        "import os, signal; print(sorted(os.listdir('/proc/self/fd'))[:3],"
        " [fd for fd in range(3, 99) if os.path.exists(f'/proc/{os.getpid()}/fd/{fd}')],"
        " signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    )
    assert terminal("raw", *python(program)).read_all() == b"['0', '1', '2'] [] set()\n"


def test_error_output_stays_where_it_was(terminal):
    service = terminal("raw", "/bin/sh", "-c", "echo out; echo err >&2; test -t 2")
    assert service.read_all() == b"out\n"
    assert service.errors() == b"err\n"
    assert service.status() == 1


def test_error_output_for_the_client_goes_through_the_terminal(terminal):
    service = terminal("raw", "/bin/sh", "-c", "echo err >&2; test -t 2", stderr="client")
    assert service.read_all() == b"err\n"
    assert service.status() == 0


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_an_exit_status_is_passed_on(terminal, code):
    assert terminal("raw", "/bin/sh", "-c", f"exit {code}").status() == code


@pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV", "HUP", "USR1"])
def test_a_death_by_signal_is_passed_on(terminal, name):
    service = terminal("raw", "/bin/sh", "-c", f"kill -{name} $$")
    assert service.status() == -getattr(signal, "SIG" + name)


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT"])
def test_a_signal_reaches_the_program(terminal, name):
    script = f"trap 'echo {name}; exit 9' {name}; echo ready; while :; do sleep 0.01; done"
    service = terminal("raw", "/bin/sh", "-c", script)
    service.read_until(b"ready\n")
    service.process.send_signal(getattr(signal, "SIG" + name))
    assert service.read_all() == name.encode() + b"\n"
    assert service.status() == 9


def wait_for_end(pidfd):
    assert select.select([pidfd], [], [], PATIENCE)[0]
    os.close(pidfd)


def test_killing_the_relay_kills_the_program(terminal):
    service = terminal("raw", "/bin/sh", "-c", "echo $$; exec sleep 1000")
    pid = int(service.read_until(b"\n"))
    program = os.pidfd_open(pid)
    service.process.kill()
    wait_for_end(program)


def test_a_client_that_is_gone_hangs_the_line_up(terminal):
    script = "trap 'exit 5' HUP; echo ready; while echo x; do sleep 0.01; done"
    service = terminal("raw", "/bin/sh", "-c", script)
    service.read_until(b"ready\n")
    service.client.close()
    assert service.status() in (1, 5)  # told by HUP, or by a write that failed


def test_what_the_program_leaves_in_its_group_is_killed(terminal):
    service = terminal("raw", "/bin/sh", "-c", "sleep 1000 & echo $!; read word")
    left = os.pidfd_open(int(service.read_until(b"\n")))
    service.send(b"go\n")
    assert service.read_all() == b""
    assert service.status() == 0
    wait_for_end(left)


def test_output_is_delivered_to_a_slow_client_whole(terminal):
    service = terminal("raw", *python("import os; os.write(1, b'x' * 3000); os._exit(3)"))
    service.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    assert service.read_all() == b"x" * 3000
    assert service.status() == 3


@pytest.mark.parametrize(
    "path, code, reason",
    [
        ("/nonexistent/program", 127, "No such file or directory"),
        ("/etc/passwd", 126, "Permission denied"),
        ("/", 126, "Permission denied"),
    ],
)
def test_a_program_that_cannot_run_is_named(terminal, path, code, reason):
    service = terminal("raw", path)
    assert service.status() == code
    assert service.errors() == f"prong-pty: cannot run '{path}': {reason}\n".encode()


@pytest.mark.parametrize("argv", [[], ["raw"], ["raw", "/bin/true"], ["mild", "/bin/true", "true"]])
def test_wrong_arguments_are_a_usage_error(serve, argv):
    service = serve("prong-pty", *argv)
    assert service.status() == 2
    assert re.match(rb"usage: prong-pty ", service.errors())
