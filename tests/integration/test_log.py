"""The log in its three forms, and that every line is whole and true."""
import json
import os
import re
import socket
import struct
import subprocess

import pytest

from harness import ALARM
from harness.server import PRONG

ID = "[0-9A-HJKMNP-TV-Z]{13}"
CLOCK = r"^\d\d:\d\d:\d\d\.\d{3} "


def session(server):
    with server.connect() as client:
        client.send("hello")
        assert client.read(5) == b"hello"
        client.half_close()
        client.read_all()
        return client.name


def test_text_has_one_line_at_the_start_and_one_at_the_end_of_a_session(prong):
    server = prong(log="text")
    name = re.escape(session(server))
    begin = server.journal.wait_line(
        re.compile(CLOCK + rf"echo\[({ID})\]: begin {name} pid (\d+) \(1 of \d+\)$"))
    end = server.journal.wait_line(
        re.compile(CLOCK + rf"echo\[({ID})\]: end {name} pid (\d+): "
                   r"exited 0 after [\d.]+ m?s, 5 B in, 5 B out, CPU [\d.]+ .?s, peak [\d.]+ .B$"))

    assert begin.groups() == end.groups()


def test_text_says_what_is_served_first(prong):
    server = prong("--max", "9", log="text")
    server.journal.wait_line(
        re.compile(CLOCK + rf"echo: serving @echo on {server.addresses[0]}; at most 9 "))


def test_text_names_the_signal_and_the_cause(prong, puppet):
    server = prong("--session-timeout", "100ms", log="text", program=[puppet])
    server.connect()
    server.journal.wait_line(re.compile(r"killed by .*TERM.*session-timeout"))


def test_text_says_why_a_client_was_refused(prong, puppet):
    server = prong("--max-per-source", "1", log="text", program=[puppet])
    server.connect().ask("say in")
    server.connect().is_ended()
    server.journal.wait_line(
        re.compile(CLOCK + r"puppet\[\w+\]: refused 127\.0\.0\.1:\d+ \(source-full\): 1 of 1 session from "
                   r"127\.0\.0\.1"))


def test_json_has_one_object_a_line_with_the_fields_of_the_manual(prong):
    server = prong()
    name = session(server)
    begin = server.wait_event("session-begin", source=name)
    end = server.wait_event("session-end", source=name)

    assert set(begin) == {"time", "level", "event", "service", "id", "source", "pid",
                          "live", "max"}
    assert {"time", "level", "event", "service", "id", "source", "pid", "ending",
            "status", "duration_ms", "bytes_in", "bytes_out", "cpu_us",
            "peak_kb"} <= set(end)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", begin["time"])
    assert begin["level"] == end["level"] == "info"


def test_json_is_the_default_where_stderr_is_no_terminal():
    with subprocess.Popen([PRONG, "127.0.0.1:0"], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as server:
        try:
            assert json.loads(server.stderr.readline())["event"]
        finally:
            server.terminate()


def test_text_is_the_default_on_a_terminal():
    master, slave = os.openpty()
    with subprocess.Popen([PRONG, "127.0.0.1:0"], stdin=subprocess.DEVNULL,
                          stderr=slave) as server:
        os.close(slave)
        try:
            text = b""
            while b"serving" not in text:
                text += os.read(master, 4096)
            assert b"{" not in text
        finally:
            server.terminate()
    os.close(master)


def test_quiet_says_nothing_but_warnings(prong, puppet):
    server = prong("--quiet", "--max-per-source", "1", program=[puppet])
    server.expect("refused")
    server.connect().ask("say in")
    server.connect().is_ended()
    server.wait_event("refused")
    assert {event["level"] for event in server.journal.events} <= {"warning", "error"}


class FakeJournal:
    """Datagrams of the journal's native protocol as dictionaries."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"{folder}/socket")
        self.socket.settimeout(ALARM)

    def read(self):
        data, fields = self.socket.recv(1 << 20), {}
        while data:
            name, mark = re.match(rb"([A-Z0-9_]+)(=|\n)", data).groups()
            data = data[len(name) + 1:]
            if mark == b"=":
                value, _, data = data.partition(b"\n")
            else:
                length = struct.unpack("<Q", data[:8])[0]
                value, data = data[8:8 + length], data[8 + length + 1:]
            fields[name.decode()] = value.decode()
        return fields

    def wait(self, event):
        while True:
            fields = self.read()
            if fields.get("PRONG_EVENT") == event:
                return fields


@pytest.fixture
def journald(tmp_path, root):
    """(fake journal, wrapper): the server finds the fake where the journal would be."""
    folder = tmp_path / "journal"
    folder.mkdir()
    script = ("mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
              'mount --bind "$0" /run/systemd/journal && exec "$@"')
    wrapper = ["unshare", "-m", "sh", "-c", script, str(folder)]
    probe = subprocess.run([*wrapper, "true"], check=False)
    if probe.returncode != 0:
        pytest.skip("no mount namespaces here")
    journal = FakeJournal(folder)
    yield journal, wrapper
    journal.socket.close()


def test_the_journal_gets_fields(prong, journald):
    journal, wrapper = journald
    server = prong(log="journald", wrapper=wrapper)
    name = session(server)
    begin, end = journal.wait("session-begin"), journal.wait("session-end")

    assert begin["PRONG_ID"] == end["PRONG_ID"]
    assert begin["PRIORITY"] == "6"
    assert begin["SYSLOG_IDENTIFIER"] == "prong"
    assert begin["MESSAGE"].startswith(f"echo[{begin['PRONG_ID']}]: begin {name}")
    assert end["PRONG_SOURCE"] == name and end["PRONG_STATUS"] == "0"


def test_the_journal_gets_the_lines_of_programs(prong, journald, puppet):
    journal, wrapper = journald
    server = prong(log="journald", wrapper=wrapper, program=[puppet])
    server.connect().ask("stderr a line")
    assert journal.wait("stderr")["PRONG_LINE"] == "a line"


def test_a_journal_that_goes_away_does_not_stop_the_service(prong, journald):
    journal, wrapper = journald
    server = prong(log="journald", wrapper=wrapper)
    session(server)
    journal.socket.close()
    for _ in range(20):
        session(server)


def test_without_a_journal_it_says_so_at_start(root):
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh", PRONG,
         "--log", "journald", "127.0.0.1:0"], capture_output=True, text=True, timeout=ALARM)
    assert done.returncode != 0 and "journal" in done.stderr
