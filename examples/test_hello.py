#!/usr/bin/python3
"""Runs examples/hello and is two of its clients."""
import signal
import socket
import subprocess
import sys

server = subprocess.Popen([sys.argv[1], "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
try:
    address = server.stdout.readline().split()[-1]
    host, port = address.rsplit(":", 1)
    for number in (1, 2):
        with socket.create_connection((host, int(port)), timeout=20) as client:
            own = "%s:%d" % client.getsockname()
            answer = client.makefile().read()
            assert answer == f"hello {own}, you are number {number}\n", answer
finally:
    server.send_signal(signal.SIGTERM)
    server.wait(20)
