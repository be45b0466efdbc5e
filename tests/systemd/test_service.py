"""prong.service and prong@.service: start, reload, upgrade, watchdog, stop, journal."""
import os
import shutil
import signal

import pytest

from conftest import journal, procs, program, prong, run

HERE = "127.0.0.1:7001"
ONE = f"""\
services:
  talk:
    listen: {HERE}
    program: [PUPPET]
"""
TWO = ONE + """\
  echo:
    listen: 127.0.0.1:7002
    program: "@echo"
"""
BROKEN = ONE.replace("listen:", "lisen:")

# A unit that is started after prong and needs its port at once.
AFTER = f"""\
[Unit]
Requires=prong.service
After=prong.service
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 7001))'
"""


def echoes(unit, address):
    with unit.connect(address) as client:
        client.send("here?\n")
        return client.read_line() == b"here?"


# ---- start


def test_it_is_started_when_its_ports_are_open(service, unit_file):
    service("prong.service", ONE)
    unit_file("after.service", AFTER)
    run("systemctl", "start", "after.service")


def test_what_it_serves_is_in_its_status(service):
    server = service("prong.service", ONE).start()
    assert server.show("StatusText") == f"serving talk on {HERE}"
    assert f'Status: "serving talk on {HERE}"' in server.systemctl("status", "--no-pager")[1]


def test_programs_get_a_low_soft_limit_and_prong_a_high_one(service):
    server = service("prong.service", ONE).start()
    with open(f"/proc/{server.pid()}/limits", encoding="ascii") as file:
        files = [line.split()[3:5] for line in file if line.startswith("Max open files")][0]
    assert files[0] == files[1], "prong uses the hard limit"
    client = server.connect(HERE)
    assert "Max open files            1024 " in client.ask("limits")


def test_programs_hear_nothing_of_the_manager(service):
    client = service("prong.service", ONE).start().connect(HERE)
    told = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
            "JOURNAL_STREAM", "INVOCATION_ID", "MAINPID")
    assert not set(told) & set(client.environment())


def test_programs_may_write_where_services_write(service):
    """The hardening of the unit stops neither /var, /home, /tmp nor set-user-id."""
    server = service("prong.service", """\
services:
  sh:
    listen: 127.0.0.1:7001
    program: [sh, -c, "for at in /var/lib /home /tmp /run /srv; do touch $at/.x || echo $at;
              rm -f $at/.x; done; grep NoNewPrivs /proc/self/status; touch /etc/.x || echo ro"]
""").start()
    said = server.connect(HERE).read_all().decode()
    assert said.split() == ["NoNewPrivs:", "0", "ro"]


# ---- reload


def test_a_reload_puts_another_configuration_in_force(service):
    server = service("prong.service", ONE).start()
    client, pid = server.connect(HERE), server.pid()
    client.ask("say in")
    server.configure(TWO)
    server.systemctl("reload")

    assert server.show("ActiveState") == "active"
    assert server.show("StatusText") == "serving talk, echo"
    assert server.pid() == pid
    assert echoes(server, "127.0.0.1:7002")
    assert client.ask("say still") == "still"


def test_a_broken_reload_fails_and_says_where(service):
    server = service("prong.service", ONE).start()
    server.configure(BROKEN)
    status, _ = server.systemctl("reload", is_good=False)

    assert status != 0
    record = server.event("reload-failed")
    assert "/etc/prong/prong.yaml:3:5:" in record["PRONG_TEXT"]
    assert record["PRIORITY"] == "3"
    assert any("prong reload:" in line["MESSAGE"] or "prong.yaml:3:5" in line["MESSAGE"]
               for line in journal("_SYSTEMD_UNIT=prong.service", "_COMM=prong"))
    assert server.show("ActiveState") == "active"
    assert server.show("StatusText") == (
        f"the latest reload was not done, see the log; serving talk on {HERE}")
    assert server.connect(HERE).ask("say on") == "on"

    server.configure(ONE)
    server.systemctl("reload")
    assert server.show("StatusText") == f"serving talk on {HERE}"


def test_hup_reloads_as_well(service):
    server = service("prong.service", ONE).start()
    server.configure(TWO)
    server.systemctl("kill", "-s", "HUP", "--kill-who=main")
    server.event("reloaded")
    server.wait_shown("StatusText", "serving talk, echo")


