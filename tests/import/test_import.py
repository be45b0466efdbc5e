"""What `prong import` makes of configurations, most of them from Debian's packages.

    IMPORT_UPDATE=1 pytest tests/import     writes golden/ anew; look at the difference

What is printed is YAML, has only settings there are, and stays so when what is commented
out is taken in.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
CASES, GOLDEN = HERE / "cases", HERE / "golden"
ROOT = HERE.parent.parent

CASE = {
    "openbsd-inetd": ("inetd", 0, "inetd/openbsd-inetd.conf"),
    "inetutils-inetd": ("inetd", 0, "inetd/inetutils-inetd.conf"),
    "update-inetd": ("inetd", 0, "inetd/update-inetd.conf"),
    "amanda-inetd": ("inetd", 0, "inetd/amanda-server.conf", "inetd/amanda-client.conf"),
    "inetd-dialects": ("inetd", 0, "inetd/dialects.conf"),
    "inetd-broken": ("inetd", 0, "inetd/broken.conf"),
    "inetd-directory": ("inetd", 0, "inetd"),
    "xinetd": ("xinetd", 0, "xinetd/xinetd.conf"),
    "xinetd-sample": ("xinetd", 0, "xinetd/sample.conf"),
    "xinetd-empty": ("xinetd", 0, "xinetd/empty.conf"),
    "xinetd-snippets": ("xinetd", 0, "xinetd/finger.xinetd", "xinetd/cfingerd.xinetd",
                        "xinetd/gophernicus", "xinetd/amandaserver", "xinetd/amandaclient"),
    "xinetd-directory": ("xinetd", 0, "xinetd"),
    "xinetd-merging": ("xinetd", 0, "xinetd/merging.conf"),
    "xinetd-all": ("xinetd", 0, "xinetd/all.conf"),
    "xinetd-broken": ("xinetd", 1, "xinetd/broken.conf"),
    "socket-debian": ("socket", 0, "socket/gophernicus.socket", "socket/micro-httpd.socket",
                      "socket/oidentd.socket", "socket/proftpd.socket", "socket/saned.socket",
                      "socket/ssh.socket", "socket/tinysshd.socket"),
    "socket-all": ("socket", 0, "socket/all.socket"),
    "socket-rules": ("socket", 0, "socket/few.socket", "socket/nobody.socket", "socket/open.socket",
                     "socket/closed.socket"),
    "socket-isolation": ("socket", 0, "socket/isolated.socket", "socket/confined.socket",
                         "socket/dynamic.socket", "socket/unbound.socket"),
    "socket-words": ("socket", 0, "socket/words.socket", "socket/escape.socket"),
    "socket-broken": ("socket", 0, "socket/broken.socket", "socket/alone.socket"),
    "socket-wrong": ("socket", 1, "socket/ssh.service", "socket/nowhere.socket",
                     "socket/micro-httpd.socket"),
}


def run(*words):
    return subprocess.run([os.environ["IMPORT"], *words], cwd=CASES, capture_output=True,
                          encoding="utf-8", errors="surrogateescape", timeout=60, check=False)


def settings():
    rows = (ROOT / "src/conf/settings.def").read_text()
    return set(re.findall(r'^SETTING\("([a-z-]+)"', rows, re.M)) | {"listen", "program"}


def without_comments(text):
    """What is commented out, taken in: all blocks after a line that says so."""
    lines, is_block = [], False
    for line in text.splitlines():
        if re.match(r"  # \S+: commented out, ", line):
            is_block = True
        elif is_block and re.match(r'  # (  |"?[\w.@-]+"?:$)', line):
            line = "  " + line[4:]
        else:
            is_block = False
        lines.append("services:" if line == "services: {}" else line)
    return "\n".join(lines)


def check_configuration(text):
    """Known settings; programs are texts to a reader that takes numbers for numbers."""
    as_text = yaml.load(text, Loader=yaml.BaseLoader)
    as_values = yaml.safe_load(text)
    services = as_text["services"] or {}
    for name, service in services.items():
        assert re.fullmatch(r"[A-Za-z0-9_.@-]{1,63}", name), name
        assert service.keys() <= settings(), name
        assert service["listen"] and service["program"], name
        program = as_values["services"][name]["program"]
        assert isinstance(program, list) and all(isinstance(word, str) for word in program)
    return services


@pytest.mark.parametrize("name", CASE)
def test_what_is_made_of(name):
    kind, status, *paths = CASE[name]
    done = run(kind, *paths)
    assert done.returncode == status, done.stderr
    found = done.stdout + "".join(f"#! {line}\n" for line in done.stderr.splitlines())
    golden = GOLDEN / f"{name}.yaml"
    if os.environ.get("IMPORT_UPDATE"):
        golden.write_text(found)
    assert found == golden.read_text()

    served = check_configuration(done.stdout)
    everything = check_configuration(without_comments(done.stdout))
    tally = re.search(r"^# (\d+) services?(?:, (\d+) to decide)?(?:, (\d+) switched off)?, "
                      r"\d+ things? without equivalent$", done.stdout, re.M)
    counts = [int(count or 0) for count in tally.groups()]
    assert len(served) == counts[0]
    assert len(everything) == sum(counts)


def test_every_golden_file_has_its_case():
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(CASE)


@pytest.mark.parametrize("words", [(), ("inetd",), ("launchd", "inetd/broken.conf")])
def test_what_is_no_import_is_told_how(words):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "usage: prong import inetd|xinetd|socket FILE...\n"


@pytest.mark.parametrize("kind", ["inetd", "xinetd"])
def test_a_file_that_is_missing_is_told_and_the_others_are_read(kind):
    good = {"inetd": "inetd/amanda-client.conf", "xinetd": "xinetd/amandaclient"}[kind]
    done = run(kind, "nowhere", good)
    assert done.returncode == 1
    assert done.stderr == "nowhere: No such file or directory\n"
    assert list(check_configuration(done.stdout)) == ["amanda"]


NOTHING = {
    "missing": "No such file or directory",
    "empty": "the file is empty",
    "blank": "the file is empty",
    "binary": "not a text: it has NUL bytes",
    "directory": "no file to be read is in this directory",
    "loop": "Too many levels of symbolic links",
}


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("kind", ["inetd", "xinetd", "socket"])
def test_nothing_is_printed_of_nothing(kind, what, tmp_path):
    (tmp_path / "empty.socket").touch()
    (tmp_path / "blank.socket").write_text(" \n\t\n")
    (tmp_path / "binary.socket").write_bytes(b"9001 stream tcp nowait root /bin/x x\n\0")
    (tmp_path / "directory.socket").mkdir()
    (tmp_path / "loop.socket").symlink_to("loop.socket")
    path = tmp_path / f"{what}.socket"
    done = run(kind, str(path))
    why = "Is a directory" if (kind, what) == ("socket", "directory") else NOTHING[what]
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{path}: {why}\n"


def test_a_directory_with_nothing_for_xinetd_is_none(tmp_path):
    (tmp_path / "ftp.dpkg-old").write_text("service ftp\n{\n}\n")
    done = run("xinetd", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path}: no file to be read is in this directory\n"


def test_what_is_included_may_be_empty(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "conf").write_text(f"includedir {tmp_path}/more\ninclude {tmp_path}/file\n")
    done = run("xinetd", str(tmp_path / "conf"))
    assert (done.returncode, done.stderr) == (0, "") and "services: {}" in done.stdout


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        done = subprocess.run([os.environ["IMPORT"], "inetd", "inetd/amanda-client.conf"], cwd=CASES,
                              stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "No space left" in done.stderr


def test_xinetd_files_that_include_each_other_are_read_once(tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / one).write_text(
            f"include {tmp_path / other}\ninclude {tmp_path / other}\n"
            f"service {one}\n{{\ntype = UNLISTED\nport = 9001\nwait = no\nuser = nobody\n"
            f"server = /bin/{one}\n}}\n")
    done = run("xinetd", str(tmp_path / "a"))
    assert sorted(check_configuration(done.stdout)) == ["a", "b"]
    assert "was read before" in done.stderr
