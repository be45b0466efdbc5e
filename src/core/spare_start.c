/* How a process that waits comes about: by itself, or as a copy. */
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "capable.h"
#include "engine.h"
#include "pass.h"
#include "pool.h"
#include "waiting.h"

/* Our end does not block; the program's does, as programs expect. */
static int
error_pipe(struct spare *spare, int *ret_theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	spare->error_fd = fds[0];
	*ret_theirs = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* *ret_fd may be `placeholder`, `*ret_pipe`, or one that is not ours to close. */
static int
error_source(struct spare *spare, int placeholder, int *ret_pipe, int *ret_fd)
{
	int rc = 0;

	switch (spare->pool->service->stderr_to) {
	case STDERR_LOG:
		rc = error_pipe(spare, ret_pipe);
		*ret_fd = *ret_pipe;
		break;
	case STDERR_CLIENT:
		*ret_fd = placeholder;
		break;
	case STDERR_INHERIT:
		*ret_fd = STDERR_FILENO;
		break;
	case STDERR_NULL:
		*ret_fd = spare_server(spare)->nursery.null_fd;
		break;
	}
	return rc;
}

static int
spawn_waiter(struct spare *spare, const struct spawn_request *request)
{
	struct pool *pool = spare->pool;
	struct nursery *nursery = &spare_server(spare)->nursery;
	struct spawned child = { .pidfd = -1 };
	int rc = pool->service->handler != NULL
		     ? waiting_spawn(pool->service, request, &child)
		     : spawn_program(nursery, request, &child);

	if (rc < 0)
		return rc;
	spare->pid = child.pid;
	spare->pidfd = child.pidfd;
	return 0;
}

/* What no handler is to reach, and among it where those that wait are reported. */
static size_t
shared_of(const struct pool *pool, struct iovec *ret_all)
{
	const struct prong *server = pool->service->server;
	size_t count = server->shared_count;

	memcpy(ret_all, server->shared, count * sizeof(*ret_all));
	if (pool->report != &pool->own_report)
		ret_all[count++] = (struct iovec){ pool->report, sizeof(*pool->report) };
	return count;
}

static int
start_waiter(struct spare *spare)
{
	struct pool *pool = spare->pool;
	struct iovec shared[SLOTS_SEGMENTS + 1];
	struct prong *server = spare_server(spare);
	const struct setting_list *environment =
	    pool->how == START_SPARE ? &pool->service->environment : &pool->environment;
	char *nothing[] = { NULL };
	struct birth_isolation isolation;
	struct spawn_request request = {
		.plan = &pool->plan,
		.environment = environment->count > 0 ? environment->words : nothing,
		.report = pool->report,
		.shared = shared,
		.shared_count = shared_of(pool, shared),
	};
	cleanup_(close_fd) int theirs = -1, pipe = -1;
	int error_fd = -1, rc = pass_pair(&spare->channel, &theirs);

	if (rc == 0)
		rc = error_source(spare, theirs, &pipe, &error_fd);
	if (rc == 0)
		rc = confine_take(pool->service, &spare->confinement, pool->report);
	if (rc < 0)
		return rc;
	request.client_fd = theirs;
	request.error_fd = error_fd;
	confine_request(&spare->confinement, &request, &isolation);
	rc = spawn_waiter(spare, &request);
	alarms_collect(server);
	return rc;
}

/* Without the privilege to trace other users the tracer has to be the same one, as in a
 * container, whose root may become others but not trace them.  Whoever has made a user
 * namespace is privileged in it. */
static bool
must_be_its_user(const struct spare *spare, struct tracer_ids *ret)
{
	const struct plan *plan = &spare->pool->plan;

	if (capable_of(CAP_SYS_PTRACE) ||
	    (plan->isolation != NULL && plan->isolation->user_fd >= 0))
		return false;
	ret->uid = plan->uid;
	ret->gid = plan->gid;
	if (spare->confinement.own_id != 0)
		ret->uid = ret->gid = spare->confinement.own_id;
	else if (!plan->has_ids)
		return false;
	return ret->uid != geteuid() && capable_of(CAP_SETUID) && capable_of(CAP_SETGID);
}

static int
start_tracer(struct spare *spare)
{
	const struct plan_isolation *isolation = spare->pool->plan.isolation;
	struct hold_order order = spare->pool->order;
	struct tracer_ids ids;
	bool is_its_user = must_be_its_user(spare, &ids);
	int rc;

	if (isolation != NULL)
		order.exec_at = (uintptr_t)isolation->exec_path;

	order.pid = spare->pid;
	order.flags =
	    (spare->is_image ? HOLD_COPIES : 0) | (is_its_user ? HOLD_AS_ITS_USER : 0);
	rc = tracer_start(&spare_server(spare)->nursery, &order, spare->channel,
	    is_its_user ? &ids : NULL, &spare->tracer);
	if (rc == 0) /* which counts it */
		rc = spare_watch_tracer(spare);
	return rc < 0 ? rc : spare_watch_errors(spare);
}

int
spare_start(struct spare *spare, bool is_image)
{
	struct report *report = spare->pool->report;
	int rc;

	spare_clear(spare);
	spare->is_image = is_image;
	spare->state = SPARE_STARTING;
	*report = (struct report){ 0 };
	rc = start_waiter(spare);
	if (rc == 0 && report->stage != 0)
		rc = -report->error;
	if (rc == 0)
		rc = spare->pool->how != START_SPARE ? start_tracer(spare)
		     : spare->pool->is_single        ? spare_become_ready(spare)
						     : spare_become_image(spare);
	return rc;
}

int
spare_order(struct spare *spare, struct spare *image)
{
	const struct pool *pool = spare->pool;
	struct warm_order order = { .kind = WARM_COPY,
		.number = (uint32_t)(spare - pool->spares),
		.bound_to = pool->plan.bound_to };
	cleanup_(close_fd) int theirs = -1, pipe = -1;
	int error_fd = -1, rc;

	spare_clear(spare);
	rc = pass_pair(&spare->channel, &theirs);
	if (rc == 0)
		rc = error_source(spare, theirs, &pipe, &error_fd);
	order.has_error = pipe >= 0;
	if (rc == 0)
		rc = pass_order(image->channel, &order, &(struct pass_texts){ 0 },
		    (const int[]){ theirs, pipe });
	if (rc < 0) {
		close_fd(&spare->channel);
		close_fd(&spare->error_fd);
		return rc;
	}
	spare->state = SPARE_ORDERED;
	spare->image = image;
	image->orders++;
	image->uses++;
	return 0;
}
