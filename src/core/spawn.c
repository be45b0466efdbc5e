#include "spawn.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/syscall.h>

#include "elsewhere.h"
#include "vfork.h"

#define STACK_SIZE (64 * 1024)
#define FIRST_FREE 3

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
	int *const lows[] = { &nursery->image_fd, &nursery->low_client,
		&nursery->low_error, &nursery->low_tell };
	int rc;

	*nursery = (struct nursery){ .null_fd = -1, .self_fd = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(lows); i++)
		*lows[i] = -1;
	rc = stack_map(nursery);
	if (rc == 0)
		rc = leash_init(&nursery->leash);
	if (rc < 0)
		return rc;
	nursery->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nursery->null_fd < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(lows) && rc == 0; i++)
		rc = low_reserve(nursery, lows[i]);
	return rc;
}

void
spawn_done(struct nursery *nursery)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	close_fd(&nursery->image_fd);
	close_fd(&nursery->low_client);
	close_fd(&nursery->low_error);
	close_fd(&nursery->low_tell);
	close_fd(&nursery->null_fd);
	close_fd(&nursery->self_fd);
	if (nursery->stack != NULL)
		(void)munmap((char *)nursery->stack - guard, STACK_SIZE + guard);
	nursery->stack = NULL;
	leash_done(&nursery->leash);
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
void
spawn_low_clear(struct nursery *nursery, const struct spawn_request *request)
{
	(void)dup3(nursery->null_fd, nursery->low_client, O_CLOEXEC);
	if (request->error_fd == request->client_fd)
		(void)dup3(nursery->null_fd, nursery->low_error, O_CLOEXEC);
}

int
spawn_low_fill(struct nursery *nursery, const struct spawn_request *request)
{
	int rc;

	if (dup3(request->client_fd, nursery->low_client, O_CLOEXEC) < 0)
		return -errno;
	if (dup3(request->error_fd, nursery->low_error, O_CLOEXEC) < 0) {
		rc = -errno;
		spawn_low_clear(nursery, request);
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
	start->birth.cgroup_fd = call->cgroup_fd;
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

	if (nursery->without_clone3 || (call->cgroup_fd > 0 && nursery->without_birth))
		return clone_blocked(call, start);
	pid = vfork_clone3(call);
	if (pid != -ENOSYS && pid != -EPERM)
		return pid;
	pid = clone_blocked(call, start);
	nursery->without_clone3 = pid > 0;
	return pid;
}

/* Without memory there may be no way back, and no child may be born before there is. */
int
spawn_come_home(struct nursery *nursery)
{
	int rc = nursery->is_astray ? elsewhere_return(nursery->self_fd) : 0;

	nursery->is_astray = rc < 0;
	return rc;
}

/* By way of the session's pid namespace, if it has one, and ours are the rights. */
static pid_t
clone_elsewhere(
    struct nursery *nursery, const struct vfork_call *call, struct start *start)
{
	const struct birth_isolation *isolation = start->birth.isolation;
	pid_t pid;
	int rc;

	rc = spawn_come_home(nursery);
	if (rc < 0)
		return rc;
	if (!elsewhere_is_due(start->plan->isolation))
		return clone_child(nursery, call, start);
	rc = elsewhere_go(&nursery->self_fd, isolation->cell_fd);
	if (rc < 0) {
		*start->birth.report =
		    (struct report){ .stage = STAGE_ENTER, .error = -rc };
		return rc;
	}
	pid = clone_child(nursery, call, start);
	nursery->is_astray = true;
	(void)spawn_come_home(nursery);
	return pid;
}

static foreign_stack_ int
start_try(void *argument)
{
	const struct start *start = argument;

	child_try(start->plan, &start->birth);
}

/* Its status may be somebody else's by now. */
static void
reap_now(struct spawned *child)
{
	while (waitid(P_PIDFD, (id_t)child->pidfd, &(siginfo_t){ 0 }, WEXITED) < 0 &&
	       errno == EINTR)
		;
	close_fd(&child->pidfd);
}

/* Of the one stack the lower half is for the process that goes on elsewhere. */
static void
birth_second(const struct nursery *nursery, const struct spawn_request *request,
    struct birth_made *made)
{
	if (request->isolation == NULL)
		return;
	request->isolation->stack = nursery->stack;
	request->isolation->stack_size = nursery->stack_size / 2;
	request->isolation->made = made;
}

/* Where the way went on in one more process, that is the child, and the first is over. */
static void
spawn_follow(const struct birth_made *made, struct spawned *ret)
{
	ret->ruleset_fd = made->ruleset_fd;
	if (made->pid == 0)
		return;
	reap_now(ret);
	ret->pid = made->pid;
	ret->pidfd = made->pidfd;
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
		.cgroup_fd = request->cgroup_fd,
		.ret_number = request->entry,
	};
	struct birth_made made = { .pidfd = -1, .ruleset_fd = -1 };
	int rc = spawn_low_fill(nursery, request);

	if (rc < 0)
		return rc;
	birth_second(nursery, request, &made);
	start.birth.isolation = request->isolation;
	ret->pid = clone_elsewhere(nursery, &call, &start);
	spawn_low_clear(nursery, request);
	if (ret->pid < 0)
		return ret->pid;
	spawn_follow(&made, ret);
	if (request->entry != NULL)
		*request->entry = ret->pid;
	return 0;
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
spawn_trial(struct nursery *nursery, struct spawn_request *request)
{
	char *environment[] = { NULL };
	struct spawned child = { .pidfd = -1 };
	int rc;

	request->environment = environment;
	request->client_fd = request->error_fd = nursery->null_fd;
	request->report->is_through = false;
	rc = spawn_vfork(nursery, request, start_try, &child);
	if (rc < 0)
		return rc;
	reap_now(&child);
	return request->report->stage == 0 && !request->report->is_through ? -ECANCELED
									   : 0;
}
