/*
 * cells -- the namespaces of sessions, each with an init of its own, made ahead
 *
 *   FREE -make-> READY -take-> TAKEN -give-> LEAVING -init ended-> FREE
 *
 * To make a namespace costs much more than to enter it, so a few cells wait.  Who takes
 * one enters all of it by its init's pidfd.  The init (prong-init) lives as long as
 * somebody holds the other end of its input: we do, and over an upgrade the next program.
 * When it ends, the kernel kills whatever is left in its pid namespace, and what was
 * mounted is gone.  A cell serves one session and never another.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "loop.h"
#include "plan.h"
#include "sizing.h"
#include "timer.h"

struct prong;
struct prong_service;

#define CELLS_READY_MAX 64 /* that wait, at most */

enum cell_state { CELL_FREE, CELL_READY, CELL_TAKEN, CELL_LEAVING };

struct cell {
	struct cells *cells;
	struct cell *next; /* of those that are free, or ready */
	enum cell_state state;
	bool is_alone; /* no record of the pool: taken over from another program */
	pid_t pid;
	int pidfd;
	int life_fd;    /* while it is open the init lives */
	int ruleset_fd; /* Landlock's, made where it means what the session sees; -1 */
	struct watch watch;
};

struct cells {
	struct prong_service *service;
	struct plan plan; /* of an init */
	struct sizing sizing;
	struct timer timer;
	struct cell *all;
	uint32_t capacity;
	struct cell *free, *ready;
	struct cell *alone;         /* taken over: no records of `all` */
	uint32_t ready_count, used; /* used: all that are not free, and those alone */
	bool is_due;
};

/* Does the service's plan ask for them? */
bool cells_are_wanted(const struct prong_service *);

/* Records for that many at once; of these none may be in use.  -ENOMEM. */
int cells_init(struct prong_service *, uint32_t capacity);

/* The first are made, as soon as a turn has time for it; none any more. */
void cells_open(struct cells *);
void cells_close(struct cells *);

/* Ends all, and waits for them. */
void cells_done(struct cells *);

/* One that is ready, or made on the spot: NULL with *ret_rc (-errno, and the stage in
 * *report where one failed). */
struct cell *cells_take(struct cells *, struct report *, int *ret_rc);

/* Its session is over. */
void cells_give(struct cell *);

/* One that a session holds which another program began.  NULL: -ENOMEM, or it cannot be
 * watched. */
struct cell *cells_adopt(struct prong_service *, pid_t, int pidfd, int life_fd);

/* Is it the init of one of these? */
bool cells_have(const struct cells *, pid_t);

/* Makes and ends what is due, a little at a time, between two turns of the loop. */
void cells_turn(struct prong *);

/* ---- between cells.c and cells_ahead.c ------------------------------------------- */

/* Not READY any more. */
void cells_unlink(struct cell *);

/* A new one, of no state yet; NULL as cells_take(). */
struct cell *cells_make(struct cells *, struct report *, int *ret_rc);

/* Somebody takes one: how many are wanted may grow. */
void cells_wanted(struct cells *);
void cells_fire(struct timer *, msec now);
