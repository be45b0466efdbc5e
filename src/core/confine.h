/*
 * confine -- what a process takes with it besides its client, and gives back at its end
 *
 * A cell (its namespaces), a cgroup, a user of its own, the alarm of its filter: each is
 * a record of a pool, made or kept before the client comes.  Taken with the process, by a
 * conn or by a spare; handed over with it; released in conn_end() and where a spare is
 * gone, so that whatever the session has left ends there.
 */
#pragma once

#include "child.h"
#include "spawn.h"

struct alarm;
struct cell;
struct cgroup;
struct prong_service;

struct confinement {
	struct cell *cell;     /* NULL: none */
	struct cgroup *cgroup; /* NULL: none */
	struct alarm *alarm;   /* NULL: none */
	uid_t own_id;          /* 0: none */
};

/* All that the service's settings ask for; nothing is held after a failure.  0, or -errno
 * with the stage in *report where a stage of a cell failed. */
int confine_take(struct prong_service *, struct confinement *, struct report *);

/* For the start of its process.  `birth` must outlive the call that starts it. */
void confine_request(
    const struct confinement *, struct spawn_request *, struct birth_isolation *birth);

/* Another one has it now. */
void confine_move(struct confinement *to, struct confinement *from);

/* KILL to what its session has left behind, wherever that has gone; true if there was
 * anything. */
bool confine_clear(const struct confinement *);

/* Ends what is left of it.  Of one that holds nothing: nothing. */
void confine_release(struct prong_service *, struct confinement *);
