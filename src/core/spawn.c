#include "spawn.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/syscall.h>

#include "vfork.h"

#define STACK_SIZE (64 * 1024)
#define FIRST_FREE 3

/* Linux 6.3; earlier ones answer EINVAL and need no flag. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static int
stack_map(struct nursery *nursery)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	char *base = mmap(NULL, STACK_SIZE + guard, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (base == MAP_FAILED)
		return -ENOMEM;
	(void)mprotect(base, guard, PROT_NONE);
	nursery->stack = base + guard;
	nursery->stack_size = STACK_SIZE;
	return 0;
}

/* The lowest free number from 3 up, kept by a duplicate of /dev/null. */
static int
low_reserve(struct nursery *nursery, int *ret_fd)
{
	int fd = fcntl(nursery->null_fd, F_DUPFD_CLOEXEC, FIRST_FREE);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	if (fd >= nursery->low_end)
		nursery->low_end = fd + 1;
	return 0;
}

int
spawn_init(struct nursery *nursery)
{
	int rc;

	*nursery = (struct nursery){
		.image_fd = -1, .low_client = -1, .low_error = -1, .null_fd = -1
	};
	rc = stack_map(nursery);
	if (rc < 0)
		return rc;
	nursery->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nursery->null_fd < 0)
		return -errno;
	rc = low_reserve(nursery, &nursery->image_fd);
	if (rc == 0)
		rc = low_reserve(nursery, &nursery->low_client);
	if (rc == 0)
		rc = low_reserve(nursery, &nursery->low_error);
	return rc;
}

void
spawn_done(struct nursery *nursery)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	close_fd(&nursery->image_fd);
	close_fd(&nursery->low_client);
	close_fd(&nursery->low_error);
	close_fd(&nursery->null_fd);
	if (nursery->stack != NULL)
		(void)munmap((char *)nursery->stack - guard, STACK_SIZE + guard);
	nursery->stack = NULL;
}

