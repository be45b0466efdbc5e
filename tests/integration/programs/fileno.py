"""The same over a socket object made from descriptor 0."""
import socket

client = socket.socket(fileno=0)
file = client.makefile("rb")
for line in file:
    client.sendall(b"<" + line.rstrip() + b">\n")
