"""admission -- bar 10: what rules, sources and sessions that are there cost the next client

Two tables.  In one every client is let in and has a program started; in the other every
client is turned away, because all sessions are taken, after the same questions: which rule
speaks of it, what is remembered of its source.  No program hides what they cost.  And
one of the decision alone, by the library's functions in a loop.
"""

import json
import random
import subprocess

from .load import Failed
from .networks import HOLDER, KNOWN, KNOWN_ALL, write_rules
from .results import Table, Verdict
from .servers import LEAN

CLIENTS = 16
FILLERS = 64
FEW_RULES, MANY_RULES, SOURCES, LIVE = 1000, 100000, 100000, 10000
RATE, CPU = f"C={CLIENTS}", "own CPU us"
NONE = "none"
# (row, rules, sources that are known, sessions that are live)
CASES = [
    (NONE, 0, 0, 0),
    (f"{FEW_RULES:,} rules", FEW_RULES, 0, 0),
    (f"{MANY_RULES:,} rules", MANY_RULES, 0, 0),
    (f"{SOURCES:,} sources", 0, SOURCES, 0),
    ("both", MANY_RULES, SOURCES, 0),
    (f"both, {LIVE:,} live", MANY_RULES, SOURCES, LIVE),
]
JUDGED = [row for row, rules, sources, _ in CASES if rules and sources]
# Each of them owes as long as the run lasts.  One that is measured has a token left all
# the time, and is remembered: each time it is let in it moves among those that are.
REMEMBER = ["--sources-max", str(2 * SOURCES), "--penalty", "denied:1h", "--penalty-min",
            "off", "--penalty-max", "1h", "--rate-per-source", "1/s:1000000"]


class Admission:
    """One table: its servers, and what they hold."""

    def __init__(self, bench, title, mode):
        self.bench = bench
        self.mode = mode
        self.table = Table(title, [RATE, CPU], digits=1,
                           rows={row: {} for row, *_ in CASES})
        self.servers, self.holds = [], []

    def options(self, rules, sources, live):
        """Of the command line."""
        words = [*LEAN, "--max", str(live + 200)]
        if self.mode == "end":
            words = [*LEAN, "--max", str(max(live, 1)), "--when-full", "refuse"]
        if rules:
            allow, deny = write_rules(self.bench.servers.folder, rules)
            words += ["--allow", allow, "--deny", deny]
        elif sources:
            words += ["--deny", KNOWN_ALL]
        return words + (REMEMBER if sources else [])

    def start(self):
        """All that can be started, prepared."""
        bench = self.bench
        most = bench.most_files - 500
        for row, rules, sources, live in CASES:
            live = min(live, most)
            name = f"{row}, {'turned away' if self.mode == 'end' else 'let in'}"
            for server in bench.servers.attempt(
                    bench.servers.start_prong, name, [bench.tools["tiny-echo"]],
                    self.options(rules, sources, live), files=bench.most_files):
                try:
                    self.prepare(row, server, sources, live)
                    self.servers.append((row, server))
                except Failed as error:
                    self.table.notes.append(f"{row}: given up: {error}")
                    bench.servers.end([server])

    def prepare(self, row, server, sources, live):
        """Makes sources known: each is turned away once, and that is remembered.  Then
        the sessions, one if all are to be taken."""
        load = self.bench.load
        if sources:
            self.bench.say(f"Bar 10: {sources} sources")
            result = load.rush(server, "end", FILLERS, count=sources, sources=(KNOWN, sources))
            if result["failed"]:
                self.table.notes.append(f"{row}: {result['failed']} sources less")
        if self.mode == "end":
            live = max(live, 1)
        if live:
            self.bench.say(f"Bar 10: {live} sessions")
            hold = load.hold(server, live, sources=(HOLDER, live))
            self.holds.append(self.bench.processes.adopt(hold))

    def turn(self, row, server):
        process = server.process
        before = process.own_cpu()
        result = self.bench.load.rush(server, self.mode, CLIENTS,
                                      seconds=self.bench.admission_seconds)
        self.table.add(row, RATE, result["per_second"])
        self.table.add(row, CPU, (process.own_cpu() - before) * 1e6 /
                       max(1, result["completed"]))
        self.table.add_failed(row, result["failed"])

    def run(self):
        """All rounds; returns the table."""
        self.start()
        for number in range(self.bench.admission_rounds):
            self.bench.say(f"{self.table.title}: round {number + 1} of "
                           f"{self.bench.admission_rounds}")
            for row, server in random.sample(self.servers, len(self.servers)):
                self.turn(row, server)
        for hold in self.holds:
            self.bench.processes.end(hold)
        self.bench.servers.end([server for _, server in self.servers])
        return self.table


def decisions(bench):
    """What the library says of itself."""
    table = Table("Bar 10: a decision alone, nanoseconds of CPU", ["rule", "source", "all"])
    for row, rules, sources, live in CASES:
        if live:
            continue
        files = write_rules(bench.servers.folder, rules) if rules else []
        done = subprocess.run([bench.tools["micro-decide"], str(sources), *files],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            table.notes.append(f"{row}: {done.stderr.strip()}")
            continue
        result = json.loads(done.stdout)
        for column in table.columns:
            table.add(row, column, result[f"{column}_ns"])
    table.notes += [
        "65,536 clients in turn, of both families, so that nothing of what is looked at is in "
        "the nearest cache; with sources each client is one that is known",
        "'rule', 'source': finding these alone; 'all': a client's whole way in and out"]
    return table


def verdicts(table, what):
    return [Verdict(10, f"{what}, {row} / {NONE}", table.ratio(row, NONE, RATE), ">=", 0.97)
            for row in JUDGED]


def admission(bench):
    """Bar 10."""
    let_in = Admission(bench, "Bar 10: clients let in, a fresh program each, per second",
                       "echo").run()
    away = Admission(bench, "Bar 10: clients turned away, per second", "end").run()
    let_in.notes += [f"'{CPU}': of prong's own process, for each client",
                     "prong in its lean form, see bar 5",
                     "with live sessions prong looks for orphans among all of its children ten "
                     "times a second, which counts the more for a client the fewer come"]
    away.notes += ["all sessions are taken: one, or those that are live",
                   "sources without rules: one rule, by which they became known"]
    bench.tables.update({"let in": let_in, "turned away": away, "decision": decisions(bench)})
    bench.verdicts += verdicts(let_in, "let in") + verdicts(away, "turned away")
