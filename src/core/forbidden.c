/* What a filter's listener tells: who called what, and what it meets. */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "alarms.h"
#include "conn.h"
#include "engine.h"
#include "filter.h"
#include "group.h"

/* Told of one session; then its program is alone with ENOSYS, so that it cannot keep us
 * busy. */
#define CALLS_MOST 8
/* ... and of those who did not wait for the answer, which nobody is told of: they were
 * ended, or a signal came. */
#define GONE_MOST 64

struct call {
	struct alarm *alarm;
	struct seccomp_notif notice;
	pid_t pid; /* of the process: the notice names the thread */
	char program[32];
	struct conn *conn; /* NULL: nobody's session */
	bool is_last;
};

/* The kernel may write more than we know of; false with *ret_error. */
static bool
call_receive(struct call *call, int *ret_error)
{
	union {
		struct seccomp_notif notice;
		char space[512];
	} place = { .space = { 0 } };

	if (ioctl(call->alarm->fd, SECCOMP_IOCTL_NOTIF_RECV, &place) < 0) {
		*ret_error = errno;
		return false;
	}
	call->notice = place.notice;
	return true;
}

/* Is it still the process that called? */
static bool
call_is_there(const struct call *call)
{
	uint64_t id = call->notice.id;

	return ioctl(call->alarm->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static void
call_answer(const struct call *call)
{
	union {
		struct seccomp_notif_resp answer;
		char space[512];
	} place = { .space = { 0 } };

	place.answer.id = call->notice.id;
	place.answer.error = -EPERM;
	(void)ioctl(call->alarm->fd, SECCOMP_IOCTL_NOTIF_SEND, &place);
}

static size_t
proc_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, size - 1);
	close_fd(&fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

/* "Name:" comes before, and may be anything, but no second line. */
static void
call_look(struct call *call)
{
	pid_t thread = (pid_t)call->notice.pid;
	char status[512];
	const char *at;

	call->pid = thread;
	(void)proc_read(thread, "status", status, sizeof(status));
	at = strstr(status, "\nTgid:");
	if (at != NULL)
		(void)sscanf(at, "\nTgid: %d", &call->pid);
	(void)proc_read(call->pid, "comm", call->program, sizeof(call->program));
	call->program[strcspn(call->program, "\n")] = '\0';
}

/* Copies of one image have its listener in common: by their session or group. */
static struct conn *
conn_of(const struct alarm *alarm, pid_t pid)
{
	const struct slots *slots = &alarm->service->server->slots;
	pid_t session, group;

	if (alarm->conn != NULL || pid <= 1)
		return alarm->conn;
	session = getsid(pid);
	group = getpgid(pid);
	for (struct conn *at = slots_next(slots, NULL); at != NULL;
	     at = slots_next(slots, at))
		if (at->pid > 1 && (at->pid == session || at->pid == group) &&
		    conn_is_session(at))
			return at;
	return NULL;
}

static bool
is_killing(const struct call *call)
{
	return call->alarm->service->settings.syscalls_action == SYSCALLS_KILL;
}

static const char *
met(const struct call *call)
{
	if (is_killing(call))
		return call->conn != NULL ? "the session ends" : "the process ends";
	return call->is_last ? "EPERM, and ENOSYS from now on, which is not logged"
			     : "EPERM";
}

static void
call_tell(const struct call *call)
{
	const struct prong_service *service = call->alarm->service;
	struct event event;
	struct text name;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&service->ledger->forbidden_told, engine_now(service->server),
		&more, &more_ms))
		return;
	event_begin(&event, EVENT_FORBIDDEN, service->name,
	    call->conn == NULL ? NULL : call->conn->id);
	event_number(&event, "pid", call->pid);
	event_text(&event, "program", call->program);
	name = event_open(&event);
	syscall_put_name(&name, call->notice.data.arch, call->notice.data.nr);
	event_close(&event, "call", &name);
	event_text(&event, "met", met(call));
	if (more > 0)
		event_number(&event, "more", (int64_t)more);
	event_send(&event, &service->server->sink);
}

/* It waits for an answer that will not come.  Whoever has left the group of its session
 * is ended by itself. */
static void
call_kill(const struct call *call)
{
	cleanup_(close_fd) int process = -1;

	if (call->conn != NULL)
		conn_kill(call->conn, CAUSE_SYSCALL);
	process = call->pid <= 1 ? -1 : (int)syscall(SYS_pidfd_open, call->pid, 0);
	if (process >= 0 && call_is_there(call)) /* so this is whoever called */
		(void)group_signal_leader(process, SIGKILL);
}

/* Of its copies nothing is told any more: those that wait go with it. */
static void
image_end(const struct alarm *alarm)
{
	struct pool *pool = &alarm->service->pool;

	if (pool->image == NULL || pool->image->confinement.alarm != alarm)
		return;
	pool->service->ledger->spares.retired += pool->ready + 1;
	pool_restart(pool);
}

static void
call_shut(const struct call *call)
{
	alarms_shut(call->alarm);
	image_end(call->alarm);
}

/* Whoever goes on calling and going away would keep us busy for as long as it likes. */
static void
call_is_gone(struct call *call)
{
	if (++call->alarm->gone < GONE_MOST)
		return;
	if (is_killing(call) && call->alarm->conn != NULL)
		conn_kill(call->alarm->conn, CAUSE_SYSCALL);
	call_shut(call);
}

void
forbidden_read(struct alarm *alarm)
{
	struct call call = { .alarm = alarm };
	uint32_t *told;
	int error;

	if (!call_receive(&call, &error)) {
		if (error == ENOENT)
			call_is_gone(&call);
		else if (error != EINTR) /* it would be so for ever */
			alarms_shut(alarm);
		return;
	}
	call_look(&call);
	call.conn = conn_of(alarm, call.pid);
	if (!call_is_there(&call)) { /* then what was read may be another's */
		call_is_gone(&call);
		return;
	}
	told = alarm->conn == NULL && call.conn != NULL ? &call.conn->forbidden
							: &alarm->told;
	call.is_last = ++*told >= CALLS_MOST;
	call_tell(&call);
	if (is_killing(&call)) {
		call_kill(&call);
		return;
	}
	call_answer(&call);
	if (call.is_last)
		call_shut(&call);
}
