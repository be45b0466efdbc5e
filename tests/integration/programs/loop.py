"""The same in an event loop, which has an epoll set and a pair of sockets at start."""
import asyncio
import socket


async def serve():
    client = socket.socket(fileno=0)
    client.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=client)
    while line := await reader.readline():
        writer.write(b"<" + line.rstrip() + b">\n")
        await writer.drain()
    writer.close()


asyncio.run(serve())
