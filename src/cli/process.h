/*
 * process -- what the command's own process needs before anything else
 *
 * Does not rely on what it was started with: closed standard descriptors, descriptors
 * that leaked in, ignored or blocked signals, a low limit of open files.
 */
#pragma once

/* 0, 1 and 2 are open afterwards: what was closed is /dev/null. */
int process_fill_standard_fds(void);

/* No descriptor but 0, 1 and 2 outlives an exec. */
int process_cloexec_fds(void);

/*
 * Default action for every signal.  Blocked are those that the signalfds
 * report, and those that would end or stop a server for what others do: PIPE, XFSZ
 * (the log's reader or its disk), TTIN and TTOU (a terminal of another job).
 */
void process_reset_signals(void);

/* A signalfd for TERM INT QUIT HUP USR1 USR2, and one for CHLD; negative errno. */
int process_signals_open(void);
int process_children_open(void);

/* Raises the soft limit of open files to the hard one. */
int process_raise_files(void);

/* Orphans of sessions come to us, to be reaped. */
int process_adopt_orphans(void);
