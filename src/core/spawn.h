/*
 * spawn -- the only place that makes processes
 *
 * A program starts the vfork way, never through a copy of our memory; a library's
 * handler is the one thing that needs a real fork.  The child gets a descriptor table of
 * a handful of entries whatever the size of ours: what it needs is put below
 * `nursery.low_end` first, and everything from there up is not even copied.
 */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "child.h"
#include "leash.h"
#include "plan.h"
#include "prong.h"

struct iovec;

struct nursery {
	void *stack;
	size_t stack_size;
	int image_fd; /* the built-ins, below low_end; -1 */
	bool has_image;
	int low_client, low_error; /* numbers kept for the child's descriptors */
	int low_tell;              /* where filters' listeners are sent: alarms.h */
	int low_end;               /* one above them */
	int null_fd;
	struct leash leash; /* of handlers */
	int self_fd; /* a pidfd of this process, once it was elsewhere for a moment; -1 */
	bool is_astray;      /* the way back is still to be gone: no child before */
	bool without_clone3; /* found missing: the slower way from then on */
	bool without_birth;  /* ... of clone3 into a cgroup: the child enters it itself */
};

/* Reserves the stack and the low descriptors.  -ENOMEM, -EMFILE, -ENOENT (/dev/null). */
int spawn_init(struct nursery *);
void spawn_done(struct nursery *);

/* Puts an executable image into the nursery: the built-ins.  -EACCES where
 * vm.memfd_noexec forbids it and `fallback_path` cannot be opened either. */
int spawn_load_image(
    struct nursery *, const void *bytes, size_t size, const char *fallback_path);

struct spawn_request {
	const struct plan *plan;
	char *const *environment;
	int client_fd, error_fd; /* stay the caller's */
	struct report *report;   /* must outlive a handler's child: shared memory there */
	struct birth_isolation *isolation; /* NULL: none; spawn adds stack and `made` */
	int cgroup_fd;                     /* to be born into; 0: none */
	int32_t *entry; /* of the warden's table: the child's number is in it before it
			 * does anything, where clone3(2) can do that; NULL: none */
	/* ... which a handler must not reach: unmapped before it runs. */
	const struct iovec *shared;
	size_t shared_count;
	prong_prepare_fn *prepare; /* before a handler; NULL: nothing */
};

struct spawned {
	pid_t pid;
	int pidfd;      /* the caller's */
	int ruleset_fd; /* of a cell: Landlock's, the caller's; or -1 */
};

/* 0, and the child has exec'ed or *report says why not; -EAGAIN, -ENOMEM, -EMFILE,
 * -ENFILE: there is no child. */
int spawn_program(struct nursery *, const struct spawn_request *, struct spawned *);

/* The child's error output of the latest start is kept until the next one, which saves a
 * call: not after this. */
void spawn_let_go(struct nursery *);

/* Runs the stages of the request's plan in a child, all but the last, and reaps it.  0:
 * see its report; or the -errno of starting a process, -ECANCELED if it was killed. */
int spawn_trial(struct nursery *, struct spawn_request *);

/* A handler in a forked child: returns while the child is still on its way.  On failure
 * it has not begun. */
int spawn_handler(struct nursery *, const struct spawn_request *, prong_handler_fn *,
    const struct prong_birth *, void *context, struct spawned *);

/* ---- between spawn.c and spawn_handler.c ----------------------------------------- */

/* The child's descriptors have low numbers; and have not any more. */
int spawn_low_fill(struct nursery *, const struct spawn_request *);
void spawn_low_clear(struct nursery *, const struct spawn_request *);

/* No child is to be born elsewhere.  -ENOMEM: it would be. */
int spawn_come_home(struct nursery *);
