#!/usr/bin/python3
"""Tries what its client asks for, one attempt a line, and says "ok" or the error's name.

    read PATH      write PATH     run PATH       connect PORT
    bind PORT      signal PID     abstract NAME  pid
"""
import errno
import os
import socket
import subprocess
import sys


def read(path):
    if os.path.isdir(path):
        os.listdir(path)
    else:
        with open(path, "rb") as file:
            file.read(1)


def write(path):
    with open(path, "ab") as file:
        file.write(b"x")


def run(path):
    subprocess.run([path], check=True, stdin=subprocess.DEVNULL)


def connect(port):
    with socket.socket() as own:
        own.connect(("127.0.0.1", int(port)))


def bind(port):
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(("127.0.0.1", int(port)))


def abstract(name):
    with socket.socket(socket.AF_UNIX) as own:
        own.connect("\0" + name)


def signal(pid):
    os.kill(int(pid), 0)


def own_pid(_):
    return str(os.getpid())


ATTEMPTS = {"read": read, "write": write, "run": run, "connect": connect, "bind": bind,
            "signal": signal, "abstract": abstract, "pid": own_pid}

for line in sys.stdin:
    what, _, argument = line.rstrip("\n").partition(" ")
    try:
        answer = ATTEMPTS[what](argument) or "ok"
    except OSError as error:
        answer = errno.errorcode[error.errno]
    print(answer, flush=True)
