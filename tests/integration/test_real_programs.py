"""Real programs, end to end with their own clients."""
import os
import shutil
import subprocess
import textwrap

import pytest

from harness.daemons import PLAIN, content, git_repository, git_words, rsync_module, run


def need(*tools):
    for tool in tools:
        if shutil.which(tool, path="/usr/sbin:/sbin:" + os.environ["PATH"]) is None:
            pytest.skip(f"needs {tool}")


@pytest.fixture
def repository(tmp_path):
    return git_repository(tmp_path)


def git_daemon(base):
    return ["git", "daemon", *git_words(base)]


def test_git_clone_from_git_daemon(prong, repository, tmp_path):
    base, env = repository
    server = prong(program=git_daemon(base))
    for i in range(3):
        copy = tmp_path / f"copy{i}"
        run("git", "clone", "-q", f"git://127.0.0.1:{server.port()}/project", copy, env=env)
        assert content(copy) == content(base / "project")
        assert server.wait_event("session-end")["status"] == 0


def test_git_clone_of_what_is_not_there_ends_cleanly(prong, repository, tmp_path):
    base, env = repository
    server = prong(program=git_daemon(base))
    done = subprocess.run(["git", "clone", "-q", f"git://127.0.0.1:{server.port()}/none",
                           str(tmp_path / "none")], env=env, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode != 0
    server.wait_event("session-end")


@pytest.fixture
def module(tmp_path):
    return rsync_module(tmp_path)


def test_rsync_from_and_to_its_daemon(prong, module, tmp_path):
    source, program, _ = module
    server = prong(program=program)
    url = f"rsync://127.0.0.1:{server.port()}/files/"
    run("rsync", "-a", url, f"{tmp_path}/copy/", env=PLAIN)
    assert content(tmp_path / "copy") == content(source)
    assert server.wait_event("session-end")["status"] == 0

    (tmp_path / "copy" / "new").write_bytes(os.urandom(3_000_000))
    run("rsync", "-a", f"{tmp_path}/copy/", url, env=PLAIN)
    assert (source / "new").read_bytes() == (tmp_path / "copy" / "new").read_bytes()


def test_rsync_sees_the_address_of_its_client(prong, module, netns):
    _, program, log = module
    server = prong(program=program)
    url = f"rsync://127.0.0.1:{server.port()}/files/"
    run("rsync", "--address=127.0.0.5", url, env=PLAIN)
    server.wait_event("session-end")
    assert "127.0.0.5" in log.read_text()


@pytest.fixture
def dropbear(tmp_path, root):
    """(program, wrapper, ssh words): a user `visitor` who exists only for the server."""
    need("dropbear", "dropbearkey", "ssh", "ssh-keygen")
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    key, host_key = tmp_path / "key", tmp_path / "host_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    run("dropbearkey", "-t", "ed25519", "-f", host_key)
    keys = home / ".ssh" / "authorized_keys"
    keys.write_text((tmp_path / "key.pub").read_text())
    keys.chmod(0o600)
    passwd = tmp_path / "passwd"
    passwd.write_text(f"root:x:0:0::/root:/bin/sh\nvisitor:x:0:0::{home}:/bin/sh\n")
    script = 'mount --bind "$0" /etc/passwd && exec "$@"'
    wrapper = ["unshare", "-m", "sh", "-c", script, str(passwd)]
    if subprocess.run([*wrapper, "true"], check=False).returncode != 0:
        pytest.skip("no mount namespaces here")
    ssh = ["ssh", "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes",
           "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
           "-o", f"UserKnownHostsFile={tmp_path}/known",
           "-o", "LogLevel=ERROR"]
    program = [shutil.which("dropbear", path="/usr/sbin:/sbin:/usr/bin"), "-i", "-s",
               "-r", host_key]
    return program, wrapper, ssh


def test_ssh_into_dropbear(prong, dropbear):
    program, wrapper, ssh = dropbear
    server = prong(program=program, wrapper=wrapper)
    port = ["-p", server.port(), "visitor@127.0.0.1"]
    done = run(*ssh, *port, "echo $((6 * 7)); exit 0")
    assert done.stdout == b"42\n"

    data = os.urandom(500_000)
    done = subprocess.run([str(word) for word in [*ssh, *port, "cat"]], input=data,
                          capture_output=True, timeout=60, check=True)
    assert done.stdout == data
    for _ in range(2):
        server.wait_event("session-end")


def test_ssh_hands_the_exit_status_through(prong, dropbear):
    program, wrapper, ssh = dropbear
    server = prong(program=program, wrapper=wrapper)
    words = [*ssh, "-p", server.port(), "visitor@127.0.0.1", "exit 9"]
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 9
    server.wait_event("session-end")


def test_a_python_handler(prong, open_folder):
    handler = open_folder / "handler.py"
    handler.write_text(textwrap.dedent("""\
        #!/usr/bin/python3
        import os, sys
        print("who are you?", flush=True)
        name = sys.stdin.readline().strip()
        print(f"hello {name} from {os.environ['REMOTE_ADDR']}")
        sys.exit(3)
        """))
    handler.chmod(0o755)
    server = prong(program=[handler])
    with server.connect() as client:
        assert client.read_line() == b"who are you?"
        client.send("tester\n")
        assert client.read_all() == b"hello tester from 127.0.0.1\n"
        assert server.end(client)["status"] == 3


def test_a_shell_handler(prong, open_folder):
    handler = open_folder / "handler.sh"
    handler.write_text(textwrap.dedent("""\
        #!/bin/sh
        while read -r word; do
            case $word in
            quit) exit 4 ;;
            *) echo "$TCPREMOTEIP said $word" ;;
            esac
        done
        echo end of input
        """))
    handler.chmod(0o755)
    server = prong(program=[handler])
    with server.connect() as client:
        client.send("one\ntwo\n")
        client.half_close()
        assert client.read_all() == (
            b"127.0.0.1 said one\n127.0.0.1 said two\nend of input\n"
        )
    with server.connect() as client:
        client.send("quit\n")
        assert client.read_all() == b""
        assert server.end(client)["status"] == 4


def test_busybox_httpd_in_inetd_mode(prong, tmp_path):
    need("busybox", "curl")
    (tmp_path / "index.html").write_text("served\n")
    probe = subprocess.run(["busybox", "httpd", "--help"], capture_output=True, check=False)
    if probe.returncode == 127:
        pytest.skip("needs busybox with httpd")
    server = prong(program=["busybox", "httpd", "-i", "-h", tmp_path])
    done = run("curl", "-sS", f"http://127.0.0.1:{server.port()}/index.html")
    assert done.stdout == b"served\n"
    server.wait_event("session-end")
