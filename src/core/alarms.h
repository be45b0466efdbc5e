/*
 * alarms -- who is told when a program calls what its filter forbids
 *
 * The listener of a filter (seccomp_unotify(2)) is made in the child and sent to us over
 * one socket pair, whose other end has a low number that children keep until exec.  It is
 * then an alarm: a record that its process takes with it and that ends with its session.
 * Copies of an image share the image's, which is kept until nobody has that filter.  What
 * it tells is forbidden.c's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "loop.h"

struct conn;
struct prong;
struct prong_service;

struct alarm {
	LIST_ENTRY(alarm) link;
	struct prong_service *service;
	struct conn *conn; /* whose it is; NULL: of one that waits, or of several */
	uint64_t number;   /* by which its child names it */
	int fd;            /* -1: not come yet, or closed */
	uint32_t told;     /* calls so far */
	uint32_t gone;     /* ... whose caller did not wait for the answer */
	bool is_left;      /* nobody's record any more: until its processes are gone */
	struct watch watch;
};

LIST_HEAD(alarm_list, alarm);

/* Whether the kernel has them here is asked once. */
enum alarms_state { ALARMS_UNASKED, ALARMS_HERE, ALARMS_MISSING };

struct alarms {
	enum alarms_state state;
	unsigned flags; /* SECCOMP_FILTER_FLAG_... with which one is made */
	int fd;         /* our end; only where state is ALARMS_HERE */
	struct watch watch;
	uint64_t numbered;
	uint32_t awaited; /* records whose listener has not come */
	uint32_t capacity;
	struct alarm_list free, used;
	struct alarm_block *blocks;
};

/* Does the service's plan ask for them? */
bool alarms_are_wanted(const struct prong_service *);

/* Can there be any?  Tries with a process when it is asked first, and says so once if
 * not: another listener may be above us, as some containers have. */
bool alarms_are_here(struct prong *);
void alarms_done(struct prong *);

/* Records for that many.  -ENOMEM. */
int alarms_grow(struct prong *, uint32_t capacity);

/* One for a process that is about to be started.  NULL: no memory. */
struct alarm *alarms_take(struct prong_service *);

/* Its process is that session's now. */
void alarms_join(struct alarm *, struct conn *);

/* Those that children have sent. */
void alarms_collect(struct prong *);

/* With its session it ends: whoever is left meets ENOSYS.  That of a process that waited
 * is kept as long as somebody has its filter. */
void alarms_give(struct alarm *);

/* Its descriptor; -1: there is none. */
int alarms_fd(const struct alarm *);

/* One that another program had.  NULL: -ENOMEM, or it cannot be watched. */
struct alarm *alarms_adopt(struct prong_service *, struct conn *, int fd);

/* The service is no more. */
void alarms_forget(struct prong_service *);

/* No more is told by it: a forbidden call fails with ENOSYS. */
void alarms_shut(struct alarm *);

/* forbidden.c: something was called. */
void forbidden_read(struct alarm *);
