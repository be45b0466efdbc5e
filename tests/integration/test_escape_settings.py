"""What single settings take away, and what they leave: tried, not read from /proc.

Each row: what is set beside the preset, as whom, what is tried, and whether it could.
"""
import pytest

from harness import kernel
from harness.targets import APART, COULD, COULD_NOT, KILLED

ROWS = [
    # Nothing gains rights by being executed.
    ("none", "user", (), "set-user-id {set_user_id}", COULD),
    ("none", "user", ("--no-new-privileges", "yes"), "set-user-id {set_user_id}", COULD_NOT),
    ("none", "user", ("--no-new-privileges", "yes"), "file-capability {capable}", COULD_NOT),
    ("strict", "user", ("--execute", "{folder}"), "execute {program}", COULD),
    ("strict", "user", ("--execute", "{folder}"), "set-user-id {set_user_id}", COULD_NOT),
    ("strict", "root", ("--execute", "{folder}"), "set-user-id {set_user_id}", COULD_NOT),

    # Capabilities: those that are named, and no other.
    ("none", "root", ("--capabilities", "chown"), "capset {CHOWN}", COULD),
    ("none", "root", ("--capabilities", "chown"), "capset {SYS_ADMIN}", COULD_NOT),
    ("none", "root", ("--capabilities", "chown"), "mount-tmpfs {mount}", COULD_NOT),
    ("none", "root", ("--capabilities", "none"), "read {other_secret}", COULD_NOT),

    # Files.
    ("none", "user", ("--read", "/usr"), "read {secret}", COULD_NOT),
    ("none", "user", ("--read", "/usr", "--read", "{folder}"), "read {secret}", COULD),
    ("none", "user", ("--read", "/usr", "--read", "{folder}"), "write {file}", COULD_NOT),
    ("none", "user", ("--read", "/usr", "--write", "{folder}"), "write {file}", COULD),
    ("none", "user", ("--read", "/usr", "--write", "{folder}"), "execute {program}", COULD_NOT),
    ("none", "root", ("--read", "/usr"), "read {secret}", COULD_NOT),
    ("none", "root", ("--read", "/usr"), "mount-bind {mount}", COULD_NOT),
    ("strict", "root", ("--write", "{folder}"), "create {new}", COULD),
    ("strict", "root", ("--write", "{folder}"), "mknod-disk {new}", COULD_NOT),

    # The network.  The client's socket is one of the machine's.
    ("none", "user", ("--network", "none"), "tcp4 {tcp4}", COULD_NOT),
    ("none", "user", ("--network", "none"), "udp {udp}", COULD_NOT),
    ("none", "user", ("--network", "none"), "abstract {abstract}", COULD_NOT),
    ("none", "user", ("--network", "none"), "reconnect {fresh_tcp4}", COULD_NOT),
    ("none", "root", ("--network", "none"), "reconnect {fresh_tcp4}", COULD_NOT),
    ("none", "user", ("--connect", "{tcp4}"), "tcp4 {tcp4}", COULD),
    ("none", "user", ("--connect", "{tcp4}"), "tcp6 {tcp6}", COULD_NOT),
    ("none", "user", ("--connect", "none"), "tcp4 {tcp4}", COULD_NOT),
    # The kernel's gap, which only a filter closes: Landlock sees connect(2) alone.
    ("none", "user", ("--connect", "none"), "tcp4-by-sending {tcp4}", COULD),
    ("none", "user", ("--connect", "none"), "mptcp {tcp4}", COULD),
    ("none", "user", ("--connect", "none"), "reconnect {fresh_tcp4}", COULD_NOT),
    ("none", "user", ("--bind", "none"), "listen {port}", COULD_NOT),
    # The same: bind(2) was never called, and the kernel chooses the port.
    ("none", "user", ("--bind", "none"), "listen-unbound", COULD),
    ("strict", "user", ("--connect", "{tcp4}"), "tcp4 {tcp4}", COULD),
    ("strict", "user", ("--connect", "{tcp4}"), "tcp6 {tcp6}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "tcp4-by-sending {fresh_tcp4}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "mptcp {fresh_tcp4}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "reconnect {fresh_tcp4}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "listen {port}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "abstract {abstract}", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "raw", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "alg", COULD_NOT),
    ("strict", "user", ("--connect", "{tcp4}"), "vsock", COULD_NOT),
    ("strict", "user", ("--bind", "{port}"), "listen {port}", COULD_NOT),  # another one

    # Scope.
    ("none", "user", ("--scope", "signals"), "signal {sibling}", COULD_NOT),
    ("none", "user", ("--scope", "signals"), "signal {server}", COULD_NOT),
    ("none", "user", ("--scope", "signals"), "sigio {sibling}", COULD_NOT),
    ("none", "user", ("--scope", "signals"), "abstract {abstract}", COULD),
    ("none", "user", ("--scope", "abstract-sockets"), "abstract {abstract}", COULD_NOT),
    ("none", "user", ("--scope", "abstract-sockets"), "signal {sibling}", COULD),

    # System calls.
    ("none", "user", ("--syscalls", "@default"), "tcp4 {tcp4}", COULD_NOT),
    ("none", "user", ("--syscalls", "@default"), "unix-path {unix}", COULD_NOT),
    ("none", "user", ("--syscalls", "@default"), "create {new}", COULD),
    ("none", "user", ("--syscalls", "@default", "--syscalls", "@network-client"),
     "tcp4 {tcp4}", COULD),
    ("none", "user", ("--syscalls", "@default", "--syscalls-action", "kill"),
     "tcp4 {tcp4}", KILLED),
    ("strict", "user", ("--syscalls-action", "kill"), "unshare {NEWUSER}", KILLED),

    # What its own terminal reads, typed by the program.
    ("none", "root", ("--pty", "raw"), "inject", COULD),
    ("basic", "root", ("--pty", "raw"), "inject", COULD_NOT),
    ("basic", "root", ("--pty", "raw"), "tiocsti-high-bits", COULD_NOT),
    ("strict", "user", ("--pty", "raw"), "inject", COULD_NOT),

    # Namespaces, one at a time.
    ("none", "user", ("--namespaces", "pid"), "see {sibling}", COULD),  # /proc is the machine's
    ("none", "user", ("--namespaces", "pid"), "signal {sibling}", COULD_NOT),
    ("none", "user", ("--namespaces", "pid"), "stop {sibling}", COULD_NOT),
    ("none", "user", ("--namespaces", "pid"), "limits-of {sibling}", COULD_NOT),
    ("none", "user", ("--namespaces", "pid", "--namespaces", "mount"), "see {sibling}",
     COULD_NOT),
    ("none", "user", ("--namespaces", "ipc"), "shm {its_shm}", COULD_NOT),
    ("none", "user", ("--namespaces", "ipc"), "mq {its_mq}", COULD_NOT),
    ("none", "user", ("--private-tmp", "1M"), "read {tmp_file}", COULD_NOT),
    ("none", "user", ("--private-tmp", "1M"), "read {its_tmp}", COULD_NOT),
    ("none", "user", ("--read-only", "yes"), "write {file}", COULD_NOT),
    ("none", "user", ("--read-only", "yes"), "chmod {file}", COULD_NOT),
    ("none", "user", ("--read-only", "yes"), "remount-writable", COULD_NOT),
    ("none", "user", ("--hide", "{folder}"), "read {secret}", COULD_NOT),
]


@pytest.mark.parametrize("preset, who, options, row, letter", ROWS)
def test_a_setting_takes_away_what_it_says(column, preset, who, options, row, letter):
    kernel.need(*options)
    place = column(preset, who, *options)
    found, said = place.attempts.run(row)
    if found == APART:
        pytest.skip(said)
    assert found == letter, said
