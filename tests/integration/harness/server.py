"""server -- one running prong, and what must be true of it after every test"""
import contextlib
import fcntl
import os
import re
import resource
import signal
import subprocess
import sys
import time

from . import ALARM, procs
from .client import Client, address_of
from .journal import Journal, is_warning

PRONG = os.path.abspath(os.environ.get("PRONG", "build/prong"))
FDS_OF_SPARE = 5  # its end of the placeholder, its pidfd, the pipe of its errors, its alarm, one in use
FDS_OF_CELL = 3  # the pidfd of its init, what that lives by, Landlock's rules
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer")


def is_sanitized():
    with open(PRONG, "rb") as file:
        return b"__asan_init" in file.read()


def command(binary, args, listen, program, log, ready_fd):
    words = [binary, *(["--log", log] if log else []), "--ready-fd", str(ready_fd)]
    words += [*patience(args), *args, *listen]
    if program:
        words += ["--", *map(str, program)]
    return [str(word) for word in words]


def is_started_ahead(args):
    """Do these options ask for processes that wait for their clients?"""
    return any(option == "--start" and how != "fresh" for option, how in zip(args, args[1:]))


def patience(args):
    """On a busy machine a program takes its time until it is held, and where everything is
    emulated (tests/arm64, tests/kernel) until it hears of a client who has said all."""
    wanted = os.environ.get("PRONG_START_TIMEOUT", f"{ALARM}s")
    words = ["--start-timeout", wanted] if is_started_ahead(args) else []
    grace = os.environ.get("PRONG_EOF_GRACE", "")
    if grace and not {"--eof-grace", "--config", "-f"} & set(map(str, args)):
        words += ["--eof-grace", grace]
    return words