static int
image_write(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

static int
image_create(void)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("prong-builtin", flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("prong-builtin", flags);
	return fd < 0 ? -errno : fd;
}

int
spawn_load_image(
    struct nursery *nursery, const void *bytes, size_t size, const char *fallback_path)
{
	cleanup_(close_fd) int fd = image_create();

	if (fd >= 0) {
		int rc = image_write(fd, bytes, size);

		if (rc < 0)
			return rc;
	} else {
		fd = open(fallback_path, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return -EACCES;
	}
	if (dup3(fd, nursery->image_fd, O_CLOEXEC) < 0)
		return -errno;
	nursery->has_image = true;
	return 0;
}

struct start {
	const struct plan *plan;
	struct birth birth;
};

static foreign_stack_ int
start_run(void *argument)
{
	const struct start *start = argument;

	child_main(start->plan, &start->birth);
}

/* The client's socket must have no owner but its session.  An error pipe may stay: its
 * reader is closed with the session, and the next start replaces it. */
static void
low_clear(struct nursery *nursery, const struct spawn_request *request)
{
	(void)dup3(nursery->null_fd, nursery->low_client, O_CLOEXEC);
	if (request->error_fd == request->client_fd)
		(void)dup3(nursery->null_fd, nursery->low_error, O_CLOEXEC);
}

static int
low_fill(struct nursery *nursery, const struct spawn_request *request)
{
	int rc;

	if (dup3(request->client_fd, nursery->low_client, O_CLOEXEC) < 0)
		return -errno;
	if (dup3(request->error_fd, nursery->low_error, O_CLOEXEC) < 0) {
		rc = -errno;
		low_clear(nursery, request);
		return rc;
	}
	return 0;
}

static pid_t
clone_blocked(const struct vfork_call *call, struct start *start)
{
	sigset_t all, before;
	pid_t pid;

	start->birth.has_handlers = true;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork_clone(call);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static pid_t
clone_child(struct nursery *nursery, const struct vfork_call *call, struct start *start)
{
	pid_t pid;

	if (nursery->without_clone3)
		return clone_blocked(call, start);
	pid = vfork_clone3(call);
	if (pid != -ENOSYS && pid != -EPERM)
		return pid;
	pid = clone_blocked(call, start);
	nursery->without_clone3 = pid > 0;
	return pid;
}

static foreign_stack_ int
start_try(void *argument)
{
	const struct start *start = argument;

	child_try(start->plan, &start->birth);
}

static int
spawn_vfork(struct nursery *nursery, const struct spawn_request *request,
    int (*run)(void *), struct spawned *ret)
{
	struct start start = {
		.plan = request->plan,
		.birth = {
			.environment = request->environment,
			.client_fd = nursery->low_client,
			.error_fd = nursery->low_error,
			.low_end = nursery->low_end,
			.report = request->report,
		},
	};
	struct vfork_call call = {
		.run = run,
		.argument = &start,
		.stack = nursery->stack,
		.stack_size = nursery->stack_size,
		.ret_pidfd = &ret->pidfd,
	};
	int rc = low_fill(nursery, request);

	if (rc < 0)
		return rc;
	ret->pid = clone_child(nursery, &call, &start);
	low_clear(nursery, request);
	return ret->pid < 0 ? ret->pid : 0;
}

int
spawn_program(
    struct nursery *nursery, const struct spawn_request *request, struct spawned *ret)
{
	return spawn_vfork(nursery, request, start_run, ret);
}

void
spawn_let_go(struct nursery *nursery)
{
	(void)dup3(nursery->null_fd, nursery->low_error, O_CLOEXEC);
}

int
spawn_trial(struct nursery *nursery, const struct plan *plan, struct report *report)
{
	char *environment[] = { NULL };
	struct spawn_request request = {
		.plan = plan,
		.environment = environment,
		.client_fd = nursery->null_fd,
		.error_fd = nursery->null_fd,
		.report = report,
	};
	struct spawned child = { .pidfd = -1 };
	int rc = spawn_vfork(nursery, &request, start_try, &child);

	if (rc < 0)
		return rc;
	while (waitid(P_PIDFD, (id_t)child.pidfd, &(siginfo_t){ 0 }, WEXITED) < 0 &&
	       errno == EINTR)
		;
	close_fd(&child.pidfd);
	return 0;
}

/* What the host had buffered before the fork is the host's; what the handler printed is
 * the client's. */
static _Noreturn void
handler_run(const struct spawn_request *request, const struct birth *birth,
    prong_handler_fn *handler, const struct prong_birth *facts, void *context)
{
	int status;

	if (child_prepare(request->plan, birth) != 0)
		_exit(125);
	for (size_t i = 0; i < request->shared_count; i++)
		(void)munmap(request->shared[i].iov_base, request->shared[i].iov_len);
	__fpurge(stdout);
	__fpurge(stderr);
	status = handler(facts, context);
	(void)fflush(stdout);
	(void)fflush(stderr);
	_exit(status & 0xff);
}

static int
handler_fork(struct nursery *nursery, const struct spawn_request *request,
    prong_handler_fn *handler, const struct prong_birth *facts, void *context)
{
	struct birth birth = {
		.environment = request->environment,
		.client_fd = nursery->low_client,
		.error_fd = nursery->low_error,
		.low_end = nursery->low_end,
		.has_handlers = true,
		.report = request->report,
	};
	pid_t pid = fork();

	if (pid == 0)
		handler_run(request, &birth, handler, facts, context);
	return pid < 0 ? -errno : pid;
}

int
spawn_handler(struct nursery *nursery, const struct spawn_request *request,
    prong_handler_fn *handler, const struct prong_birth *facts, void *context,
    struct spawned *ret)
{
	sigset_t all, before;
	int rc = low_fill(nursery, request);

	if (rc < 0)
		return rc;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = handler_fork(nursery, request, handler, facts, context);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	low_clear(nursery, request);
	if (rc < 0)
		return rc;
	ret->pid = rc;
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	if (ret->pidfd < 0) {
		rc = -errno;
		(void)kill(ret->pid, SIGKILL);
		while (waitpid(ret->pid, NULL, 0) < 0 && errno == EINTR)
			;
		return rc;
	}
	return 0;
}
