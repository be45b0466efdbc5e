#include "held.h"

#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* what works takes little of it */
#define OPTIONS                                                                          \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |              \
	    PTRACE_O_EXITKILL)

static void
become(const char *path, const char *word, const char *more, const int ends[2])
{
	char go;

	(void)dup2(ends[0], 0);
	(void)dup2(ends[0], 1);
	(void)!read(ends[1], &go, 1);
	(void)close_range(3, ~0U, 0); /* also what the test was started with */
	(void)execl(path, path, word, more, (char *)NULL);
	_exit(127);
}

static void
thread_note(struct held *held, pid_t tid)
{
	for (uint32_t i = 0; i < held->thread_count; i++)
		if (held->threads[i].tid == tid)
			return;
	held->threads[held->thread_count++] =
	    (struct park_thread){ .tid = tid, .stop = PARK_IN_USER };
}

/* Is it at the entry of read(0)? */
static bool
is_touch(pid_t tid)
{
	struct __ptrace_syscall_info info;

	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) > 0);
	return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_read &&
	       info.entry.args[0] == 0;
}

/* The thread that touches. */
static pid_t
run_to_touch(struct held *held)
{
	bool is_program = false;

	for (;;) {
		int status = 0, signal = 0;
		pid_t tid = waitpid(-1, &status, __WALL);

		assert_true(tid > 0 && WIFSTOPPED(status));
		thread_note(held, tid);
		if (status >> 16 == PTRACE_EVENT_EXEC)
			is_program = true;
		else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (is_program && is_touch(tid))
				return tid;
		} else if (status >> 16 == 0)
			signal = WSTOPSIG(status);
		assert_int_equal(ptrace(PTRACE_SYSCALL, tid, 0, (long)signal), 0);
	}
}

/* The one that touched becomes the first. */
static void
stop_others(struct held *held, pid_t first)
{
	for (uint32_t i = 0; i < held->thread_count; i++)
		if (held->threads[i].tid == first)
			held->threads[i] = held->threads[0];
	held->threads[0] = (struct park_thread){ first, PARK_AT_ENTRY };
	for (uint32_t i = 1; i < held->thread_count; i++) {
		pid_t tid = held->threads[i].tid;
		int status = 0;

		(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
		assert_int_equal(waitpid(tid, &status, __WALL), tid);
		assert_true(WIFSTOPPED(status));
	}
}

void
held_start(struct held *held, const char *path, const char *word, const char *more)
{
	int ends[2], go[2];

	*held = (struct held){ .client = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go), 0);
	held->pid = fork();
	assert_true(held->pid >= 0);
	if (held->pid == 0)
		become(path != NULL ? path : PARKED, word, more,
		    (const int[]){ ends[1], go[1] });
	(void)close(ends[1]);
	(void)close(go[1]);
	held->ctl = ends[0];
	assert_int_equal(ptrace(PTRACE_SEIZE, held->pid, 0, OPTIONS), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, held->pid, 0, 0), 0);
	assert_int_equal(write(go[0], "", 1), 1);
	stop_others(held, run_to_touch(held));
	(void)close(go[0]);
}

enum hold_result
held_park(struct held *held, bool for_copies)
{
	const struct park_order order = {
		.pid = held->pid,
		.threads = held->threads,
		.thread_count = held->thread_count,
		.slots = &held->slot,
		.slot_count = held->slot.size > 0,
		.for_copies = for_copies,
	};
	enum hold_result result = park_program(&order, &held->report);

	for (uint32_t i = 0; i < held->thread_count; i++)
		assert_int_equal(ptrace(PTRACE_DETACH, held->threads[i].tid, 0, 0), 0);
	return result;
}

void
held_begin(struct held *held, const char *word, const char *more)
{
	enum hold_result result;

	held_start(held, NULL, word, more);
	result = held_park(held, true);
	assert_string_equal(held->report.detail, "");
	assert_int_equal(result, HOLD_HELD);
}

static void
send_order(struct held *held, const struct warm_order *order, const char *text, int fd)
{
	struct iovec spans[2] = { { (void *)order, sizeof(*order) },
		{ (void *)text, text == NULL ? 0 : strlen(text) + 1 } };
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = spans,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	assert_true(sendmsg(held->ctl, &message, MSG_NOSIGNAL) > 0);
	(void)close(fd);
}

void
held_give(struct held *held, const char *text)
{
	const struct warm_order order = {
		.kind = WARM_CONNECTION,
		.text_count = text != NULL,
	};
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	held->client = ends[0];
	send_order(held, &order, text, ends[1]);
}

int
held_order_copy(struct held *held, int32_t *ret_value)
{
	const struct warm_order order = {
		.kind = WARM_COPY, .number = 4711, .bound_to = getpid()
	};
	struct warm_answer answer = { 0 };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	send_order(held, &order, NULL, ends[1]);
	assert_int_equal(recv(held->ctl, &answer, sizeof(answer), 0), sizeof(answer));
	assert_int_equal(answer.kind, WARM_COPIED);
	assert_int_equal(answer.number, 4711);
	*ret_value = answer.value;
	return ends[0];
}

void
held_copy(struct held *held, struct held *ret)
{
	int32_t value = 0;
	int ctl = held_order_copy(held, &value);

	assert_true(value > 0);
	*ret = (struct held){ .pid = value, .ctl = ctl, .client = -1 };
}

void
held_ask(struct held *held)
{
	assert_int_equal(write(held->client, "x", 1), 1);
}

const char *
held_says(struct held *held)
{
	static char said[512];
	size_t used = 0;
	struct pollfd waits = { held->client, POLLIN, 0 };

	(void)shutdown(held->client, SHUT_WR);
	while (used + 1 < sizeof(said) && poll(&waits, 1, PATIENCE_MS) == 1) {
		ssize_t got = read(held->client, said + used, sizeof(said) - 1 - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	said[used] = '\0';
	return said;
}

int
held_end(struct held *held)
{
	int status = 0;

	(void)close(held->ctl);
	if (held->client >= 0)
		(void)close(held->client);
	assert_int_equal(waitpid(held->pid, &status, __WALL), held->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void
held_goes_on(struct held *held, const char *expected, int status)
{
	held_give(held, NULL);
	held_ask(held);
	assert_string_equal(held_says(held), expected);
	assert_int_equal(held_end(held), status);
}
