"""The commands as a family: each is found, helps, and is strict about its words."""
import re

import pytest

from harness.server import run

COMMANDS = re.findall(r"^complete -c prong -n __fish_use_subcommand -a (\S+) ",
                      run("completion", "fish").stdout, re.M)


def test_there_are_all_of_them():
    assert sorted(COMMANDS) == sorted(
        "check explain import schema completion help ps top status stats why penalties kill pause resume drain "
        "reload upgrade".split())


def test_the_help_names_every_command():
    text = run("--help").stdout.replace("|", " ")
    for name in COMMANDS:
        assert re.search(rf"^  prong .*\b{name}\b", text, re.M), name


def test_the_help_names_every_signal_that_does_something():
    text = run("--help").stdout
    for word in ("TERM", "INT", "QUIT", "HUP", "USR2"):
        assert word in text


@pytest.mark.parametrize("word", ["--help", "-h"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps(name, word):
    done = run(name, word)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(f"prong {name}") and done.stdout.endswith("\n")
    assert all(len(line) <= 90 for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_what_it_does_not_know(name):
    done = run(name, "--no-such-option")
    assert done.returncode == 2
    assert re.search(r"prong[ :]", done.stderr + done.stdout)


def test_help_is_what_the_option_says():
    assert run("help").stdout == run("--help").stdout
    assert run("help", "ps").stdout == run("ps", "--help").stdout
    done = run("help", "pss")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("prong help: 'pss' is not a command; did you mean ps?\n")


def test_an_option_was_not_meant_as_a_command():
    done = run("--port", "7")
    assert done.returncode == 2 and "prong import" not in done.stderr
    assert "an address stands by itself" in done.stderr


def test_a_command_is_only_the_first_word():
    done = run("--max", "3", "check")
    assert done.returncode == 2 and "'check' is not an address" in done.stderr


@pytest.mark.parametrize("words", [["-f"], ["check", "-f"], ["explain", "--max", "3", "-f"]])
def test_a_file_that_was_forgotten_is_no_server_without_one(words):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("prong: --config: the value is missing: --config FILE|DIR\n")


def test_what_may_have_been_meant_is_a_line_of_the_same_command():
    for name in ("check", "explain"):
        assert f"a program comes after --: prong {name} 9999 -- cat -n\n" in run(
            name, "9999", "cat", "-n").stderr
    done = run("check", "-f", "site.yaml", "more")
    assert done.returncode == 2 and "--: prong" not in done.stderr
    assert done.stderr.startswith("prong: 'more' is not an address\n")


def test_what_is_served_stands_in_one_place(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("services: { a: { listen: '127.0.0.1:0', program: '@echo' } }\n")
    done = run("-f", path, "--max", "3", "9999", "--", "cat")
    assert done.returncode == 2
    assert "settings on the command line as well" in done.stderr
    assert "in the file it is written max: 3" in done.stderr
    assert "nothing was started" in done.stderr


def test_mistakes_of_a_file_start_nothing(tmp_path):
    (tmp_path / "site.yaml").write_text("services: { a: { listen: 80000, program: '@echo' } }\n")
    done = run("-f", "site.yaml", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("site.yaml:1:26: listen: ")
    assert done.stderr.endswith("prong: nothing was started; all options: prong --help\n")


# ---- import


@pytest.mark.parametrize("words", [[], ["inetd"], ["sendmail", "/dev/null"]])
def test_import_needs_a_kind_and_a_file(words):
    done = run("import", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert "inetd|xinetd|socket" in done.stderr


def test_import_says_what_it_cannot_read(tmp_path):
    done = run("import", "inetd", tmp_path / "nothing")
    assert done.returncode == 1 and "nothing" in done.stderr


def test_what_import_prints_can_be_checked(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "inetd.conf").write_text("127.0.0.1:7 stream tcp nowait nobody internal\n"
                                         "9 stream tcp nowait nobody /bin/cat cat\n")
    done = run("import", "inetd", tmp_path / "inetd.conf")
    assert done.returncode == 0
    (tmp_path / "site.yaml").write_text(done.stdout)
    told = run("explain", "-f", tmp_path / "site.yaml")
    assert told.returncode == 0 and "/bin/cat" in told.stdout
