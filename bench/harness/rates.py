"""rates -- bars 1 to 4 and 14: connections per second, and the CPU time of one

All servers of a table run at once, idle but for the one whose turn it is; every round
goes through all of them in a new random order.
"""

import random
import time

from .results import Table, Verdict, divided
from .servers import ECHO_PEERS, LEAN, PEERS, QUIET, spares

CLIENTS = (1, 16, 128)
CPU_CLIENTS = 16
LIMIT = "limit"
SESSION_LIMIT = "limit, own session"
BARE = "bare spare loop"
SPARES = "32"
CAT_PEERS = ("busybox tcpsvd", "tcpserver", "ipsvd tcpsvd")


def column(clients):
    return f"C={clients}"


class CpuCounter:
    """CPU time and connections of each server, summed over the rounds."""

    def __init__(self, servers):
        self.order = [server.name for server in servers]
        self.seconds = {}
        self.connections = {}

    def add(self, name, seconds, connections):
        self.seconds[name] = self.seconds.get(name, 0) + seconds
        self.connections[name] = self.connections.get(name, 0) + connections

    def fill(self, table, title):
        for name in self.order:
            if name in self.seconds:
                table.add(name, title,
                          self.seconds[name] * 1e6 / max(1, self.connections[name]))


def one_turn(bench, server, mode, clients, table, cpu):
    """One server's turn.  A last connection lets it reap whom it has not reaped yet."""
    before = server.process.cpu()
    result = bench.load.rush(server, mode, clients, seconds=bench.seconds)
    done = result["completed"]
    table.add(server.name, column(clients), result["per_second"])
    table.add_failed(server.name, result["failed"])
    if clients != CPU_CLIENTS:
        return
    bench.load.rush(server, mode, 1, count=1)
    time.sleep(0.05)
    cpu.add(server.name, server.process.cpu() - before, done + 1)


def run_rounds(bench, servers, mode, table):
    """Fills a table of rates; returns the CPU counter.  Ends the servers."""
    cpu = CpuCounter(servers)
    table.rows.update({name: {} for name in cpu.order})
    for number in range(bench.rounds):
        bench.say(f"{table.title}: round {number + 1} of {bench.rounds}")
        for clients in CLIENTS:
            for server in random.sample(servers, len(servers)):
                try:
                    one_turn(bench, server, mode, clients, table, cpu)
                except OSError:
                    table.add_failed(server.name, 1)
                    servers.remove(server)
    bench.servers.end(servers)
    return cpu


def start_prongs(bench, program):
    """prong as it is, with its log on, and with the least it can do per session."""
    attempt, start = bench.servers.attempt, bench.servers.start_prong
    return [*attempt(start, "prong", program),
            *attempt(start, "prong, logging", program, ["--log", "json"]),
            *attempt(start, "prong, lean", program, LEAN)]


def start_peers(bench, names, program):
    return [server for name in names
            for server in bench.servers.attempt(bench.servers.start_peer, name, program)]


def fresh_tiny(bench):
    """Bars 1 and 3."""
    program = [bench.tools["tiny-hello"]]
    servers = [bench.servers.start_limit(LIMIT, "exec", program),
               bench.servers.start_limit(SESSION_LIMIT, "exec", ["-s", *program]),
               *start_prongs(bench, program), *start_peers(bench, bench.peers, program)]
    table = Table("Bar 1: fresh start, tiny static program, connections per second",
                  [column(clients) for clients in CLIENTS])
    cpu_table = Table("Bar 3: CPU time of one connection, server and program, "
                      f"microseconds (C={CPU_CLIENTS})", ["CPU us"])
    run_rounds(bench, servers, "hello", table).fill(cpu_table, "CPU us")
    table.notes.append("prong's bars are judged on the row 'prong': default options and -q")
    table.notes.append(f"'{SESSION_LIMIT}': the same limit, but each program gets a session "
                       "of its own (setsid), as prong's do and the peers' do not: the "
                       "kernel makes a scheduling group for each (autogroup)")
    bench.tables["fresh"], bench.tables["cpu"] = table, cpu_table

    verdicts = [Verdict(1, f"prong / limit, {name}", table.ratio("prong", LIMIT, name),
                        ">=", 0.92) for name in table.columns]
    verdicts += [Verdict(1, f"prong / {SESSION_LIMIT}, {name}",
                         table.ratio("prong", SESSION_LIMIT, name), ">=", 0.92)
                 for name in table.columns]
    rival = table.best(PEERS, column(CPU_CLIENTS))
    verdicts.append(Verdict(1, f"prong / fastest peer ({rival}), C={CPU_CLIENTS}",
                            table.ratio("prong", rival, column(CPU_CLIENTS)), ">", 1.0))
    rival = cpu_table.best(PEERS, "CPU us", min)
    verdicts.append(Verdict(3, "CPU of prong / limit",
                            cpu_table.ratio("prong", LIMIT, "CPU us"), "<=", 1.15))
    verdicts.append(Verdict(3, f"CPU of prong / least peer ({rival})",
                            cpu_table.ratio("prong", rival, "CPU us"), "<=", 1.0))
    bench.verdicts += verdicts


