"""sweep -- every call fails the Nth time

For one system call and one errno, N = 1, 2, ... until strace has nothing more to inject:
a server is started whose Nth such call fails (in the server and in each of its children,
for strace counts by process), one client connects, and then the promises are checked:

 - a server that did not start says why and leaves nothing behind;
 - a program never runs after a stage that failed, and the log names the stage;
 - when the fault is over the server serves, is idle without a process or descriptor more
   than at start, and stops with status 0 when asked to.

The same where processes are started ahead (Ahead), but there only calls of the server
fail: a program that is traced already cannot be held.

Run alone:  python3 sweep.py [CALL ...]
"""
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "integration"))

from harness import procs, spaces, started, strace  # noqa: E402
from harness.server import NotStarted, Server  # noqa: E402

MOST = 40  # an alarm: no call is made so often for one connection

# call: (errors, stage that fails when it fails between clone and exec)
CALLS = {
    "socket": (["EMFILE", "ENOBUFS"], None),
    "bind": (["EADDRINUSE", "EACCES"], None),
    "listen": (["EADDRINUSE"], None),
    "setsockopt": (["ENOBUFS"], None),
    "getsockname": (["ENOBUFS"], None),
    "accept4": (["EMFILE", "ECONNABORTED"], None),
    "clone3": (["EAGAIN", "ENOSYS"], None),
    "clone": (["ENOMEM"], None),
    "pidfd_open": (["EMFILE"], None),
    "pipe2": (["EMFILE"], None),
    "epoll_create1": (["EMFILE"], None),
    "epoll_ctl": (["ENOMEM", "ENOSPC"], None),
    "timerfd_create": (["EMFILE"], None),
    "signalfd4": (["EMFILE"], None),
    "openat": (["EMFILE"], None),
    "mmap": (["ENOMEM"], None),
    "prlimit64": (["EPERM"], "limits"),
    "setpriority": (["EACCES"], "nice"),
    "setgroups": (["EPERM"], "user"),
    "setresgid": (["EPERM"], "user"),
    "setresuid": (["EAGAIN"], "user"),
    "capset": (["EPERM"], "user"),
    "prctl": (["EINVAL"], None),
    "setsid": (["EPERM"], "session"),
    "dup2": (["EBADF"], "descriptors"),
    "close_range": (["ENOMEM"], "descriptors"),
    "chdir": (["EACCES"], "dir"),
    "execve": (["EACCES", "ENOMEM"], "program"),
    "write": (["EIO", "EAGAIN"], None),
    "writev": (["EIO", "ENOSPC"], None),
    "fcntl": (["EMFILE"], None),
    "ioctl": (["ENOTTY"], None),
    "getsockopt": (["ENOBUFS"], None),
    "shutdown": (["ENOTCONN"], None),
    "mkdir": (["EROFS"], None),
    "rename": (["ENOSPC"], None),
    "fchmod": (["EPERM"], None),
    "read": (["EINTR"], None),
    "epoll_wait": (["EINTR"], None),
    "waitid": (["EINTR"], None),
    "wait4": (["EINTR"], None),
}

# The loader makes such calls before main(), where a failure is not ours to survive.
BEFORE_MAIN = {"openat", "read"}

# Counted only from when the server is up: for the loader does the same, or because prong
# itself is an execve of the tracer.
ONCE_UP = {"execve", "mmap", "fcntl", "ioctl"}
FORGIVEN = ["accept-failed", "spawn-failed", "refused", "session-end", "warning",
            "log-dropped", "failed", "resumed"]


# What the server does for those that wait, and more than once.
CALLS_AHEAD = {
    "socketpair": ["EMFILE"],
    "pipe2": ["ENFILE"],
    "sendmsg": ["ETOOMANYREFS", "EPIPE", "EAGAIN"],
    "sendto": ["ENOBUFS"],
    "recvfrom": ["EINTR"],
    "pidfd_open": ["EMFILE"],
    "clone3": ["EAGAIN"],
    "waitid": ["EINTR"],
    "dup3": ["EBUSY"],
}
CPU_MOST_MS = 700  # of a server that waits out a pause of a second, and serves a few


class Broken(AssertionError):
    """A promise that was not kept: call, errno, N and what happened."""


def options(call):
    """Settings that make every stage do something.  The warden goes through the same
    stages: not where a stage is to fail for the program."""
    words = ["--orphans", "keep"] if CALLS[call][1] is not None else []
    words += ["--nice", "3", "--files", "64", "--dir", "/usr", "--refuse-text", "sorry\\n"]
    return words + (["--user", "nobody", "--groups", "daemon"] if spaces.is_root() else [])


