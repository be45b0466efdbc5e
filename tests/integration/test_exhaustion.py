"""When the machine runs out: descriptors, processes, memory, and every errno of accept.

No spin (at most 400 ms of CPU and 2,000 failing calls in 2.5 s), no lost slot, one line
with a count, and service again when it is over.
"""
import errno
import os
import resource
import time

import pytest

from harness import procs, strace
from harness.control import Control
from harness.server import PRONG

WINDOW = 2.5
ACCEPT_ERRORS = [
    "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED", "EINTR", "EPROTO", "EPERM",
    "EAGAIN", "ENETDOWN", "ENONET", "EHOSTDOWN", "EHOSTUNREACH", "ENETUNREACH",
    "ENOPROTOOPT", "EOPNOTSUPP", "ETIMEDOUT",
]


def echoes(server):
    with server.connect() as client:
        client.send("x")
        client.half_close()
        return client.read_all() == b"x"


def forgive(server):
    server.expect("accept-failed", "spawn-failed", "refused", "refused-more", "session-end")


@pytest.mark.parametrize("error", ACCEPT_ERRORS)
def test_an_error_of_accept_passes_and_the_client_is_served(
    prong, tracer, fault_log, error
):
    server = prong()
    forgive(server)
    faults = strace.inject("accept4", error, when="1..3")
    with strace.Attached(server.pid, faults, fault_log) as trace:
        assert echoes(server)
        assert trace.count() >= 1
    assert echoes(server)


@pytest.fixture
def control(tmp_path):
    """Where nobody else looks for servers: whoever does, as other tests' commands do, takes a
    descriptor of each."""
    return ("--control", tmp_path / "control")


def start_all(prong, tmp_path, call, errors):
    """A server with a fault that lasts for each errno, all at once to save the time."""
    running = []
    for error in errors:
        server = prong("--control", tmp_path / f"control-{error}")
        forgive(server)
        trace = strace.Attached(server.pid, strace.inject(call, error),
                                tmp_path / f"strace-{error}")
        running.append((error, server, trace))
    return running


def spin(running):
    """{errno: what it did too much of} after the window, with a client waiting at each."""
    for _, server, _ in running:
        server.connect()
    before = {error: procs.cpu_ms(server.pid) for error, server, _ in running}
    time.sleep(WINDOW)
    found = {}
    for error, server, trace in running:
        used = procs.cpu_ms(server.pid) - before[error]
        calls = trace.count()
        if used > 400 or calls > 2000:
            found[error] = f"{calls} calls, {used} ms"
        assert calls >= 1, f"{error}: nothing failed"
    return found


@pytest.mark.parametrize("errors", [ACCEPT_ERRORS[:4], ACCEPT_ERRORS[4:9],
                                    ACCEPT_ERRORS[9:13], ACCEPT_ERRORS[13:]],
                         ids=lambda errors: "-".join(errors))
def test_an_error_of_accept_that_lasts_makes_nothing_spin(prong, tracer, tmp_path, errors):
    running = start_all(prong, tmp_path, "accept4", errors)
    found = spin(running)
    for _, _, trace in running:
        trace.detach()

    assert not found
    for error, server, _ in running:
        start = time.monotonic()
        assert echoes(server), error
        assert time.monotonic() - start < 10, f"{error}: late to recover"


@pytest.mark.parametrize("error", ["EAGAIN", "EINTR", "EMFILE"])
def test_nor_does_one_at_the_control_socket(prong, tracer, fault_log, control, error):
    server = prong(*control)
    with strace.Attached(server.pid, strace.inject("accept4", error), fault_log) as trace, \
         Control(control[1]) as asked:
        before = procs.cpu_ms(server.pid)
        time.sleep(WINDOW)
        used, calls = procs.cpu_ms(server.pid) - before, trace.count()
        assert 1 <= calls <= 2000 and used <= 400, f"{calls} calls, {used} ms"
        trace.detach()
        assert asked.ask("ps")[-1]["done"] is True


@pytest.mark.parametrize("error", ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"])
def test_a_lack_that_lasts_is_said_in_few_lines_with_a_count(
    prong, tracer, fault_log, error
):
    server = prong()
    forgive(server)
    with strace.Attached(server.pid, strace.inject("accept4", error), fault_log) as trace:
        server.connect()
        event = server.wait_event("accept-failed")
        trace.wait_injected(3)
    server.wait_event("session-begin")

    assert error in event["error"] or os.strerror(getattr(errno, error)) in event["error"]
    assert event["pause_ms"] > 0
    assert len(server.events("accept-failed")) <= trace.count()
    assert server.wait_event("resumed")


def test_without_a_free_descriptor_nothing_spins_and_service_comes_back(prong, control):
    server = prong(*control)
    forgive(server)
    assert echoes(server)
    server.settle()
    old = server.limit(resource.RLIMIT_NOFILE, len(server.fds()))
    clients = [server.connect() for _ in range(10)]
    before = procs.cpu_ms(server.pid)
    time.sleep(WINDOW)
    assert procs.cpu_ms(server.pid) - before <= 400
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, old)

    for client in clients:
        client.close()
    assert echoes(server)
    assert server.events("accept-failed") or server.events("refused")