def fresh_cat(bench):
    """Bar 2."""
    program = ["/bin/cat"]
    servers = [bench.servers.start_limit("limit, cat", "exec", program),
               *bench.servers.attempt(bench.servers.start_prong, "prong", program),
               *start_peers(bench, CAT_PEERS, program)]
    table = Table("Bar 2: fresh start, /bin/cat as echo, connections per second",
                  [column(clients) for clients in CLIENTS])
    run_rounds(bench, servers, "echo", table)
    bench.tables["cat"] = table
    bench.verdicts += [
        Verdict(2, f"prong / limit, {name}", table.ratio("prong", "limit, cat", name),
                ">=", 0.95) for name in table.columns]


def builtin_echo(bench):
    """Bar 4."""
    attempt = bench.servers.attempt
    servers = [bench.servers.start_limit("limit, fork", "fork"),
               bench.servers.start_limit("limit, spare", "spare", options=[SPARES]),
               bench.servers.start_limit("limit, spare, own session", "spare",
                                         options=[SPARES, "-s"]),
               *attempt(bench.servers.start_prong, "prong @echo", ["@echo"]),
               *attempt(bench.servers.start_prong, "prong @echo, spare", ["@echo"],
                        [*QUIET, *spares(SPARES)])]
    for name in ECHO_PEERS:
        servers += attempt(bench.servers.start_echo_peer, name)
    table = Table("Bar 4: built-in echo, connections per second",
                  [*[column(clients) for clients in CLIENTS], "CPU us"])
    run_rounds(bench, servers, "echo", table).fill(table, "CPU us")
    table.notes += ["'limit, fork': a static program forks for each connection, no logic",
                    f"'limit, spare': {SPARES} processes wait in accept, one connection each; "
                    "'prong @echo, spare' keeps as many; 'own session': see bar 1"]
    bench.tables["echo"] = table
    bench.verdicts += [
        Verdict(4, f"prong @echo / busybox inetd, {name}",
                divided(table.median("prong @echo", name),
                        table.median("busybox inetd echo", name)), ">=", 1.0)
        for name in table.columns[:len(CLIENTS)]]
    bench.verdicts += [
        Verdict(4, f"prong @echo, spare / bare spare loop{kind}, {name}",
                table.ratio("prong @echo, spare", f"limit, spare{kind}", name), ">=", 1.0)
        for kind in ("", ", own session") for name in table.columns[:len(CLIENTS)]]


def own_handler(bench):
    """Bar 14: one handler, served by libprong and by the bare loop of the same program."""
    start = bench.servers.start_own
    servers = [start(BARE, "bare", SPARES), start("libprong, fresh", "fresh", SPARES),
               *bench.servers.attempt(start, "libprong, spare", "spare", SPARES)]
    table = Table("Bar 14: a handler of one's own, echo, connections per second",
                  [*[column(clients) for clients in CLIENTS], "CPU us"])
    run_rounds(bench, servers, "echo", table).fill(table, "CPU us")
    table.notes.append(f"all are one program; {SPARES} processes wait in '{BARE}' and in "
                       "'libprong, spare'")
    bench.tables["own"] = table
    bench.verdicts += [
        Verdict(14, f"libprong, spare / {BARE}, {name}",
                table.ratio("libprong, spare", BARE, name), ">=", 0.95)
        for name in table.columns[:len(CLIENTS)]]
