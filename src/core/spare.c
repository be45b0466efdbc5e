#include "spare.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "conn.h"
#include "engine.h"
#include "group.h"
#include "patience.h"

#define KILLED_WAIT_MS 2000

static void spare_reported(struct watch *, uint32_t events);
static void spare_ended(struct watch *, uint32_t events);
static void spare_answered(struct watch *, uint32_t events);

struct prong *
spare_server(const struct spare *spare)
{
	return spare->pool->service->server;
}

void
spare_clear(struct spare *spare)
{
	*spare = (struct spare){ .pool = spare->pool,
		.pidfd = -1,
		.channel = -1,
		.error_fd = -1,
		.watch = { .ready = spare_ended, .fd = -1 },
		.answers = { .ready = spare_answered, .fd = -1 },
		.errors = { .fd = -1 },
		.tracer = { .pidfd = -1, .report_fd = -1 },
		.begun = engine_now(spare_server(spare)) };
}

static int
watch_process(struct spare *spare)
{
	spare->watch = (struct watch){ .ready = spare_ended, .fd = -1 };
	return loop_add(&spare_server(spare)->loop, &spare->watch, spare->pidfd, EPOLLIN);
}

int
spare_become_image(struct spare *spare)
{
	int rc = watch_process(spare);

	if (rc == 0)
		rc = loop_add(
		    &spare_server(spare)->loop, &spare->answers, spare->channel, EPOLLIN);
	if (rc == 0)
		spare->state = SPARE_IMAGE;
	return rc;
}

int
spare_become_ready(struct spare *spare)
{
	int rc = watch_process(spare);

	if (rc == 0)
		spare->state = SPARE_READY;
	return rc;
}

int
spare_watch_tracer(struct spare *spare)
{
	spare_server(spare)->tracers++;
	spare->watch = (struct watch){ .ready = spare_reported, .fd = -1 };
	return loop_add(
	    &spare_server(spare)->loop, &spare->watch, spare->tracer.report_fd, EPOLLIN);
}

