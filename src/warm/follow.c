#include "follow.h"

#include "calls.h"
#include "rights.h"
#include "say.h"
#include "trace.h"

static void
resume(const struct tracee *tracee, int signal)
{
	(void)trace_call(PTRACE_SYSCALL, tracee->tid, 0, (const void *)(long)signal);
}

/* A process that keeps its parent asleep must go on until it does not. */
static bool
must_stay(const struct follow *follow, const struct tracee *tracee)
{
	switch (follow->phase) {
	case FOLLOW_RUN:
		break;
	case FOLLOW_PROGRAM:
		return follow_is_main(follow, tracee);
	case FOLLOW_ALL:
		return !tracee->is_vforked;
	}
	return false;
}

static void
stay(struct tracee *tracee, enum park_stop stop, int signal)
{
	tracee->is_stopped = true;
	tracee->stop = stop;
	tracee->signal = signal;
}

static void
stay_or_resume(const struct follow *follow, struct tracee *tracee, int signal)
{
	if (must_stay(follow, tracee))
		stay(tracee, PARK_IN_USER, signal);
	else
		resume(tracee, signal);
}

int
follow_check_open(const struct follow *follow)
{
	const struct tracees *tracees = &follow->tracees;

	for (uint32_t i = 0; i < tracees->count; i++)
		if (placeholder_is_held(&follow->placeholder, tracees->all[i].tid) != 0)
			return 0;
	return HOLD_LET_GO;
}

/* ---- threads and processes come and go --------------------------------------------- */

static int
fail(const struct follow *follow, enum hold_result result, const char *detail)
{
	struct say say =
	    say_begin(follow->report->detail, sizeof(follow->report->detail));

	say_text(&say, detail);
	return (int)result;
}

static int
fail_full(const struct follow *follow)
{
	_Static_assert(TRACEES_MAX == 512, "the text");
	return fail(follow, HOLD_TOO_MUCH, "more than 512 threads and processes");
}

/* The kernel tells of parents and children in no order: the child may have executed its
 * program, or ended and be forgotten, before its parent is heard. */
static int
on_new(struct follow *follow, const struct tracee *parent, int event)
{
	unsigned long tid = 0;
	struct tracee *made;

	if (trace_call(PTRACE_GETEVENTMSG, parent->tid, 0, &tid) < 0 || tid == 0)
		return 0;
	made = tracees_add(&follow->tracees, (int)tid);
	if (made == NULL)
		return fail_full(follow);
	made->is_vforked = event == PTRACE_EVENT_VFORK && !made->has_executed;
	if (made->pid < 0)
		tracees_remove(&follow->tracees, (int)tid);
	return 0;
}

/* Whoever else the process had is gone, and with it a touch that was about to be. */
static int
on_exec(struct follow *follow, struct tracee **tracee)
{
	int tid = (*tracee)->tid;
	bool is_program = follow_is_main(follow, *tracee);

	tracees_remove_others(&follow->tracees, (*tracee)->pid);
	*tracee = tracees_find(&follow->tracees, tid);
	/* The first thread was ending, if it was another that made the call. */
	(*tracee)->is_ending = (*tracee)->is_vforked = false;
	(*tracee)->has_executed = true;
	(*tracee)->after = AFTER_NOTHING;
	if (is_program) {
		follow->is_program = true;
		follow->phase = FOLLOW_RUN;
		follow->touched = 0;
		(void)padding_find(&follow->padding, tid);
		padding_empty(&follow->padding, tid);
	}
	return rights_check(tid);
}

/* What the waiter says when it could not execute the program. */
static int
not_run(const struct follow *follow, int status)
{
	struct warm_answer answer;
	long got = sys_call6(__NR_recvfrom, SYS_ERROR, (long)&answer, sizeof(answer),
	    SYS_MSG_DONTWAIT, 0, 0);

	follow->report->status = status;
	if (got != sizeof(answer) || answer.kind != WARM_FAILED)
		return HOLD_ENDED;
	follow->report->error = -answer.value;
	return HOLD_NOT_RUN;
}

static int
on_end(struct follow *follow, int tid, int status)
{
	tracees_remove(&follow->tracees, tid);
	if (tid == follow->order->pid) {
		if (!follow->is_program)
			return not_run(follow, status);
		follow->report->status = status;
		return HOLD_ENDED;
	}
	/* Only a signal that kills the whole program ends a thread that was stopped. */
	if (tid == follow->touched) {
		follow->touched = 0;
		follow->phase = FOLLOW_RUN;
	}
	return follow->has_closed ? follow_check_open(follow) : 0;
}

/* ---- stops ------------------------------------------------------------------------- */

