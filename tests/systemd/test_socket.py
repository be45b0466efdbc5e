"""prong.socket: the first client starts the service; systemd keeps the sockets."""
import os
import signal

from conftest import procs, prong

HERE = "127.0.0.1:9999"
NAMED = """\
services:
  talk:
    listen: systemd:prong
    program: [PUPPET]
"""
ALL = NAMED.replace("systemd:prong", "systemd")


def activated(service, config=NAMED):
    """(socket, service): only the socket is started."""
    server = service("prong.service", config)
    return service("prong.socket").start(), server


def test_the_first_client_starts_the_service(service):
    socket, server = activated(service)
    assert server.show("ActiveState") == "inactive"
    assert server.connect(HERE).ask("say in") == "in"
    assert server.connect("[::1]:9999").ask("say in") == "in"
    server.wait_shown("ActiveState", "active")
    assert server.show("StatusText") == "serving talk on 127.0.0.1:9999 [::1]:9999"
    assert socket.show("SubState") == "running"


def test_a_client_waits_through_a_restart(service):
    _, server = activated(service, ALL)
    first = server.connect(HERE)
    first.ask("say in")
    pid = server.pid()
    server.systemctl("restart", "--no-block")
    server.event("draining")
    waiting = server.connect(HERE)
    first.command("exit 0")
    assert waiting.ask("say after") == "after"
    assert server.pid() != pid


def test_a_client_waits_through_a_crash(service):
    _, server = activated(service)
    first = server.connect(HERE)
    first.ask("say in")
    pid = server.pid()
    os.kill(pid, signal.SIGKILL)
    assert server.connect(HERE).ask("say after") == "after"
    assert server.pid() != pid


def test_an_upgrade_keeps_the_sockets(service):
    _, server = activated(service)
    first = server.connect(HERE)
    first.ask("say in")
    pid = server.pid()
    for _ in range(2):
        prong("upgrade", "--instance", str(pid))
        assert server.connect(HERE).ask("say new") == "new"
        assert server.connect("[::1]:9999").ask("say new") == "new"
    assert first.ask("say still") == "still"
    assert server.pid() == pid


def test_a_reload_may_leave_the_sockets_and_come_back_to_them(service):
    _, server = activated(service)
    server.connect(HERE).ask("say in")
    server.configure(NAMED.replace("systemd:prong", "127.0.0.1:7001"))
    server.systemctl("reload")
    waiting = server.connect(HERE)
    prong("upgrade", "--instance", str(server.pid()))
    server.configure(ALL)
    server.systemctl("reload")
    assert waiting.ask("say back") == "back"


def test_a_name_that_no_socket_has_is_a_mistake_of_the_reload(service):
    _, server = activated(service)
    server.connect(HERE).ask("say in")
    server.configure(NAMED.replace("systemd:prong", "systemd:mail"))
    assert server.systemctl("reload", is_good=False)[0] != 0
    assert "systemd:mail" in server.event("reload-failed")["PRONG_TEXT"]
    assert server.connect(HERE).ask("say on") == "on"


def test_after_a_stop_the_next_client_starts_it_again(service):
    socket, server = activated(service)
    server.connect(HERE).ask("say in")
    server.systemctl("kill", "-s", "QUIT", "--kill-who=main")
    server.wait_shown("ActiveState", "inactive")
    assert socket.show("ActiveState") == "active"
    assert server.connect(HERE).ask("say again") == "again"
    procs.wait_until(lambda: server.show("ActiveState") == "active", "active")
