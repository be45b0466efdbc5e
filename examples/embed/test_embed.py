#!/usr/bin/python3
"""Runs one of the examples and is its clients.

    test_embed.py NAME PROGRAM

Each serves several clients at once while its own clock ticks and its own children end; on
SIGTERM it drains: whoever is there is served on, nobody else comes in.  Then it is gone
with status 0, has said nothing but what it says itself, and has left no process behind.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys

from embedding import (
    LONG,
    Client,
    Host,
    drain,
    expect_closed,
    expect_echo,
    expect_said,
    leave_all,
    several,
    work_besides,
)

NAME, PROGRAM = sys.argv[1:3]
PR_SET_CHILD_SUBREAPER = 36

# Only since then a pidfd tells what somebody else has reaped.
KERNEL = tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
KEEPS_STATUS = KERNEL >= (6, 15)
UNKNOWN = "ended, nobody knows how"

SERVING = r"serving on (127\.0\.0\.1:\d+)"
CHILD = r"own child: exited 7"


def echo(client):
    assert client.ask("are you there?") == "are you there?"


# ---- one of each ----------------------------------------------------------------------


def test_plain():
    wrong = subprocess.run(
        [PROGRAM, "127.0.0.1:0", "max-per-source", "lots"],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert wrong.returncode == 1 and wrong.stdout == "", wrong
    assert "max-per-source" in wrong.stderr and "'lots'" in wrong.stderr, wrong.stderr

    def serve(client):
        assert client.ask("again") == "you said: again"

    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        heard = {client.hear() for client in clients}
        assert len({line.rsplit(" ", 1)[1] for line in heard}) == 5, heard
        for client in clients:
            assert any(line.startswith(f"hello {client.name}, you") for line in heard)
        host.next(r"tick: 5 live, 0 ended")
        host.signal(signal.SIGHUP)
        assert host.next(r"reloaded, serving on (.*)") == (address,)
        newcomer = Client(address)
        assert newcomer.hear().startswith(f"welcome back {newcomer.name}, you are")
        expect_echo(clients, "you said: ")  # with the settings they were born with
        leave_all(clients)
        said = drain(host, address, newcomer, serve)
    expect_said(
        said, SERVING, r"tick: \d+ live, \d+ ended", r"reloaded, .*", r"draining"
    )


def test_libuv():
    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        expect_echo(clients)
        host.next(r"tick: 5 live")
        work_besides(host, address, echo)
        leave_all(clients[1:])
        said = drain(host, address, clients[0], echo)
    begun = r"log: <6> echo\[\w+\]: begin 127\.0\.0\.1:\d+ pid \d+ .*"
    ended = r"log: <6> echo\[\w+\]: end 127\.0\.0\.1:\d+ pid \d+: exited 0 .*"
    counts = expect_said(
        said,
        SERVING,
        r"tick: \d+ live, \d+ ended",
        CHILD + r", signal 0",
        begun,
        ended,
        r"log: <5> .*(: serving @echo|no new connections|sessions? served).*",
    )
    assert counts[begun] == counts[ended] >= 35, counts


def libevent_by(method, **environment):
    with Host(PROGRAM, **environment) as host:
        (address, by) = host.next(SERVING + r", by (.*)")
        assert by == method
        clients = several(address)
        expect_echo(clients)
        host.next(r"tick: 5 live, 0 refused")
        unwelcome = Client(address, "127.0.0.66")
        assert unwelcome.file.read() == ""
        host.next(
            rf"log: echo\[\w+\]: refused {unwelcome.name} \(policy\): no luck"
        )
        host.next(r"tick: 5 live, 1 refused")
        work_besides(host, address, echo)
        leave_all(clients[1:])
        said = drain(host, address, clients[0], echo)
    counts = expect_said(
        said,
        SERVING + r", by .*",
        r"tick: \d+ live, \d+ refused",
        CHILD,
        r"log: .*: begin .*",
        r"log: .*: end 127\.0\.0\.1:.*: exited 0 .*",
        r"log: .*: refused 127\.0\.0\.66:.*",
        r"log: .*(: serving @echo|no new connections|sessions? served).*",
    )
    assert counts[r"log: .*: refused 127\.0\.0\.66:.*"] == 1, counts


def test_libevent():
    libevent_by("epoll")
    libevent_by("poll", EVENT_NOEPOLL="1")
    libevent_by("select", EVENT_NOEPOLL="1", EVENT_NOPOLL="1")


def test_glib():
    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        expect_echo(clients)
        host.next(r"tick: 5 live")
        leave_all(clients[1:])
        accounts = {host.next(r"account: (\S+), number \d: exited 0")[0] for _ in range(4)}
        assert accounts == {client.name for client in clients[1:]}
        work_besides(host, address, echo)
        said = drain(host, address, clients[0], echo)
    account = r"account: 127\.0\.0\.1:\d+, number \d+: exited 0"
    total = r"all sessions: (\d+) bytes in, (\d+) out"
    counts = expect_said(said, SERVING, r"tick: \d+ live", CHILD, account, total)
    assert counts[account] >= 35 and counts[total] == 1, counts
    came, went = re.fullmatch(total, said[-1]).groups()
    assert came == went == str(5 * len("line 0\n") + 31 * len("are you there?\n"))


def test_sd_event():
    def serve(client):
        assert client.ask("999983") == "999983 is prime"

    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        host.next(r"tick: [1-9]\d* ready, 0 met one")
        clients = several(address)
        for number, client in enumerate(clients):
            assert client.ask("7") == "7 is prime"
            assert client.ask(str(4 + 2 * number)).endswith(" is not prime")
        host.next(r"tick: \d+ ready, [1-9]\d* met one")
        work_besides(host, address, serve)
        leave_all(clients[1:])
        said = drain(host, address, clients[0], serve)
    expect_said(said, SERVING, r"tick: \d+ ready, \d+ met one", CHILD)


def test_threaded():
    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        expect_echo(clients)
        host.next(r"tick: 5 live")
        unwelcome = Client(address, "127.0.0.66")
        assert unwelcome.file.read() == ""
        host.next(r"tick: \d live, 1 ended")
        expect_echo(clients)
        leave_all(clients[1:])
        said = drain(host, address, clients[0], echo)
    expect_said(said, SERVING, r"tick: \d+ live, [01] ended")


def how(ending):
    return ending if KEEPS_STATUS else rf"({ending}|{UNKNOWN})"


def test_reaping():
    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        expect_echo(clients)
        host.next(r"tick: \d+ reaped")
        leave_all(clients[1:])
        numbers = {
            host.next(r"end: number (\d+) " + how("exited 0"))[0] for _ in range(4)
        }
        assert len(numbers) == 4, numbers
        host.next(CHILD)
        for _ in range(20):
            client = Client(address)
            echo(client)
            client.leave()
        said = drain(host, address, clients[0], echo)
    ended = r"end: number \d+ " + how("exited 0")
    counts = expect_said(said, SERVING, r"tick: \d+ reaped", CHILD, ended)
    assert counts[ended] >= 25, counts


def test_ignoring():
    def serve(client):
        assert client.ask("0") == "sh says 3"

    with Host(PROGRAM) as host:
        (address,) = host.next(SERVING)
        clients = several(address)
        host.next(r"tick: 5 live, 5 accepted, 0 ended, 0 failed")
        for number, client in enumerate(clients[1:]):
            assert client.ask(str(number)) == "sh says 3"
            assert client.leave() == ""
            host.next(rf"end: number \d {how(f'exited {number}')}$")
        host.next(r"tick: 1 live, 5 accepted, 4 ended, 0 failed")
        said = drain(host, address, clients[0], serve)
    expect_said(
        said,
        SERVING,
        r"tick: \d+ live, \d+ accepted, \d+ ended, 0 failed",
        r"end: number \d+ " + how(r"exited \d"),
        r"endings: \d+ known, 0 not" if KEEPS_STATUS else r"endings: .*",
    )


def test_two_servers():
    def greeted(client):
        return "ello" in client.leave()

    with Host(PROGRAM) as host:
        (first,) = host.next(r"echo: " + SERVING)
        (second,) = host.next(r"hello: " + SERVING)
        clients = several(first)
        expect_echo(clients)
        assert all([greeted(client) for client in several(second)])
        host.next(r"tick: echo has 5")
        host.signal(signal.SIGUSR1)
        expect_closed(first)
        expect_echo(clients)
        assert greeted(Client(second))
        leave_all(clients)
        host.next(r"echo: gone")
        assert all([greeted(client) for client in several(second)])
        host.next(r"tick: hello has 0")
        host.signal(signal.SIGTERM)
        said = host.end()
    expect_said(
        said,
        r"(echo|hello): " + SERVING,
        r"tick: (echo|hello) has \d+",
        r"echo: gone",
        r"hello: gone",
    )


def test_upgrade():
    with Host(PROGRAM) as host:
        number, address = host.next(r"(\d+): " + SERVING)
        before = Client(address)
        echo(before)
        host.signal(signal.SIGHUP)
        assert host.next(r"(\d+): " + SERVING) == (number, address)
        after = Client(address)
        echo(after)
        echo(before)
        for client in (before, after):
            assert client.leave() == ""
            host.next(rf"{number}: session \w+ exited 0$")
        host.signal(signal.SIGTERM)
        said = host.end()
    expect_said(said, r"\d+: " + SERVING, r"\d+: session \w+ exited 0")


ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
globals()["test_" + NAME.replace("-", "_")]()
