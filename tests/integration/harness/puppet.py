"""puppet -- the service program that does what its client says, and how to build it"""
import fcntl
import os
import subprocess

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find(folder):
    """Its path: PUPPET as meson says, or compiled once into the folder."""
    if "PUPPET" in os.environ:
        return os.path.abspath(os.environ["PUPPET"])
    path = os.path.join(folder, "puppet")
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = [os.path.join(TESTS, name) for name in ("puppet.c", "puppet_facts.c")]
        newest = max(os.path.getmtime(source) for source in sources)
        if not os.path.exists(path) or os.path.getmtime(path) < newest:
            subprocess.run(
                ["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-o", path, *sources],
                check=True,
            )
    return path
