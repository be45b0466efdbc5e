/* The pool of a service: where it is, what a server before us has left there, the first
 * leaves; and its end. */
#include <fcntl.h>

#include "cgroup_enable.h"
#include "cgroup_leaf.h"
#include "cgroup_text.h"
#include "cgroup_tree.h"
#include "cgroups.h"
#include "closing.h"
#include "engine.h"

struct sweeping {
	struct cgroup_pool *pool;
	bool is_last;
};

/* Nobody who lives holds it.  Somebody in it is a session that has lost its server: whose
 * service says so is ended with it. */
static void
sweep_one(int home, const char *name, void *context)
{
	const struct sweeping *sweeping = context;
	const struct prong_service *service = sweeping->pool->service;
	cleanup_(close_fd) int fd = -1;
	struct cgroup *cgroup;

	if (!cgroup_text_is_leaf(name, NULL) || cgroup_tree_lock(home, name, &fd) < 0)
		return;
	if (!cgroup_tree_is_populated(fd)) {
		(void)cgroup_tree_remove(fd);
		return;
	}
	if (sweeping->is_last || service->settings.orphans != ORPHANS_KILL ||
	    !cgroup_text_is_leaf(name, service->name))
		return;
	cgroup = calloc(1, sizeof(*cgroup));
	if (cgroup == NULL)
		return;
	cgroup->fd = take_fd(&fd);
	cgroup_tree_kill(cgroup->fd);
	cgroups_await(service->server, cgroup);
}

static void
sweep(struct cgroup_pool *pool, bool is_last)
{
	struct sweeping sweeping = { .pool = pool, .is_last = is_last };

	cgroup_tree_each(pool->home.fd, sweep_one, &sweeping);
}

/* ---- a pool ---------------------------------------------------------------------- */

int
cgroups_check(const struct prong_service *service, struct text *why)
{
	struct cgroup_home home;
	int rc = cgroup_home_open(&home, service->settings.cgroup, why);

	if (rc == 0)
		rc = cgroup_home_check(
		    &home, cgroup_leaf_controllers(&service->settings), why);
	cgroup_home_close(&home);
	return rc;
}

/* For all that can be there at once: sessions, those that wait for one, and those that
 * are being emptied. */
static int
pool_records(struct cgroup_pool *pool)
{
	const struct prong_service *service = pool->service;
	uint32_t count = CGROUPS_MORE;

	/* One that was taken over and does not serve: for who still waits. */
	count += service->max > 0 ? service->max : service->server->slots.capacity;
	if (service->settings.start != START_FRESH)
		count += 2 * service->settings.spares_max + CGROUPS_MORE;
	pool->records = calloc(count, sizeof(*pool->records));
	if (pool->records == NULL)
		return -ENOMEM;
	for (uint32_t i = count; i-- > 0;) {
		pool->records[i] =
		    (struct cgroup){ .pool = pool, .next = pool->blank, .fd = -1 };
		pool->blank = &pool->records[i];
	}
	return 0;
}

/* Is a process born in the first of them? */
static int
pool_try(struct cgroup_pool *pool, struct text *why)
{
	const struct plan plan = { .image_fd = -1, .umask = 022 };
	struct report report = { 0 };
	struct spawn_request request = {
		.plan = &plan, .report = &report, .cgroup_fd = pool->ready->fd
	};
	struct nursery *nursery = &pool->service->server->nursery;
	int rc = spawn_trial(nursery, &request);

	/* clone3() before Linux 5.7; see cgroup_kill(). */
	if (rc == -EINVAL || rc == -E2BIG || rc == -ECANCELED) {
		nursery->without_birth = true;
		rc = spawn_trial(nursery, &request);
	}

	if (rc == 0 && report.stage != STAGE_NONE)
		rc = -report.error;
	if (rc < 0)
		text_printf(why, "no process can be put into a cgroup below %s: %s",
		    pool->home.path, text_errno(-rc));
	return rc;
}

static int
pool_fill_first(struct cgroup_pool *pool, struct text *why)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < CGROUPS_AHEAD; i++)
		rc = cgroups_add(pool);
	if (rc < 0)
		text_printf(why, "a cgroup of a session cannot be made below %s: %s",
		    pool->home.path, text_errno(-rc));
	return rc;
}

static int
pool_open_steps(struct cgroup_pool *pool, struct text *why)
{
	const struct settings *settings = &pool->service->settings;
	int rc = cgroup_home_open(&pool->home, settings->cgroup, why);

	if (rc == 0)
		rc = cgroup_home_check(&pool->home, pool->controllers, why);
	if (rc == 0)
		rc = cgroup_enable(&pool->home, pool->controllers, why);
	if (rc < 0)
		return rc;
	sweep(pool, false);
	rc = pool_records(pool);
	if (rc == 0)
		rc = pool_fill_first(pool, why);
	return rc < 0 ? rc : pool_try(pool, why);
}

int
cgroups_open(struct prong_service *service, struct text *why)
{
	struct cgroup_pool *pool;
	int rc;

	if (service->is_asker || !cgroups_are_wanted(&service->settings) ||
	    service->isolation.cgroups != NULL)
		return 0;
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return -ENOMEM;
	pool->service = service;
	pool->home.fd = -1;
	pool->controllers = cgroup_leaf_controllers(&service->settings);
	service->isolation.cgroups = pool;
	service->server->cgroups.has_homes = true;
	rc = pool_open_steps(pool, why);
	if (rc < 0)
		cgroups_close(service);
	return rc;
}

void
cgroups_close(struct prong_service *service)
{
	struct cgroup_pool *pool = service->isolation.cgroups;
	struct cgroups *cgroups = &service->server->cgroups;

	if (pool == NULL)
		return;
	cgroups_retire(service);
	if (service->server->owner == getpid()) {
		cgroups_wait(cgroups, pool);
		sweep(pool, true);
	}
	cgroups_forget(cgroups, pool);
	cgroup_home_close(&pool->home);
	free(pool->records);
	free(pool);
	service->isolation.cgroups = NULL;
}

int
cgroups_adopt(struct prong *server, const struct cgroup *frozen, struct cgroup **ret)
{
	struct cgroup *cgroup;

	if (fcntl(frozen->fd, F_GETFD) < 0)
		return -EBADF;
	cgroup = malloc(sizeof(*cgroup));
	if (cgroup == NULL)
		return -ENOMEM;
	*cgroup = *frozen;
	cgroup->pool = NULL;
	server->cgroups.has_homes = true;
	*ret = cgroup;
	return 0;
}
