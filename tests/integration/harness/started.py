"""started -- servers that start their programs before the client comes (`start`)

What a service has ready is asked over its control socket: `spares()` is its row of
`status`.  `wait_ready()` is what stands between a start and the first client wherever a
test wants to meet a process that waited.
"""
import re
import threading

from . import ALARM, procs
from .control import Control, path_of

MODES = ("fresh", "spare", "warm", "clone")
AHEAD = MODES[1:]
HELD = ("warm", "clone")  # the program itself is run ahead

# Why a service has something else than it was asked for is a warning, by design.
FALLBACK = "spares-failed"


def rows(server):
    with Control(path_of(server.pid)) as control:
        objects, end = control.ask("status")
    assert end.get("done"), end
    return [row for row in objects if "service" in row]


def spares(server, service=None):
    """The row of the service, or of the only one."""
    found = [row for row in rows(server) if service in (None, row["service"])]
    assert len(found) == 1, found
    return {"spares_reason": "", "held_call": "", **found[0]}


def in_force(row):
    """What the service does now, and why if it is not what was asked for."""
    return row["spares_in_force"], row["spares_reason"]


def wait_row(server, condition, what, service=None):
    """The row, once the condition holds."""
    seen = []

    def look():
        seen[:] = [spares(server, service)]
        return condition(seen[0])

    try:
        procs.wait_until(look, what)
    except AssertionError:
        raise AssertionError(f"never {what}: {seen}\n{server.log()}") from None
    return seen[0]


def is_settled(row, at_least=1):
    """So many wait for a client, or it is known that none will."""
    if row["spares_in_force"] == "fresh":
        return True
    return row["spares_ready"] >= at_least


def wait_ready(server, at_least=1, service=None):
    return wait_row(server, lambda row: is_settled(row, at_least), "ready", service)


def _is_named(pid, server_name):
    """Has it become what it will be?  Before that it may be about to be the warden."""
    name = procs.name(pid)
    return name not in ("", server_name, "prong-warden") and not (
        name.startswith("memfd:") or name.isdigit())


def waiting(server):
    """The processes that wait or are about to: those that are no session's."""
    sessions = {event["pid"] for event in server.events("session-begin")}
    own = procs.name(server.pid)
    return [pid for pid in server.children() if pid not in sessions and _is_named(pid, own)]


def began_as(server, client):
    """How the process of that client was started."""
    return server.begin(client).get("start", "fresh")


def ask(server, word="hello", index=0):
    """The line that a client gets for one of its own."""
    with server.connect(index) as client:
        client.command(word)
        return client.read_line().decode()


def check_client(server, mode):
    """A client of the program `lines` is answered by a process that was started so."""
    with server.connect() as client:
        client.command("hello")
        assert client.read_line() == b"<hello>"
        assert began_as(server, client) == mode


def check_in_force(row, wanted, refusal, call):
    """`refusal`: a pattern of why it is not what was asked for, or None; `call`: one of
    the call at which the program is held, if it is."""
    found, reason = in_force(row)
    assert found == wanted, f"{found} is in force: {reason}"
    assert re.search(refusal, reason) if refusal else reason == "", reason
    if found in HELD:
        assert re.search(call, row["held_call"]), row


def check_said_once(server):
    """Why a service has something else was said once, and again only with each new try,
    which are ever further apart; however many clients there were."""
    pauses = [event.get("pause_ms") for event in server.events(FALLBACK)]
    assert pauses, f"no word of it:\n{server.log()}"
    if len(pauses) > 1:
        assert None not in pauses[:-1] and pauses == sorted(set(pauses)), pauses


def at_once(count, work):
    """work(number) in so many threads; what each returned."""
    results = [None] * count

    def run(number):
        try:
            results[number] = work(number)
        except (AssertionError, OSError) as failure:
            results[number] = failure

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ALARM)
        assert not thread.is_alive(), "a client hangs"
    return results
