#include "cgroups.h"

#include <string.h>

#include "cgroup_enable.h"
#include "cgroup_leaf.h"
#include "cgroup_tree.h"
#include "engine.h"
#include "patience.h"

/* Kept after their sessions. */
#define KEPT_MOST 64
#define REFILL_DELAY_MS 3
#define PAUSE_FIRST_MS 2
#define PAUSE_LONGEST_MS 500
#define CLOSE_WAIT_MS 1000
/* Leaves of others with the same name that are stepped over. */
#define NUMBERS_MOST 1000000

static void cgroups_fire(struct timer *, msec now);

void
cgroups_init(struct cgroups *cgroups)
{
	*cgroups = (struct cgroups){ .timer = { .fire = cgroups_fire } };
}

bool
cgroups_are_wanted(const struct settings *settings)
{
	if (strcmp(settings->cgroup, "auto") == 0)
		return cgroup_leaf_controllers(settings) != 0;
	return strcmp(settings->cgroup, "off") != 0;
}

uint32_t
cgroups_files(const struct settings *settings)
{
	return cgroups_are_wanted(settings) ? KEPT_MOST + CGROUPS_MORE : 0;
}

/* In a forked child of the host everything here is a copy. */
static bool
is_owner(const struct prong *server)
{
	return server->owner == getpid();
}

/* ---- one leaf -------------------------------------------------------------------- */

static int
leaf_make(struct cgroup_pool *pool, struct cgroup *cgroup)
{
	struct cgroups *cgroups = &pool->service->server->cgroups;
	char name[96];
	int fd = -1, rc = -EEXIST;

	for (int i = 0; rc == -EEXIST && i < NUMBERS_MOST; i++) {
		(void)snprintf(name, sizeof(name), "prong-%s-%u", pool->service->name,
		    ++cgroups->numbered);
		rc = cgroup_tree_make(pool->home.fd, name, &fd);
	}
	if (rc == 0)
		rc = cgroup_leaf_limit(fd, &pool->service->settings);
	if (rc < 0 && fd >= 0)
		(void)cgroup_tree_remove(fd);
	if (rc < 0) {
		close_fd(&fd);
		return rc;
	}
	*cgroup =
	    (struct cgroup){ .pool = pool, .fd = fd, .controllers = pool->controllers };
	return 0;
}

int
cgroups_add(struct cgroup_pool *pool)
{
	struct cgroup *cgroup = pool->blank, *next;
	int rc;

	if (cgroup == NULL)
		return -EAGAIN;
	next = cgroup->next;
	rc = leaf_make(pool, cgroup);
	if (rc < 0)
		return rc;
	pool->blank = next;
	cgroup->next = pool->ready;
	pool->ready = cgroup;
	pool->ready_count++;
	return 0;
}

/* Whoever is born by clone3() into a cgroup that was killed earlier is killed as well by
 * kernels that compare its count of kills with that of the parent's own cgroup
 * (cgroup_css_set_fork(), seen in Linux 6.18). */
static void
cgroup_kill(struct cgroup *cgroup)
{
	cgroup->is_spent = true;
	cgroup_tree_kill(cgroup->fd);
}

/* Where CPU time is limited what the last session has used too much is held against who
 * comes next, and against us, who wait for his exec. */
static bool
is_as_new(const struct cgroup *cgroup)
{
	const struct cgroup_pool *pool = cgroup->pool;

	return pool != NULL && !pool->is_retired && !cgroup->is_spent &&
	       pool->ready_count < KEPT_MOST && pool->service->settings.cpu_max == 0 &&
	       (pool->service->own_range != NULL ||
		   cgroup_leaf_is_out_of_reach(&pool->service->plan)) &&
	       !cgroup_tree_has_children(cgroup->fd) &&
	       !cgroup_leaf_is_charged(cgroup->fd, &pool->service->settings);
}

/* The record of one that is no more. */
static void
cgroup_forget(struct cgroup *cgroup)
{
	struct cgroup_pool *pool = cgroup->pool;

	close_fd(&cgroup->fd);
	if (pool == NULL) {
		free(cgroup);
		return;
	}
	cgroup->next = pool->blank;
	pool->blank = cgroup;
}

static void
cgroup_uncount(struct cgroup_pool *pool)
{
	if (pool == NULL)
		return;
	pool->used--;
	if (pool->is_retired)
		pool->service->server->is_sweep_due = true;
}

/* Nobody is in it.  False: there is, after all. */
static bool
cgroup_settle(struct cgroup *cgroup)
{
	struct cgroup_pool *pool = cgroup->pool;

	if (is_as_new(cgroup)) {
		cgroup_toll_read(cgroup->fd, cgroup->controllers, &cgroup->before);
		cgroup->next = pool->ready;
		pool->ready = cgroup;
		pool->ready_count++;
	} else if (cgroup_tree_remove(cgroup->fd) == -EBUSY) {
		return false;
	} else {
		cgroup_forget(cgroup);
	}
	cgroup_uncount(pool);
	return true;
}

/* ---- being emptied --------------------------------------------------------------- */

static void
cgroups_arm(struct prong *server, msec pause)
{
	struct timer *timer = &server->cgroups.timer;
	msec due = engine_now(server) + pause;

	if (timer->due == 0 || due < timer->due)
		timer_arm(&server->timers, timer, due);
}

void
cgroups_await(struct prong *server, struct cgroup *cgroup)
{
	cgroup->next = server->cgroups.leaving;
	server->cgroups.leaving = cgroup;
	server->cgroups.pause = PAUSE_FIRST_MS;
	cgroups_arm(server, PAUSE_FIRST_MS);
}