class Attempt:
    """One server with one fault."""

    def __init__(self, call, error, nth, folder):
        self.call, self.error, self.nth = call, error, nth
        self.trace = os.path.join(folder, f"strace-{call}-{error}-{nth}")
        self.path = os.path.join(folder, f"socket-{nth}")
        self.attached = None

    def faults(self):
        traced = sorted({self.call, "execve"})
        return ["-e", f"trace={','.join(traced)}",
                "-e", f"inject={self.call}:error={self.error}:when={self.nth}"]

    def start(self):
        early = self.call not in ONCE_UP
        self.server = Server(
            options(self.call), ["127.0.0.1:0", f"unix:{self.path}"], ["sh", "-c", "echo ran"],
            wrapper=strace.under(self.faults(), self.trace) if early else (),
            env=strace.environment(),
        )
        self.server.expect(*FORGIVEN)
        if not early:
            self.attached = strace.Attached(self.server.pid, self.faults(), self.trace,
                                            follow=True)

    def visit(self):
        """What one client gets while the fault lasts."""
        client = self.server.connect()
        try:
            return client.read_all()
        except OSError:
            return b""
        finally:
            client.close()

    def detach(self):
        if self.attached is not None:
            self.attached.detach()
            return
        tracer = int(procs.status(self.server.pid, "TracerPid"))
        if tracer:
            os.kill(tracer, signal.SIGKILL)  # with -o it blocks all others
            procs.wait_ended(tracer)

    def failed_before_exec(self):
        """Did the call fail in a child that had not yet become the program?"""
        done = set()
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                pid = line.split()[0]
                if pid == str(self.server.pid) or pid in done:
                    continue
                if "(INJECTED)" in line and self.call in line:
                    return True
                if "execve(" in line and line.rstrip().endswith("= 0"):
                    done.add(pid)
        return False

    def check_stage(self, answer):
        stage = CALLS[self.call][1]
        if stage is None or not self.failed_before_exec():
            return
        end = self.server.wait_event("session-end")
        self.claim(answer in (b"", b"sorry\n"), f"the client got {answer}")
        self.claim(end["ending"] == "stage", f"ending {end['ending']}")
        self.claim(end["stage"] == stage, f"stage '{end['stage']}', not '{stage}'")

    def claim(self, is_kept, text):
        if not is_kept:
            raise Broken(f"{self.call} {self.error} N={self.nth}: {text}")

    def check_not_started(self, failure):
        text, status = failure.args
        if self.call in BEFORE_MAIN and (status == 127 or "shared librar" in text):
            return
        self.claim(status in (1, 2, 3, 111), f"exit status {status}: {text}")
        self.claim("failed" in text or "prong:" in text, f"nothing was said: {text}")
        self.claim(not os.path.exists(self.path), "the path of the socket is left")

    def run(self):
        """True while something was injected."""
        try:
            self.start()
        except NotStarted as failure:
            self.check_not_started(failure)
            return strace.injected(self.trace) > 0
        try:
            answer = self.visit()
            self.detach()
            self.check_stage(answer)
            self.check_after()
            self.server.finish()
        except (AssertionError, OSError) as failure:
            self.claim(False, f"{failure}\n{self.server.log()}")
        finally:
            if self.server.process.poll() is None:
                self.server.abandon()
        return strace.injected(self.trace) > 0

    def check_after(self):
        """The fault is over: a client is served by each listener."""
        for index in range(len(self.server.addresses)):
            with self.server.connect(index) as client:
                answer = client.read_all()
            self.claim(answer == b"ran\n", f"afterwards listener {index} gave {answer}")


class Ahead(Attempt):
    """One whose programs are started ahead."""

    how = "spare"

    def start(self):
        self.server = Server(
            ["--start", self.how, "--spares-min", "2", "--cpu-time", "60s",
             "--refuse-text", "sorry\n"],
            ["127.0.0.1:0", f"unix:{self.path}"], ["sh", "-c", "read -r word; echo ran"],
            wrapper=strace.under(self.faults(), self.trace, follow=False),
            env=strace.environment(),
        )
        self.server.expect(*FORGIVEN, started.FALLBACK)

    def visit(self, index=0):
        procs.wait_until(lambda: self.server.events("spares")
                         or self.server.events(started.FALLBACK), "an answer to the start")
        client = self.server.connect(index)
        try:
            client.command("come")
            return client.read_all()
        finally:
            client.close()

    def check_stage(self, answer):
        self.claim(answer in (b"ran\n", b"sorry\n"), f"the client got {answer}")

    def check_after(self):
        for index in range(len(self.server.addresses)):
            answer = self.visit(index)
            self.claim(answer == b"ran\n", f"afterwards listener {index} gave {answer}")
        started.wait_row(self.server, lambda row: row["spares_ready"] >= 2, "two wait")
        used = procs.cpu_ms(self.server.pid)
        self.claim(used < CPU_MOST_MS, f"{used} ms of CPU time were used")


class AheadWarm(Ahead):
    how = "warm"


class AheadClone(Ahead):
    how = "clone"


AHEAD = {"spare": Ahead, "warm": AheadWarm, "clone": AheadClone}


def sweep(call, error, folder, attempt=Attempt):
    """Runs all N; returns how many there were."""
    for nth in range(1, MOST):
        if not attempt(call, error, nth, folder).run():
            return nth - 1
    return MOST


def sweep_all(name, errors, attempt, calls):
    """All `errors`, or those of some calls; how many promises were not kept."""
    failures = 0
    for call, error in ((call, error) for call in calls or errors
                        for error in errors.get(call, [])):
        with tempfile.TemporaryDirectory() as folder:
            try:
                count = sweep(call, error, folder, attempt)
                print(f"{name} {call} {error}: {count} faults", flush=True)
            except Broken as failure:
                failures += 1
                print(f"{name} {failure}", flush=True)
    return failures


def main(calls):
    failures = sweep_all("fresh", {call: row[0] for call, row in CALLS.items()}, Attempt, calls)
    for how, attempt in AHEAD.items():
        failures += sweep_all(how, CALLS_AHEAD, attempt, calls)
    return 1 if failures else 0


if __name__ == "__main__":
    procs.become_subreaper()
    sys.exit(main(sys.argv[1:]))
