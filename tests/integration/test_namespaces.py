"""What a program sees in namespaces of its own, as root starts it and as somebody else."""
import ctypes
import os
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest

from harness.procs import libc
from harness.server import PRONG
from harness.spaces import Namespace

NOBODY = pwd.getpwnam("nobody")
STRANGER = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}
HOWS = ("fresh", "spare", "warm")


def kinds(*names):
    return tuple(word for name in names for word in ("--namespaces", name))


@pytest.fixture(params=["root", "nobody"])
def shell(request, prong, root, for_everybody, open_folder):
    """shell(*options): a server of shells that run what their clients send."""
    stranger = {**STRANGER, "binary": for_everybody(PRONG), "cwd": open_folder}

    def start(*options, program=("sh",), **kw):
        if request.param == "nobody":
            kw |= stranger
        return prong(*options, program=program, **kw)

    start.is_root = request.param == "root"
    return start


def told(server, script):
    """What the shell says, and what its programs complain of."""
    with server.connect() as client:
        client.send(f"exec 2>&1\n{script}\n".encode())
        client.half_close()
        return client.read_all().decode()


def ask(client, script):
    """One line of what it says; the shell goes on."""
    client.send(f"{script}\n".encode())
    return client.read_line().decode()


# ---- each of them


def test_pid_leaves_nobody_else_to_be_seen(shell):
    server = shell(*kinds("pid", "mount"))
    first = "tr '\\0' '\\n' </proc/1/cmdline"  # its comm it gives itself, a moment later
    assert told(server, f"echo $$ /proc/[0-9]*; readlink /proc/self/exe; {first}") == (
        "2 /proc/1 /proc/2\n" + os.path.realpath(shutil.which("readlink")) + "\nprong-init\n")


def test_pid_without_mount_has_the_proc_of_the_machine(shell):
    assert told(shell(*kinds("pid")), f"cat /proc/{os.getpid()}/comm") != ""


