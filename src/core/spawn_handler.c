/* A handler in a forked child. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "spawn.h"

struct call {
	prong_handler_fn *handler;
	const struct prong_birth *facts;
	void *context;
};

/* What the host had buffered before the fork is the host's; what the handler printed is
 * the client's. */
static _Noreturn void
handler_run(const struct spawn_request *request, const struct birth *birth,
    const struct call *call)
{
	int status;

	if (child_prepare(request->plan, birth) != 0)
		_exit(125);
	for (size_t i = 0; i < request->shared_count; i++)
		(void)munmap(request->shared[i].iov_base, request->shared[i].iov_len);
	__fpurge(stdout);
	__fpurge(stderr);
	status = request->prepare == NULL ? 0 : request->prepare(call->context);
	if (status == 0)
		status = call->handler(call->facts, call->context);
	else if ((status & 0xff) == 0) /* what failed must not look like success */
		status = 1;
	(void)fflush(stdout);
	(void)fflush(stderr);
	_exit(status & 0xff);
}

static int
handler_fork(
    struct nursery *nursery, const struct spawn_request *request, const struct call *call)
{
	struct birth birth = {
		.environment = request->environment,
		.client_fd = nursery->low_client,
		.error_fd = nursery->low_error,
		.low_end = nursery->low_end,
		.has_handlers = true,
		.report = request->report,
		.cgroup_fd = request->cgroup_fd,
		.isolation = request->isolation,
	};
	uint32_t number = leash_number(&nursery->leash);
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		leash_wait(&nursery->leash, number, parent);
		handler_run(request, &birth, call);
	}
	return pid < 0 ? -errno : pid;
}

/* Whom nobody can watch nobody can bound: it never begins. */
static int
handler_watch(struct nursery *nursery, pid_t pid, struct spawned *ret)
{
	int rc, fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0) {
		ret->pid = pid;
		ret->pidfd = fd;
		leash_let_go(&nursery->leash);
		return 0;
	}
	rc = -errno;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

/* The number of its pidfd is kept before there is a process. */
static int
handler_begin(struct nursery *nursery, const struct spawn_request *request,
    const struct call *call, struct spawned *ret)
{
	int kept = fcntl(nursery->null_fd, F_DUPFD_CLOEXEC, 0);
	int rc = kept < 0 ? -errno : handler_fork(nursery, request, call);

	close_fd(&kept);
	if (rc > 0 && request->entry != NULL)
		*request->entry = rc;
	return rc < 0 ? rc : handler_watch(nursery, rc, ret);
}

int
spawn_handler(struct nursery *nursery, const struct spawn_request *request,
    prong_handler_fn *handler, const struct prong_birth *facts, void *context,
    struct spawned *ret)
{
	const struct call call = { handler, facts, context };
	sigset_t all, before;
	int rc = spawn_come_home(nursery);

	if (rc == 0)
		rc = spawn_low_fill(nursery, request);
	if (rc < 0)
		return rc;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = handler_begin(nursery, request, &call, ret);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	spawn_low_clear(nursery, request);
	return rc;
}