static void
hold_program(struct follow *follow)
{
	struct tracees *tracees = &follow->tracees;

	follow->phase = FOLLOW_PROGRAM;
	for (uint32_t i = 0; i < tracees->count; i++)
		if (follow_is_main(follow, &tracees->all[i]) &&
		    !tracees->all[i].is_stopped)
			(void)trace_call(PTRACE_INTERRUPT, tracees->all[i].tid, 0, NULL);
}

static int
on_entry(
    struct follow *follow, struct tracee *tracee, const struct ptrace_syscall_info *info)
{
	int result;

	if (must_stay(follow, tracee)) {
		stay(tracee, PARK_AT_ENTRY, 0);
		return 0;
	}
	result = calls_enter(follow, tracee, info);
	if (follow->touched == tracee->tid) {
		stay(tracee, PARK_AT_ENTRY, 0);
		hold_program(follow);
	} else if (result == 0) {
		resume(tracee, 0);
	}
	return result;
}

/* Killed in the middle of it, a thread cannot be asked; its end is told next. */
static int
fail_info(const struct follow *follow, long error)
{
	if (error == -ESRCH)
		return 0;
	follow->report->error = (int32_t)-error;
	return fail(follow, HOLD_FAILED, "PTRACE_GET_SYSCALL_INFO");
}

static int
on_call(struct follow *follow, struct tracee *tracee)
{
	struct ptrace_syscall_info info = { 0 };
	int result;
	long rc = trace_call(PTRACE_GET_SYSCALL_INFO, tracee->tid, sizeof(info), &info);

	if (rc < 0)
		return fail_info(follow, rc);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return on_entry(follow, tracee, &info);
	result = calls_return(follow, tracee);
	if (result == 0)
		stay_or_resume(follow, tracee, 0);
	return result;
}

/* A stop by job control lasts until SIGCONT, as it would without us. */
static void
on_event_stop(const struct follow *follow, struct tracee *tracee, int signal)
{
	bool is_job = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
		      signal == SIGTTOU;

	tracee->is_job_stop = is_job;
	if (is_job && !must_stay(follow, tracee))
		(void)trace_call(PTRACE_LISTEN, tracee->tid, 0, NULL);
	else
		stay_or_resume(follow, tracee, 0);
}

/* These are in the middle of a call, or of the end, and never a place to stay. */
static int
on_event(struct follow *follow, struct tracee *tracee, int event)
{
	int result = 0;

	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		result = on_new(follow, tracee, event);
		break;
	case PTRACE_EVENT_EXEC:
		result = on_exec(follow, &tracee);
		if (result == 0)
			result = follow_check_open(follow);
		break;
	case PTRACE_EVENT_EXIT:
		tracee->is_ending = true;
		break;
	default:
		break;
	}
	if (result == 0)
		resume(tracee, 0);
	return result;
}

static int
on_stop(struct follow *follow, int tid, unsigned status)
{
	struct tracee *tracee = tracees_add(&follow->tracees, tid);
	int signal = TRACE_SIGNAL(status), event = TRACE_EVENT(status);

	if (tracee == NULL)
		return fail_full(follow);
	if (tracee->pid < 0)
		return fail(follow, HOLD_UNREADABLE, "a process is hidden in /proc");
	tracee->is_stopped = tracee->is_job_stop = false;
	if (event == PTRACE_EVENT_STOP)
		on_event_stop(follow, tracee, signal);
	else if (event != 0)
		return on_event(follow, tracee, event);
	else if (signal == TRACE_SIGNAL_OF_CALL)
		return on_call(follow, tracee);
	else
		stay_or_resume(follow, tracee, signal);
	return 0;
}

/* ---- the loop ---------------------------------------------------------------------- */

int
follow_next(struct follow *follow, bool waits, bool *ret_happened)
{
	int status = 0;
	long tid = trace_wait(-1, waits ? 0 : WNOHANG, &status);

	*ret_happened = tid != 0;
	if (tid == 0)
		return 0;
	if (tid < 0) {
		follow->report->error = (int32_t)-tid;
		return HOLD_FAILED;
	}
	if (!TRACE_IS_STOPPED(status))
		return on_end(follow, (int)tid, status);
	return on_stop(follow, (int)tid, (unsigned)status);
}

int
follow_continue(struct follow *follow, struct tracee *tracee)
{
	tracee->is_stopped = false;
	if (tracee->stop == PARK_AT_ENTRY)
		return on_call(follow, tracee);
	if (tracee->is_job_stop)
		(void)trace_call(PTRACE_LISTEN, tracee->tid, 0, NULL);
	else
		resume(tracee, tracee->signal);
	return 0;
}
