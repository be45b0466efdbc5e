"""daemons -- what daemons that serve files are given to serve, and clients to fetch it"""
import os
import subprocess
import textwrap

from .programs import tool

PLAIN = {"PATH": os.environ["PATH"], "LANG": "C"}


def run(*words, **kw):
    return subprocess.run([str(word) for word in words], check=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, **kw)


def content(folder):
    """{name: bytes} of the plain files."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def git_repository(folder):
    """(folder of repositories, environment for git): `project` has thirty files."""
    base = folder / "repositories"
    work = base / "project"
    work.mkdir(parents=True)
    git, env = tool("git"), dict(PLAIN, HOME=str(folder), GIT_CONFIG_NOSYSTEM="1")
    run(git, "init", "-q", work, env=env)
    for i in range(30):
        (work / f"file{i}").write_bytes(os.urandom(20_000))
    run(git, "-C", work, "add", ".", env=env)
    run(git, "-C", work, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm",
        "all", env=env)
    return base, env


def git_words(base):
    """For git-daemon, or behind `git daemon`."""
    return ["--inetd", "--export-all", f"--base-path={base}", base]


def rsync_module(folder):
    """(what is served as `files`, words that run the daemon, its log)."""
    source, log, configuration = (folder / name for name in
                                  ("source", "rsyncd.log", "rsyncd.conf"))
    rsync = tool("rsync")
    source.mkdir()
    for i in range(20):
        (source / f"file{i}").write_bytes(os.urandom(100_000))
    configuration.write_text(textwrap.dedent(f"""\
        use chroot = no
        log file = {log}
        [files]
        path = {source}
        read only = no
        """))
    if os.geteuid() == 0:
        with open(configuration, "a") as file:
            file.write("uid = 0\ngid = 0\n")
    return source, [rsync, "--daemon", f"--config={configuration}"], log