def test_type_notify_reload(service):
    version = int(run("systemctl", "--version")[1].split()[1])
    if version < 253:
        pytest.skip(f"this is systemd {version}; Type=notify-reload begins with 253")
    server = service("prong.service", ONE)
    server.drop_in("[Service]\nType=notify-reload\nExecReload=\n")
    server.start()
    server.configure(TWO)
    server.systemctl("reload")
    assert server.show("StatusText") == "serving talk, echo"
    assert echoes(server, "127.0.0.1:7002")
    server.configure(BROKEN)
    server.systemctl("reload", is_good=False)
    assert server.show("ActiveState") == "active"
    assert server.show("StatusText").startswith("the latest reload was not done")


# ---- upgrade


def replace_program():
    """As a package does: another file under the same name."""
    shutil.copy(program(), program() + ".new")
    os.rename(program() + ".new", program())


@pytest.mark.parametrize("way", ["command", "signal"])
def test_an_upgrade_keeps_process_and_sessions(service, way):
    server = service("prong.service", ONE).start()
    client, pid = server.connect(HERE), server.pid()
    session = client.facts("ids")["pid"]
    before = os.stat(f"/proc/{pid}/exe").st_ino
    replace_program()
    if way == "command":
        prong("upgrade", "--instance", str(pid))
    else:
        server.systemctl("kill", "-s", "USR2", "--kill-who=main")
    server.event("upgraded")

    assert os.stat(f"/proc/{pid}/exe").st_ino != before
    assert server.pid() == pid and server.show("NRestarts") == "0"
    assert client.facts("ids")["pid"] == session
    assert server.show("StatusText") == f"serving talk on {HERE}"
    assert server.connect(HERE).ask("say new") == "new"
    client.command("exit 7")
    assert server.event("session-end", "PRONG_STATUS=7")["PRONG_PID"] == session


def test_an_upgrade_that_cannot_be_is_in_the_status(service):
    server = service("prong.service", ONE).start()
    server.configure(BROKEN)
    pid = server.pid()
    status, said = prong("upgrade", "--instance", str(pid), is_good=False)

    assert status != 0 and "prong.yaml:3:5:" in said
    assert server.pid() == pid
    assert server.show("StatusText") == (
        f"the latest upgrade was not done, see the log; serving talk on {HERE}")
    assert server.connect(HERE).ask("say on") == "on"


# ---- the watchdog

HANGS = 5  # seconds; far longer than a busy machine keeps from a server that does not


def test_a_server_that_hangs_is_started_again(service):
    server = service("prong.service", ONE)
    server.drop_in(f"[Service]\nWatchdogSec={HANGS}\nRestartSec=0\nLimitCORE=0\n")
    server.start()
    pid = server.pid()
    server.systemctl("kill", "-s", "STOP", "--kill-who=main")
    procs.wait_until(lambda: server.pid() not in (pid, 0), "another process")
    server.wait_shown("ActiveState", "active")

    assert int(server.show("NRestarts")) == 1
    assert server.connect(HERE).ask("say again") == "again"


def test_the_watchdog_is_fed_after_an_upgrade(service):
    server = service("prong.service", ONE)
    server.drop_in(f"[Service]\nWatchdogSec={HANGS}\n")
    server.start()
    pid = server.pid()
    for _ in range(3):
        prong("upgrade", "--instance", str(pid))
    fed = server.show("WatchdogTimestampMonotonic")
    for _ in range(3):
        procs.wait_until(lambda: server.show("WatchdogTimestampMonotonic") != fed, "fed")
        fed = server.show("WatchdogTimestampMonotonic")
    assert server.pid() == pid and server.show("NRestarts") == "0"


def test_a_crash_ends_the_sessions_and_the_next_server_serves(service):
    server = service("prong.service", ONE)
    server.drop_in("[Service]\nRestartSec=0\n")
    server.start()
    client, pid = server.connect(HERE), server.pid()
    client.ask("say in")
    os.kill(pid, signal.SIGKILL)
    client.is_ended()
    procs.wait_until(lambda: server.pid() not in (pid, 0), "another process")
    server.wait_shown("ActiveState", "active")
    assert server.connect(HERE).ask("say again") == "again"


def test_sessions_may_outlive_a_crash(service):
    """With both words that it takes: prong's own and systemd's."""
    server = service("prong.service", ONE + "    orphans: keep\n")
    server.drop_in("[Service]\nRestartSec=0\nKillMode=process\n")
    server.start()
    client, pid = server.connect(HERE), server.pid()
    client.ask("say in")
    os.kill(pid, signal.SIGKILL)
    procs.wait_until(lambda: server.pid() not in (pid, 0), "another process")
    server.wait_shown("ActiveState", "active")
    assert client.ask("say still") == "still"
    assert server.connect(HERE).ask("say again") == "again"


# ---- stop


