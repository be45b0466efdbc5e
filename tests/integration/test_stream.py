"""One long stream: 1 GiB of random bytes there and back, compared."""
import hashlib
import os
import threading

import pytest

BLOCK = 1 << 20


def stream(client, blocks):
    """Sends random blocks while reading; whether the same came back."""
    sent, received = hashlib.blake2b(), hashlib.blake2b()
    pool = [os.urandom(BLOCK) for _ in range(16)]

    def send():
        for i in range(blocks):
            salt = os.urandom(64)
            block = salt + pool[i % len(pool)][len(salt):]
            sent.update(block)
            client.send(block)
        client.half_close()

    sender = threading.Thread(target=send)
    sender.start()
    total, buffer = 0, bytearray(BLOCK)
    while count := client.socket.recv_into(buffer):
        received.update(memoryview(buffer)[:count])
        total += count
    sender.join()
    return total, sent.digest() == received.digest()


@pytest.mark.timeout(240)
def test_1_gib_of_random_bytes_comes_back_unchanged(prong):
    server = prong("--idle-timeout", "20s")
    with server.connect() as client:
        assert stream(client, 1024) == (1 << 30, True)
        end = server.end(client)
    assert end["bytes_in"] == end["bytes_out"] == 1 << 30
    assert end["status"] == 0


@pytest.mark.parametrize("program", [["cat"], ["sh", "-c", "cat"]], ids=["cat", "sh"])
def test_64_mib_through_a_program_come_back_unchanged(prong, program):
    server = prong(program=program)
    with server.connect() as client:
        assert stream(client, 64) == (64 << 20, True)


def test_2_mib_through_a_raw_pty_come_back_unchanged(prong):
    server = prong("--pty", "raw", program=["cat"])
    with server.connect() as client:
        sent = os.urandom(2 << 20)
        sender = threading.Thread(target=client.send, args=(sent,))
        sender.start()
        assert client.read(len(sent)) == sent
        sender.join()


def test_16_mib_over_a_unix_socket_come_back_unchanged(prong, tmp_path):
    server = prong(listen=[f"unix:{tmp_path}/s"])
    with server.connect() as client:
        assert stream(client, 16) == (16 << 20, True)
