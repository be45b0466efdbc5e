"""A drain: each service's sessions have the time that their service allows."""
from harness.instance import Instance, config, service


def test_each_service_has_a_time_of_its_own(prong, puppet, tmp_path):
    instance = Instance(prong, tmp_path, config(
        service("short", "127.0.0.1:0", program=f"{puppet}", drain_timeout="100ms"),
        service("long", "127.0.0.1:0", program=f"{puppet}", drain_timeout="off"),
    ))
    short, long = instance.server.connect(0), instance.server.connect(1)
    instance.server.begin(short)
    instance.server.begin(long)
    instance.server.send_signal(15)
    told = instance.server.wait_event("draining")
    assert told["live"] == 2 and "timeout_ms" not in told
    assert instance.server.end(short)["cause"] == "drain"
    assert instance.server.wait_event("ending")["live"] == 1
    assert long.ask("ids")
    long.command("exit 0")
    assert "cause" not in instance.server.end(long)
    assert instance.server.wait() == 0


def test_a_time_that_is_asked_for_holds_for_all(prong, puppet, tmp_path):
    instance = Instance(prong, tmp_path, config(
        service("short", "127.0.0.1:0", program=f"{puppet}", drain_timeout="1h"),
        service("long", "127.0.0.1:0", program=f"{puppet}", drain_timeout="off"),
    ))
    clients = [instance.server.connect(i) for i in range(2)]
    for client in clients:
        instance.server.begin(client)
    assert instance.command("drain", "--timeout", "100ms").returncode == 0
    for client in clients:
        assert instance.server.end(client)["cause"] == "drain"
    assert instance.server.wait() == 0
