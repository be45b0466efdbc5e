"""What a program sees of its client in the environment, by language and by `start`.

What is held was executed before its client came.  The variables of the connection are
then in its environment with nothing in them, and are filled in when the client is there:
whoever looks late sees them, whoever copied the environment while it started sees "".
docs/tasks/started-ahead.md has this table for people.
"""
import pytest

from harness import started
from harness.programs import tool

CLIENT = {"TCPREMOTEIP": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
          "REMOTE_HOST": "127.0.0.1"}
LATE, COPIED = "looks late", "has copied it"

# Each reads a line, the name of a variable, and says what it finds there.
LANGUAGES = {
    "python": (COPIED, ["python3", "-c", "import os; print(os.environ[input()])"]),
    "perl": (COPIED, ["perl", "-e", "chomp($n = <STDIN>); print qq($ENV{$n}\\n)"]),
    "bash": (COPIED, ["bash", "-c", 'read -r n; echo "${!n}"']),
    "dash": (LATE, ["dash", "-c", 'read -r n; eval "echo \\"\\$$n\\""']),
    "busybox-sh": (LATE, ["busybox", "sh", "-c", 'read -r n; eval "echo \\"\\$$n\\""']),
    "lua": (LATE, ["lua5.4", "-e", "print(os.getenv(io.read()))"]),
    "php": (COPIED, ["php", "-r", 'echo getenv(trim(fgets(STDIN))), "\\n";']),
    "php-server": (COPIED, ["php", "-r", 'echo $_SERVER[trim(fgets(STDIN))], "\\n";']),
    "ruby": (COPIED, ["ruby", "-e", "puts ENV[gets.chomp]"]),
    "node": (LATE, ["node", "-e", "process.stdin.once('data', (d) => {"
                    " console.log(process.env[String(d).trim()]); process.exit(); })"]),
    "tclsh": (LATE, None),
    "gawk": (COPIED, ["gawk", "{ print ENVIRON[$0]; exit }"]),
    "mawk": (COPIED, ["mawk", "-W", "interactive", "{ print ENVIRON[$0]; exit }"]),
}


TCL = """\
fconfigure stdout -translation lf
puts $env([gets stdin])
"""


def ask(server, name):
    with server.connect() as client:
        client.command(name)
        return client.read_line().decode(), client


def argv(language, folder):
    words = LANGUAGES[language][1]
    if words is None:
        (folder / "script").write_text(TCL)
        words = [language, folder / "script"]
    return [tool(words[0]), *words[1:]]


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_language_sees_of_its_client(prong, tmp_path, language, mode):
    server = prong("--start", mode, program=argv(language, tmp_path))
    server.expect(started.FALLBACK)
    for name, value in CLIENT.items():
        force = mode
        if mode != "fresh":
            force, _ = started.in_force(started.wait_ready(server))
        is_blind = force in started.HELD and LANGUAGES[language][0] == COPIED
        answer, client = ask(server, name)
        assert started.began_as(server, client) == force
        assert answer == ("" if is_blind else value), name


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_clients_is_seen_by_all(prong, tmp_path, language, mode):
    server = prong("--start", mode, "--env", "COLOUR=blue", "--name", "night",
                   program=argv(language, tmp_path))
    server.expect(started.FALLBACK)
    for name, value in {"COLOUR": "blue", "PRONG_SERVICE": "night", "PROTO": "TCP"}.items():
        if mode != "fresh":
            started.wait_ready(server)
        assert ask(server, name)[0] == value


@pytest.mark.parametrize("mode", started.MODES)
@pytest.mark.parametrize("how", ["dynamic", "static", "musl"])
def test_getenv_of_c_sees_the_client(prong, build, how, mode):
    server = prong("--start", mode, "--session-timeout", "1h",
                   program=[build.path("lines", how)])
    for _ in range(3):
        if mode != "fresh":
            assert started.in_force(started.wait_ready(server)) == (mode, "")
        with server.connect() as client:
            for name, value in {**CLIENT, "TCPREMOTEPORT": str(client.port),
                                "REMOTE_PORT": str(client.port)}.items():
                client.command(f"env {name}")
                assert client.read_line().decode() == value, name
            client.command("env PRONG_ID")
            assert client.read_line().decode() == server.begin(client)["id"]
            client.command("env PRONG_DEADLINE")
            assert client.read_line().isdigit()