def test_a_client_is_told_where_a_descriptor_can_be_spared(prong, control):
    server = prong(*control, "--refuse-text", "not now\\n")
    forgive(server)
    old = server.limit(resource.RLIMIT_NOFILE, len(server.fds()))
    client = server.connect()
    try:
        assert client.read_line() == b"not now"
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, old)
    assert server.wait_event("refused")["reason"] == "no-descriptors"
    assert echoes(server)


def test_with_20_descriptors_60_clients_are_served_one_after_the_other(prong):
    # Each that looks for servers at the control socket takes one of them.
    server = prong("--control", "off", program=["@hello"],
                   wrapper=["prlimit", "--nofile=20:20", "--"])
    forgive(server)
    server.expect("warning")
    clients = [server.connect() for _ in range(60)]
    assert all(client.read_all() for client in clients)


@pytest.mark.parametrize("call, error", [
    ("clone3,clone", "EAGAIN"), ("clone3,clone", "ENOMEM"), ("pipe2", "EMFILE"),
    ("epoll_ctl", "ENOSPC"), ("epoll_ctl", "ENOMEM"), ("getsockname", "ENOBUFS"),
    ("setsockopt", "EPERM"), ("getsockopt", "EPERM"), ("fcntl", "EPERM"),
    ("pidfd_open", "EMFILE"), ("read", "EINTR"),
    ("epoll_wait,epoll_pwait", "EINTR"), ("close", "EINTR"), ("close", "EIO"),
    ("waitid", "EINTR"), ("wait4", "EINTR"), ("rt_sigprocmask", "EINVAL"),
])
def test_a_call_that_fails_now_and_then_costs_at_most_that_connection(
    prong, tracer, fault_log, call, error
):
    server = prong()
    forgive(server)
    server.expect("warning")
    calls = call.split(",")
    faults = ["-e", f"trace={call}"]
    for one in calls:
        faults += ["-e", f"inject={one}:error={error}:when=1+3"]
    with strace.Attached(server.pid, faults, fault_log):
        for _ in range(5):
            with server.connect() as client:
                try:
                    client.send("x")
                    client.half_close()
                    client.read_all()
                except OSError:
                    pass
    assert echoes(server)
    if call in ("close", "waitid", "wait4"):
        server.is_checked = False  # the kernel did close: strace only says it did not


@pytest.mark.parametrize("error", ["EAGAIN", "ENOMEM"])
def test_a_clone_that_fails_for_long_makes_nothing_spin_and_loses_no_slot(
    prong, tracer, fault_log, error
):
    server = prong("--max", "2", "--refuse-text", "no process\\n")
    forgive(server)
    faults = ["-e", "trace=clone,clone3,fork,vfork", "-e",
              f"inject=clone,clone3,fork,vfork:error={error}"]
    with strace.Attached(server.pid, faults, fault_log) as trace:
        told = server.connect()
        waiting = [server.connect() for _ in range(5)]
        assert told.read_all() == b"no process\n"
        before = procs.cpu_ms(server.pid)
        time.sleep(WINDOW)
        assert procs.cpu_ms(server.pid) - before <= 400
        assert trace.count() <= 2000
    for client in waiting:
        client.close()
    event = server.wait_event("spawn-failed")
    assert error in event["error"] or os.strerror(getattr(errno, error)) in event["error"]
    pair = [server.connect(), server.connect()]
    for client in pair:
        client.send("x")
        assert client.read(1) == b"x", "both slots are there"


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_without_clone3_the_older_call_is_used(prong, tracer, error):
    server = prong(faults=strace.inject("clone3", error))
    for _ in range(3):
        assert echoes(server)


def test_a_limit_of_processes_is_survived(prong, puppet, for_everybody, root):
    wrapper = ["prlimit", "--nproc=12:12", "--"]
    server = prong("--max", "100", program=[for_everybody(puppet)], wrapper=wrapper,
                   user=61777, group=61777, extra_groups=[], binary=for_everybody(PRONG))
    forgive(server)
    server.expect("warning")
    clients = [server.connect() for _ in range(40)]
    server.wait_event("spawn-failed")
    for client in clients:
        client.close()
    server.settle()

    with server.connect() as client:
        assert client.ask("say in") == "in"


@pytest.fixture
def pids_group(root):
    path = f"/sys/fs/cgroup/pids/prong-test-{os.getpid()}"
    try:
        os.mkdir(path)
    except OSError as error:
        pytest.skip(f"no pids controller of cgroup v1 here: {error}")
    yield path
    procs.wait_until(lambda: not open(f"{path}/cgroup.procs").read(), "empty cgroup")
    os.rmdir(path)


def test_a_limit_of_the_pids_controller_is_survived(prong, puppet, pids_group, request):
    with open(f"{pids_group}/pids.max", "w") as file:
        file.write("12")
    script = f'echo $$ > {pids_group}/cgroup.procs && exec "$@"'
    server = prong("--max", "100", program=[puppet], wrapper=["sh", "-c", script, "sh"])
    forgive(server)
    server.expect("warning")
    clients = [server.connect() for _ in range(40)]
    server.wait_event("spawn-failed")
    for client in clients:
        client.close()
    server.settle()

    with server.connect() as client:
        assert client.ask("say in") == "in"
    server.settle()
    server.stop()
