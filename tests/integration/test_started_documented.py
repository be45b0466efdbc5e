"""What docs/tasks/started-ahead.md tells people to write does what it says there.

Each line of code in the tables is found in the document before it is tried.
"""
import os

import pytest

from harness import started
from harness.programs import tool
from harness.started import ask

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../docs/tasks/started-ahead.md")
COPIES = 5

# How a program asks for its client's address: the words of the document, and a program.
ADDRESSES = {
    "python3": ("socket.socket(fileno=os.dup(0)).getpeername()[0]", "-c",
                "import os, socket; input(); print({})"),
    "perl": ("getnameinfo(getpeername(STDIN), NI_NUMERICHOST)", "-e",
             "use Socket ':addrinfo'; <STDIN>; my @found = {}; print qq($found[1]\\n)"),
    "php": ("stream_socket_get_name(STDIN, true)", "-r",
            "fgets(STDIN); echo preg_replace('/:\\d+$/', '', {}), qq;"),
    "ruby": ("BasicSocket.for_fd(0).remote_address.ip_address", "-e",
             "require 'socket'; $stdin.gets; puts {}"),
    "node": ("process.stdin.remoteAddress", "-e",
             "process.stdin.once('data', () => { console.log({}); process.exit() })"),
}


def document():
    with open(DOCUMENT, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("mode", started.HELD)
@pytest.mark.parametrize("language", ADDRESSES)
def test_the_address_can_be_asked_for(prong, language, mode):
    words, option, frame = ADDRESSES[language]
    assert words in document()
    text = frame.replace("{}", words).replace("qq;", '"\\n";')
    server = prong("--start", mode, program=[tool(language), option, text])
    server.expect(started.FALLBACK)
    row = started.wait_ready(server)
    assert row["spares_in_force"] in started.HELD, row
    assert ask(server) == "127.0.0.1"


def test_bash_finds_the_address_in_proc(prong, tmp_path):
    code = document().split("```sh\n")[1].split("```")[0]
    (tmp_path / "script.sh").write_text(code + 'echo "$line from $ip"\n')
    for mode in started.HELD:
        server = prong("--start", mode, program=[tool("bash"), tmp_path / "script.sh"])
        assert started.in_force(started.wait_ready(server)) == (mode, "")
        assert ask(server) == "hello from 127.0.0.1"


# Language: (option, a program that draws behind the first read, what helps before it).
CHANCE = {
    "python3": ("-c", "import random; input(); {}; print(random.random())",
                "random.seed()"),
    "bash": (None, 'read -r line\n{}\necho "$RANDOM$RANDOM"\n', "RANDOM=$SRANDOM"),
    "lua5.4": ("-e", "io.read() {} print(math.random())",
               'math.randomseed(string.unpack("I8", '
               'io.open("/dev/urandom", "rb"):read(8)))'),
    "perl": ("-e", "srand; <STDIN>; {}; print rand(), qq(\\n)", "srand()"),
    "php": ("-r", 'mt_rand(); fgets(STDIN); echo {}, "\\n";', "random_int()"),
}


NOTHING = {"python3": "0", "bash": "true"}


def numbers(prong, folder, mode, language, helps):
    """What so many clients are given by one service."""
    option, frame, words = CHANCE[language]
    assert words in document()
    if language == "php":
        words = "random_int(0, PHP_INT_MAX)" if helps else "mt_rand()"
        helps = True
    text = frame.replace("{}", words if helps else NOTHING.get(language, ""))
    if option is None:
        (folder / f"script{helps}").write_text(text)
        program = [tool(language), folder / f"script{helps}"]
    else:
        program = [tool(language), option, text]
    server = prong("--start", mode, "--spares-min", 2, program=program)
    found = []
    for _ in range(COPIES):
        assert started.in_force(started.wait_ready(server)) == (mode, "")
        found.append(ask(server))
    assert all(found), found
    return len(set(found))


@pytest.mark.parametrize("language", CHANCE)
def test_chance_is_the_same_in_copies_unless_it_is_seeded_again(prong, tmp_path, language):
    assert numbers(prong, tmp_path, "clone", language, helps=False) == 1
    assert numbers(prong, tmp_path, "clone", language, helps=True) == COPIES


@pytest.mark.parametrize("language", CHANCE)
def test_chance_is_no_matter_where_each_has_started_by_itself(prong, tmp_path, language):
    assert numbers(prong, tmp_path, "warm", language, helps=False) == COPIES


def test_secrets_are_right_in_copies(prong):
    server = prong("--start", "clone", program=[tool("python3"), "-c", (
        "import random, secrets, ssl; input();"
        " print(secrets.token_hex(), random.SystemRandom().random(),"
        " ssl.RAND_bytes(9).hex())")])
    found = []
    for _ in range(COPIES):
        assert started.in_force(started.wait_ready(server)) == ("clone", "")
        found.append(ask(server).split())
    for column in zip(*found):
        assert len(set(column)) == COPIES, column
