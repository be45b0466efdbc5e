#include "calls.h"

#include "question.h"
#include "machine.h"
#include "say.h"
#include "touch.h"
#include "trace.h"

/* How much of a poll or select is looked at in one piece. */
enum { POLLS_AT_ONCE = 64, SET_BYTES_AT_ONCE = 128 };

/* No descriptor, and no error that looking for one may have. */
enum { NO_FD = -ENOENT };

/* ---- does it touch? ----------------------------------------------------------------
 *
 * The descriptor by which it does; NO_FD: it does not; or another negative errno. */

static long
find_plain(const struct follow *follow, int tid, const struct touch *touch)
{
	for (int i = 0; i < 2; i++) {
		long is = placeholder_is(&follow->placeholder, tid, touch->fds[i]);

		if (is != 0)
			return is < 0 ? is : touch->fds[i];
	}
	return NO_FD;
}

static long
find_polled(const struct follow *follow, int tid, const struct touch *touch)
{
	struct pollfd polls[POLLS_AT_ONCE];

	for (uint32_t done = 0; done < touch->count;) {
		uint32_t left = touch->count - done, at = 0;
		uint32_t count = left < POLLS_AT_ONCE ? left : POLLS_AT_ONCE;
		int fd;

		if (trace_read(tid, touch->at[0] + done * sizeof(polls[0]), polls,
			count * sizeof(polls[0])) < 0)
			return NO_FD;
		while ((fd = touch_polled(polls, count, &at)) >= 0) {
			long is = placeholder_is(&follow->placeholder, tid, fd);

			if (is != 0)
				return is < 0 ? is : fd;
		}
		done += count;
	}
	return NO_FD;
}

static long
find_in_set(const struct follow *follow, int tid, uint64_t address, uint32_t fds)
{
	uint8_t set[SET_BYTES_AT_ONCE];

	for (uint32_t done = 0; done < fds;) {
		uint32_t left = fds - done, at = 0;
		uint32_t count = left < sizeof(set) * 8 ? left : sizeof(set) * 8;
		int fd;

		if (trace_read(tid, address + done / 8, set, (count + 7) / 8) < 0)
			return NO_FD;
		while ((fd = touch_selected(set, count, &at)) >= 0) {
			long is =
			    placeholder_is(&follow->placeholder, tid, fd + (int)done);

			if (is != 0)
				return is < 0 ? is : fd + (int)done;
		}
		done += count;
	}
	return NO_FD;
}

static long
find_selected(const struct follow *follow, int tid, const struct touch *touch)
{
	for (int i = 0; i < 3; i++) {
		long fd = NO_FD;

		if (touch->at[i] != 0)
			fd = find_in_set(follow, tid, touch->at[i], touch->count);
		if (fd != NO_FD)
			return fd;
	}
	return NO_FD;
}

/* ---- and if so? -------------------------------------------------------------------- */

static int
fail_hidden(const struct follow *follow, long error)
{
	struct say say =
	    say_begin(follow->report->detail, sizeof(follow->report->detail));

	say_text(&say, "it has hidden its descriptors from us");
	follow->report->error = (int32_t)-error;
	return HOLD_UNREADABLE;
}

/* "read(0)"; NO_FD: only the name. */
static void
say_call(struct say *say, const struct touch *touch, long fd)
{
	say_text(say, touch->name);
	if (fd < 0)
		return;
	say_text(say, "(");
	say_number(say, (uint64_t)fd);
	say_text(say, ")");
}

static int
fail_by_child(const struct follow *follow, const struct tracee *tracee,
    const struct touch *touch, long fd)
{
	struct say say =
	    say_begin(follow->report->detail, sizeof(follow->report->detail));

	say_text(&say, "child ");
	say_number(&say, (uint64_t)tracee->pid);
	say_text(&say, ": ");
	say_call(&say, touch, fd);
	return HOLD_BY_CHILD;
}

static int
touched(struct follow *follow, struct tracee *tracee, const struct touch *touch, long fd)
{
	struct say say;

	if (!follow_is_main(follow, tracee))
		return fail_by_child(follow, tracee, touch, fd);
	say = say_begin(follow->report->call, sizeof(follow->report->call));
	say_call(&say, touch, fd);
	follow->touched = tracee->tid;
	return 0;
}