def test_network_none_has_nothing_but_the_client(shell):
    server = shell("--network", "none", program=("bash",))
    lines = told(server, "cat /proc/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in lines] == ["lo"]
    said = told(server, f": </dev/tcp/127.0.0.1/{server.port()}")
    assert "unreachable" in said or "Permission denied" in said  # by Landlock, before that


def test_network_host_is_the_machines(shell):
    with open("/proc/net/dev") as file:
        assert told(shell("--network", "host"), "cat /proc/net/dev").count(":") == \
            file.read().count(":")


def test_uts_has_a_name_of_its_own(shell):
    server = shell(*kinds("uts"))
    name = socket.gethostname()
    assert told(server, "hostname") == f"{name}\n"
    changed = told(server, "hostname nowhere; hostname")
    assert changed.endswith("nowhere\n") == shell.is_root
    assert socket.gethostname() == name
    assert told(server, "hostname") == f"{name}\n"


@pytest.fixture
def shared_memory():
    """The number of a segment of shared memory that the machine has."""
    number = libc.shmget(0, 4096, 0o666)
    assert number >= 0, ctypes.get_errno()
    yield number
    libc.shmctl(number, 0, None)


def test_ipc_is_empty(shell, shared_memory):
    count = "wc -l </proc/sysvipc/shm"
    assert told(shell(*kinds("ipc")), count) == "1\n"
    assert int(told(shell(), count)) > 1


def test_cgroup_begins_at_its_own(shell):
    assert told(shell(*kinds("cgroup")), "grep ^0: /proc/self/cgroup") == "0::/\n"


def test_everybody_keeps_his_number_in_user(shell):
    server = shell(*kinds("user"))
    words = told(server, "id -u; cat /proc/self/uid_map; stat -c %u /bin/sh").split()
    if shell.is_root:
        with open("/proc/self/uid_map") as file:
            assert words == ["0", *file.read().split(), "0"]
    else:
        number = str(NOBODY.pw_uid)
        assert words == [number, number, number, "1", number]  # root has no number there


def test_users_in_a_user_namespace_can_be_become(prong, root):
    server = prong(*kinds("user", "mount", "pid"), "--user", "nobody", "--read-only", "yes",
                   program=["sh"])
    assert told(server, "id -u; id -g; stat -c %u /etc/passwd") == \
        f"{NOBODY.pw_uid}\n{NOBODY.pw_gid}\n0\n"


# ---- mounts


@pytest.mark.parametrize("how", HOWS)
def test_everything_is_read_only_but_what_write_names(shell, open_folder, how):
    kept, other = open_folder / "kept", open_folder / "other"
    for folder in (kept, other):
        folder.mkdir()
        folder.chmod(0o777)
    server = shell("--read-only", "yes", "--write", kept, "--read", "/", "--execute", "/",
                   "--start", how)
    said = told(server, f"echo x >{other}/file; echo x >/tmp/file-of-prong; echo x >/dev/null; "
                        f"echo x >{kept}/file; echo $?; cat /proc/self/mounts")
    assert said.count("Read-only file system") == 2
    assert "\n0\n" in said
    mounts = [line.split() for line in said.splitlines() if line.endswith(" 0 0")]
    flags = {words[1]: words[3].split(",")[0] for words in mounts}
    assert flags.pop(str(kept)) == "rw"
    assert flags and set(flags.values()) == {"ro"}
    assert (kept / "file").read_text() == "x\n"
    assert not (other / "file").exists()


@pytest.mark.parametrize("how", HOWS)
def test_a_private_tmp_is_one_bounded_and_gone_with_its_session(shell, how):
    server = shell("--private-tmp", "1M", "--start", how)
    before = set(os.listdir("/tmp"))
    clients = [server.connect(), server.connect()]
    for client in clients:
        assert ask(client, "echo /tmp/*; echo mine >/tmp/mine-of-prong") == "/tmp/*"
        assert ask(client, "cat /dev/shm/mine-of-prong") == "mine"
        assert ask(client, "stat -c %a /var/tmp") == "1777"
        full = ask(client, "head -c 2M /dev/zero 2>&1 >/var/tmp/much | wc -c; wc -c </tmp/much")
        assert full != "0"
        assert 900_000 < int(client.read_line()) <= 1 << 20
        assert ask(client, 'i=0; while true >/tmp/f$i && [ $i -lt 999 ]; do i=$((i + 1)); '
                           'done 2>/dev/null; echo $((i < 300))') == "1"  # names cost, too
    for client in clients:
        client.close()
        server.end(client)
    with server.connect() as client:
        assert ask(client, "echo /tmp/*") == "/tmp/*"
    assert not {name for name in set(os.listdir("/tmp")) - before if "of-prong" in name}


def test_what_is_hidden_is_empty(shell, open_folder):
    secret = open_folder / "secret"
    secret.mkdir()
    (secret / "word").write_text("told to nobody\n")
    (open_folder / "file").write_text("not this either\n")
    (open_folder / "link").symlink_to(secret)
    for folder in (open_folder, secret):
        folder.chmod(0o777)
    server = shell("--hide", open_folder / "link", "--hide", open_folder / "file")
    said = told(server, f"ls {secret} {open_folder}/link/; cat {open_folder}/file; "
                        f"echo x >{secret}/new; rmdir {secret}; umount {secret}; ls {secret}")
    assert "told" not in said and "either" not in said
    assert "Read-only file system" in said
    assert (secret / "word").read_text() == "told to nobody\n"
    assert (open_folder / "file").read_text() == "not this either\n"


def test_what_is_mounted_later_is_not_seen(shell, open_folder):
    folder = open_folder / "later"
    folder.mkdir()
    server = shell(*kinds("mount"))
    with server.connect() as client:
        assert ask(client, f"echo {folder}/*") == f"{folder}/*"
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
        try:
            (folder / "file").write_text("x")
            assert ask(client, f"echo {folder}/*") == f"{folder}/*"
        finally:
            subprocess.run(["umount", folder], check=True)


def test_its_mounts_are_its_own_and_end_with_it(shell):
    server = shell(*kinds("mount", "pid"), "--private-tmp", "1M", "--read-only", "yes")
    before = mounts_here()
    with server.connect() as client:
        ask(client, "echo in")
        pid = server.begin(client)["pid"]
        inside = Namespace(pid, "mnt")
        assert pid in inside.members()
        assert mounts_here() == before
    server.end(client)
    with inside:
        inside.wait_left()


def mounts_here():
    """Without what other tests mount in folders of theirs (see targets.make_folder())."""
    theirs = (tempfile.gettempdir() + "/", "/var/lib/prong-escape-")
    with open("/proc/self/mountinfo") as file:
        return [line for line in file if not line.split()[4].startswith(theirs)]


# ---- two sessions


def test_two_sessions_do_not_see_each_other(shell):
    server = shell(*kinds("pid", "mount", "ipc", "uts"), "--private-tmp", "1M")
    with server.connect() as one, server.connect() as other:
        for client in (one, other):
            assert ask(client, "echo x >/tmp/file; sleep 1000 & echo /tmp/* /proc/[0-9]*") == \
                "/tmp/file /proc/1 /proc/2 /proc/3"
        assert ask(one, "kill -KILL -1 2>/dev/null; echo /proc/[0-9]*").startswith("/proc/1")
        assert ask(other, "echo /proc/[0-9]*") == "/proc/1 /proc/2 /proc/3"


def test_who_has_left_the_group_ends_with_the_session(shell):
    server = shell(*kinds("pid", "mount"))
    with server.connect() as client:
        ask(client, "setsid sh -c 'trap \"\" TERM HUP; sleep 1000; sleep 1000' & echo in")
        space = Namespace(server.begin(client)["pid"], "pid")
        client.send(b"exit\n")
        server.end(client)
    with space:
        space.wait_left()


# ---- what cannot be had

NO_USERS = ["unshare", "-Ur", "sh", "-c",
            'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
# As in a container: part of /proc is covered, by somebody who had more rights.
COVERED = ["unshare", "-Urm", "sh", "-c",
           'mount --bind /dev/null /proc/version && exec unshare -Urm "$@"', "sh"]


def test_why_there_are_no_user_namespaces(root):
    done = subprocess.run([*NO_USERS, PRONG, "127.0.0.1:0", *kinds("user", "uts"), "--", "sh"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "user namespaces are switched off: user.max_user_namespaces is 0" in done.stderr


def test_without_a_proc_of_its_own_a_preset_leaves_out_pid(prong, root):
    server = prong("--isolation", "strict", program=["sh"], wrapper=COVERED)
    event = server.wait_event("isolation")
    assert "mount" in event["in_force"].split(", ")
    assert "pid ('/proc': Operation not permitted" in event["missing"]
    said = told(server, "echo x >/etc/file-of-prong; echo x >/tmp/file && cat /tmp/file")
    assert "Read-only file system" in said and said.endswith("x\n")


def test_without_a_proc_of_its_own_pid_and_mount_are_a_mistake(root):
    done = subprocess.run([*COVERED, PRONG, "127.0.0.1:0", *kinds("pid", "mount"), "--", "sh"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "'/proc': Operation not permitted" in done.stderr
