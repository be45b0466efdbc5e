"""flood -- bar 11: how long an honest client waits while others are turned away

One client connects, has a line echoed, and rests for a moment; how long each exchange
took is what counts.  Beside it a flood from one source, or from ten thousand, all of which
the server turns away.  The flood comes at a pace that does not depend on the server, half
of what it can reach at most; and, as another column, as fast as it can.

Client, flood and server share the machine, so some of what the client loses nobody could
save.  How much shows the limit: the bare loop that starts the program, and of whoever is
in the flood's network looks at the address and closes.
"""

import random
import time
from dataclasses import dataclass, field

from .load import Failed
from .networks import FLOOD, FLOODER, HONEST, write_rules
from .results import Table, Verdict, divided
from .turning import PER_SOURCE, TURNING

FLOOD_CLIENTS = 64
FLOOD_FIRST = 0.1  # seconds that it is ahead of the client
REST_MS = 1
LIMIT, SESSION_LIMIT = "limit", "limit, own session"
NONE = "none"
ONE, MANY = "one source", "10,000 sources"
HARD = ", hard"
COUNTS = {ONE: 1, MANY: 10000}
BAR = 3.0


@dataclass
class Case:
    """A server that turns the flood away.  `seen`: each flooder had a session before, from
    which its server knows it; `held`: sessions that stay, of the flooder or of others."""

    name: str
    options: list = field(default_factory=list)
    floods: tuple = (ONE, MANY)
    seen: int = 0
    held: int = 0
    holds_flooder: bool = False


def peer_case(name):
    """The flooder has as many sessions as it may, or a rule speaks of it."""
    if TURNING[name].has_rule:
        return Case(name)
    return Case(name, floods=(ONE,), held=PER_SOURCE, holds_flooder=True)


def cases(folder):
    """What prong has against a flood."""
    exempt = ["--exempt", HONEST]
    allow, deny = write_rules(folder, 100000)
    return [
        Case("prong, deny", ["--deny", FLOOD]),
        Case("prong, deny, 100,000 rules", ["--allow", allow, "--deny", deny]),
        Case("prong, rate-per-source", ["--rate-per-source", "1/h:1", *exempt],
             seen=COUNTS[MANY]),
        Case("prong, penalty", ["--penalty", "any:1h", "--penalty-min", "off",
                                "--penalty-max", "1h", *exempt], seen=COUNTS[MANY]),
        Case("prong, max-per-source", ["--max-per-source", str(PER_SOURCE)], floods=(ONE,),
             held=PER_SOURCE, holds_flooder=True),
        Case("prong, rate", ["--rate", "1/h:1", *exempt], floods=(MANY,), seen=1),
        Case("prong, early-drop", ["--early-drop", "1:50:4", *exempt], floods=(MANY,), held=4),
    ]


