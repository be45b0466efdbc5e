"""What a program may do beyond its user: capabilities, no-new-privileges, securebits."""
import os
import pwd
import shutil
import subprocess

import pytest

from harness.server import PRONG, run

NOBODY = pwd.getpwnam("nobody")
SERVICE, CHOWN = 1 << 10, 1 << 0
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
HOWS = ("fresh", "spare", "warm", "clone")
STRANGER = {"user": 61234, "group": 61234, "extra_groups": []}


def status(client):
    """The numbers of /proc/self/status, as the puppet sees them."""
    lines = [line for name in ("Cap", "NoNew")
             for line in client.ask(f"status {name}").splitlines()]
    return {name.rstrip(":"): int(value, 16) for name, value in map(str.split, lines)}


@pytest.fixture
def told(prong, puppet, for_everybody):
    """told(*options): what a program is told of itself; stranger: by a server without
    any right."""
    def ask(*options, stranger=False):
        kw = {**STRANGER, "binary": for_everybody(PRONG)} if stranger else {}
        return status(prong(*options, program=[for_everybody(puppet)], **kw).connect())

    return ask


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("options, kept", [
    (("--capabilities", "none"), 0),
    (("--capabilities", "net_bind_service", "--user", "nobody"), SERVICE),
    (("--capabilities", "CAP_CHOWN", "--capabilities", "net_bind_service",
      "--securebits", "noroot,no-setuid-fixup,no-cap-ambient-raise"), CHOWN | SERVICE),
])
def test_each_set_has_exactly_what_is_named(told, root, options, kept, how):
    facts = told("--start", how, *options)
    assert {name: facts[name] for name in SETS} == dict.fromkeys(SETS, kept)
    assert facts["NoNewPrivs"] == 0


def test_root_without_its_rights_gets_none_by_executing(prong, root):
    """A set-user-id program of root's, run by root, is what the kernel would give all."""
    server = prong("--capabilities", "none",
                   program=["sh", "-c", "sh -c 'grep Cap /proc/self/status'"])
    lines = server.connect().read_all().decode().splitlines()
    assert len(lines) == len(SETS)
    assert all(int(line.split()[1], 16) == 0 for line in lines)


def test_number_0_alone_opens_nothing(prong, open_folder, root):
    secret = open_folder / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    os.chown(secret, 61234, 61234)
    program = ["sh", "-c", f"id -u; exec cat {secret} 2>&1"]
    before, after = prong(program=program), prong("--capabilities", "none", program=program)

    assert before.connect().read_all() == b"0\nsecret\n"
    assert after.connect().read_all().endswith(b"Permission denied\n")


def test_a_capability_that_is_kept_works_for_another_user(prong, open_folder, root):
    file = open_folder / "file"
    file.write_text("")
    file.chmod(0o644)
    program = ["chown", "61234", file]
    server = prong("--user", "nobody", "--capabilities", "chown", program=program)
    server.connect().read_all()
    assert os.stat(file).st_uid == 61234


@pytest.mark.parametrize("how", HOWS)
def test_who_has_no_right_has_none_to_lose(told, root, how):
    facts = told("--start", how, "--capabilities", "none", stranger=True)
    assert [facts[name] for name in SETS if name != "CapBnd"] == [0] * 4
    assert facts["NoNewPrivs"] == 1, "the bounding set could give something"


def test_no_new_privileges_goes_before(told, root):
    facts = told("--capabilities", "none", "--no-new-privileges", "no", stranger=True)
    assert facts["NoNewPrivs"] == 0 and facts["CapPrm"] == 0


@pytest.fixture
def who_am_i(for_everybody, root):
    """A set-user-id program of root's that says whom it has become."""
    program = for_everybody(shutil.which("id"))
    os.chmod(program, 0o4755)
    done = subprocess.run([program, "-u"], capture_output=True, check=False, **STRANGER)
    if done.stdout != b"0\n":
        pytest.skip("setuid has no effect here")
    return [program, "-u"]


@pytest.mark.parametrize("options, uid", [
    ((), b"0\n"),
    (("--no-new-privileges", "yes"), b"61234\n"),
    (("--isolation", "basic"), b"61234\n"),
    (("--isolation", "basic", "--no-new-privileges", "no", "--scope", "none",
      "--syscalls", "none"), b"0\n"),
])
def test_a_set_user_id_program_gains_nothing(prong, who_am_i, for_everybody, options, uid):
    server = prong(*options, program=who_am_i, binary=for_everybody(PRONG), **STRANGER)
    assert server.connect().read_all() == uid


@pytest.mark.parametrize("stranger", [False, True])
def test_the_preset_takes_all_of_them(told, root, stranger):
    """But for the bounding set, which gives nothing without new privileges."""
    facts = told("--isolation", "basic", stranger=stranger)
    assert [facts[name] for name in SETS if name != "CapBnd"] == [0] * 4
    assert facts["NoNewPrivs"] == 1


@pytest.mark.parametrize("options, words", [
    (("--capabilities", "net_bindservice"), ("'net_bindservice'", "net_bind_service")),
    (("--capabilities", "all"), ("'all'", "net_bind_service")),
    (("--capabilities", "none", "--capabilities", "kill"), ("'kill'", "alone")),
])
def test_a_capability_that_is_none_is_an_error_at_start(options, words):
    done = run("--log", "text", *options, "127.0.0.1:0")
    assert done.returncode in (1, 2)
    for word in ("capabilities", *words):
        assert word in done.stderr


@pytest.mark.parametrize("options, words", [
    (("--capabilities", "net_raw"), ("capabilities: cannot be had", "net_raw")),
    (("--securebits", "noroot"), ("securebits: cannot be had", "CAP_SETPCAP")),
    (("--no-new-privileges", "no", "--scope", "signals"),
     ("scope: cannot be had", "no-new-privileges", "CAP_SYS_ADMIN")),
])
def test_what_prong_has_not_it_cannot_give(for_everybody, root, options, words):
    done = run("--log", "text", *options, "127.0.0.1:0", binary=for_everybody(PRONG),
               **STRANGER)
    assert done.returncode == 3
    for word in words:
        assert word in done.stderr
