/*
 * handover -- what a program tells the one that takes its place over an exec
 *
 * Variables in the new program's environment, PRONG_UPGRADE and others that begin with
 * it, which name the descriptors that were kept open.  They are taken out of the
 * environment first thing, so no served program can be handed one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "inherit.h"
#include "notify.h"

enum handover_kind {
	HANDOVER_NONE,  /* started by somebody else */
	HANDOVER_TRIAL, /* only to say whether it could take over */
	HANDOVER_TAKE,  /* in the old one's place */
	HANDOVER_BACK,  /* the old one again: the new one could not go on */
};

/* log, quiet, control and name of a configuration. */
#define HANDOVER_SAID 4

struct handover {
	enum handover_kind kind;
	int state;  /* prong_freeze()'s descriptor */
	int answer; /* TRIAL: where to say it; else -1 */
	int old;    /* TAKE: the old program's file, to be executed again; else -1 */
	unsigned sockets;    /* a service manager's, from descriptor 3 on */
	const char *names;   /* of these, or NULL */
	const char *path;    /* of the program, for the next upgrade; NULL: not known */
	const char *control; /* what control_keep() wrote, or "" */
	const char *words;   /* keep_words(), or "" */
	int log;             /* logcarry_write()'s descriptor, or -1 */
	/* What the configuration in force says of the command; NULL: it was not said. */
	const char *said[HANDOVER_SAID];
	const char *reason;  /* BACK: why */
	int64_t started_at;  /* seconds since 1970: when the first of us began to serve */
	uint64_t generation; /* of its set of services */
};

/* Reads and clears the variables; texts point into the environment that was.  False:
 * they are not what one of us would write. */
bool handover_read(struct handover *);

/* The words of the command from a configuration, and back: the old program again does
 * not read it, for that may be what the new one could not do. */
void handover_put_said(struct handover *, const struct config *);
void handover_get_said(const struct handover *, struct config *);

/*
 * An environment for execve(2): ours and what `handover` says, with what a service
 * manager had given us.  NULL: no memory.  The caller's, to be given to
 * handover_env_free().
 */
char **handover_env(const struct handover *, const struct notify *);
void handover_env_free(char **);
