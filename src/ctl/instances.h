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
	uid_t uid; /* whom it runs as */
	struct wire wire;
	struct seen_server server;
};

struct instances {
	struct instance *all;
	size_t count;
	size_t forbidden; /* sockets of others, which we may not use */
};

/* Connects to all of them, or to those that --control or --instance names.  -ENOMEM. */
int instances_find(struct instances *, const struct args *);
void instances_done(struct instances *);

/* At least one, else an error on stderr. */
int instances_need_some(const struct instances *, const struct args *);

/* Exactly one that can be meant, else an error on stderr that lists them, and NULL.
 * One's own come before those of other users. */
struct instance *instances_need_one(const struct instances *, const struct args *);
