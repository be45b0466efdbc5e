#include "gather.h"

#include "say.h"
#include "trace.h"

/* How long a child may take to get rid of the connection.  Nobody waits, and the verdict
 * is for good: it is to be that of a busy machine as well. */
#define INDULGENCE_USEC 3000000
#define PAUSE_NSEC 1000000

/* Is everybody where this phase wants them? */
static bool
is_settled(const struct follow *follow)
{
	const struct tracees *tracees = &follow->tracees;

	if (follow->phase == FOLLOW_RUN)
		return false;
	for (uint32_t i = 0; i < tracees->count; i++) {
		const struct tracee *tracee = &tracees->all[i];
		bool is_wanted =
		    follow->phase == FOLLOW_ALL || follow_is_main(follow, tracee);

		if (is_wanted && !tracee->is_stopped && !tracee->is_ending)
			return false;
	}
	return true;
}

static int
settle(struct follow *follow)
{
	bool happened;
	int result = 0;

	while (result == 0 && !is_settled(follow))
		result = follow_next(follow, true, &happened);
	return result;
}

/* ---- children ---------------------------------------------------------------------- */

static int
hold_children(struct follow *follow)
{
	struct tracees *tracees = &follow->tracees;

	follow->phase = FOLLOW_ALL;
	for (uint32_t i = 0; i < tracees->count; i++)
		if (!tracees->all[i].is_stopped && !tracees->all[i].is_vforked)
			(void)trace_call(PTRACE_INTERRUPT, tracees->all[i].tid, 0, NULL);
	return settle(follow);
}

static int
continue_children(struct follow *follow)
{
	struct tracees *tracees = &follow->tracees;
	int result = 0;

	follow->phase = FOLLOW_PROGRAM;
	for (uint32_t i = 0; i < tracees->count && result == 0; i++)
		if (!follow_is_main(follow, &tracees->all[i]) &&
		    tracees->all[i].is_stopped)
			result = follow_continue(follow, &tracees->all[i]);
	return result;
}

/* 0, or HOLD_BY_CHILD. */
static int
check_children(const struct follow *follow)
{
	const struct tracees *tracees = &follow->tracees;
	struct say say =
	    say_begin(follow->report->detail, sizeof(follow->report->detail));

	for (uint32_t i = 0; i < tracees->count; i++) {
		const struct tracee *child = &tracees->all[i];

		if (follow_is_main(follow, child) || child->is_ending ||
		    placeholder_is_held(&follow->placeholder, child->tid) == 0)
			continue;
		say_text(&say, "child ");
		say_number(&say, (uint64_t)child->pid);
		say_text(&say, " has the connection open");
		return HOLD_BY_CHILD;
	}
	return 0;
}

static void
pause_shortly(void)
{
	const int64_t time[2] = { 0, PAUSE_NSEC };

	(void)sys_call3(__NR_nanosleep, (long)time, 0, 0);
}

/* What a shell starts in the background has the connection at first, and gets its own
 * descriptors while the shell is already reading. */
static int
indulge_children(struct follow *follow)
{
	uint64_t end = trace_now_usec() + INDULGENCE_USEC;
	int result = continue_children(follow);

	while (result == 0 && check_children(follow) != 0 && trace_now_usec() < end) {
		bool happened;

		result = follow_next(follow, false, &happened);
		if (!happened)
			pause_shortly();
	}
	return result != 0 ? result : hold_children(follow);
}

int
gather(struct follow *follow)
{
	int result = settle(follow);

	if (result == 0)
		result = hold_children(follow);
	if (result != 0 || check_children(follow) == 0)
		return result;
	result = indulge_children(follow);
	return result != 0 ? result : check_children(follow);
}

static void
release(const struct follow *follow, bool is_of_main)
{
	const struct tracees *tracees = &follow->tracees;

	for (uint32_t i = 0; i < tracees->count; i++) {
		const struct tracee *tracee = &tracees->all[i];

		if (follow_is_main(follow, tracee) == is_of_main)
			(void)trace_call(PTRACE_DETACH, tracee->tid, 0,
			    (const void *)(long)tracee->signal);
	}
}

void
gather_release(struct follow *follow)
{
	release(follow, false);
	release(follow, true);
}
