"""load -- the load client, driven from here

`rush` is one measurement: it runs the client and returns its numbers.  `Hold` keeps
connections open until it is ended.
"""

import json
import subprocess

HOLD_PATIENCE = 120


class Failed(Exception):
    """The client could not do its work."""


class Load:
    """Knows the client's path and sums up failures per server."""

    def __init__(self, client):
        self.client = str(client)

    def rush(self, server, mode, clients, seconds=None, count=None):
        """The client's JSON; nothing completed is a result too."""
        limit = ["--count", str(count)] if count else ["--seconds", str(seconds)]
        argv = [self.client, "--mode", mode, "--clients", str(clients), *limit,
                server.address, str(server.port)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if not done.stdout:
            raise Failed(f"{server.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def hold(self, server, count):
        return Hold(self.client, server, count)


class Hold:
    """`count` connections, each known to have a process that answered."""

    def __init__(self, client, server, count):
        argv = [client, "--hold", str(count), server.address, str(server.port)]
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
