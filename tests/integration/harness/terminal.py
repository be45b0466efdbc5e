"""terminal -- a pty with a program on it: its keys and what is on its screen"""
import fcntl
import os
import re
import select
import subprocess
import termios
import time

from . import ALARM


class Terminal:
    """The program leads a session of its own, and the pty is its terminal."""

    def __init__(self, *words, **popen):
        self.master, slave = os.openpty()
        self.path = os.ttyname(slave)
        self.screen = ""
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **popen,
        )
        os.close(slave)

    def _read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            data = os.read(self.master, 1 << 16) if ready else b""
        except OSError:  # nobody has it open any more
            return False
        self.screen += data.decode(errors="backslashreplace").replace("\r", "")
        return bool(data)

    def wait_for(self, word):
        """Until that pattern comes after what was waited for before; its match."""
        end = time.monotonic() + ALARM
        while True:
            found = re.search(word, self.screen)
            if found:
                self.screen = self.screen[found.end():]
                return found
            assert time.monotonic() < end, f"no '{word}' on the screen:\n{self.screen}"
            self._read(0.1)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def wait(self):
        """The exit status, and with it the rest of the screen."""
        end = time.monotonic() + ALARM
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.screen}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(ALARM)
        if self.master >= 0:
            self.hang_up()
