"""peers -- where the servers prong is measured against come from

A peer that is installed is used as it is.  Any other is unpacked from its Debian package
into a cache folder: nothing is installed, no daemon is started, no file of the system is
touched.  busybox, whose Debian build leaves tcpsvd and inetd out, is compiled from its
Debian source with these two only.  A peer that cannot be had is left out, with a reason.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

# name: (Debian package, program, whether an installed one of that name is surely it)
PACKAGES = {
    "tcpserver": ("ucspi-tcp", "tcpserver", True),
    "ipsvd tcpsvd": ("ipsvd", "tcpsvd", False),
    "s6-tcpserver": ("s6-networking", "s6-tcpserver", True),
    "xinetd": ("xinetd", "xinetd", True),
    "openbsd-inetd": ("openbsd-inetd", "inetd", False),
    "systemd-socket-activate": ("systemd", "systemd-socket-activate", True),
    "ncat": ("ncat", "ncat", True),
    "socat": ("socat", "socat", True),
}
BUSYBOX = ("busybox tcpsvd", "busybox inetd")
BUSYBOX_SETTINGS = ("TCPSVD", "INETD", "FEATURE_INETD_SUPPORT_BUILTIN_ECHO",
                    "FEATURE_IPV6", "STATIC", "LFS")
SEARCH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


class Unavailable(Exception):
    """A peer that cannot be had here; the text says why."""


def output_of(*argv, cwd=None):
    """What a command prints, or Unavailable with its last line."""
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise Unavailable(f"{argv[0]}: {error.strerror}") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Unavailable(f"{argv[0]}: {lines[-1]}")
    return done.stdout


class Peers:
    """Finds or fetches peers; `cache` keeps what was fetched."""

    def __init__(self, cache):
        self.cache = Path(cache)
        self.versions = {}

    def find(self, name):
        """(path of the program, environment it needs) or Unavailable."""
        if name in BUSYBOX:
            return self._busybox(name.split()[1]), {}
        package, program, is_certain = PACKAGES[name]
        path = shutil.which(program, path=SEARCH)
        if path and (is_certain or self._owner(path) == package):
            self.versions[name] = self._installed_version(package)
            return path, {}
        return self._fetched(name, package, program)

    def _owner(self, path):
        try:
            return output_of("dpkg", "-S", path).split(":")[0]
        except Unavailable:
            return None

    def _installed_version(self, package):
        try:
            return package + " " + output_of("dpkg-query", "-W", "-f=${Version}", package)
        except Unavailable:
            return "installed, not by dpkg"

    def _fetched(self, name, package, program):
        root = self.cache / package
        if not root.is_dir():
            self._unpack(package, root)
        found = [path for folder in ("usr/sbin", "usr/bin", "sbin", "bin")
                 if (path := root / folder / program).is_file()]
        if not found:
            raise Unavailable(f"package {package} has no {program}")
        self.versions[name] = f"{package} {(root / '.version').read_text()}"
        return str(found[0]), self._environment(found[0], package, root)

    def _unpack(self, package, root):
        """apt-get download + dpkg -x, complete or not at all."""
        work = self.cache / f".{package}.new"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        output_of("apt-get", "-o", "APT::Sandbox::User=root", "download", package, cwd=work)
        deb = next(work.glob("*.deb"))
        output_of("dpkg", "-x", str(deb), str(work))
        (work / ".version").write_text(output_of("dpkg-deb", "-f", str(deb), "Version").strip())
        deb.unlink()
        work.rename(root)

    def _environment(self, program, package, root):
        """The libraries of an unpacked program that the system does not have."""
        if "not found" not in output_of("ldd", str(program)):
            return {}
        for line in output_of("apt-cache", "depends", "-i", package).splitlines():
            library = line.split()[-1]
            if library.startswith("lib") and not (root / library).is_dir():
                self._unpack(library, root / library)
        folders = {str(path.parent) for path in root.rglob("*.so*")}
        folders.add(str(root / "usr/lib"))
        return {"LD_LIBRARY_PATH": ":".join(sorted(folders))}

    def _busybox(self, applet):
        root = self.cache / "busybox"
        if not (root / applet).exists():
            self._build_busybox(root)
        self.versions[f"busybox {applet}"] = (root / ".version").read_text()
        return str(root / applet)

    def _build_busybox(self, root):
        """The Debian source, its smallest configuration and the two servers."""
        work = self.cache / ".busybox.new"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        version = self._fetch_busybox_source(work)
        source = next(path for path in work.iterdir()
                      if path.name.startswith("busybox-") and path.is_dir())
        output_of("make", "allnoconfig", cwd=source)
        config = (source / ".config").read_text()
        for setting in BUSYBOX_SETTINGS:
            config = config.replace(f"# CONFIG_{setting} is not set", f"CONFIG_{setting}=y")
        (source / ".config").write_text(config)
        output_of("sh", "-c", "yes '' | make oldconfig", cwd=source)
        output_of("make", "-j2", "busybox", cwd=source)
        root.mkdir(exist_ok=True)
        for applet in ("tcpsvd", "inetd"):
            shutil.copy2(source / "busybox", root / applet)
        (root / ".version").write_text(f"busybox {version}, tcpsvd and inetd only")
        shutil.rmtree(work)

    def _fetch_busybox_source(self, work):
        """apt-get source with lists of its own; the machine's stay as they are."""
        release = platform.freedesktop_os_release()
        if release.get("ID") != "debian":
            raise Unavailable("busybox is built from Debian's source, on Debian only")
        lists = work / "lists"
        (lists / "partial").mkdir(parents=True)
        sources = work / "sources.list"
        sources.write_text("deb-src http://deb.debian.org/debian "
                           f"{release['VERSION_CODENAME']} main\n")
        options = ["-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null",
                   "-o", f"Dir::State::Lists={lists}", "-o", "APT::Sandbox::User=root"]
        output_of("apt-get", *options, "update", cwd=work)
        output_of("apt-get", *options, "source", "--download-only", "busybox", cwd=work)
        archive = next(work.glob("busybox_*.orig.tar.*"))
        output_of("tar", "xf", str(archive), cwd=work)
        return next(work.glob("*.dsc")).name.removeprefix("busybox_").removesuffix(".dsc")
