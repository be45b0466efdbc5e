"""Makes the system calls that it is told, a line each, and says what came of them.

    unshare | mount | personality | socket FAMILY | connect PORT | listen | tiocsti
    exec PATH       only an error is answered
    flood N         unshare N times: how often which error
    thread LINE, fork LINE, leave LINE    in another thread, process, session
"""
import collections
import ctypes
import errno
import fcntl
import os
import socket
import sys
import termios
import threading

LIBC = ctypes.CDLL(None, use_errno=True)


def libc(name, *args):
    result = getattr(LIBC, name)(*args)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)


def unshare():
    libc("unshare", 0x10000000)  # CLONE_NEWUSER


def flood(count):
    seen = collections.Counter()
    for _ in range(int(count)):
        seen[attempt("unshare")] += 1
    return " ".join(f"{what} {times}" for what, times in seen.items())


def thread(*words):
    answers = []
    one = threading.Thread(target=lambda: answers.append(attempt(*words)))
    one.start()
    one.join()
    return answers[0]


def fork(*words, leaves=False):
    reader, writer = os.pipe()
    if os.fork() == 0:
        if leaves:
            os.setsid()
        os.write(writer, attempt(*words).encode())
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 100).decode()
    os.close(reader)
    os.wait()
    return answer or "ended"


CALLS = {
    "unshare": unshare,
    "mount": lambda: libc("mount", b"/nowhere", b"/nowhere", b"none", 0, None),
    "personality": lambda: libc("personality", 0x0040000),
    "socket": lambda family: socket.socket(int(family), socket.SOCK_DGRAM).close(),
    "connect": lambda port: socket.create_connection(("127.0.0.1", int(port))).close(),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
    "tiocsti": lambda: fcntl.ioctl(0, termios.TIOCSTI, b"x"),
    "exec": lambda path: os.execv(path, [path, "executed"]),
    "flood": flood,
    "thread": thread,
    "fork": fork,
    "leave": lambda *words: fork(*words, leaves=True),
}


def attempt(name, *words):
    try:
        return CALLS[name](*words) or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


def main():
    for line in sys.stdin:
        print(attempt(*line.split()), flush=True)


main()
