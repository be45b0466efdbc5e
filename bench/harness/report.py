"""report -- the run as one text, one JSON file and three plots"""

import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

from .results import divided

BUSY = 0.7  # processes that ran beside the benchmark, before it began
ORDER = ("fresh", "cat", "cpu", "echo", "held", "ended", "memory", "idle", "stream",
         "ahead paced", "ahead first", "ahead rate", "ahead own paced", "ahead own", "ahead cpu",
         "ahead memory", "let in", "turned away", "decision", "flood p99", "flood p50",
         "flood rate", "start", "reload", "upgrade", "own",
         "isolation", "isolation, spares")


def first_line(path, key):
    for line in Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "unknown"


def autogroup():
    """Whether the scheduler gives each session, and so each of prong's, a group."""
    switch = Path("/proc/sys/kernel/sched_autogroup_enabled")
    return switch.exists() and switch.read_text().strip() == "1"


def circumstances(bench):
    """What must be known to compare two runs."""
    prong = bench.tools["prong"]
    version = "none"
    if prong:
        version = subprocess.run([prong, "--version"], capture_output=True, text=True,
                                 check=False).stdout.split("\n")[0]
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": f"{os.cpu_count()} x {first_line('/proc/cpuinfo', 'model name')}",
        "memory": first_line("/proc/meminfo", "MemTotal"),
        "load before": " ".join(f"{load:.2f}" for load in bench.load_before),
        "scheduler": "a share per session (autogroup)" if autogroup() else "a share per process",
        "prong": f"{version}, {bench.build_kind}",
        "descriptors allowed": bench.most_files,
        "rounds": f"{bench.rounds} of {bench.seconds} s per measurement; "
                  f"{bench.held_rounds} with sessions held",
    }