/* A descriptor is used: by which the connection is touched, or answered for it. */
static int
enter_use(struct follow *follow, struct tracee *tracee, const struct touch *touch,
    const struct touch_call *call)
{
	int tid = tracee->tid;
	long fd;

	if (touch->kind == TOUCH_FDS)
		fd = find_plain(follow, tid, touch);
	else if (touch->kind == TOUCH_POLL)
		fd = find_polled(follow, tid, touch);
	else
		fd = find_selected(follow, tid, touch);
	if (fd == NO_FD)
		return 0;
	if (fd < 0)
		return fail_hidden(follow, fd);
	if (!question_answer(follow->order, tid, call, &tracee->answer))
		return touched(follow, tracee, touch, fd);
	tracee->after = AFTER_ANSWER;
	return machine_no_call(tid) < 0 ? touched(follow, tracee, touch, fd) : 0;
}

/* What a child does with a ring of its own is none of our business, unless it can use
 * the connection by it. */
static int
enter_ring(struct follow *follow, struct tracee *tracee, const struct touch *touch)
{
	if (!follow_is_main(follow, tracee) &&
	    placeholder_is_held(&follow->placeholder, tracee->tid) <= 0)
		return 0;
	return touched(follow, tracee, touch, NO_FD);
}

static void
enter_close(struct follow *follow, struct tracee *tracee, const struct touch *touch)
{
	if (touch->fds[0] < 0 ||
	    placeholder_is(&follow->placeholder, tracee->tid, touch->fds[0]) > 0)
		tracee->after = AFTER_CLOSE;
}

static void
enter_exec(struct follow *follow, struct tracee *tracee)
{
	if (!follow_is_main(follow, tracee))
		return;
	padding_restore(&follow->padding, tracee->tid);
	tracee->after = AFTER_EXEC;
}

/* The numbers mean something else there, so nobody knows what it touches. */
static int
enter_foreign(const struct follow *follow, const struct tracee *tracee)
{
	if (!follow_is_main(follow, tracee) &&
	    placeholder_is_held(&follow->placeholder, tracee->tid) <= 0)
		return 0;
	return HOLD_FOREIGN;
}

static int
enter_known(struct follow *follow, struct tracee *tracee, const struct touch_call *call)
{
	struct touch touch;

	touch_look(call, &touch);
	switch (touch.kind) {
	case TOUCH_NOTHING:
		break;
	case TOUCH_FDS:
	case TOUCH_POLL:
	case TOUCH_SELECT:
		return enter_use(follow, tracee, &touch, call);
	case TOUCH_RING:
		return enter_ring(follow, tracee, &touch);
	case TOUCH_FILTER:
		if (follow_is_main(follow, tracee))
			return touched(follow, tracee, &touch, NO_FD);
		break;
	case TOUCH_CLOSE:
		enter_close(follow, tracee, &touch);
		break;
	case TOUCH_EXEC:
		enter_exec(follow, tracee);
		break;
	case TOUCH_TIMER:
		follow->has_timer |= follow_is_main(follow, tracee);
		break;
	}
	return 0;
}

int
calls_enter(
    struct follow *follow, struct tracee *tracee, const struct ptrace_syscall_info *info)
{
	struct touch_call call = { .number = info->entry.nr };

	tracee->after = AFTER_NOTHING;
	if (info->arch != MACHINE_AUDIT_ARCH || (call.number & MACHINE_FOREIGN_CALL) != 0)
		return enter_foreign(follow, tracee);
	for (int i = 0; i < 6; i++)
		call.args[i] = info->entry.args[i];
	return enter_known(follow, tracee, &call);
}

int
calls_return(struct follow *follow, struct tracee *tracee)
{
	enum tracee_after after = tracee->after;

	tracee->after = AFTER_NOTHING;
	switch (after) {
	case AFTER_NOTHING:
		break;
	case AFTER_ANSWER:
		(void)machine_set_result(tracee->tid, tracee->answer);
		break;
	case AFTER_EXEC:
		padding_empty(&follow->padding, tracee->tid);
		break;
	case AFTER_CLOSE:
		follow->has_closed = true;
		return follow_check_open(follow);
	}
	return 0;
}
