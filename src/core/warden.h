/*
 * warden -- whoever ends the sessions when the supervisor is killed
 *
 * A small process of ours that sleeps until we are no more, and then sends KILL to every
 * process group that stands in a table in shared memory (builtin/warden.c).  Keeping the
 * table costs a store per session.  There is one while a service has `orphans: kill`; it
 * is seen as a child called prong-warden.
 */
#pragma once

#include "loop.h"
#include "slots.h"

struct prong;
struct prong_service;
struct conn;

struct warden {
	int table_fd;                    /* -1: none was needed yet */
	int32_t *tables[SLOTS_SEGMENTS]; /* of process groups: one for each segment */
	size_t sizes[SLOTS_SEGMENTS], size;
	uint32_t count;
	pid_t pid; /* 0: it does not run */
	int pidfd;
	struct watch watch;
	msec started;
};

void warden_init(struct warden *);

/* Closes its descriptors and mappings, which a fork of the host's does not have; of a
 * process that runs, see warden_stop(). */
void warden_done(struct warden *, bool is_owner);

/* There is one, if a service of the set wants one, and its table has room for all slots.
 * A failure is told as a warning: then only the process of a session is killed, not what
 * it has started. */
void warden_serve(struct prong *, const struct prong_service *set);

/* Ends it and waits for it. */
void warden_stop(struct prong *);

/* Of a program before us: ended and waited for, if it is still there. */
void warden_end_other(int pidfd);

/* Where the number of the session's group belongs, which is that of its process; NULL: no
 * warden is to end it. */
int32_t *warden_entry(const struct conn *);

/* The session's group is in the table, or out of it. */
void warden_enter(const struct conn *);
void warden_leave(const struct conn *);
