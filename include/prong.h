/*
 * prong.h -- every connection a process of its own
 *
 * The whole engine of the prong command, for your own program: hand it listeners and a
 * program or a C function, and each client that connects gets a process of its own,
 * with limits, reaping and accounts.  Linux 5.15 or newer.
 *
 *     struct prong *p = prong_new();
 *     struct prong_service *s = prong_service_add(p, "hello");
 *
 *     prong_listen(s, "127.0.0.1:9999");
 *     prong_handler(s, hello, NULL);
 *     if (prong_start(p) < 0)
 *             errx(1, "%s", prong_error(p));
 *     while (prong_dispatch(p, -1) == 0)
 *             ;
 *     prong_free(p);
 *
 * The library installs no signal handler, calls no waitpid(-1), never exits or prints,
 * reads no environment, starts no thread and has no global state.  (Names of users,
 * groups and hosts are looked up by libc: its resolver and the modules of
 * nsswitch.conf(5) may read the environment, such as RES_OPTIONS.)  One thing does end
 * the program: where a promise that the library made to itself does not hold, it says
 * "bug at FILE:LINE" on stderr and calls abort(3); to go on could give one client the
 * rights of another.
 *
 * Unless said otherwise a function returns 0 or a negative errno value, and after a
 * failure prong_error() says in words what was being done, on what, why it failed and
 * what would help.  Each has a manual page: man libprong.
 *
 * Threads.  Calls on one server come from one thread at a time.  A process may have
 * several servers, in several threads at once.  One thing is the process's: with
 * `uid-range` prong_start(), prong_check() and a commit walk through getpwent(3) and
 * getgrent(3), which no other thread may do meanwhile.  What a handler finds of a host
 * with threads: prong/handler.h.
 *
 * Children.  A host may wait for all its children (wait(2), waitpid(-1), in a handler of
 * SIGCHLD too) or ignore SIGCHLD: no session is lost.  How one ended is then known from
 * Linux 6.15 on, but not what it cost; before, it is PRONG_UNKNOWN.  No signal meets
 * whoever has the number of an ended process, from Linux 6.9 on; before, all that remains
 * is a moment between two system calls.  The host must not wait with __WALL or __WCLONE
 * while prong_start(), prong_check() or a commit runs.  A child that the host forks
 * itself has copies of clients' sockets until it executes or ends; until then a client
 * may not see the end of its connection.
 *
 * Signals.  The host's handlers may interrupt any call, with or without SA_RESTART.
 * Programs and handlers start with default actions and an empty mask; of signals that the
 * host began to ignore after prong_start() or the latest commit this holds for the usual
 * ones only: HUP INT QUIT PIPE ALRM TERM USR1 USR2 CHLD TSTP TTIN TTOU WINCH.
 *
 * The process.  Signal actions, masks, limits, environment, locale, directory, umask,
 * ids, capabilities and namespaces stay as they are.  Between prong_new() and
 * prong_free() there are descriptors (all close-on-exec), mappings, and children: the
 * sessions, prong-warden, and where settings ask for them prong-init, prong-hold and
 * processes that wait.  For moments the calling thread blocks its signals around a fork,
 * and its children are born in a session's pid namespace.  With a limit of memory, pids
 * or cpu and `cgroup` "auto" the process is moved into a cgroup prong-supervisor below
 * its own.  Once a program was started as another user the kernel makes the process not
 * dumpable (PR_SET_DUMPABLE in prctl(2): no core files); whoever sets it again must not
 * do so while another thread is in prong_start(), a commit or prong_dispatch(), for
 * programs of that user could read its memory.
 */
#ifndef PRONG_H
#define PRONG_H

#include "prong/access.h"
#include "prong/api.h"
#include "prong/events.h"
#include "prong/handler.h"
#include "prong/look.h"
#include "prong/measures.h"
#include "prong/reload.h"
#include "prong/server.h"
#include "prong/steer.h"
#include "prong/upgrade.h"

#endif
