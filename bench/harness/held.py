"""held -- bars 5 and 6: what thousands of idle sessions cost

Each server serves the tiny echo.  Its rate of new connections is measured with none
held, with some, with all, and with none again; the supervisor's memory at each step; and
its CPU time for all of them ending at once, against few ending at once.  A limit server
of its own, with nothing held, is measured at the same moments: what it loses is the
machine's share, not the server's.
"""

import statistics
import time

from .load import Failed
from .process import children_of
from .results import Table, Verdict, divided
from .servers import LEAN

CLIENTS = 16
FEW = 1000
MIDDLE = 3000
ALL = 10000
ALL_DEFAULT = 5000
MACHINE = "limit beside prong"
QUIET_POLLS = 4
PATIENCE = 30
POLL = 0.15


def steps(most):
    return [count for count in (FEW, MIDDLE) if count < most] + [most]


class Held:
    """The tables and one server after the other."""

    def __init__(self, bench, *most):
        self.bench = bench
        counts = sorted({count for top in most for count in steps(top)})
        self.rate = Table("Bar 5: new connections per second (C=16) with idle sessions held",
                          ["none", *map(str, counts), "none again"])
        self.end = Table("Bar 5: supervisor's CPU time of one ended session, microseconds",
                         [f"{FEW} end", "all end"], digits=1)
        self.memory = Table("Bar 6: supervisor's memory", [
            "RSS KB, start", "RSS KB, none", f"RSS KB, {FEW}", "RSS KB, all",
            "PSS KB, all", "bytes per session"])

    def run_rate(self, servers, column):
        """Samples of each server, in turns."""
        for server in servers * self.bench.samples:
            result = self.bench.load.rush(server, "echo", CLIENTS, seconds=self.bench.seconds)
            self.rate.add(server.name, column, result["per_second"])
            self.rate.add_failed(server.name, result["failed"])

    def settle(self, process, children=0):
        """Waits until no more than `children` are left and the process has been idle for
        a while; returns its CPU time."""
        deadline = time.monotonic() + PATIENCE
        while children_of(process.pid) > children and time.monotonic() < deadline:
            time.sleep(2 * POLL)
        quiet, last = 0, process.own_cpu()
        while quiet < QUIET_POLLS:
            time.sleep(POLL)
            now = process.own_cpu()
            quiet = quiet + 1 if now == last else 0
            last = now
        return last

    def release(self, server, holds, column, count):
        """Ends `count` sessions at once and charges the supervisor's time to each."""
        before = self.settle(server.process, count)
        for hold in holds:
            self.bench.processes.end(hold)
        spent = self.settle(server.process) - before
        self.end.add(server.name, column, spent * 1e6 / count)
        left = children_of(server.process.pid)
        if left:
            self.end.notes.append(f"{server.name}: {left} children left after all ended")

    def hold(self, server, count):
        load = self.bench.load
        return self.bench.processes.adopt(load.hold(server, count))

    def measure(self, server, most, beside):
        """One server through all steps; `beside`: the idle limit server, or none."""
        name, memory = server.name, self.memory
        memory.add(name, "RSS KB, start", server.process.memory()["rss_kb"])
        self.run_rate([server, *beside], "none")
        self.release(server, [self.hold(server, FEW)], f"{FEW} end", FEW)
        memory.add(name, "RSS KB, none", server.process.memory()["rss_kb"])
        holds = self.climb(server, most, beside)
        self.weigh_all(server, most)
        self.release(server, holds, "all end", most)
        self.run_rate([server, *beside], "none again")

    def climb(self, server, most, beside):
        """Holds more and more, measuring at each step."""
        holds, live = [], 0
        for count in steps(most):
            holds.append(self.hold(server, count - live))
            live = count
            if count == FEW:
                self.memory.add(server.name, f"RSS KB, {FEW}", server.process.memory()["rss_kb"])
            self.run_rate([server, *beside], str(count))
        return holds

    def weigh_all(self, server, most):
        now, memory = server.process.memory(), self.memory
        start = memory.rows[server.name]["RSS KB, start"][-1]
        memory.add(server.name, "RSS KB, all", now["rss_kb"])
        memory.add(server.name, "PSS KB, all", now["pss_kb"])
        memory.add(server.name, "bytes per session", (now["rss_kb"] - start) * 1024 / most)

    def run(self, start, name, most, *args, beside=False, **kwargs):
        servers = self.bench.servers.attempt(start, name, *args, **kwargs)
        machine = []
        if servers and beside:
            machine = [self.bench.servers.start_limit(MACHINE, "exec",
                                                      [self.bench.tools["tiny-echo"]])]
        for server in servers:
            self.bench.say(f"Bars 5 and 6: {name}, {most} held")
            try:
                self.measure(server, most, machine)
            except (Failed, OSError) as error:
                self.rate.notes.append(f"{name}: given up: {error}")
        self.bench.servers.end(servers + machine)


def verdicts(held, most, most_default):
    """The bars: `most` sessions in the lean form, `most_default` in the default one."""
    rate, end, memory = held.rate, held.end, held.memory

    def kept(name, count):
        both = [sample for column in ("none", "none again")
                for sample in rate.rows.get(name, {}).get(column, [])]
        return divided(rate.median(name, str(count)), statistics.median(both) if both else None)

    lean, default = f"prong, lean, {most}", f"prong, {most_default}"
    return [
        Verdict(5, f"rate with {most} held / with none (lean form)", kept(lean, most), ">=", 0.90),
        Verdict(5, "the same, divided by what the limit beside it keeps",
                divided(kept(lean, most), kept(MACHINE, most)), ">=", 0.90),
        Verdict(5, f"rate with {most_default} held / with none (default form)",
                kept(default, most_default), ">=", 0.90),
        Verdict(5, f"cost of an end, {FEW} / {most} at once (lean form)",
                divided(end.median(lean, f"{FEW} end"), end.median(lean, "all end")), ">=", 0.90),
        Verdict(6, "RSS with none", memory.median(lean, "RSS KB, start"),
                "<=", 3072, " KB"),
        Verdict(6, "user memory per session", memory.median(lean, "bytes per session"),
                "<=", 1024, " bytes"),
    ]


def held_sessions(bench):
    """Bars 5 and 6."""
    files, servers = bench.most_files, bench.servers
    most, most_default = min(ALL, files - 500), min(ALL_DEFAULT, (files - 500) // 3)
    held = Held(bench, most, most_default)
    program = [bench.tools["tiny-echo"]]
    for _ in range(bench.held_rounds):
        held.run(servers.start_prong, f"prong, lean, {most}", most, program,
                 [*LEAN, "--max", str(most + 200)], files=files, beside=True)
        held.run(servers.start_prong, f"prong, {most_default}", most_default, program,
                 ["-q", "--max", str(most_default + 100)], files=files)
        for name in bench.held_peers:
            held.run(servers.start_peer, name, min(most, bench.most_held_by_peers), program,
                     files=files)
    held.rate.notes += [
        f"'lean': {' '.join(LEAN[1:])}, one descriptor per session in the supervisor; the "
        f"default form needs three, so with {files} descriptors it holds {most_default}",
        f"'{MACHINE}': a limit server with nothing held, measured while prong holds; what it "
        "loses is the kernel's and the machine's share"]
    held.end.notes.append("a server that scans its children pays more the more there are")
    held.memory.notes.append("bytes per session: (RSS with all - RSS at start) / sessions")
    bench.tables.update(held=held.rate, ended=held.end, memory=held.memory)
    bench.verdicts += verdicts(held, most, most_default)
