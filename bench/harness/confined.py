"""confined -- bar 13: what each measure of isolation, and each preset, costs a connection

All servers run at once and are turned to in a random order, round after round; among
them tcpserver with bwrap, which makes all namespaces for each client.  Fresh: the time until
the first byte of an echo, for clients that leave time between them and for one after the
other.  With spares the clients leave time for one.
"""

import random
import shutil
import statistics

from .ahead import PAUSE_LEAST_MS, PAUSES
from .family import rest
from .load import Failed
from .results import Table, Verdict, divided

NONE = "none"
PACED, FRESH, RATE, OWN, ALL = "paced us", "next us", "C=16", "own CPU us", "CPU us"
CLIENTS = 16
# (row, options).  What one says it needs of others is there, too: no-new-privileges.
ROWS = [
    (NONE, []),
    ("user", ["--user", "nobody"]),
    ("capabilities", ["--capabilities", "none"]),
    ("no-new-privileges", ["--no-new-privileges", "yes"]),
    ("Landlock: files", ["--read", "/", "--execute", "/usr"]),
    ("Landlock: scope", ["--scope", "signals"]),
    ("seccomp: @basic", ["--syscalls", "@basic"]),
    ("seccomp: @default", ["--syscalls", "@default"]),
    ("network none", ["--network", "none"]),
    ("namespace ipc", ["--namespaces", "ipc"]),
    ("namespace pid", ["--namespaces", "pid"]),
    ("mounts", ["--read-only", "yes", "--private-tmp", "16M"]),
    ("user of its own", ["--uid-range", "200000-265535"]),
    ("basic", ["--isolation", "basic"]),
    ("strict", ["--isolation", "strict"]),
]
PEER = "tcpserver and bwrap"
BWRAP = ["--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
         "--tmpfs", "/tmp"]
SPARE = {"none": [], "basic": ["--isolation", "basic"], "strict": ["--isolation", "strict"]}
MOST_MORE_US, MOST_MORE_WITH_SPARES = 150, 1.10


class Confined:
    """The table, and one turn after the other."""

    def __init__(self, bench):
        self.bench = bench
        self.table = Table("Bar 13: what isolation costs: first byte of an echo "
                           f"(C=1), connections per second (C={CLIENTS}), CPU time",
                           [PACED, FRESH, RATE, OWN, ALL], digits=0,
                           rows={row: {} for row, _ in ROWS})
        self.spares = Table("Bar 13: first byte with processes that wait, microseconds "
                            "(C=1, clients that leave time for one)",
                            ["spare", "warm"], digits=0, rows={row: {} for row in SPARE})
        self.program = [bench.tools["tiny-echo"]]

    def start(self, name, options):
        return self.bench.servers.attempt(self.bench.servers.start_prong, name, self.program,
                                          ["-q", "--max", "200", *options])

    def fresh_turn(self, row, server):
        """One after the other, then many at once and what that costs."""
        process, load = server.process, self.bench.load
        result = load.rush(server, "echo", 1, count=10 * self.bench.ahead_paced,
                           pause=PAUSE_LEAST_MS)
        self.table.add(row, PACED, result["first_p50_us"])
        result = load.rush(server, "echo", 1, seconds=self.bench.seconds)
        self.table.add(row, FRESH, result["first_p50_us"])
        own, everything = process.own_cpu(), process.cpu()
        result = load.rush(server, "echo", CLIENTS, seconds=self.bench.seconds)
        rest([server])
        done = max(1, result["completed"])
        self.table.add(row, RATE, result["per_second"])
        self.table.add(row, OWN, (process.own_cpu() - own) * 1e6 / done)
        self.table.add(row, ALL, (process.cpu() - everything) * 1e6 / done)
        self.table.add_failed(row, result["failed"])

    def rounds(self, servers, what, turn):
        """All of them, each round in another order; who cannot go on is left out."""
        for number in range(self.bench.rounds):
            self.bench.say(f"Bar 13, {what}: round {number + 1} of {self.bench.rounds}")
            for at in random.sample(servers, len(servers)):
                try:
                    turn(*at)
                except (Failed, OSError) as error:
                    self.table.notes.append(f"{at[0]}: given up: {error}")
                    servers.remove(at)
        self.bench.servers.end([at[-1] for at in servers])

    def start_peer(self):
        if shutil.which("bwrap") is None:
            self.table.notes.append(f"{PEER}: bwrap is not installed")
            return []
        return self.bench.servers.attempt(
            lambda _, program: self.bench.servers.start_peer("tcpserver", program), PEER,
            [shutil.which("bwrap"), *BWRAP, *self.program])

    def fresh(self):
        servers = [(row, server) for row, options in ROWS
                   for server in self.start(row, options)]
        servers += [(PEER, server) for server in self.start_peer()]
        self.rounds(servers, "fresh", self.fresh_turn)

    def spare_turn(self, row, mode, server):
        result = self.bench.load.rush(server, "echo", 1, count=self.bench.ahead_paced * 4,
                                      pause=self.pause)
        self.spares.add(row, mode, result["first_p50_us"])
        self.spares.add_failed(f"{row}, {mode}", result["failed"])
        rest([server])

    def with_spares(self):
        fresh = self.table.median("strict", FRESH) or 3000
        self.pause = max(PAUSE_LEAST_MS, PAUSES * fresh / 1000)
        servers = [(row, mode, server) for row, options in SPARE.items()
                   for mode in ("spare", "warm")
                   for server in self.start(f"{row} {mode}", ["--start", mode, *options])]
        rest([server for *_, server in servers])
        self.rounds(servers, "spares", self.spare_turn)

    def verdicts(self):
        """Bar 13."""
        for column, how in ((PACED, "clients that leave time"), (FRESH, "one after the other")):
            more = [strict - none for strict, none in
                    zip(self.table.rows["strict"].get(column, []),
                        self.table.rows[NONE].get(column, []))]
            yield Verdict(13, f"fresh, strict - none, microseconds ({how})",
                          statistics.median(more) if more else None, "<=", MOST_MORE_US)
        for mode in ("spare", "warm"):
            yield Verdict(13, f"{mode}, strict / none",
                          divided(self.spares.median("strict", mode),
                                  self.spares.median(NONE, mode)), "<=", MOST_MORE_WITH_SPARES)


def confined(bench):
    """Bar 13."""
    measured = Confined(bench)
    measured.fresh()
    measured.with_spares()
    measured.table.notes += [
        f"'{PACED}': first byte for clients that leave {PAUSE_LEAST_MS} ms between them; "
        f"'{FRESH}': for one after the other",
        f"'{OWN}': of prong's own process, cells that it makes ahead included; '{ALL}': of all "
        "processes; what the kernel does later to take a namespace down is in neither",
        f"at C={CLIENTS} all cells are soon used up, and each is made while its client waits"]
    bench.tables.update({"isolation": measured.table, "isolation, spares": measured.spares})
    bench.verdicts += measured.verdicts()