def test_stop_lets_sessions_go_on_and_says_how_many(service):
    server = service("prong.service", ONE).start()
    client = server.connect(HERE)
    client.ask("say in")
    server.systemctl("stop", "--no-block")
    server.event("draining")

    server.wait_shown("StatusText", "draining, 1 live")
    assert server.show("ActiveState") == "deactivating"
    assert client.ask("say still") == "still"
    client.command("exit 0")
    server.wait_shown("ActiveState", "inactive")
    assert server.show("Result") == "success"
    assert server.event("session-end")["PRONG_ENDING"] == "exited"


def test_a_drain_gets_the_time_it_is_configured_to_have(service):
    """Longer than TimeoutStopSec: prong asks for more."""
    server = service("prong.service", ONE + "    drain-timeout: 7s\n    term-grace: 30s\n")
    server.drop_in("[Service]\nTimeoutStopSec=5\n")
    server.start()
    client = server.connect(HERE)
    client.ask("hold")
    server.systemctl("stop")

    assert server.show("Result") == "success"
    end = server.event("session-end")
    assert end["PRONG_CAUSE"] == "drain" and end["PRONG_SIGNAL"] == "TERM"


def test_nobody_is_left_after_the_stop(service):
    """A process that left its session's group is ended by systemd."""
    server = service("prong.service", ONE).start()
    client = server.connect(HERE)
    left = int(client.ask("setsid-hold").split()[0])
    client.command("exit 0")
    server.event("session-end")
    assert procs.alive(left)
    server.systemctl("stop")
    assert server.show("Result") == "success"
    procs.wait_ended(left)  # it has left its cgroup, which is waited for, a moment before


def test_prong_drain_ends_the_service_in_peace(service):
    server = service("prong.service", ONE).start()
    prong("drain", "--instance", str(server.pid()))
    server.wait_shown("ActiveState", "inactive")
    assert server.show("Result") == "success" and server.show("NRestarts") == "0"


# ---- the journal


def test_a_session_is_found_by_its_id(service):
    server = service("prong.service", ONE).start()
    client = server.connect(HERE)
    token = client.environment()["PRONG_ID"]
    other = server.connect(HERE)
    other.ask("say in")
    client.command("stderr oops")
    client.command("exit 3")
    server.event("session-end", f"PRONG_ID={token}")
    found = journal(f"PRONG_ID={token}")

    assert [record["PRONG_EVENT"] for record in found] == [
        "session-begin", "stderr", "session-end"]
    begin, line, end = found
    for record in found:
        assert record["PRONG_SERVICE"] == "talk" and record["PRONG_ID"] == token
        assert record["SYSLOG_IDENTIFIER"] == "prong"
        assert record["_SYSTEMD_UNIT"] == "prong.service"
        assert f"talk[{token}]: " in record["MESSAGE"]
    assert begin["PRONG_SOURCE"] == end["PRONG_SOURCE"] == client.name
    assert begin["PRIORITY"] == "6" and line["PRIORITY"] == "5"
    assert line["PRONG_LINE"] == "oops"
    assert end["PRONG_STATUS"] == "3" and end["PRONG_ENDING"] == "exited"
    assert {"PRONG_DURATION_MS", "PRONG_BYTES_IN", "PRONG_CPU_US"} <= set(end)


def test_what_is_refused_is_found_by_its_priority(service):
    server = service("prong.service", ONE + "    max-per-source: 1\n").start()
    server.connect(HERE).ask("say in")
    assert server.connect(HERE).read_all() == b""
    server.event("refused")
    found = journal("-u", "prong.service", "-p", "warning")
    assert [record["PRONG_EVENT"] for record in found] == ["refused"]
    assert found[0]["PRONG_REASON"] == "source-full"


# ---- several of them


def test_instances_live_side_by_side(service):
    web = service("prong@web.service", ONE).start()
    mail = service("prong@mail.service", ONE.replace("7001", "7003")).start()

    assert web.pid() != mail.pid()
    assert web.connect(HERE).ask("say web") == "web"
    listed = prong("ps", "--instance", "mail")[1]
    assert HERE not in listed
    mail.configure(ONE.replace("7001", "7004"))
    mail.systemctl("reload")
    assert mail.connect("127.0.0.1:7004").ask("say mail") == "mail"
    assert web.show("StatusText") == f"serving talk on {HERE}"
    assert not journal("_SYSTEMD_UNIT=prong@web.service", "PRONG_EVENT=reloaded")
    for client in mail.clients:
        client.reset()
    mail.systemctl("stop")
    assert web.connect(HERE).ask("say on") == "on"