@pytest.mark.parametrize("mode", started.AHEAD)
def test_the_environment_has_the_same_names_as_ever(prong, puppet, mode):
    """In the same order, and with the same values but for what is the connection's."""
    options = ["--session-timeout", "1h", "--env", "A=1", "--name", "toy"]
    fresh = prong(*options, program=[puppet]).connect().environment()
    server = prong("--start", mode, *options, program=[puppet])
    started.wait_ready(server)
    found = server.connect().environment()

    own = {"PRONG_ID", "PRONG_DEADLINE", "TCPREMOTEPORT", "REMOTE_PORT", "TCPLOCALPORT"}
    assert list(found) == list(fresh)
    assert all(found.values()), found
    assert {key: value for key, value in found.items() if key not in own} == {
        key: value for key, value in fresh.items() if key not in own}


@pytest.mark.parametrize("mode", started.AHEAD)
def test_clients_of_one_service_see_themselves_only(prong, build, mode):
    server = prong("--start", mode, "--spares-min", 4, program=[build.path("lines")])
    started.wait_ready(server, 4)
    clients = [server.connect() for _ in range(12)]
    for client in clients:
        client.command("env TCPREMOTEPORT")
        client.command("peer")
    for client in clients:
        assert client.read_line().decode() == str(client.port)
        assert client.read_line().decode() == str(client.port)
    ids = [server.begin(client)["id"] for client in clients]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("mode", started.AHEAD)
@pytest.mark.parametrize("style", ["ucspi", "cgi", "ncat", "socat", "busybox", "none"])
def test_each_style_has_its_names(prong, puppet, style, mode):
    fresh = prong("--env-style", style, program=[puppet]).connect().environment()
    server = prong("--start", mode, "--env-style", style, program=[puppet])
    started.wait_ready(server)
    found = server.connect().environment()
    assert list(found) == list(fresh)
    assert {key for key, value in found.items() if not value} == {
        key for key, value in fresh.items() if not value}


@pytest.mark.parametrize("mode", started.AHEAD)
def test_facts_of_a_unix_client_are_there(prong, puppet, tmp_path, mode):
    fresh = prong(program=[puppet], listen=[f"unix:{tmp_path}/a"]).connect().environment()
    server = prong("--start", mode, program=[puppet], listen=[f"unix:{tmp_path}/b"])
    started.wait_ready(server)
    found = server.connect().environment()
    assert {name: value for name, value in found.items() if value}.keys() == fresh.keys()
    for name in ("IPCREMOTEEUID", "IPCREMOTEEGID", "PROTO"):
        assert found[name] == fresh[name]
    assert found["IPCLOCALPATH"] == f"{tmp_path}/b"


@pytest.mark.parametrize("mode", started.AHEAD)
@pytest.mark.parametrize("listen", [
    ["127.0.0.1:0", "127.0.0.1:0"], ["0.0.0.0:0"], ["127.0.0.1:0", "unix:{folder}/socket"],
], ids=["two", "wildcard", "mixed"])
def test_each_listener_has_its_own_end(prong, puppet, tmp_path, listen, mode):
    listen = [address.format(folder=tmp_path) for address in listen]
    server = prong("--start", mode, program=[puppet], listen=listen)
    for index, address in enumerate(listen):
        started.wait_ready(server)
        found = server.connect(index).environment()
        if address.startswith("unix:"):
            wanted = {"IPCLOCALPATH": address[len("unix:"):]}
        else:
            wanted = {"TCPLOCALIP": "127.0.0.1", "TCPLOCALPORT": str(server.port(index))}
        own = ("TCPLOCALIP", "TCPLOCALPORT", "IPCLOCALPATH")
        assert {name: found[name] for name in own if found.get(name)} == wanted
