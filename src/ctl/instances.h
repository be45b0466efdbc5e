/*
 * instances -- the servers that run on this machine and answer us
 *
 * Looks through the folders of sockdir.h; root also through those of other users.
 */
#pragma once

#include "args.h"
#include "seen.h"
#include "sockdir.h"
#include "wire.h"

struct instance {
	char path[SOCKDIR_PATH_BYTES];
	uid_t uid;  /* whom it runs as */
	int failed; /* 0: it has answered; -ETIMEDOUT: it is silent */
	struct wire wire;
	struct seen_server server;
};

struct instances {
	struct instance *all;
	size_t count;     /* those that are meant */
	size_t silent;    /* behind them: those that do not answer and may be meant */
	size_t forbidden; /* sockets of others, which we may not use */
};

/* Connects to all of them, or to those that --control or --instance names, and waits for
 * all together: WIRE_HELLO_MS, and if nobody who is meant answers WIRE_QUIET_MS.
 * -ENOMEM. */
int instances_find(struct instances *, const struct args *);
void instances_done(struct instances *);

/* The i-th folder in which sockets are looked for; false past the last. */
bool instances_place(unsigned i, char *pattern, size_t size);

/* Tells stderr of those that are silent.  Is one of them our own user's? */
bool instances_tell_silent(const struct instances *, const struct args *);

/* At least one, else an error on stderr. */
int instances_need_some(const struct instances *, const struct args *);

/* Exactly one that can be meant, else an error on stderr that lists them, and NULL.
 * One's own come before those of other users. */
struct instance *instances_need_one(const struct instances *, const struct args *);