/* Without cgroup.kill a single KILL may miss somebody. */
static void
look_at_leaving(struct cgroups *cgroups)
{
	struct cgroup **at = &cgroups->leaving;

	while (*at != NULL) {
		struct cgroup *cgroup = *at, *next = cgroup->next;

		if (!cgroup_tree_is_populated(cgroup->fd) && cgroup_settle(cgroup)) {
			*at = next;
			continue;
		}
		cgroup_kill(cgroup);
		at = &cgroup->next;
	}
}

static void
fill_all(struct prong *server)
{
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		struct cgroup_pool *pool = at->isolation.cgroups;

		if (pool != NULL && pool->ready_count < CGROUPS_AHEAD / 2 &&
		    cgroups_add(pool) == 0 && pool->ready_count < CGROUPS_AHEAD / 2)
			cgroups_arm(server, 1);
	}
}

static void
cgroups_fire(struct timer *timer, msec now)
{
	struct prong *server = container_of(timer, struct prong, cgroups.timer);
	struct cgroups *cgroups = &server->cgroups;

	(void)now;
	look_at_leaving(cgroups);
	fill_all(server);
	if (cgroups->leaving == NULL)
		return;
	cgroups_arm(server, cgroups->pause);
	if (cgroups->pause < PAUSE_LONGEST_MS)
		cgroups->pause *= 2;
}

void
cgroups_wait(struct cgroups *cgroups, const struct cgroup_pool *pool)
{
	for (int i = 0; i < CLOSE_WAIT_MS / PAUSE_FIRST_MS; i++) {
		const struct cgroup *at;

		look_at_leaving(cgroups);
		for (at = cgroups->leaving; at != NULL; at = at->next)
			if (pool == NULL || at->pool == pool)
				break;
		if (at == NULL)
			return;
		patience_pause(PAUSE_FIRST_MS);
	}
}

static void
remove_ready(struct cgroup_pool *pool)
{
	while (pool->ready != NULL) {
		struct cgroup *cgroup = pool->ready;

		pool->ready = cgroup->next;
		pool->ready_count--;
		if (is_owner(pool->service->server))
			(void)cgroup_tree_remove(cgroup->fd);
		cgroup_forget(cgroup);
	}
}

void
cgroups_retire(struct prong_service *service)
{
	struct cgroup_pool *pool = service->isolation.cgroups;

	if (pool == NULL)
		return;
	pool->is_retired = true;
	remove_ready(pool);
}

bool
cgroups_are_idle(const struct prong_service *service)
{
	return service->isolation.cgroups == NULL ||
	       service->isolation.cgroups->used == 0;
}

/* What does not become empty is left to the next server. */
void
cgroups_forget(struct cgroups *cgroups, const struct cgroup_pool *pool)
{
	struct cgroup **at = &cgroups->leaving;

	while (*at != NULL) {
		struct cgroup *cgroup = *at;

		if (pool != NULL && cgroup->pool != pool) {
			at = &cgroup->next;
			continue;
		}
		*at = cgroup->next;
		cgroup_forget(cgroup);
	}
}

void
cgroups_done(struct prong *server)
{
	struct cgroups *cgroups = &server->cgroups;

	if (is_owner(server) && server->cgroups.has_homes) {
		cgroups_wait(cgroups, NULL);
		cgroup_enable_undo();
	}
	cgroups_forget(cgroups, NULL);
}

/* ---- for a session --------------------------------------------------------------- */

static void
tell_failed(struct cgroup_pool *pool, int rc)
{
	struct prong *server = pool->service->server;
	char line[CGROUP_PATH_MAX + 128];
	struct text text = TEXT_ON(line);
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&pool->told, engine_now(server), &more, &more_ms))
		return;
	text_printf(&text, "cgroup: the one of a session cannot be made below %s: %s",
	    pool->home.path,
	    rc == -ENOSPC ? "there are too many (cgroup.max.descendants)"
			  : text_errno(-rc));
	engine_tell(server, EVENT_WARNING, pool->service->name, line);
}

int
cgroups_take(struct prong_service *service, struct cgroup **ret)
{
	struct cgroup_pool *pool = service->isolation.cgroups;
	int rc = 0;

	*ret = NULL;
	if (pool == NULL)
		return 0;
	if (pool->ready == NULL)
		rc = cgroups_add(pool);
	if (rc < 0) {
		tell_failed(pool, rc);
		return rc;
	}
	*ret = pool->ready;
	pool->ready = pool->ready->next;
	pool->ready_count--;
	pool->used++;
	if (pool->ready_count < CGROUPS_AHEAD / 2 && !pool->is_retired)
		cgroups_arm(service->server, REFILL_DELAY_MS);
	return 0;
}

bool
cgroups_clear(struct cgroup *cgroup)
{
	bool is_populated = cgroup_tree_is_populated(cgroup->fd);

	if (is_populated)
		cgroup_kill(cgroup);
	return is_populated;
}

void
cgroups_give(struct prong *server, struct cgroup *cgroup)
{
	if (!is_owner(server)) {
		cgroup_uncount(cgroup->pool);
		cgroup_forget(cgroup);
	} else if (cgroups_clear(cgroup) || !cgroup_settle(cgroup)) {
		cgroups_await(server, cgroup);
	}
}

struct cgroup_toll
cgroups_toll(const struct cgroup *cgroup)
{
	struct cgroup_toll now;

	cgroup_toll_read(cgroup->fd, cgroup->controllers, &now);
	return cgroup_toll_since(&now, &cgroup->before);
}
