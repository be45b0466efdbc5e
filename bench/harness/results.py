"""results -- numbers by server and column, and what they say about a bar

A table keeps every sample and shows medians.  A verdict compares a ratio of medians (or
a plain number) with a bar; without the numbers it is neither met nor missed.
"""

import operator
import statistics
from dataclasses import dataclass, field

COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt}


@dataclass
class Verdict:
    """One bar, or one part of it."""

    bar: int
    what: str
    value: float
    sign: str
    bound: float
    unit: str = ""

    @property
    def mark(self):
        if self.value is None:
            return "not measured"
        return "pass" if COMPARE[self.sign](self.value, self.bound) else "MISS"

    def as_json(self):
        return {"bar": self.bar, "what": self.what, "value": self.value,
                "needed": f"{self.sign} {self.bound}{self.unit}", "mark": self.mark}


@dataclass
class Table:
    """Samples by row (server) and column.  `across`: the column that the others of a row
    are compared with in the report."""

    title: str
    columns: list
    digits: int = 0
    rows: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    failed: dict = field(default_factory=dict)
    across: str = ""

    def add(self, row, column, value):
        self.rows.setdefault(row, {}).setdefault(column, []).append(value)

    def add_failed(self, row, count):
        if count:
            self.failed[row] = self.failed.get(row, 0) + count

    def median(self, row, column):
        samples = self.rows.get(row, {}).get(column)
        return statistics.median(samples) if samples else None

    def ratio(self, row, other, column):
        """Of two rows' medians, or None."""
        return divided(self.median(row, column), self.median(other, column))

    def best(self, rows, column, pick=max):
        """The row of `rows` with the most (or least), or None."""
        known = [row for row in rows if self.median(row, column) is not None]
        return pick(known, key=lambda row: self.median(row, column), default=None)

    def all_notes(self):
        failures = [f"{row}: {count} connections failed" for row, count in self.failed.items()]
        return self.notes + failures

    def as_json(self):
        rows = {row: {column: {"median": statistics.median(samples),
                               "samples": [round(sample, 4) for sample in samples]}
                      for column, samples in columns.items()}
                for row, columns in self.rows.items()}
        return {"title": self.title, "rows": rows, "notes": self.all_notes()}


def divided(value, by):
    """value / by, or None where one of them is missing."""
    if value is None or not by:
        return None
    return value / by
