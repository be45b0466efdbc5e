"""log-sample: the begin and end of one session in N, and of all that end badly."""


def end_of(server, client):
    """The session is over, whether it is told or not."""
    assert client.read_all() == b""


def test_one_session_of_n_is_told(prong, puppet):
    server = prong("--log-sample", "3", program=[puppet])
    for _ in range(7):
        with server.connect() as client:
            client.command("exit 0")
            end_of(server, client)
    server.stop()
    begins = server.events("session-begin")
    assert len(begins) == 3
    assert [e["id"] for e in server.events("session-end")] == [b["id"] for b in begins]
    assert server.events("drained")[0]["ended"] == 7


def test_what_ends_badly_is_told_always(prong, puppet):
    server = prong("--log-sample", "1000", program=[puppet])
    with server.connect() as client:
        client.command("exit 0")
        end_of(server, client)
    with server.connect() as client:
        client.command("exit 3")
        end_of(server, client)
    with server.connect() as client:
        client.command("abort")
        end_of(server, client)
    server.stop()
    assert len(server.events("session-begin")) == 1
    ends = server.events("session-end")
    assert [(e["ending"], e["status"]) for e in ends] == [
        ("exited", 0), ("exited", 3), ("killed", 6)]
