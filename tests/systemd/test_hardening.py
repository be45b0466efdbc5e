"""What the manual offers as drop-ins is tried as it stands there."""
import re

from conftest import prong

HERE = "127.0.0.1:7001"
CONFIG = f"""\
services:
  talk:
    listen: {HERE}
    program: [PUPPET]
    user: nobody
  echo:
    listen: 127.0.0.1:7002
    program: "@echo"
"""


def drop_in(line):
    """The drop-in of the manual that has that line."""
    with open("/lab/source/docs/systemd.md", encoding="utf-8") as file:
        blocks = re.findall(r"^```ini\n(.*?)^```", file.read(), re.M | re.S)
    (found,) = [block for block in blocks if line in block]
    return found


def lives(server):
    """Serves, is reloaded and upgraded."""
    pid = server.pid()
    server.systemctl("reload")
    prong("upgrade", "--instance", str(pid))
    assert server.connect(HERE).ask("say in") == "in"
    with server.connect("127.0.0.1:7002") as echo:
        echo.send("here?\n")
        assert echo.read_line() == b"here?"
    server.wait_shown("StatusText", "serving talk, echo")
    return server.pid() == pid


def test_all_that_can_be_taken_away_can_be_at_once(service):
    server = service("prong.service", CONFIG)
    server.drop_in(drop_in("ProtectSystem=strict"))
    server.start()
    assert lives(server)
    assert "NoNewPrivs:\t1" in server.connect(HERE).ask("status")


def test_it_needs_no_root(service):
    server = service("prong.service", CONFIG.replace("    user: nobody\n", ""))
    server.drop_in(drop_in("User=daemon"))
    server.start()
    assert lives(server)
    assert prong("ps", "--instance", str(server.pid()))[0] == 0


def test_hup_is_a_reload_without_a_control_socket(service):
    server = service("prong.service", "control: off\n" + CONFIG)
    server.drop_in(drop_in("ExecReload=kill -HUP"))
    server.start()
    server.systemctl("reload")
    server.event("reloaded")