class Floods:
    """The tables, and one turn after the other."""

    def __init__(self, bench):
        self.bench = bench
        self.pace = 0
        columns = [NONE, ONE, MANY, ONE + HARD, MANY + HARD]
        self.p99 = Table("Bar 11: an honest client under a flood that is turned away, p99 of "
                         "its exchanges, microseconds", columns, across=NONE)
        self.p50 = Table("Bar 11: the same, p50, microseconds", columns, across=NONE)
        self.rate = Table("Bar 11: the flood: connections turned away per second", columns[1:])
        self.ready, self.holds = [], []

    def start(self):
        """All servers."""
        servers, program = self.bench.servers, [self.bench.tools["tiny-echo"]]
        for name, words in ((LIMIT, ["-d"]), (SESSION_LIMIT, ["-s", "-d"])):
            limit = servers.start_limit(f"{name}, turns away", "exec", [*words, *program])
            self.add(Case(name), limit)
        self.calibrate(limit)
        for case in cases(servers.folder):
            for server in servers.attempt(servers.start_prong, case.name, program,
                                          ["-q", *case.options]):
                self.prepare(case, server)
        for name in self.bench.peers:
            if name in TURNING:
                command = TURNING[name].command
                for server in servers.attempt(servers.start_peer, name, program,
                                              command=command):
                    self.prepare(peer_case(name), server)

    def add(self, case, server):
        self.ready.append((case, server))
        for table in (self.p99, self.p50, self.rate):
            table.rows[case.name] = {}

    def calibrate(self, limit):
        """The pace: half of what the flood can do where nobody could do it faster."""
        result = self.bench.load.flood(limit, FLOOD_CLIENTS, 1.0, (FLOODER, 1)).result()
        self.pace = max(100, round(result["per_second"] / 2, -2))

    def prepare(self, case, server):
        """Makes the flooders known, and takes the sessions that are held."""
        load, bench = self.bench.load, self.bench
        try:
            if case.seen:
                bench.say(f"Bar 11: {case.name}: {case.seen} sources")
                load.rush(server, "echo", 16, count=case.seen, sources=(FLOODER, case.seen))
            if case.held:
                source = (FLOODER, 1) if case.holds_flooder else None
                self.holds.append(bench.processes.adopt(load.hold(server, case.held, source)))
        except Failed as error:
            self.p99.notes.append(f"{case.name}: given up: {error}")
            bench.servers.end([server])
            return
        self.add(case, server)

    def measure(self, case, server, flood=None, is_hard=False):
        """One exchange after the other, for a while, beside a flood or not."""
        bench, running = self.bench, None
        column = flood + (HARD if is_hard else "") if flood else NONE
        if flood:
            running = bench.processes.adopt(bench.load.flood(
                server, FLOOD_CLIENTS, bench.flood_seconds + 2 * FLOOD_FIRST,
                (FLOODER, COUNTS[flood]), None if is_hard else self.pace))
            time.sleep(FLOOD_FIRST)
        honest = bench.load.rush(server, "echo", 1, seconds=bench.flood_seconds, pause=REST_MS)
        if running:
            turned = running.result()
            bench.processes.end(running)
            self.rate.add(case.name, column, turned["per_second"])
            self.rate.add_failed(f"{case.name}, {column}", turned["failed"])
        if honest["completed"]:
            self.p99.add(case.name, column, honest["p99_us"])
            self.p50.add(case.name, column, honest["p50_us"])
        self.p99.add_failed(f"{case.name}, {column}", honest["failed"])

    def turn(self, case, server):
        """In any order: what one leaves behind is not always the same one's."""
        turns = [(None, False), *[(flood, is_hard) for flood in case.floods
                                  for is_hard in (False, True)]]
        for flood, is_hard in random.sample(turns, len(turns)):
            self.measure(case, server, flood, is_hard)

    def run(self):
        for number in range(self.bench.flood_rounds):
            self.bench.say(f"Bar 11: round {number + 1} of {self.bench.flood_rounds}")
            for case, server in random.sample(self.ready, len(self.ready)):
                try:
                    self.turn(case, server)
                except (Failed, OSError) as error:
                    self.p99.notes.append(f"{case.name}: given up: {error}")
                    self.ready.remove((case, server))
                    self.bench.servers.end([server])
        for hold in self.holds:
            self.bench.processes.end(hold)
        self.bench.servers.end([server for _, server in self.ready])

    def kept(self, row, column):
        """How many times as long it takes."""
        return divided(self.p99.median(row, column), self.p99.median(row, NONE))

    def verdicts(self):
        for case, _ in self.ready:
            if not case.name.startswith("prong"):
                continue
            for flood in case.floods:
                yield Verdict(11, f"p99 under a flood / none: {case.name}, {flood}",
                              self.kept(case.name, flood), "<=", BAR)
        for flood in COUNTS:
            worst = max((case.name for case, _ in self.ready
                         if case.name.startswith("prong") and flood in case.floods),
                        key=lambda row, column=flood: self.kept(row, column) or 0, default="")
            yield Verdict(11, f"the worst of these, {flood}, divided by the limit's",
                          divided(self.kept(worst, flood), self.kept(LIMIT, flood)), "<=", BAR)


def flood(bench):
    """Bar 11."""
    floods = Floods(bench)
    floods.start()
    floods.run()
    floods.p99.notes += [
        f"one client, that rests {REST_MS} ms between two exchanges; the flood: "
        f"{floods.pace:,.0f} connections per second, half of what it reaches at most; "
        f"'hard': as fast as {FLOOD_CLIENTS} clients can",
        f"'{LIMIT}': the bare loop that starts the program, and closes at once what comes "
        "from the flood's addresses: what of it the machine takes from everybody; "
        f"'{SESSION_LIMIT}': see bar 1",
        f"peers: no more than {PER_SOURCE} sessions of a source; tcpserver: a rule"]
    bench.tables.update({"flood p99": floods.p99, "flood p50": floods.p50,
                         "flood rate": floods.rate})
    bench.verdicts += floods.verdicts()
