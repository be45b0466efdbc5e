"""prong schema and prong completion: what shells and editors are told."""
import json
import re
import shutil
import subprocess
import tempfile

import pytest

from harness import ALARM
from harness.server import PRONG, run

SHELLS = ("bash", "zsh", "fish")


def settings():
    """All options of a server, as its help has them."""
    return set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", run("--help").stdout, re.M))


def commands():
    return re.findall(r"^complete -c prong -n __fish_use_subcommand -a (\S+) ",
                      run("completion", "fish").stdout, re.M)


@pytest.fixture(params=SHELLS)
def shell(request):
    if shutil.which(request.param) is None:
        pytest.skip(f"needs {request.param}")
    return request.param


def script(shell, text):
    """What it prints in that shell, in an empty folder."""
    options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [shell, *options[shell], "-c", text], capture_output=True, text=True, check=False,
            timeout=ALARM, cwd=folder,
            env={"PATH": "/usr/bin:/bin", "PRONG": PRONG, "HOME": folder},
        )
    assert done.stderr == "", done.stderr
    return done.stdout


# ---- schema


def test_the_schema_knows_every_setting():
    done = run("schema")
    assert done.returncode == 0 and done.stderr == ""
    known = set(json.loads(done.stdout)["definitions"]["settings"]["properties"])
    assert known == settings() - {"config", "name", "log", "ready-fd", "control", "quiet",
                                  "help", "version"}


def test_the_schema_takes_what_prong_takes():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("schema").stdout)
    jsonschema.validate({"services": {"a": {"listen": 1, "program": "@echo", "max": 3}}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"a": {"listen": 1, "program": "@echo", "max": 0}}}, schema)


@pytest.mark.parametrize("words, status", [(["--help"], 0), (["-h"], 0), (["more"], 2)])
def test_the_schema_takes_no_words(words, status):
    done = run("schema", *words)
    assert done.returncode == status and "JSON schema" in done.stdout


# ---- completion


def test_every_script_is_one_for_its_shell(shell, tmp_path):
    path = tmp_path / "script"
    path.write_text(run("completion", shell).stdout)
    done = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout + done.stderr == ""


@pytest.mark.parametrize("name", SHELLS)
def test_every_option_and_command_is_in_every_script(name):
    text = run("completion", name).stdout
    for word in settings():
        assert re.search(rf"(--|-l ){word}\b", text), word
    assert len(commands()) > 10
    for word in commands():
        assert re.search(rf"(?<![\w-]){word}(?![\w-])", text), word


def bash(*words):
    """What bash offers for the last of the words."""
    quoted = " ".join(f"'{word}'" for word in words)
    return script("bash", f"""
        source <("$PRONG" completion bash)
        complete -p prong >/dev/null || exit
        COMP_WORDS=({quoted})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _prong
        printf '%s\\n' "${{COMPREPLY[@]}}"
        """).split()


def fish(line):
    """The same in fish, of a line."""
    text = script("fish", f'"$PRONG" completion fish | source; complete -C "{line}"')
    return [row.split("\t")[0] for row in text.splitlines()]


# What stands on the line in words, and what has to be offered: all of it, or (with ...)
# these among others.
OFFERS = [
    (["ex"], ["explain"]),
    (["p"], ["pause", "penalties", "ps"]),
    (["--max-p"], ["--max-per-source"]),
    (["--when-full", ""], ["refuse", "wait"]),
    (["--log", "j"], ["journald", "json"]),
    (["9999", "--unbuffer", ""], ["no", "yes"]),
    (["check", "--source-"], ["--source-prefix"]),
    (["ps", "--in"], ["--instance"]),
    (["ps", "--ma"], []),
    (["kill", "--"], ["--control", "--grace", "--help", "--instance", "--json", "--now"]),
    (["penalties", "c"], ["clear"]),
    (["why", "--s"], ["--service"]),
    (["completion", ""], ["bash", "fish", "zsh"]),
    (["import", "xi"], ["xinetd"]),
]


@pytest.mark.parametrize("words, offered", OFFERS)
def test_bash_offers_what_is_meant(words, offered):
    assert sorted(bash("prong", *words)) == offered


@pytest.mark.parametrize("words, offered", OFFERS)
def test_fish_offers_what_is_meant(words, offered):
    if shutil.which("fish") is None:
        pytest.skip("needs fish")
    assert sorted(fish(" ".join(["prong", *words]))) == offered


def test_bash_splits_a_word_at_its_equals_sign():
    assert bash("prong", "--when-full", "=") == ["wait", "refuse"]
    assert bash("prong", "--when-full", "=", "re") == ["refuse"]


def test_bash_offers_files_where_a_file_belongs(tmp_path):
    (tmp_path / "site.yaml").touch()
    for words in (["-f"], ["--config"], ["check", "-f"], ["import", "inetd"], ["--control"]):
        assert bash("prong", *words, f"{tmp_path}/si") == [f"{tmp_path}/site.yaml"]


def test_bash_offers_programs_behind_the_dashes():
    assert "cat" in bash("prong", "9999", "--", "ca")


def test_zsh_knows_the_function():
    if shutil.which("zsh") is None:
        pytest.skip("needs zsh")
    text = script("zsh", """
        autoload -Uz compinit && compinit -D -u
        eval "$("$PRONG" completion zsh | sed '$d')"
        whence -w _prong
        """)
    assert text == "_prong: function\n"


@pytest.mark.parametrize("words, status", [
    ([], 2), (["tcsh"], 2), (["bash", "zsh"], 2), (["--help"], 0), (["-h"], 0),
])
def test_which_shell(words, status):
    done = run("completion", *words)
    assert done.returncode == status
    assert all(shell in (done.stdout if status == 0 else done.stderr) for shell in SHELLS)


@pytest.mark.parametrize("words", [["schema"], ["completion", "bash"]])
def test_output_that_nobody_takes_is_a_failure(words):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([PRONG, *words], stdout=full, stderr=subprocess.PIPE, check=False,
                              timeout=ALARM)
    assert done.returncode == 1
