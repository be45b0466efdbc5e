"""journal -- the server's log as it is written: a thread reads, tests wait

Whoever looks without waiting (find(), count(), ...) first reads what the server has written
by then, so that it is there however late the thread is.
"""
import json
import os
import select
import threading

from . import ALARM

WARNING = ("emerg", "alert", "crit", "critical", "err", "error", "warning", "warn")


class Journal:
    """Events are dictionaries in their order; `stray` holds lines that are no JSON."""

    def __init__(self, fd, as_json):
        self.fd = fd
        self.as_json = as_json
        self.events, self.stray, self.taken = [], [], set()
        self.ended, self.rest = False, b""
        self.changed = threading.Condition()
        os.set_blocking(fd, False)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        ready = select.poll()
        ready.register(self.fd, select.POLLIN)
        while not self.ended:
            ready.poll()
            with self.changed:
                self._catch_up()
        os.close(self.fd)

    def _catch_up(self):
        """Reads what has been written so far; the lock is held."""
        while not self.ended:
            try:
                data = os.read(self.fd, 1 << 16)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            *lines, self.rest = (self.rest + data).split(b"\n")
            if not data and self.rest:
                lines.append(self.rest)
            for line in lines:
                self._add(line.decode(errors="backslashreplace"))
            self.ended = not data
            self.changed.notify_all()

    def _add(self, line):
        if self.as_json:
            try:
                event = json.loads(line)
                event["event"], event["level"]
            except (ValueError, KeyError, TypeError):
                self.stray.append(line)
                return
            self.events.append(event)
            return
        self.stray.append(line)

    def close(self):
        self.thread.join(ALARM)

    def find(self, name, **fields):
        """All events of that name with those fields, waiting for nothing."""
        with self.changed:
            self._catch_up()
            return [event for event in self.events if matches(event, name, fields)]

    def _take(self, name, fields):
        for i, event in enumerate(self.events):
            if i not in self.taken and matches(event, name, fields):
                self.taken.add(i)
                return event
        return None

    def wait(self, name, fields, seconds):
        """The first such event that no earlier wait returned."""
        with self.changed:
            found = []

            def look():
                found[:] = [self._take(name, fields)]
                return found[0] is not None or self.ended

            self.changed.wait_for(look, seconds)
            if found[0] is not None:
                return found[0]
            raise AssertionError(
                f"no event {name} {fields} within {seconds} s"
                f"{' (log ended)' if self.ended else ''}; the log:\n{self.tail()}"
            )

    def next(self, at, names, seconds=ALARM):
        """The first event of one of these names at or after index `at`, and the index
        behind it.  Looks at no event twice, so a long log costs nothing."""
        with self.changed:
            found = []

            def look():
                nonlocal at
                while at < len(self.events) and not found:
                    if self.events[at]["event"] in names:
                        found.append(self.events[at])
                    at += 1
                return found or self.ended

            self.changed.wait_for(look, seconds)
            assert found, f"none of {names} within {seconds} s; the log:\n{self.tail()}"
            return found[0], at

    def wait_line(self, pattern, seconds=ALARM):
        """The match of a regular expression in a line of a text log."""
        found = []
        with self.changed:

            def look():
                found[:] = [m for m in map(pattern.search, self.stray) if m]
                return found or self.ended

            self.changed.wait_for(look, seconds)
        if not found:
            raise AssertionError(f"no line like {pattern.pattern}; the log:\n{self.tail()}")
        return found[0]

    def count(self, name):
        with self.changed:
            self._catch_up()
            return sum(1 for event in self.events if event["event"] == name)

    def wait_count(self, name, count, seconds=ALARM):
        """Until there are so many of that name; False when the alarm rang."""

        def is_enough():
            found = sum(1 for event in self.events if event["event"] == name)
            return self.ended or found >= count

        with self.changed:
            return self.changed.wait_for(is_enough, seconds)

    def wait_settled(self, seconds=ALARM):
        """Until every session that began has ended, as far as the log is complete; False
        when the alarm rang."""

        def is_settled():
            self._catch_up()
            return self.ended or self.has("log-dropped") or not self.open_sessions()

        with self.changed:
            return self.changed.wait_for(is_settled, seconds)

    def has(self, name):
        return any(event["event"] == name for event in self.events)

    def open_sessions(self):
        """The ids of those that began and have not ended."""
        begun = {event["id"] for event in self.events if event["event"] == "session-begin"}
        ended = {event["id"] for event in self.events if event["event"] == "session-end"}
        return begun - ended

    def tail(self, count=30):
        lines = [json.dumps(event, ensure_ascii=False) for event in self.events[-count:]]
        return "\n".join(line[:300] for line in lines + self.stray[-count:])


def matches(event, name, fields):
    return event["event"] == name and all(
        event.get(key) == value for key, value in fields.items()
    )


def is_warning(event):
    return event["level"] in WARNING
