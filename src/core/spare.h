/*
 * spare -- one process that was started ahead
 *
 *   FREE -start-> STARTING -held-> READY -connection-> FREE (it is a conn's now)
 *     |              `-> IMAGE     ^
 *     |-order-> ORDERED -copied----'     or at once a conn's, which was waiting for it
 *     `<-reaped- LEAVING <- whatever is not wanted any more
 *
 * Knows its pool for the settings and for whom to tell; how many there are, and which is
 * next, is the pool's.
 */
#pragma once

#include "confine.h"
#include "loop.h"
#include "tracer.h"

struct conn;
struct pool;

enum spare_state {
	SPARE_FREE,
	SPARE_STARTING, /* a tracer is at work */
	SPARE_ORDERED,  /* the image was asked for it */
	SPARE_READY,
	SPARE_IMAGE,
	SPARE_LEAVING, /* sent KILL, not reaped yet */
};

/* What the pool counts it as, until it is something else. */
enum spare_counted {
	COUNTED_NOT,
	COUNTED_STARTING,
	COUNTED_RENEWING,
};

struct spare {
	struct pool *pool;
	struct spare *next; /* of the free ones, or of those that are ready */
	enum spare_state state;
	enum spare_counted counted;
	bool is_image;       /* what STARTING shall become */
	bool is_unwanted;    /* ORDERED, but the pool has no use for it any more */
	pid_t pid;           /* also its group; 0: not known */
	int pidfd;           /* -1 */
	int channel;         /* our end of its placeholder, or -1 */
	int error_fd;        /* reading end of its error output, or -1 */
	struct watch watch;  /* its end; while STARTING the tracer's report */
	struct watch errors; /* STARTING: its error output */
	uint32_t error_lines, errors_dropped;
	struct watch answers; /* IMAGE: what it says */
	struct tracer tracer;
	struct confinement confinement;
	struct spare *image; /* ORDERED of this one */
	uint32_t orders;     /* IMAGE: not answered yet */
	uint32_t uses;       /* IMAGE: copies of it so far */
	struct conn *conn;   /* ORDERED for this one; NULL: for nobody yet */
	msec begun;          /* when it was started or ordered */
	uint64_t cpu_usec;   /* used before it had a client */
};

/* Starts the waiter of `pool->plan`, and, for a program that is to be held, its tracer.
 * Becomes STARTING, or READY or IMAGE at once; the errno of what could not be had. */
int spare_start(struct spare *, bool is_image);

/* Asks `image` for a copy.  -EPIPE, -EAGAIN, -EMFILE, -ENFILE: it cannot be had. */
int spare_order(struct spare *, struct spare *image);

/* The copy is there: READY, unless it has a conn, which watches it itself.  Else what
 * could not be had; it is ended if that is the only way to have it end. */
int spare_arrive(struct spare *, pid_t pid);

/* Its process is the conn's now; the record is free. */
void spare_adopt(struct spare *, struct conn *);

/* Not wanted any more: KILL, and reaped when it has ended; with `is_last` now.  True if
 * nothing is left of it; else pool_gone(), or an answer of the image, will tell. */
bool spare_leave(struct spare *, bool is_last);

/* KILL: what follows is told as of one that ended by itself. */
void spare_abandon(const struct spare *);

/* What it says on its error output while it starts, or when it has failed, as lines of
 * the service: there is no session yet.  The end tells what is left, and how much was
 * not told.  -ENOMEM, -ENOSPC. */
int spare_watch_errors(struct spare *);
void spare_end_errors(struct spare *);

/* Memory that is its own: PSS, in kilobytes; 0: not known. */
uint64_t spare_memory_kb(const struct spare *);

/* ---- between spare.c, spare_cpu.c and spare_start.c ------------------------------ */

struct prong;
struct prong *spare_server(const struct spare *);

/* As new: nothing is open. */
void spare_clear(struct spare *);

/* Watched, and asked for copies from now on.  -ENOMEM, -ENOSPC. */
int spare_become_image(struct spare *);

/* It waits by itself, for one client. */
int spare_become_ready(struct spare *);

/* Until its tracer has reported. */
int spare_watch_tracer(struct spare *);

/* In microseconds; 0: not known. */
uint64_t spare_cpu_used(pid_t);

/* CPU time counts from the hand-over, and what waits uses none: what it sets itself
 * then. */
struct warm_limit spare_cpu_limit(const struct spare *);
