"""Whatever of what waits is killed, stopped or replaced, and when: clients are served."""
import os
import random
import signal
import threading

import pytest

from harness import procs, started
from harness.client import Client, address_of
from harness.instance import Instance, config, service
from harness.started import ask

MODES = pytest.mark.parametrize("mode", started.AHEAD)
ROUNDS = 40
CALLERS = 3


def one(mode, listen="127.0.0.1:0", **settings):
    return config(service("toy", listen, program='"/bin/cat"', start=mode, **settings))


@pytest.fixture
def instance(prong, tmp_path):
    def start(mode, **settings):
        made = Instance(prong, tmp_path, one(mode, **settings), is_ahead=True)
        made.expect(started.FALLBACK)
        return made

    return start


class Callers:
    """Clients one after the other; `cut` are those whose answer ends too early."""

    def __init__(self, address):
        self.address = address_of(address)
        self.is_over, self.failures, self.made, self.cut = False, [], 0, 0
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True)
                        for number in range(CALLERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.is_over = True
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"

    def run(self, number):
        turn = 0
        while not self.is_over:
            turn += 1
            words = b"call %d.%d " % (number, turn) * 3
            answer = self.call(words)
            with self.changed:
                self.made += answer == words
                self.cut += answer != words and words.startswith(answer)
                if not words.startswith(answer):
                    self.failures.append(f"{answer!r} in answer to {words!r}")
                self.changed.notify_all()

    def call(self, words):
        try:
            with Client(*self.address) as client:
                client.send(words)
                client.half_close()
                return client.read_all()
        except ConnectionError:
            return b""

    def wait_made(self, more):
        with self.changed:
            wanted = self.made + more
            assert self.changed.wait_for(lambda: self.made >= wanted, 60), "no client is served"


def hit(server, rng):
    """One that waits or starts, or a tracer, as chance has it."""
    found = started.waiting(server)
    if not found:
        return
    number = rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
    try:
        os.kill(rng.choice(found), number)
    except ProcessLookupError:
        pass


@MODES
@pytest.mark.parametrize("seed", [1, 2])
def test_clients_are_served_in_a_storm(instance, mode, seed):
    rng = random.Random(seed)
    made = instance(mode, spares_min=3, spares_max=6)
    address = made.addresses[0]
    with Callers(address) as callers:
        for turn in range(ROUNDS):
            what = rng.choice(["hit"] * 7 + ["reload"] * 2 + ["upgrade"])
            if what == "hit":
                hit(made.server, rng)
            elif what == "reload":
                made.configure(one(mode, address, spares_min=1 + turn % 4,
                                   clone_uses=rng.choice([1, 3, 1000])))
                assert made.reload()["event"] == "reloaded"
            else:
                assert made.upgrade()["event"] == "upgraded"
            callers.wait_made(2)
    assert not callers.failures
    # One whose image was killed before it could tell of it serves without us.
    made.expect("session-end")
    # Only who had its client already may have taken it along.

    def killed():
        return [event for event in made.events("session-end")
                if event.get("signal") in ("KILL", "TERM")]

    procs.wait_until(lambda: callers.cut <= len(killed()), "each that was cut was killed")
    with made.server.connect() as client:
        client.send(b"at last")
        client.half_close()
        assert client.read_all() == b"at last"


def image_of(server):
    """The first of them that was started; numbers begin again from below."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        most = int(file.read())
    return min(started.waiting(server), key=lambda pid: (pid - server.pid) % most)


@pytest.mark.parametrize("mode", ["spare", "clone"])
def test_an_image_that_is_stopped_costs_no_client(instance, mode):
    made = instance(mode, spares_min=1, spares_max=1)
    started.wait_ready(made.server)
    image = image_of(made.server)
    os.kill(image, signal.SIGSTOP)
    clients = [made.server.connect() for _ in range(5)]
    for i, client in enumerate(clients):
        client.send(b"word %d" % i)
        client.half_close()
    for i, client in enumerate(clients):
        assert client.read_all() == b"word %d" % i
    procs.wait_gone(image)


@pytest.mark.parametrize("mode", started.HELD)
def test_what_starts_does_not_outlive_an_upgrade(instance, prong, tmp_path, mode):
    path = tmp_path / "slow"
    path.write_text("#!/bin/sh\nsleep 1000\n")
    path.chmod(0o755)
    text = config(service("slow", "127.0.0.1:0", program=f'"{path}"', start=mode,
                          start_timeout="10m"))
    made = Instance(prong, tmp_path, text, is_ahead=True)
    procs.wait_until(lambda: "prong-hold" in map(procs.name, made.server.children()), "it starts")
    procs.wait_until(lambda: len(started.waiting(made.server)) >= 2, "both have their names")
    before = started.waiting(made.server)
    assert made.upgrade()["event"] == "upgraded"
    for pid in before:
        procs.wait_gone(pid)


def test_an_image_that_cannot_be_renewed_is_not_tried_all_the_time(instance, prong, tmp_path):
    path = tmp_path / "once"
    path.write_text(f"#!/bin/sh\necho x >> {tmp_path}/starts\n"
                    f"[ -e {tmp_path}/broken ] && exit 1\nread -r word\necho \"<$word>\"\n")
    path.chmod(0o755)
    text = config(service("once", "127.0.0.1:0", program=f'"{path}"', start="clone",
                          clone_uses=4))
    made = Instance(prong, tmp_path, text, is_ahead=True)
    made.expect(started.FALLBACK)
    started.wait_ready(made.server)
    (tmp_path / "broken").touch()

    assert [ask(made.server) for _ in range(6)] == ["<hello>"] * 6
    made.server.wait_event(started.FALLBACK)
    starts = (tmp_path / "starts").read_text().count("x")
    assert [ask(made.server) for _ in range(20)] == ["<hello>"] * 20
    assert (tmp_path / "starts").read_text().count("x") <= starts + 3


@MODES
def test_a_large_environment_is_no_matter_to_what_waits(prong, mode):
    """More than a message to one that waits may have: it has it already."""
    server = prong("--start", mode, "--env", "BIG=" + "x" * 9000, "--spares-min", 3,
                   program=["/bin/sh", "-c", 'read -r word; echo "$word ${#BIG}"'])
    started.wait_ready(server, 3)
    for i in range(3):
        with server.connect() as client:
            client.send(b"word%d\n" % i)
            assert client.read_line() == b"word%d 9000" % i
        assert server.wait_event("session-begin")["start"] in (mode, "warm")