def _raised(fd):
    """The same far up, out of the way of descriptors that a test hands over as 3, 4, ..."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 200)
    os.close(fd)
    return high


class NotStarted(AssertionError):
    """args: what to say, exit status."""


class Server:
    """Started by the `prong` fixture, which also calls finish().

    wrapper: words before the command, such as ["prlimit", "--nofile=20", "--"].
    binary:  another prong, such as a copy that every user may run.
    pid_of:  finds the server's pid when the wrapper forks; default: what was started.
    stderr:  a descriptor for the log that the test reads, or does not.
    is_ahead: processes wait for their clients all the time; `--start` says so as well.
    """

    def __init__(self, args, listen, program, log="json", wrapper=(), env=None,
                 stderr=None, pid_of=None, pass_fds=(), binary=PRONG, **popen):
        self.expected, self.clients = [], []
        self.status = None
        self.is_checked = True
        self.stray_expected = log == "text"
        self.stdin = popen.pop("stdin", subprocess.DEVNULL)
        self.is_ahead = popen.pop("is_ahead", is_started_ahead(args))
        self.log_kind = log
        ready, ready_end = os.pipe()
        ready_end = _raised(ready_end)
        words = [*wrapper, *command(binary, args, listen, program, log, ready_end)]
        log_end, self.journal = stderr, None
        if stderr is None:
            reader, log_end = os.pipe()
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.output = os.memfd_create("stdout")
        try:
            self.process = subprocess.Popen(
                words, stdin=self.stdin, stdout=self.output, stderr=log_end,
                pass_fds=(ready_end, *pass_fds), env=env, **popen,
            )
        finally:
            os.close(ready_end)
            if stderr is None:
                os.close(log_end)
                self.journal = Journal(reader, log == "json")
        self.pid = self.process.pid
        try:
            if pid_of is not None:
                self.pid = pid_of(self.process.pid)
            self.addresses = self._read_ready(ready)
        except BaseException:
            self.abandon()
            raise
        self.first_fds = procs.fds(self.pid)
        self.first_children = set(procs.children(self.pid))

    def _read_ready(self, ready):
        """The addresses.  A wrapper may keep the pipe open as well, so not its end is
        waited for but that the server has closed it."""
        pipe = os.readlink(f"/proc/self/fd/{ready}")
        procs.wait_until(lambda: pipe not in procs.fds(self.pid).values(), "ready")
        os.set_blocking(ready, False)
        try:
            lines = os.read(ready, 1 << 16).decode().splitlines()
        except BlockingIOError:
            lines = []
        os.close(ready)
        return lines or self._read_serving()

    def _read_serving(self):
        """The addresses from the log, where nothing came by the pipe."""
        try:
            return self.wait_event("serving")["listen"].split()
        except AssertionError:
            status = self.wait()
            raise NotStarted(f"the server did not start: {status}\n{self.log()}", status)

    # ---- asking

    def connect(self, index=0, source=None, **kw):
        client = Client(*address_of(self.addresses[index]), source=source, **kw)
        self.clients.append(client)
        return client

    def port(self, index=0):
        return int(self.addresses[index].rpartition(":")[2])

    def wait_event(self, name, seconds=ALARM, **fields):
        return self.journal.wait(name, fields, seconds)

    def begin(self, client):
        """The session-begin event of a TCP client."""
        return self.wait_event("session-begin", source=client.name)

    def end(self, client):
        return self.wait_event("session-end", source=client.name)

    def events(self, name, **fields):
        return self.journal.find(name, **fields)

    def log(self):
        return self.journal.tail() if self.journal is not None else ""

    def fds(self):
        return procs.fds(self.pid)

    def children(self):
        return procs.children(self.pid)

    def expect(self, *names):
        """These events may be warnings in this test."""
        self.expected += names

    # ---- telling

    def send_signal(self, number):
        os.kill(self.pid, number)

    @contextlib.contextmanager
    def stopped(self):
        """Whatever comes meanwhile is there when it looks again."""
        self.send_signal(signal.SIGSTOP)
        try:
            procs.wait_until(lambda: procs.stat(self.pid)[0] == "T", "it is stopped")
            yield
        finally:
            self.send_signal(signal.SIGCONT)

    def limit(self, what, soft):
        """Changes a limit of the running server; returns the old one."""
        old = resource.prlimit(self.pid, what)
        resource.prlimit(self.pid, what, (soft, old[1]))
        return old

    def wait(self, seconds=ALARM):
        """Until it has ended; its exit status."""
        self.status = self.process.wait(seconds)
        if self.journal is not None:
            self.journal.close()
        return self.status

    def stop(self, number=signal.SIGTERM, status=0):
        self.send_signal(number)
        self.wait()
        assert self.status == status, f"exit status {self.status}\n{self.log()}"

    def abandon(self):
        """Whatever happens, nothing of it stays."""
        for client in self.clients:
            client.reset()
        if self.process.poll() is None:
            for pid in {self.pid, self.process.pid}:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait(ALARM)

    # ---- what must be true afterwards

    def settle(self):
        """Ends all clients and waits until the server is idle again."""
        for client in self.clients:
            client.reset()
        if self.journal is not None and self.log_kind == "json":
            assert self.journal.wait_settled(), f"sessions did not end:\n{self.log()}"
        self.check_idle()

    def idle_children(self):
        """What may be there between two clients: what waits for the next one."""
        if not self.is_ahead:
            return self.first_children
        sessions = {event["pid"] for event in self.events("session-begin")}
        return {pid for pid, state in self.children().items()
                if state != "Z" and pid not in sessions}

    def check_idle(self):
        """No child, no zombie and no descriptor more than at start, but for those that
        wait, with the few descriptors that each of them costs."""
        end = time.monotonic() + ALARM
        while True:
            waiting = self.idle_children()
            most = len(self.first_fds) + (FDS_OF_SPARE * len(waiting) if self.is_ahead else 0)
            most += FDS_OF_CELL * len(procs.inits(self.pid))
            children = set(self.children()) - waiting
            more = {
                fd: target
                for fd, target in self.fds().items()
                if fd not in self.first_fds
            }
            held = sum("/prong-" in target for target in self.fds().values())  # cgroups
            if not children and len(self.fds()) - held <= most:
                return
            if time.monotonic() > end:
                raise AssertionError(
                    f"idle, but children {children} and descriptors {more} are left"
                    f"\n{self.log()}"
                )
            time.sleep(0.005)

    def finish(self):
        try:
            if self.process.poll() is None and self.is_checked:
                self.settle()
                self.stop()
            elif self.process.poll() is None:
                self.abandon()
            else:
                self.wait()
            if self.is_checked:
                self.check_log()
                self.check_output()
        finally:
            self.abandon()
            if self.journal is not None:
                self.journal.close()
            os.close(self.output)

    def check_log(self):
        if self.journal is None:
            return
        found = [line for line in self.journal.stray if SANITIZER.search(line)]
        assert not found, "\n".join(self.journal.stray)
        if self.log_kind == "json" and not self.stray_expected:
            assert not self.journal.stray, f"no JSON: {self.journal.stray[:5]}"
        undeclared = [
            event
            for event in self.journal.events
            if is_warning(event) and event["event"] not in self.expected
        ]
        assert not undeclared, f"undeclared warnings: {undeclared[:5]}"

    def check_output(self):
        assert os.pread(self.output, 4096, 0) == b"", "the server wrote to stdout"


def run(*args, binary=PRONG, **kw):
    """Runs the command to its end: status, stdout and stderr as text."""
    done = subprocess.run(
        [binary, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=ALARM, text=True, errors="backslashreplace", **kw,
    )
    if SANITIZER.search(done.stderr):
        sys.exit(done.stderr)
    return done
