"""A program that tries what it should not be able to do, under each preset; the table is
what is promised.

Columns: r: prong runs as root, u: as an ordinary user; R, U: the same in a container that
gives no namespaces, no mounts and few capabilities.  y: it could, n: it could not, k: it
was killed, -: does not apply.  "y" means: as much as without prong.
"""
import pytest

from harness import escape, kernel
from harness.escape import PRESETS, WHO, Neighbours

TABLE = """
read {secret}                        yyyy  yyyy  nnnn
read {server_secret}                 yyyy  yyyy  nnnn
read {other_secret}                  ynyn  nnnn  nnnn
read /etc/passwd                     yyyy  yyyy  yyyy
read /etc/shadow                     ynyn  ynyn  nnnn
read {tmp_file}                      yyyy  yyyy  nnnn
read {its_tmp}                       yyyy  yyyy  nnnn
read {disk}                          ynyn  ynyn  nnnn
read /dev/mem                        ynnn  nnnn  nnnn
list {folder}                        yyyy  yyyy  nnnn
stat {file}                          yyyy  yyyy  yyyy
open-to-write /etc/passwd            ynyn  ynyn  nnnn
open-to-write /dev/kmsg              ynyn  ynyn  nnnn
open-to-write /proc/sysrq-trigger    ynyn  ynyn  nnnn
write-same /proc/sys/vm/swappiness   ynyn  ynyn  nnnn
write {file}                         yyyy  yyyy  nnnn
create {new}                         yyyy  yyyy  nnnn
create {tmp_new}                     yyyy  yyyy  yynn   # a container gives no /tmp of its own
create {shm_new}                     yyyy  yyyy  yynn   # the same
mkdir {new}                          yyyy  yyyy  nnnn
rename {file}                        yyyy  yyyy  nnnn
link {file}                          yyyy  yyyy  nnnn
symlink {new}                        yyyy  yyyy  nnnn
unlink {file}                        yyyy  yyyy  nnnn
truncate {file}                      yyyy  yyyy  nnnn
chmod {file}                         yyyy  yyyy  nnyy   # its own file: what Landlock does not know
utime {file}                         yyyy  yyyy  nnyy
xattr {file}                         yyyy  yyyy  nnyy
fifo {new}                           yyyy  yyyy  nnnn
mknod-disk {new}                     ynyn  nnnn  nnnn
chroot {folder}                      ynyn  nnnn  nnnn
open-by-handle {folder}              ynnn  nnnn  nnnn
fanotify                             ynnn  nnnn  nnnn
quotactl                             yynn  nnnn  nnnn

execute /usr/bin/true                yyyy  yyyy  yyyy
execute {program}                    yyyy  yyyy  nnnn
execute-own {tmp_new}                yyyy  yyyy  nnnn
execute-by-loader {tmp_new}          yyyy  yyyy  yynn   # mapped, not executed
execute-memfd                        yyyy  yyyy  yyyy   # no path, which rules are about
set-user-id {set_user_id}            yyyy  nnnn  nnnn
file-capability {capable}            yyyy  nnnn  nnnn
core {folder}                        yyyy  nnnn  nnnn
descriptors                          nnnn  nnnn  nnnn
environment {SECRET}                 nnnn  nnnn  nnnn

see {server}                         yyyy  yyyy  nnyy   # a container gives no namespace of processes
proc-mem {server}                    yyyy  nnnn  nnnn
proc-environ {server}                yyyy  nnnn  nnnn
proc-fd {server}                     yyyy  nnnn  nnnn
proc-root {server}                   yyyy  nnnn  nnnn
proc-cwd {server}                    yyyy  nnnn  nnnn
signal {server}                      yyyy  nnnn  nnnn
tgkill {server}                      yyyy  nnnn  nnnn
pidfd-signal {server}                yyyy  nnnn  nnnn
ptrace {server}                      yyyy  nnnn  nnnn
vm-read {server}                     yyyy  nnnn  nnnn
vm-write {server}                    yyyy  nnnn  nnnn
getfd {server}                       yyyy  nnnn  nnnn
kcmp {server}                        yyyy  nnnn  nnnn
move-pages {server}                  yynn  nnnn  nnnn
limits-of {server}                   yyyy  nnnn  nnnn
nice-of {server}                     yyyy  nyny  nnny   # whoever has more capabilities is safe
affinity-of {server}                 yyyy  nyny  nnny

see {sibling}                        yyyy  yyyy  nnyy
proc-mem {sibling}                   yyyy  nnnn  nnnn
proc-environ {sibling}               yyyy  nnnn  nnnn
proc-fd {sibling}                    yyyy  nnnn  nnnn
proc-root {sibling}                  yyyy  nnnn  nnnn
proc-cwd {sibling}                   yyyy  nnnn  nnnn
signal {sibling}                     yyyy  nnnn  nnnn
tgkill {sibling}                     yyyy  nnnn  nnnn
pidfd-signal {sibling}               yyyy  nnnn  nnnn
stop {sibling}                       yyyy  nnnn  nnnn
sigio {sibling}                      yyyy  nnnn  nnnn
ptrace {sibling}                     yyyy  nnnn  nnnn
vm-read {sibling}                    yyyy  nnnn  nnnn
vm-write {sibling}                   yyyy  nnnn  nnnn
getfd {sibling}                      yyyy  nnnn  nnnn
kcmp {sibling}                       yyyy  nnnn  nnnn
move-pages {sibling}                 yynn  nnnn  nnnn
limits-of {sibling}                  yyyy  nnnn  nnnn
nice-of {sibling}                    yyyy  yyyy  nnyy   # the same user: only a namespace forbids it
affinity-of {sibling}                yyyy  yyyy  nnyy
signal {warden}                      yyyy  nnnn  nnnn
signal-group {sibling}               yyyy  nnnn  nnnn
proc-mem 1                           ynnn  nnnn  nnnn
vm-read 1                            ynnn  nnnn  nnnn
getfd 1                              ynnn  nnnn  nnnn
leave-cgroup {cgroup}                ynyn  ynyn  nnnn

tcp4 {tcp4}                          yyyy  yyyy  nnnn
tcp6 {tcp6}                          yyyy  yyyy  nnnn
mptcp {tcp4}                         yyyy  yyyy  nnnn
tcp4-by-sending {tcp4}               yyyy  yyyy  nnnn
tcp4 {server_port}                   yyyy  yyyy  nnnn
tcp4 {its_port}                      yyyy  yyyy  nnnn
udp {udp}                            yyyy  yyyy  nnnn
reconnect {fresh_tcp4}               yyyy  yyyy  nnnn
unix-path {unix}                     yyyy  yyyy  nnnn
unix-by-pair {letters}               yyyy  yyyy  nnnn
abstract {abstract}                  yyyy  nnnn  nnnn
abstract {its_abstract}              yyyy  nnnn  nnnn
shm {its_shm}                        yyyy  yyyy  nnyy   # a container gives no namespace of System V
mq {its_mq}                          yyyy  yyyy  nnnn   # its queue is a file, which nothing allows
key {its_key}                        yynn  nnnn  nnnn
session-keyring                      yynn  nnnn  nnnn
listen {port}                        yyyy  yyyy  nnnn
listen {low_port}                    ynyn  nnnn  nnnn
listen-unbound                       yyyy  yyyy  nnnn
raw                                  ynyn  nnnn  nnnn
packet                               ynyn  nnnn  nnnn
netlink                              yyyy  yyyy  nnnn
alg                                  yyyy  yyyy  nnnn
vsock                                yyyy  yyyy  nnnn

mount-tmpfs {mount}                  ynnn  nnnn  nnnn
mount-bind {mount}                   ynnn  nnnn  nnnn
umount {mounted}                     ynnn  nnnn  nnnn
remount-writable                     ynnn  nnnn  nnnn
fsopen                               ynnn  nnnn  nnnn
open-tree                            ynnn  nnnn  nnnn
pivot-root                           ynnn  nnnn  nnnn
unshare {NEWUSER}                    yynn  nnnn  nnnn
unshare {NEWNS}                      ynnn  nnnn  nnnn
unshare {NEWPID}                     ynnn  nnnn  nnnn
unshare {NEWNET}                     ynnn  nnnn  nnnn
unshare {NEWIPC}                     ynnn  nnnn  nnnn
unshare {NEWUTS}                     ynnn  nnnn  nnnn
unshare {NEWCGROUP}                  ynnn  nnnn  nnnn
unshare {NEWTIME}                    ynnn  nnnn  nnnn
setns /proc/1/ns/net                 ynnn  nnnn  nnnn
setns /proc/{server}/ns/net          ynnn  nnnn  nnnn
setns-pidfd {server}                 ynnn  nnnn  nnnn
clone-user                           yynn  nnnn  nnnn
clone-user-high-bits                 yynn  nnnn  nnnn
clone3-user                          yynn  nnnn  nnnn

setuid                               ynyn  nnnn  nnnn
setgid                               ynyn  nnnn  nnnn
setgroups                            ynyn  nnnn  nnnn
capset {SYS_ADMIN}                   ynnn  nnnn  nnnn
capset {CHOWN}                       ynyn  nnnn  nnnn
capbset {CHOWN}                      ynyn  nnnn  nnnn
securebits                           ynyn  nnnn  nnnn
raise-limit {NOFILE}                 ynnn  nnnn  nnnn
nice                                 ynnn  nnnn  nnnn
realtime                             ynnn  nnnn  nnnn
ioprio                               ynnn  nnnn  nnnn
mlock                                ynnn  nnnn  nnnn
personality                          yynn  nnnn  nnnn

settimeofday                         ynnn  nnnn  nnnn
adjtimex                             ynnn  nnnn  nnnn
hostname                             ynnn  nnnn  nnnn
reboot                               ynnn  nnnn  nnnn
kexec                                ynnn  nnnn  nnnn
init-module                          ynnn  nnnn  nnnn
delete-module                        ynnn  nnnn  nnnn
swapon                               ynnn  nnnn  nnnn
acct                                 ynnn  nnnn  nnnn
syslog                               ynnn  nnnn  nnnn
io-uring                             yynn  nnnn  nnnn
bpf                                  ynnn  nnnn  nnnn
perf                                 ynnn  nnnn  nnnn
userfaultfd                          ynnn  nnnn  nnnn
tiocsti                              yyyy  nnnn  nnnn
tiocsti-high-bits                    yyyy  nnnn  nnnn
tioclinux                            yyyy  nnnn  nnnn
iopl                                 ynnn  nnnn  nnnn
ioperm                               ynnn  nnnn  nnnn
modify-ldt                           yyyy  yyyy  nnnn
i386                                 yyyy  kkkk  kkkk   # a filter is for one table of numbers
x32                                  yyyy  kkkk  kkkk
"""
# Before Linux 6.12, where basic, and strict in a container, have no scope.
NO_SCOPE = """
signal {server}                      yyyy  yyyy  nnny
tgkill {server}                      yyyy  yyyy  nnny
pidfd-signal {server}                yyyy  yyyy  nnny
signal {sibling}                     yyyy  yyyy  nnyy
tgkill {sibling}                     yyyy  yyyy  nnyy
pidfd-signal {sibling}               yyyy  yyyy  nnyy
stop {sibling}                       yyyy  yyyy  nnyy
sigio {sibling}                      yyyy  yyyy  nnyy
signal {warden}                      yyyy  yyyy  nnny
signal-group {sibling}               yyyy  yyyy  nnyy
abstract {abstract}                  yyyy  yyyy  nnnn
abstract {its_abstract}              yyyy  yyyy  nnnn
"""
# Before Linux 6.2.
NO_TRUNCATE = """
truncate {file}                      yyyy  yyyy  nnyy
"""
EXPECTED = {
    **escape.read_table(TABLE),
    **(escape.read_table(NO_SCOPE) if "scope" in kernel.missing("basic") else {}),
    **(escape.read_table(NO_TRUNCATE) if kernel.ABI < kernel.TRUNCATE else {}),
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_program_can_do_what_the_table_says_and_no_more(column, preset, who):
    column(preset, who).check(EXPECTED, preset)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("start", ("spare", "warm"))
def test_one_that_was_started_ahead_can_do_as_much(column, start, who):
    place = column("strict", who, "--start", start)
    place.check(EXPECTED, "strict")
    assert {event.get("start", "fresh")
            for event in place.server.events("session-begin")} == {start}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_session_of_another_service_is_as_far_away(column, preset, who):
    rows = {row: letters for row, letters in EXPECTED.items()
            if "{sibling}" in row or "{its_" in row}
    column(preset, who, kind=Neighbours).check(rows, preset)
