"""load -- the load client, driven from here

`rush` is one measurement: it runs the client and returns its numbers.  `Hold` keeps
connections open until it is ended.  `Flood` lets the client run beside another one.
"""

import json
import subprocess

HOLD_PATIENCE = 120


class Failed(Exception):
    """The client could not do its work."""


def from_options(sources):
    """(first address, how many) as options; None: the client's own sixteen."""
    return ["--from", sources[0], "--sources", str(sources[1])] if sources else []


class Load:
    """Knows the client's path and sums up failures per server."""

    def __init__(self, client):
        self.client = str(client)

    def rush(self, server, mode, clients, seconds=None, count=None, pause=0, sources=None):
        """The client's JSON; nothing completed is a result too."""
        limit = ["--count", str(count)] if count else ["--seconds", str(seconds)]
        argv = [self.client, "--mode", mode, "--clients", str(clients), *limit,
                "--pause", str(pause), *from_options(sources), server.address,
                str(server.port)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return self.result(server, done.stdout, done.stderr)

    @staticmethod
    def result(server, output, errors):
        if not output:
            raise Failed(f"{server.name}: {errors.strip()}")
        return json.loads(output)

    def hold(self, server, count, sources=None):
        return Hold([self.client, "--hold", str(count), *from_options(sources),
                     server.address, str(server.port)], server)

    def flood(self, server, clients, seconds, sources, per_second=None):
        """Clients that the server turns away, for so long."""
        pace = ["--per-second", str(per_second)] if per_second else []
        return Flood([self.client, "--mode", "end", "--clients", str(clients), *pace,
                      "--seconds", str(seconds), *from_options(sources),
                      server.address, str(server.port)], server)


class Hold:
    """Connections that are each known to have a process that answered."""

    def __init__(self, argv, server):
        self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
        if not self.popen.stdout.readline().startswith("held"):
            reason = self.popen.stderr.read().strip()
            self.stop()
            raise Failed(f"{server.name}: {reason}")

    def stop(self):
        """Closes all of them at once."""
        self.popen.stdin.close()
        try:
            self.popen.wait(HOLD_PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.popen.stdout.close()
        self.popen.stderr.close()


class Flood:
    """A session of its own: where the scheduler shares by session it is somebody else
    than the client that is measured."""

    def __init__(self, argv, server):
        self.server = server
        self.popen = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, start_new_session=True)

    def result(self):
        """Waits for its end."""
        return Load.result(self.server, *self.popen.communicate())

    def stop(self):
        self.popen.kill()
        self.popen.communicate()
