/*
 * kinds -- a session of each kind: programs, built-ins and handlers, started in each way,
 * asked for and isolated
 *
 * For tests of what a host meets whatever it serves.
 */
#pragma once

#include "embed.h"

struct kind {
	const char *name;
	const char *program[4]; /* none: a handler that returns 7 */
	const char *settings[3][2];
	bool is_ahead;
	int status, signal; /* how it ends when the client has nothing more to say */
};

extern const struct kind kinds[];
extern const size_t kinds_count;

/* A service of that kind, and the server started. */
struct prong_service *kind_add(struct embed *, const struct kind *);
struct prong_service *kind_start(struct embed *, const struct kind *);

/* One client, from connect to the end of its session, and how that ended; where sessions
 * are started ahead one is waited for first. */
const struct told *kind_visit(
    struct embed *, const struct prong_service *, const struct kind *);

/* Fails if it did not end as the kind does. */
void kind_assert_ending(const struct kind *, const struct told *);
