"""changes -- bar 12: the start, a reload of 100 services, and an upgrade, under load

What a client sees of each: nothing, or this is what the tables show.  The clients come
all the time, new ones one after the other; a server that is changed may neither refuse
nor reset one of them, and the slowest of them tells how long nobody was there.
"""

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import time

from .load import Failed
from .process import ENVIRONMENT, listening_ports
from .results import Table, Verdict, divided
from .servers import MANY_PEERS, Unavailable

SERVICES = 100
PATIENCE = 10
POLL = 0.0002
PROGRAM = "prong, 100 services"


def answers(address, port):
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def wait_for(condition, what):
    """Seconds until it holds."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > PATIENCE:
            raise Failed(what)
        time.sleep(POLL)
    return time.monotonic() - begun


# ---- the start ---------------------------------------------------------------------------


def time_start(argv, address, port, environment):
    """(pid, milliseconds) from before exec until a client can connect."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    begun = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, {**ENVIRONMENT, **environment}, file_actions=quiet)
    try:
        wait_for(lambda: answers(address, port), f"{argv[0]} does not listen")
    except Failed:
        end(pid)
        raise
    return pid, (time.monotonic() - begun) * 1000


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def starters(bench):
    """{name: what gives a command line, address, port and environment}."""
    program = [bench.tools["tiny-hello"]]
    found = {}
    if bench.tools["prong"]:
        found["prong @echo"] = lambda: bench.servers.prong_line(["@echo"])
        found["prong, tiny program"] = lambda: bench.servers.prong_line(program)
        found[PROGRAM] = lambda: bench.servers.many_line("prong", SERVICES)
    for name in bench.peers:
        try:
            bench.servers.peer_line(name, program)
        except Unavailable as error:
            bench.servers.missing[name] = str(error)
        else:
            found[name] = lambda name=name: bench.servers.peer_line(name, program)
    return found


def start_time(bench):
    lines, taken = sorted(starters(bench).items()), {}
    table = Table("Bar 12: start until a client can connect, milliseconds",
                  ["median", "max"], digits=2)
    for number in range(3 * bench.rounds):
        for name, line in random.sample(lines, len(lines)):
            argv, address, port, environment = line()
            try:
                pid, spent = time_start(argv, address, port, environment)
            except Failed as error:
                bench.servers.missing[f"start of {name}"] = str(error)
                continue
            end(pid)
            taken.setdefault(name, []).append(spent)
        if number % bench.rounds == 0:
            bench.say(f"Bar 12: start, {number // bench.rounds + 1} of 3")
    for name, samples in sorted(taken.items()):
        table.add(name, "median", statistics.median(samples))
        table.add(name, "max", max(samples))
    bench.tables["start"] = table
    bench.verdicts.append(Verdict(12, "start to listening", divided(
        table.median("prong @echo", "median"), 1), "<=", 20, " ms"))


# ---- clients in the background -----------------------------------------------------------


class Rush:
    """The load client, while something else happens."""

    def __init__(self, bench, server, clients, seconds):
        argv = [bench.load.client, "--mode", "hello", "--clients", str(clients),
                "--seconds", str(seconds), server.address, str(server.port)]
        self.popen = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.end = time.monotonic() + seconds

    def runs(self):
        return time.monotonic() < self.end

    def result(self):
        return json.loads(self.popen.communicate()[0])


# ---- a reload ----------------------------------------------------------------------------


def reload_once(server, count):
    """Milliseconds until the service that is new in the set can be connected to."""
    port = server.port + SERVICES
    server.configure(count + 1)
    begun = time.monotonic()
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: answers(server.address, port), f"{server.name} does not reload")
    spent = time.monotonic() - begun
    server.configure(count)
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: port not in listening_ports(), f"{server.name} does not reload back")
    return spent * 1000


def reload_time(bench):
    names = ["prong", *MANY_PEERS]
    table = Table(f"Bar 12: a reload of {SERVICES} services under load (C=4)", [
        "reload ms", "command ms", "answered", "failed"], digits=1)
    servers = []
    for name in names:
        servers += bench.servers.attempt(bench.servers.start_many, name, SERVICES)
    for number in range(bench.rounds):
        bench.say(f"Bar 12: reloads, round {number + 1} of {bench.rounds}")
        for server in random.sample(servers, len(servers)):
            reload_round(bench, table, server)
    bench.servers.end(servers)
    table.notes += ["failed: connections refused, reset or cut short, of all rounds",
                    "reload ms: from HUP until a service that is new can be connected to; "
                    "command ms: what 'prong reload' takes, its own start included"]
    bench.tables["reload"] = table
    bench.verdicts.append(Verdict(12, "reload: connections refused or reset",
                                  sum_of(table, "prong", "failed"), "<=", 0))


def reload_round(bench, table, server):
    rush = Rush(bench, server, 4, bench.seconds * 4)
    try:
        while rush.runs():
            table.add(server.name, "reload ms", reload_once(server, SERVICES))
            if server.name == "prong":
                table.add("prong", "command ms", command_ms(bench, server, "reload"))
    except Failed as error:
        table.notes.append(str(error))
    result = rush.result()
    table.add(server.name, "answered", result["completed"])
    table.add(server.name, "failed", result["failed"])


def command_ms(bench, server, what):
    begun = time.monotonic()
    done = subprocess.run([bench.tools["prong"], what, "--control", server.control],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"prong {what}: {done.stderr.strip()}")
    return (time.monotonic() - begun) * 1000


def sum_of(table, row, column):
    samples = table.rows.get(row, {}).get(column)
    return sum(samples) if samples else None


# ---- an upgrade --------------------------------------------------------------------------


def upgrade_time(bench):
    """With none and with thousands of sessions; beside each, the same without upgrades."""
    table = Table("Bar 12: an upgrade under load (C=1), milliseconds", [
        "upgrade", "slowest client", "the same at rest", "answered", "failed"], digits=1)
    for count in (0, 1000, 5000):
        if 3 * count + 200 < bench.most_files:
            upgrade_with(bench, table, count)
    table.notes += ["slowest client: longest time from connect to the whole answer while "
                    "upgrades follow each other; at rest: while there are none",
                    "failed: connections refused, reset or cut short, of all rounds"]
    bench.tables["upgrade"] = table
    total = [sum_of(table, row, "failed") for row in table.rows]
    bench.verdicts.append(Verdict(12, "upgrade: connections refused or reset",
                                  sum(total) if total else None, "<=", 0))


def upgrade_with(bench, table, count):
    row = f"{count} sessions live"
    servers = bench.servers.attempt(bench.servers.start_many, "prong", 2,
                                    files=bench.most_files)
    for server in servers:
        bench.say(f"Bar 12: upgrades with {row}")
        holds = [bench.processes.adopt(bench.load.hold(server.echo(), count))] if count else []
        for _ in range(bench.rounds):
            upgrade_round(bench, table, row, server)
        for hold in holds:
            bench.processes.end(hold)
    bench.servers.end(servers)


def upgrade_round(bench, table, row, server):
    rest = Rush(bench, server, 1, bench.seconds * 2).result()
    table.add(row, "the same at rest", rest["max_us"] / 1000)
    rush = Rush(bench, server, 1, bench.seconds * 2)
    while rush.runs():
        table.add(row, "upgrade", command_ms(bench, server, "upgrade"))
    result = rush.result()
    table.add(row, "slowest client", result["max_us"] / 1000)
    table.add(row, "answered", result["completed"])
    table.add(row, "failed", result["failed"])


def all_changes(bench):
    """Bar 12."""
    start_time(bench)
    reload_time(bench)
    upgrade_time(bench)
