"""crowd -- clients that never stop while a server is changed under them

    with Crowd(server.addresses) as crowd:
        ...
    assert not crowd.failures

Some open a connection, send words of their own, say that this is all, and want exactly
these back, again and again; others keep one connection and exchange words on it all the
time.  Whatever is not as it should be is in `failures`, in words.
"""
import itertools
import threading
import time

from . import ALARM
from .client import Client, address_of

CALLERS = 4  # for each address, each with a thread
TALKERS = 2
TALK_S = 0.002  # without it two of them take all of a processor, and nothing starts beside them


class Crowd:
    def __init__(self, addresses, callers=CALLERS, talkers=TALKERS):
        self.failures, self.is_over = [], False
        self.made = 0  # connections whose answer was right
        self.said = 0  # exchanges of those that stay
        self.changed = threading.Condition()
        self.numbers = itertools.count()
        self.threads = [
            threading.Thread(target=self._run, args=(what, address_of(address)), daemon=True)
            for address in addresses
            for what in [self._call] * callers + [self._talk] * talkers
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_moved()
        return self

    def __exit__(self, *unused):
        self.is_over = True
        for thread in self.threads:
            thread.join(ALARM)
            assert not thread.is_alive(), "a client hangs"

    def _run(self, what, address):
        number = next(self.numbers)
        try:
            what(address, number)
        except (OSError, AssertionError) as failure:
            with self.changed:
                self.failures.append(f"{what.__name__} {address}: {failure!r}")
                self.changed.notify_all()

    def _count(self, name):
        with self.changed:
            setattr(self, name, getattr(self, name) + 1)
            self.changed.notify_all()

    def _call(self, address, number):
        for turn in itertools.count():
            if self.is_over:
                return
            words = b"call %d.%d " % (number, turn) * (1 + turn % 7)
            with Client(*address) as client:
                client.send(words)
                client.half_close()
                answer = client.read_all()
            assert answer == words, f"{answer!r} in answer to {words!r}"
            self._count("made")

    def _talk(self, address, number):
        with Client(*address) as client:
            for turn in itertools.count():
                words = b"talk %d.%d" % (number, turn)
                client.send(words + b"\n")
                answer = client.read_line()
                assert answer == words, f"{answer!r} in answer to {words!r}"
                self._count("said")
                if self.is_over:
                    return
                time.sleep(TALK_S)

    def wait_moved(self, calls=1):
        """Until so many more connections were answered, and as many exchanges made."""
        with self.changed:
            made, said = self.made + calls, self.said + calls
            self.changed.wait_for(
                lambda: self.failures or (self.made >= made and self.said >= said), ALARM
            )
            assert not self.failures, self.failures
            assert self.made >= made and self.said >= said, "the clients stand still"
