"""Each system call of a reload and of an upgrade fails once: the old set serves on.

Whether it then succeeds, for the call was not needed, or says why not: nobody is refused,
nothing leaks, and the next one succeeds.
"""
import pytest

from harness import strace
from harness.instance import Instance, config, service
from harness.server import is_sanitized

# Call, error, and how often it may come: the first, second, ... of them fails.
CALLS = [
    ("memfd_create", "EMFILE"), ("execve", "ENOMEM"), ("execve", "ETXTBSY"),
    ("pipe2", "EMFILE"), ("fcntl", "EMFILE"), ("fcntl", "EINVAL"),
    ("epoll_ctl", "ENOSPC"), ("setsockopt", "ENOBUFS"), ("bind", "ENOMEM"),
    ("listen", "EADDRINUSE"), ("socket", "EMFILE"), ("openat", "EMFILE"),
    ("pidfd_open", "EMFILE"), ("timerfd_create", "EMFILE"), ("ftruncate", "EIO"),
    ("clone3", "EAGAIN"), ("vfork", "EAGAIN"), ("getsockname", "ENOBUFS"),
    ("pread64", "EIO"), ("close_range", "ENOSYS"), ("signalfd4", "EMFILE"),
    ("epoll_create1", "EMFILE"), ("mmap", "ENOMEM"),
]
# In the new program each of these comes before it can know that it must go back.
BEFORE_MAIN = {"mmap", "openat", "pread64"}
TIMES = 120


def served(folder, port, extra):
    return config(
        service("echo", "127.0.0.1:0", port),
        service("path", f"unix:{folder}/socket", no_delay="no"),
        service(f"other{extra}", f"unix:{folder}/other{extra}", "127.0.0.1:0"),
    )


@pytest.fixture
def instance(prong, tmp_path, tracer):
    made = Instance(prong, tmp_path, served(tmp_path, "[::1]:0", 0))
    made.expect("upgrade-failed", "reload-failed", "warning", "accept-failed",
                "spawn-failed")
    return made


def echo_works(instance):
    for index in range(3):
        with instance.connect(index) as client:
            client.send("x")
            client.half_close()
            assert client.read_all() == b"x"


def faulty(instance, act, call, error, when, output):
    """What `act` told while that call failed once, and whether it did fail."""
    faults = strace.inject(call, error, str(when))
    with strace.Attached(instance.pid, faults, output) as tracer:
        event = act()
        return event, tracer.count() > 0


def go_through(instance, tmp_path, what, call, error):
    act = getattr(instance, what)
    for when in range(1, 1 + TIMES):
        instance.configure(served(tmp_path, "[::1]:0", when % 2))
        event, has_failed = faulty(
            instance, act, call, error, when, tmp_path / f"{call}.{when}")
        if not event["event"].endswith("ed"):
            raise AssertionError(event)
        if event["event"].endswith("-failed"):
            assert event["text"], event
        echo_works(instance)
        assert act()["event"] in ("reloaded", "upgraded")
        if not has_failed:
            break


def talk(client):
    client.send("still\n")
    assert client.read_line() == b"still"


@pytest.mark.parametrize("what", ["reload", "upgrade"])
@pytest.mark.parametrize("call, error", CALLS)
def test_a_call_that_fails_costs_nobody_anything(instance, tmp_path, what, call, error):
    if what == "upgrade" and call in BEFORE_MAIN:
        pytest.skip("comes in the loader as well, where nobody can help")
    if call == "mmap" and is_sanitized():
        pytest.skip("a sanitizer ends the process when it gets no memory")
    census = instance.census()
    with instance.connect() as talker:
        talk(talker)
        go_through(instance, tmp_path, what, call, error)
        talk(talker)
    instance.check_books()
    instance.wait_census(census)