static bool
is_child(idtype_t what, id_t which)
{
	return waitid(what, which, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Whom nobody can watch nobody can bound, and it has a client, perhaps. */
static void
end_child(pid_t pid)
{
	if (!is_child(P_PID, (id_t)pid))
		return;
	(void)kill(pid, SIGKILL);
	while (waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED) < 0 && errno == EINTR)
		;
}

/* The descriptor that is kept for a client is for one who has a process already, too. */
static int
pidfd_open_surely(struct prong *server, pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0 || (errno != EMFILE && errno != ENFILE) || server->spare_fd < 0)
		return fd;
	close_fd(&server->spare_fd);
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* The number is what a program's memory said: whoever is not our child is not to be
 * signalled by us. */
static int
pidfd_of(struct prong *server, pid_t pid)
{
	int rc, fd = pid > 1 ? pidfd_open_surely(server, pid) : -1;

	if (pid <= 1)
		return -ESRCH;
	if (fd >= 0 && is_child(P_PIDFD, (id_t)fd))
		return fd;
	rc = fd < 0 ? -errno : -ECHILD;
	close_fd(&fd);
	end_child(pid);
	return rc;
}

/* Of a conn its process is watched as any other; the bounds come first. */
static int
arrive_in_order(struct spare *spare)
{
	int rc = spare->conn == NULL ? watch_process(spare) : 0;

	if (rc < 0) {
		(void)group_signal_leader(spare->pidfd, SIGKILL);
		(void)patience_wait(spare->pidfd, POLLIN, KILLED_WAIT_MS);
	}
	return rc;
}

int
spare_arrive(struct spare *spare, pid_t pid)
{
	int fd = pidfd_of(spare_server(spare), pid);

	if (fd < 0)
		return fd;
	spare->image = NULL;
	spare->pid = pid;
	spare->pidfd = fd;
	spare->state = SPARE_READY;
	return spare->is_unwanted ? 0 : arrive_in_order(spare);
}

void
spare_adopt(struct spare *spare, struct conn *conn)
{
	conn->pid = spare->pid;
	conn->pidfd = spare->pidfd;
	conn->channel = spare->channel;
	conn->error_fd = spare->error_fd;
	conn->cpu_before = spare->cpu_usec;
	confine_move(&conn->confinement, &spare->confinement);
	alarms_join(conn->confinement.alarm, conn);
	if (spare->watch.fd >= 0)
		loop_move(&spare_server(spare)->loop, &spare->watch, &conn->process_watch,
		    EPOLLIN | EPOLLET);
	spare->pidfd = spare->channel = spare->error_fd = -1;
	spare->state = SPARE_FREE;
}

static int
spare_held(struct spare *spare, const struct hold_report *report)
{
	spare->pool->held = *report;
	spare->cpu_usec = spare_cpu_used(spare->pid);
	if (spare->is_image && report->copy_refusal[0] == '\0')
		return spare_become_image(spare);
	spare->state = SPARE_READY;
	return watch_process(spare);
}

/* The tracer is done: the program waits, or it is not to be had. */
static void
spare_reported(struct watch *watch, uint32_t events)
{
	struct spare *spare = container_of(watch, struct spare, watch);
	struct hold_report report;
	int rc;

	(void)events;
	loop_remove(&spare_server(spare)->loop, &spare->watch);
	spare_end_errors(spare);
	tracer_finish(&spare->tracer, &report);
	spare_server(spare)->tracers--;
	rc = report.result == HOLD_HELD ? spare_held(spare, &report) : 0;
	if (rc < 0) {
		report.result = HOLD_FAILED;
		report.error = -rc;
	}
	if (report.result == HOLD_HELD)
		pool_arrived(spare->pool, spare);
	else
		pool_failed(spare->pool, spare, &report);
}

static void
spare_forget(struct spare *spare)
{
	struct loop *loop = &spare_server(spare)->loop;

	loop_remove(loop, &spare->watch);
	loop_remove(loop, &spare->answers);
	loop_remove(loop, &spare->errors);
	close_fd(&spare->channel);
	close_fd(&spare->error_fd);
}

/* The group too: what it has started while it started.  But a copy is of the image's
 * group until it has made its own, and may have a client already. */
static void
spare_kill(const struct spare *spare)
{
	if (spare->uses == 0)
		(void)group_signal(spare->pid, spare->pidfd, SIGKILL);
	(void)group_signal_leader(spare->pidfd, SIGKILL);
}

static void
spare_ended(struct watch *watch, uint32_t events)
{
	struct spare *spare = container_of(watch, struct spare, watch);
	struct ending ending;

	(void)events;
	if (spare->state == SPARE_IMAGE) /* copies that nobody knows of yet */
		pool_answers(spare->pool, spare);
	if (spare->state != SPARE_LEAVING)
		spare_kill(spare); /* what it has started */
	if (!reap_collect(spare->pidfd, &ending))
		return;
	if (spare->state != SPARE_LEAVING)
		spare_end_errors(spare);
	spare_forget(spare);
	close_fd(&spare->pidfd);
	if (spare->state == SPARE_LEAVING)
		pool_gone(spare->pool, spare);
	else
		pool_lost(spare->pool, spare, &ending);
}

static void
spare_answered(struct watch *watch, uint32_t events)
{
	struct spare *spare = container_of(watch, struct spare, answers);

	(void)events;
	pool_answers(spare->pool, spare);
}

static void
spare_end_tracer(struct spare *spare)
{
	tracer_kill(&spare->tracer);
	spare_server(spare)->tracers--;
}

/* In a forked child of the host it is somebody else's process. */
static void
spare_wait(struct spare *spare)
{
	if (spare_server(spare)->owner == getpid())
		while (
		    waitid(P_PIDFD, (id_t)spare->pidfd, &(siginfo_t){ 0 }, WEXITED) < 0 &&
		    errno == EINTR)
			;
	close_fd(&spare->pidfd);
}

bool
spare_leave(struct spare *spare, bool is_last)
{
	bool is_ours = spare_server(spare)->owner == getpid();

	spare->is_unwanted = true;
	if (!is_ours)
		tracer_forget(&spare->tracer);
	else if (spare->tracer.pid != 0)
		spare_end_tracer(spare);
	spare_forget(spare);
	if (spare->pidfd < 0)
		return spare->state != SPARE_ORDERED;
	if (is_ours)
		spare_kill(spare);
	spare->state = SPARE_LEAVING;
	if (!is_last && watch_process(spare) == 0)
		return false;
	spare_wait(spare);
	return true;
}

void
spare_abandon(const struct spare *spare)
{
	if (spare->pidfd >= 0)
		spare_kill(spare);
}

uint64_t
spare_memory_kb(const struct spare *spare)
{
	char path[64], text[4096];
	cleanup_(close_fd) int fd = -1;
	unsigned long kb = 0;
	const char *at;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)spare->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[length < 0 ? 0 : length] = '\0';
	at = strstr(text, "\nPss:");
	if (at != NULL)
		(void)sscanf(at, "\nPss: %lu kB", &kb);
	return kb;
}
