"""steady -- bars 7 and 8: idleness and one stream

Idle servers are watched all at once: they do nothing, or this is what the table shows.
"""

import random
import time

from .results import Table, Verdict

HELD = 1000
# What cat of coreutils and prong's @echo read at once: the bare loop does the same.
CAT_BUFFER = 128 * 1024
STREAM_PEERS = ("busybox tcpsvd", "tcpserver", "socat")


def watch(processes, seconds):
    """{name: (wake-ups per minute, CPU ms per minute)}."""
    before = {name: (process.wakeups(), process.own_cpu())
              for name, process in processes.items()}
    time.sleep(seconds)
    minutes = seconds / 60
    return {name: ((process.wakeups() - before[name][0]) / minutes,
                   (process.own_cpu() - before[name][1]) * 1000 / minutes)
            for name, process in processes.items()}


def idle(bench):
    """Bar 7."""
    program = [bench.tools["tiny-echo"]]
    attempt = bench.servers.attempt
    holding = attempt(bench.servers.start_prong, f"prong, {HELD} held", program,
                      ["-q", "--max", "2000"], files=bench.most_files)
    servers = [*attempt(bench.servers.start_prong, "prong", program), *holding]
    for name in bench.peers:
        servers += attempt(bench.servers.start_peer, name, program)
    holds = [bench.processes.adopt(bench.load.hold(server, HELD)) for server in holding]

    bench.say(f"Bar 7: all servers idle for {bench.idle_seconds} s")
    time.sleep(1)
    table = Table(f"Bar 7: idle, over {bench.idle_seconds} s",
                  ["wake-ups per min", "CPU ms per min"], digits=2)
    seen = watch({server.name: server.process for server in servers}, bench.idle_seconds)
    for name, (wakeups, cpu) in seen.items():
        table.add(name, "wake-ups per min", wakeups)
        table.add(name, "CPU ms per min", cpu)
    for hold in holds:
        bench.processes.end(hold)
    bench.servers.end(servers)
    bench.tables["idle"] = table
    for name in ("prong", f"prong, {HELD} held"):
        bench.verdicts += [
            Verdict(7, f"{name}: wake-ups per minute",
                    table.median(name, "wake-ups per min"), "<=", 0),
            Verdict(7, f"{name}: CPU ms per minute",
                    table.median(name, "CPU ms per min"), "<=", 0)]


def bare(size):
    return f"bare loop, {size >> 10} KB"


def stream(bench):
    """Bar 8."""
    cat, attempt = ["/bin/cat"], bench.servers.attempt
    sizes = sorted({bench.echo_buffer, CAT_BUFFER})
    servers = [*[bench.servers.start_limit(bare(size), "stream", options=[str(size)])
                 for size in sizes],
               bench.servers.start_limit("limit, cat", "exec", cat),
               *attempt(bench.servers.start_prong, "prong @echo", ["@echo"]),
               *attempt(bench.servers.start_prong, "prong, cat", cat)]
    for name in STREAM_PEERS:
        servers += attempt(bench.servers.start_peer, name, cat)
    table = Table("Bar 8: one stream, megabytes per second each way", ["MB/s"],
                  rows={server.name: {} for server in servers})
    for number in range(bench.rounds):
        bench.say(f"Bar 8: round {number + 1} of {bench.rounds}")
        for server in random.sample(servers, len(servers)):
            result = bench.load.rush(server, "stream", 1, seconds=bench.seconds)
            table.add(server.name, "MB/s", result["bytes_per_second"] / 1e6)
            table.add_failed(server.name, result["failed"])
    bench.servers.end(servers)
    table.notes += [f"prong @echo is judged against the bare loop with its buffer, "
                    f"prong, cat against the bare loop with cat's ({CAT_BUFFER >> 10} KB)",
                    "peers run /bin/cat; socat relays every byte"]
    bench.tables["stream"] = table
    bench.verdicts += [
        Verdict(8, "prong @echo / bare loop",
                table.ratio("prong @echo", bare(bench.echo_buffer), "MB/s"), ">=", 0.95),
        Verdict(8, "prong, cat / bare loop",
                table.ratio("prong, cat", bare(CAT_BUFFER), "MB/s"), ">=", 0.95)]