def shown(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def lines_of(columns, rows, names=1):
    """Rows of text, the first `names` cells left-aligned, the others right."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    for row in [columns, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row[:names], widths)]
        cells += [cell.rjust(width) for cell, width in zip(row[names:], widths[names:])]
        yield ("  " + "  ".join(cells)).rstrip()


def ratio_of(table, name, column, reference):
    """To the reference row, or to the row's own reference column, if there is one."""
    if table.across:
        return divided(table.median(name, column), table.median(name, table.across))
    return table.ratio(name, reference, column) if reference else None


def table_text(table, reference):
    """Medians, and beside each its ratio to the reference row, if there is one."""
    columns = ["", *table.columns]
    rows = []
    for name in table.rows:
        cells = [name]
        for column in table.columns:
            ratio = ratio_of(table, name, column, reference)
            suffix = f" ({ratio:4.2f})" if ratio is not None else ""
            cells.append(shown(table.median(name, column), table.digits) + suffix)
        rows.append(cells)
    to = reference or table.across
    title = table.title + (f"; in brackets: to '{to}'" if to else "")
    return [title, *lines_of(columns, rows), *(f"  note: {note}" for note in table.all_notes())]


def measured(verdict):
    if verdict.value is None:
        return "-"
    return shown(verdict.value, 1 if verdict.unit else 3) + verdict.unit


def verdict_text(verdicts):
    rows = [[str(v.bar), v.what, measured(v), f"{v.sign} {v.bound}{v.unit}", v.mark]
            for v in verdicts]
    return list(lines_of(["bar", "what", "measured", "needed", ""], rows, names=2))


REFERENCES = {"fresh": "limit", "cpu": "limit", "cat": "limit, cat",
              "echo": "busybox inetd echo", "own": "bare spare loop", "let in": "none",
              "turned away": "none", "decision": "none", "flood rate": "limit",
              "isolation": "none", "isolation, spares": "none"}


def text(bench, facts):
    parts = ["prong's benchmark: medians of interleaved rounds", ""]
    parts += [f"  {key}: {value}" for key, value in facts.items()] + [""]
    if bench.load_before[0] > BUSY:
        parts += ["  The machine was busy: no ratio below is worth much.", ""]
    for key in ORDER:
        if key in bench.tables:
            parts += table_text(bench.tables[key], REFERENCES.get(key)) + [""]
    parts += ["Bars", *verdict_text(bench.verdicts), ""]
    if bench.servers.missing:
        parts += ["Not measured"]
        parts += [f"  {name}: {why}" for name, why in bench.servers.missing.items()] + [""]
    parts += ["Versions"]
    parts += [f"  {name}: {what}" for name, what in sorted(bench.servers.peers.versions.items())]
    parts += ["", "Commands (PORT, TMP: the port and folder of this run)"]
    parts += [f"  {name}: {argv}" for name, argv in bench.servers.commands.items()]
    return "\n".join(parts) + "\n"


def as_json(bench, facts):
    return {
        "circumstances": facts,
        "bars": [verdict.as_json() for verdict in bench.verdicts],
        "tables": {key: bench.tables[key].as_json() for key in ORDER if key in bench.tables},
        "missing": bench.servers.missing,
        "versions": bench.servers.peers.versions,
        "commands": bench.servers.commands,
    }


BARS_PLOT = """set terminal svg size 900,420 font "sans,12" background "white"
set output "{output}"
set title "{title}"
set style fill solid 0.8
set boxwidth 0.7
set yrange [0:*]
set xtics rotate by -30 nomirror
unset key
set grid ytics
$data << EOD
{data}
EOD
plot $data using 0:2:xtic(1) with boxes lc rgb "#3465a4"
"""

HELD_PLOT = """set terminal svg size 900,420 font "sans,12" background "white"
set output "{output}"
set title "New connections per second (16 clients) while sessions are held"
set xlabel "idle sessions held"
set yrange [0:*]
set key outside right
set grid
{data}
plot {curves}
"""

FLOOD_PLOT = """set terminal svg size 900,480 font "sans,12" background "white"
set output "{output}"
set title "An honest client while a flood is turned away: p99 of its exchanges"
set ylabel "microseconds"
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.8
set yrange [0:*]
set xtics rotate by -30 nomirror
set key top left
set grid ytics
set datafile missing "-"
$data << EOD
{data}
EOD
plot {curves}
"""


def gnuplot(script):
    subprocess.run(["gnuplot", "-"], input=script, text=True, check=True)


def plot_rates(table, folder):
    rows = [(name, table.median(name, "C=16")) for name in table.rows]
    rows = sorted((row for row in rows if row[1] is not None), key=lambda row: -row[1])
    data = "\n".join(f'"{name}" {value:.1f}' for name, value in rows)
    title = "Fresh start of a tiny program, connections per second (16 clients)"
    gnuplot(BARS_PLOT.format(output=folder / "rates.svg", data=data, title=title))


def held_points(table, name):
    points = [(0, table.median(name, "none"))]
    points += [(int(column), table.median(name, column)) for column in table.columns
               if column.isdigit()]
    return [(count, rate) for count, rate in points if rate is not None]


def plot_held(table, folder):
    blocks, curves = [], []
    for i, name in enumerate(table.rows):
        data = "\n".join(f"{count} {rate:.1f}" for count, rate in held_points(table, name))
        blocks.append(f"$d{i} << EOD\n{data}\nEOD")
        curves.append(f'$d{i} using 1:2 with linespoints lw 2 title "{name}"')
    gnuplot(HELD_PLOT.format(output=folder / "held.svg", data="\n".join(blocks),
                             curves=", ".join(curves)))


def plot_flood(table, folder):
    data = "\n".join(f'"{name}" ' + " ".join(
        shown(table.median(name, column), 0).replace(",", "") for column in table.columns)
                     for name in table.rows)
    curves = ", ".join(f"$data using {i + 2}:xtic(1) title \"{column}\""
                       for i, column in enumerate(table.columns))
    gnuplot(FLOOD_PLOT.format(output=folder / "flood.svg", data=data, curves=curves))


def write(bench, folder):
    """Prints the report and writes it to `folder`."""
    facts = circumstances(bench)
    report = text(bench, facts)
    print(report, end="")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.txt").write_text(report)
    (folder / "latest.json").write_text(json.dumps(as_json(bench, facts), indent=1) + "\n")
    if not shutil.which("gnuplot"):
        print("no plots: gnuplot is not installed")
        return
    if "fresh" in bench.tables:
        plot_rates(bench.tables["fresh"], folder)
    if bench.tables.get("held") and bench.tables["held"].rows:
        plot_held(bench.tables["held"], folder)
    if bench.tables.get("flood p99") and bench.tables["flood p99"].rows:
        plot_flood(bench.tables["flood p99"], folder)
    print(f"written: {folder}/latest.txt, latest.json and plots")
