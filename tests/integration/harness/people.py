"""people -- clients of Unix sockets that are somebody else

What a socket tells of its client is what the thread was that connected; and one thread of a
process may be another user than the rest of it, as far as the kernel is concerned.
"""
import ctypes
import os
import platform
import threading

from . import ALARM
from .client import Client, address_of
from .procs import libc

NUMBERS = {  # setgroups, setresgid, setresuid
    "x86_64": (116, 119, 117),
    "aarch64": (159, 149, 147),
}


def _system_call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _become(uid, gid, groups):
    setgroups, setresgid, setresuid = NUMBERS[platform.machine()]
    _system_call(setgroups, len(groups), (ctypes.c_uint32 * len(groups))(*groups))
    _system_call(setresgid, gid, gid, gid)
    _system_call(setresuid, uid, uid, uid)


def connect_as(server, uid, gid=None, groups=(), index=0):
    """A client that belongs to that user; its group has the same number unless given."""
    made = []

    def work():
        try:
            _become(uid, uid if gid is None else gid, groups)
            made.append(Client(*address_of(server.addresses[index])))
        except BaseException as failure:  # told below, by the thread that asked
            made.append(failure)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(ALARM)
    if isinstance(made[0], BaseException):
        raise made[0]
    server.clients.append(made[0])
    return made[0]
