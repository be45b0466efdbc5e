"""Each system call of the stages of isolation fails in turn: the program never runs, the log
names the stage, nothing leaks, and the next client is served when the fault is over.

strace counts calls by process, so the Nth call is the Nth of a child, whatever the server
does meanwhile.
"""
import pytest

from harness import procs, started, strace
from harness.server import PRONG

SORRY = b"sorry\n"
MOST = 80  # an alarm
CELLS_READY = 2  # those that are made ahead of the first client

# What each child does of it, as root, beyond what test_stages.py looks at.
PRIVILEGE = ("--no-new-privileges", "yes", "--capabilities", "chown", "--securebits",
             "noroot", "--user", "nobody")

STRICT = ("--isolation", "strict")
ROOTED = ("--namespaces", "mount", "--root", "{folder}")

# call, error, options, the stages that can fail at it, in their order
SWEEPS = [
    ("prctl", "ENOMEM", PRIVILEGE, ["bounding", "user", "capabilities", "orphans"]),
    ("capset", "EPERM", PRIVILEGE, ["capabilities"]),
    ("setgroups", "EPERM", PRIVILEGE, ["user"]),
    ("setresgid", "EPERM", PRIVILEGE, ["user"]),
    ("setresuid", "EAGAIN", PRIVILEGE, ["user"]),
    ("landlock_restrict_self", "E2BIG", ("--read", "/usr", "--execute", "/usr"), ["rules"]),
    ("prctl", "ENOMEM", ("--read", "/usr", "--execute", "/usr"), ["rules", "bounding", "orphans"]),
    ("seccomp", "ENOMEM", ("--syscalls", "@default"), ["filter"]),
    ("sendmsg", "ENOBUFS", ("--syscalls", "@default"), ["filter"]),
    ("prctl", "ENOMEM", ("--syscalls", "@default"), ["bounding", "orphans", "filter"]),
    ("chroot", "EPERM", ("--root", "/"), ["root"]),
    ("chdir", "EACCES", ("--root", "/"), ["root"]),

    # Cells: what their making fails at is told to the client that has none.
    ("mount", "EPERM", STRICT, ["mounts"]),
    ("open_tree", "EPERM", (*STRICT, "--write", "/var/lib"), ["mounts"]),
    ("move_mount", "EPERM", (*STRICT, "--write", "/var/lib"), ["mounts"]),
    ("mount_setattr", "EPERM", STRICT, ["mounts"]),
    ("pivot_root", "EPERM", ROOTED, ["mounts"]),
    ("umount2", "EPERM", ROOTED, ["mounts"]),
    ("landlock_create_ruleset", "EPERM", STRICT, ["rules"]),
    ("landlock_restrict_self", "E2BIG", STRICT, ["rules"]),
    ("capset", "EPERM", STRICT, ["capabilities"]),
    ("seccomp", "ENOMEM", STRICT, ["filter"]),
    ("prctl", "ENOMEM", STRICT, ["rules", "bounding", "user", "capabilities", "orphans",
                                 "filter"]),
]

# As an ordinary user: these are the child's there, and the server's own as root.
SWEEPS_OF_USER = [
    ("setns", "EPERM", STRICT, ["enter"]),
    ("clone", "EPERM", STRICT, ["enter"]),
    ("mount", "EPERM", STRICT, ["mounts"]),
]


def nth(call, error, number):
    """Fails in each process once, at its so manieth call."""
    return ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}"]


class Sweep:
    """start() gives a new server, for each fault one: it has no more cells than it began
    with."""

    def __init__(self, start, fault_log):
        self.start, self.fault_log = start, fault_log
        self.server, self.stages = None, []

    def visit(self):
        with self.server.connect() as client:
            try:
                client.send(b"ran\n")
                client.half_close()
            except OSError:  # it was refused already
                pass
            said = client.read_all()
        return said, self.server.wait_event("session-end")

    def fail(self, call, error, number):
        """False when there is no such call any more.  A cell that was made before serves its
        client still."""
        path = f"{self.fault_log}-{number}"
        self.server = self.start()
        self.server.expect("session-end", "spawn-failed", "spares-failed")
        with strace.Attached(self.server.pid, nth(call, error, number), path, follow=True) \
                as faults:
            for _ in range(CELLS_READY + 2):
                said, end = self.visit()
                if end["ending"] == "stage":
                    break
                assert said == b"ran\n", end
            is_injected = faults.count() > 0
            # Asked to let go, strace waits for whoever waits for its child (vfork), whom it
            # holds itself.
            faults.process.kill()
        if end["ending"] == "stage":
            assert said in (b"", SORRY), f"{call} {number}: the program ran"
            assert end["error"]
            self.stages.append(end["stage"])
        else:
            assert not is_injected, f"{call} {number} failed, and nobody minded"
        return is_injected

    def check_recovered(self):
        procs.wait_until(lambda: procs.status(self.server.pid, "TracerPid") == "0", "let go")
        said, end = self.visit()
        assert (said, end["ending"]) == (b"ran\n", "exited")
        self.server.settle()

    def run(self, call, error):
        """All of them; the stages that failed, in their order."""
        number = 1
        while self.fail(call, error, number) and number < MOST:
            self.check_recovered()
            number += 1
        self.check_recovered()
        return list(dict.fromkeys(self.stages))


@pytest.mark.parametrize("call, error, options, stages", SWEEPS)
def test_whichever_call_of_a_stage_fails_no_program_runs(
        prong, root, tracer, fault_log, open_folder, call, error, options, stages):
    words = [word.format(folder=open_folder) for word in options]
    program = ["@echo"] if options == ROOTED else ["echo", "ran"]  # there is nothing else

    def start():
        return prong("--refuse-text", "sorry\\n", *words, program=program)

    assert Sweep(start, fault_log).run(call, error) == stages


@pytest.mark.parametrize("call, error, options, stages", SWEEPS_OF_USER)
def test_the_same_of_a_server_without_rights(
        prong, root, tracer, fault_log, for_everybody, call, error, options, stages):
    binary = for_everybody(PRONG)

    def start():
        return prong("--refuse-text", "sorry\\n", *options, binary=binary,
                     program=["echo", "ran"], user=61234, group=61234, extra_groups=[])

    assert Sweep(start, fault_log).run(call, error) == stages


@pytest.mark.parametrize("call, stage", [
    ("setns", "namespaces"), ("landlock_restrict_self", "rules"), ("seccomp", "filter")])
def test_a_stage_that_fails_ahead_of_the_client_is_told_to_the_client(
        prong, root, tracer, fault_log, call, stage):
    """Once there is nobody left who waits."""
    def start():
        server = prong("--refuse-text", "sorry\\n", *STRICT, "--start", "spare",
                       program=["echo", "ran"])
        started.wait_ready(server)
        return server

    sweep = Sweep(start, fault_log)
    assert sweep.fail(call, "EPERM", 1)
    assert sweep.stages == [stage]
    sweep.check_recovered()
    started.wait_row(sweep.server, lambda row: row["spares_ready"] > 0, "one waits again")
