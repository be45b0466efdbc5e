"""ahead -- bar 9: programs started before their client comes, language by language

Of each language all servers run at once: prong in its four ways to start, with one word
more on its command line and nothing else, and two peers that know one way only.  Every
round goes through all of them in a new random order; each comes to rest before the next
has its turn, or the one's spares would be started in the other's time.
"""

import random
import statistics
import time

from .family import rest, weigh
from .handlers import HANDLERS, program_of
from .load import Failed
from .results import Table, Verdict, divided

FRESH = "fresh"
MODES = (FRESH, "spare", "warm", "clone")
JUDGED = ("warm", "clone")
PEERS = ("tcpserver", "systemd-socket-activate")
CLIENTS = 16
# A client that rests so many times as long as a fresh start takes finds a spare.
PAUSES = 4
PAUSE_LEAST_MS, PAUSE_MOST_MS = 10, 500
WEIGHED = 8

TITLES = {
    "paced": "Bar 9: first byte of an echo, microseconds (C=1, clients that leave time "
             "for a spare)",
    "first": "Bar 9: first byte of an echo, microseconds (C=1, one client after the other)",
    "rate": f"Bar 9: connections per second (C={CLIENTS})",
    "own paced": "Bar 9: the server's own CPU time of one connection, microseconds (C=1, "
                 "clients that leave time for a spare)",
    "own": f"Bar 9: the server's own CPU time of one connection, microseconds (C={CLIENTS})",
    "cpu": f"Bar 9: CPU time of one connection, server and programs, microseconds "
           f"(C={CLIENTS})",
}
NOTES = {
    "paced": [f"each client rests {PAUSES} times as long as a fresh start takes, "
              f"{PAUSE_LEAST_MS} to {PAUSE_MOST_MS} ms"],
    "own paced": ["with what it spends on starting and tracing spares itself; a peer that "
                  "forks spends most in the child"],
    "cpu": ["of all processes, those that trace included; a spare that is started in one "
            "turn and used in the next counts in both"],
}
WEIGHTS = ["fresh RSS", "fresh PSS", "spare waits", "warm waits", "warm session",
           "clone waits", "clone session"]


