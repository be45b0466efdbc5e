"""proxied -- PROXY headers of both versions, and clients that a proxy introduces"""
import socket
import struct

from . import ALARM
from .client import Client, address_of

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL, PROXY = 0x20, 0x21
UNSPEC, TCP4, UDP4, TCP6, UDP6, UNIX = 0x00, 0x11, 0x12, 0x21, 0x22, 0x31

# Who is introduced, unless a test has somebody else; and where it had connected to.
CLIENT, SERVER = ("192.0.2.7", 56324), ("198.51.100.1", 443)
NAME = "192.0.2.7:56324"
CLIENT6, SERVER6 = ("2001:db8::7", 56324), ("2001:db8::1", 443)
NAME6 = "[2001:db8::7]:56324"


def line(source=CLIENT, to=SERVER):
    """Version 1."""
    kind = "TCP6" if ":" in source[0] else "TCP4"
    return f"PROXY {kind} {source[0]} {to[0]} {source[1]} {to[1]}\r\n".encode()


def addresses(source=CLIENT, to=SERVER):
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    hosts = socket.inet_pton(family, source[0]) + socket.inet_pton(family, to[0])
    return hosts + struct.pack("!HH", source[1], to[1])


def unix_addresses(source, to):
    return source.encode().ljust(108, b"\0") + to.encode().ljust(108, b"\0")


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def tls(*values, client=7, verify=0):
    return tlv(0x20, struct.pack("!BI", client, verify) + b"".join(values))


def binary(body=None, kind=TCP4, command=PROXY, length=None):
    """Version 2."""
    body = addresses() if body is None else body
    length = len(body) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, kind, length) + body


def _crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sealed(body=None, kind=TCP4, command=PROXY):
    """Version 2 with a checksum as its last value."""
    header = binary((addresses() if body is None else body) + tlv(3, bytes(4)), kind, command)
    return header[:-4] + struct.pack("!I", _crc32c(header))


HEADERS = {"1": line(), "2": binary(), "2 with a checksum": sealed()}


def connect(server, header=b"", source=None, index=0):
    """A client that begins with the header; it belongs to the server as others do."""
    client = Client(*address_of(server.addresses[index]), source=source)
    server.clients.append(client)
    client.send(header)
    return client


def begin(server, name=NAME):
    return server.wait_event("session-begin", source=name)


def end(server, name=NAME):
    return server.wait_event("session-end", source=name)


def refused(server, reason="proxy"):
    return server.wait_event("refused", reason=reason, seconds=ALARM)
