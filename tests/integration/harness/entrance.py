"""entrance -- clients at the door: who is let in, who waits, what the others are told"""
import socket
from datetime import datetime

from . import procs
from .client import Client
from .control import Control, path_of

# Everything that a refused client can be told.
TEXT = "{reason} {seconds} {id} {source}\\n"


class Told:
    """What a client read that was refused with TEXT."""

    def __init__(self, line):
        assert line, "it was told nothing"
        self.reason, seconds, self.id, self.source = line.decode().split(" ")
        self.seconds = int(seconds)


def said_in(client):
    """The puppet's client has a session."""
    assert client.ask("say in") == "in"
    return client


def enter(server, source=None, index=0):
    return said_in(server.connect(index, source=source))


def leave(server, client, status=0):
    """Its session ends with that status."""
    client.command(f"exit {status}")
    assert client.is_ended()
    client.close()
    return server.end(client)


def refused(server, client):
    """What it is told, and that the log says the same."""
    told = Told(client.read_line())
    assert client.is_ended()
    event = server.wait_event("refused", id=told.id)
    assert event["reason"] == told.reason and event["source"] == client.name
    return told, event


def turned_away(server, source=None, reason=None):
    told, event = refused(server, server.connect(source=source))
    assert reason in (None, told.reason), event
    return told, event


def v6(server, source):
    client = Client(socket.AF_INET6, ("::1", server.port()), source=source)
    server.clients.append(client)
    return client


def v4(server, source):
    """Of a listener for both families."""
    client = Client(socket.AF_INET, ("127.0.0.1", server.port()), source=source)
    server.clients.append(client)
    return client


def states(server):
    """{source: state} of all that are there, with a session or without."""
    with Control(path_of(server.pid)) as control:
        rows, _ = control.ask("ps")
    return {row["source"]: row["state"] for row in rows}


def wait_state(server, client, state):
    procs.wait_until(lambda: states(server).get(client.name) == state, f"one is {state}")


def wait_waiting(server, count):
    procs.wait_until(
        lambda: list(states(server).values()).count("waiting") == count, f"{count} wait")


def at(event):
    """When it was, in seconds."""
    return datetime.fromisoformat(event["time"].rstrip("Z")).timestamp()


def offend(server, source=None, command="exit 3", index=0):
    """One session that ends like this."""
    with server.connect(index, source=source) as client:
        client.command(command)
        assert client.is_ended()
    return server.end(client)