class Ahead:
    """The tables, and one language after the other."""

    def __init__(self, bench):
        self.bench = bench
        self.tables = {key: Table(title, [*MODES, *PEERS], across=FRESH,
                                  notes=list(NOTES.get(key, [])))
                       for key, title in TITLES.items()}
        self.weights = Table(f"Bar 9: memory of one process, KB ({WEIGHED} sessions held)",
                             WEIGHTS)
        self.restless = 0

    def start(self, program):
        servers = self.bench.servers
        started = [server for mode in MODES
                   for server in servers.attempt(servers.start_prong, mode, program,
                                                 ["-q", "--start", mode])]
        return started + [server for name in PEERS
                          for server in servers.attempt(servers.start_peer, name, program)]

    def language(self, handler, program):
        """All rounds of one language."""
        servers = self.start(program)
        if not servers:
            return
        self.restless += not rest(servers)
        fresh = next((server for server in servers if server.name == FRESH), servers[0])
        pause = self.pause_of(fresh)
        for number in range(self.bench.ahead_rounds):
            self.bench.say(f"Bar 9: {handler.name}, round {number + 1} of "
                           f"{self.bench.ahead_rounds}")
            for server in random.sample(servers, len(servers)):
                try:
                    self.turn(handler.name, server, pause)
                except (Failed, OSError) as error:
                    self.tables["rate"].notes.append(
                        f"{handler.name}, {server.name}: given up: {error}")
                    servers.remove(server)
                    self.bench.servers.end([server])
        for server in servers:
            if server.name in MODES:
                self.weigh(handler.name, server)
        self.listen(handler.name, servers)
        self.bench.servers.end(servers)

    def pause_of(self, server):
        """Milliseconds between two clients."""
        result = self.bench.load.rush(server, "echo", 1, count=5)
        wanted = PAUSES * result["first_p50_us"] / 1000
        return min(max(wanted, PAUSE_LEAST_MS), PAUSE_MOST_MS)

    def turn(self, language, server, pause):
        """Paced, then one after the other, then many at once."""
        load, seconds, own = self.bench.load, self.bench.ahead_seconds, server.process.own_cpu()
        result = load.rush(server, "echo", 1, count=self.bench.ahead_paced, pause=pause)
        self.put("paced", language, server, result, "first_p50_us")
        rest([server])
        self.add("own paced", language, server,
                 (server.process.own_cpu() - own) * 1e6 / max(1, result["completed"]))
        result = load.rush(server, "echo", 1, seconds=seconds)
        self.put("first", language, server, result, "first_p50_us")
        rest([server])
        self.rate(language, server, seconds)

    def rate(self, language, server, seconds):
        """Many at once, and what that costs.  What is still at work when the last client
        has gone belongs to the turn as well."""
        process = server.process
        own, all_of_them = process.own_cpu(), process.cpu()
        result = self.bench.load.rush(server, "echo", CLIENTS, seconds=seconds)
        self.put("rate", language, server, result, "per_second")
        # Some reap at the next connection only.
        time.sleep(0.05)
        self.bench.load.rush(server, "echo", 1, count=1)
        self.restless += not rest([server])
        done = result["completed"] + 1
        self.add("own", language, server, (process.own_cpu() - own) * 1e6 / done)
        self.add("cpu", language, server, (process.cpu() - all_of_them) * 1e6 / done)

    def put(self, key, language, server, result, what):
        if result["completed"] > 0:
            self.add(key, language, server, result[what])
        self.tables[key].add_failed(f"{language}, {server.name}", result["failed"])

    def add(self, key, language, server, value):
        self.tables[key].add(language, server.name, value)

    def weigh(self, language, server):
        """One look at who serves and at who waits.  Held one after the other: a client that
        finds no spare would be served by a fresh process."""
        holds = []
        try:
            for _ in range(WEIGHED):
                holds.append(self.bench.processes.adopt(self.bench.load.hold(server, 1)))
                if server.name != FRESH:
                    rest([server])
            sessions, waiting = weigh(server.process.pid)
            self.put_weights(language, server.name, sessions, waiting)
        except (Failed, OSError) as error:
            self.weights.notes.append(f"{language}, {server.name}: {error}")
        for hold in holds:
            self.bench.processes.end(hold)

    def put_weights(self, language, mode, sessions, waiting):
        if mode == FRESH and sessions:
            rss, pss = (statistics.median(part) for part in zip(*sessions))
            self.weights.add(language, "fresh RSS", rss)
            self.weights.add(language, "fresh PSS", pss)
            return
        for kind, those in (("waits", waiting), ("session", sessions)):
            if those and f"{mode} {kind}" in WEIGHTS:
                pss = statistics.median(pss for _, pss in those)
                self.weights.add(language, f"{mode} {kind}", pss)

    def listen(self, language, servers):
        """What prong had to say of its spares, where something did not work."""
        for server in servers:
            if server.name in MODES:
                said = [line for line in server.process.said() if "spare" in line]
                self.tables["rate"].notes += [f"{language}, {server.name}: {line}"
                                              for line in said[:1]]

    def verdicts(self, handlers):
        """Bar 9."""
        for handler in handlers:
            for mode in JUDGED if handler.first_byte else ():
                table = self.tables["paced"]
                yield Verdict(9, f"{handler.name}: first byte, fresh / {mode}",
                              divided(table.median(handler.name, FRESH),
                                      table.median(handler.name, mode)),
                              ">=", handler.first_byte)
            if handler.rate:
                table = self.tables["rate"]
                yield Verdict(9, f"{handler.name}: rate at C={CLIENTS}, clone / fresh",
                              divided(table.median(handler.name, "clone"),
                                      table.median(handler.name, FRESH)),
                              ">=", handler.rate)


def started_ahead(bench):
    """Bar 9."""
    ahead = Ahead(bench)
    handlers = [handler for handler in HANDLERS if handler.is_quick or not bench.is_quick]
    for handler in handlers:
        program = program_of(handler, bench.tools)
        if program:
            ahead.language(handler, program)
        else:
            bench.servers.missing[handler.name] = f"{handler.words[0]} is not installed"
    if ahead.restless:
        ahead.tables["rate"].notes.append(
            f"{ahead.restless} turns began before the server before had come to rest")
    ahead.weights.notes += [
        "PSS but for the first column: of what several processes share each has its part",
        "a clone that waits and the image that it is a copy of are both counted as waiting"]
    bench.tables.update({f"ahead {key}": table for key, table in ahead.tables.items()})
    bench.tables["ahead memory"] = ahead.weights
    bench.verdicts += ahead.verdicts(handlers)
