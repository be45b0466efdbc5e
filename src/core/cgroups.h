/*
 * cgroups -- a cgroup for each session: made ahead, given out, taken back
 *
 * A service that wants them has a pool of leaves below its home (cgroup_home), called
 * prong-SERVICE-NUMBER.  One that is taken back is killed first if something is left in
 * it, and is used again, or removed: programs that may write to it, or that leave memory
 * charged to it, do not leave it as it was.  Records are made when the service is; a
 * session costs the descriptor of its leaf's directory.
 */
#pragma once

#include "cgroup_home.h"
#include "cgroup_toll.h"
#include "limiter.h"
#include "timer.h"

struct prong;
struct prong_service;
struct settings;

/* Made before the first client, and again when half of them are used. */
#define CGROUPS_AHEAD 8
/* Being emptied, while all sessions have one. */
#define CGROUPS_MORE 64

struct cgroup {
	struct cgroup_pool *pool; /* NULL: of a program before us, or a leftover */
	struct cgroup *next;
	int fd; /* its directory, locked; -1: it has none */
	unsigned controllers;
	bool is_spent;             /* it was killed: nobody can be born there any more */
	struct cgroup_toll before; /* what the kernel had counted when it was taken */
};

/* Of a service. */
struct cgroup_pool {
	struct prong_service *service;
	struct cgroup_home home;
	unsigned controllers;
	bool is_retired;
	struct cgroup *records, *blank, *ready;
	uint32_t ready_count, used; /* used: given out, or being emptied */
	struct limiter told;
};

/* Of a server. */
struct cgroups {
	bool has_homes;
	struct cgroup *leaving; /* were sent KILL, and are not empty yet */
	struct timer timer;
	msec pause;
	uint32_t numbered; /* leaves so far */
};

void cgroups_init(struct cgroups *);

/* What is still there is removed, as far as it goes; sessions must be over. */
void cgroups_done(struct prong *);

/* Do the settings ask for it? */
bool cgroups_are_wanted(const struct settings *);

/* Descriptors of the service that do not depend on its sessions. */
uint32_t cgroups_files(const struct settings *);

/* Would cgroups_open() succeed?  Nothing is made.  0, or -errno with the reason. */
int cgroups_check(const struct prong_service *, struct text *why);

/* The pool of a service that wants one; `why` as above.  Leftovers of a server that was
 * killed are cleared away. */
int cgroups_open(struct prong_service *, struct text *why);

/* No more sessions are begun: what waits is removed. */
void cgroups_retire(struct prong_service *);

/* None of its leaves is in use, or being emptied. */
bool cgroups_are_idle(const struct prong_service *);
void cgroups_close(struct prong_service *);

/* *ret is NULL if the service has none.  -errno: it wants one, and it cannot be had; that
 * is told. */
int cgroups_take(struct prong_service *, struct cgroup **ret);

/* KILL to whoever is left in it; true if there is anybody. */
bool cgroups_clear(struct cgroup *);
void cgroups_give(struct prong *, struct cgroup *);

/* What its session met so far. */
struct cgroup_toll cgroups_toll(const struct cgroup *);

/* One that a program before us had given out: -ENOMEM, -EBADF. */
int cgroups_adopt(struct prong *, const struct cgroup *frozen, struct cgroup **ret);

/* ---- between cgroups.c and cgroups_open.c ---------------------------------------- */

/* One more that is ready.  -ENOSPC, or what the kernel says. */
int cgroups_add(struct cgroup_pool *);

/* It is given back when nobody is in it any more. */
void cgroups_await(struct prong *, struct cgroup *);

/* Until none of that pool (NULL: of any) is being emptied, but not for ever; and what is
 * still there then is left to the next server. */
void cgroups_wait(struct cgroups *, const struct cgroup_pool *);
void cgroups_forget(struct cgroups *, const struct cgroup_pool *);
