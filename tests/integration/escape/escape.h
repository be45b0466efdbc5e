/*
 * escape -- a service program that tries what it should not be able to do
 *
 * One file for each topic; each has a table of attempts, which end with a row without a
 * name.  An attempt returns 0 if it could, or -errno.  It harms nothing even if it could:
 * its targets are the test's own, what is dangerous is asked for in a form that the
 * kernel refuses after it has looked at the rights.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct attempt {
	const char *name;
	int (*run)(const char *argument);
};

extern const struct attempt escape_files[];
extern const struct attempt escape_programs[];
extern const struct attempt escape_processes[];
extern const struct attempt escape_network[];
extern const struct attempt escape_mounts[];
extern const struct attempt escape_rights[];
extern const struct attempt escape_kernel[];
extern const struct attempt escape_shared[];
extern const struct attempt escape_bombs[];
extern const struct attempt escape_survivors[];

/* What a system call returned: 0 or -errno.  An fd is closed. */
int outcome(long rc);
int outcome_fd(int fd);

/* The same for a call that the kernel refuses for its arguments, after it has looked at
 * the rights: that errno, or success, is "could". */
int outcome_but(long rc, int error);

/* Runs it in a process of its own, for it changes the process.  -EOWNERDEAD: that was
 * killed. */
int apart(int (*run)(const char *), const char *argument);

/* Executes it in a process of its own; 0 if it ended with status 0, -ENOEXEC if the
 * loader could not load it. */
int execute(const char *path, const char *const argv[]);

long number(const char *word);

void ignore(int signal_number);
