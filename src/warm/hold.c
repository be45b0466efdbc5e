/*
 * hold -- the tracer: one program is started, and held where it first wants its client
 *
 * prong-hold, one process per start; see warm.h for what it is told and what it reports.
 * Whatever is still traced when it ends is killed by the kernel, so to give up means to
 * report and to end.  It keeps no time: the supervisor kills it when that is over.
 */
#include "builtin.h"
#include "follow.h"
#include "gather.h"
#include "message.h"
#include "refusal.h"
#include "say.h"
#include "trace.h"

#include <linux/prctl.h>

enum { SUPERVISOR = SYS_INPUT, WAITER = SYS_ERROR };

#define OPTIONS                                                                          \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |               \
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT |             \
	    PTRACE_O_EXITKILL)

static int
fail(struct hold_report *report, enum hold_result result, const char *detail, long error)
{
	struct say say = say_begin(report->detail, sizeof(report->detail));

	say_text(&say, detail);
	report->error = (int32_t)-error;
	return (int)result;
}

/* ---- the waiter becomes ours ------------------------------------------------------- */

static long
tell(enum warm_kind kind, int number, uint64_t exec_at)
{
	const struct warm_order order = {
		.kind = kind, .number = (uint32_t)number, .exec_at = exec_at
	};

	return sys_send(WAITER, &order, sizeof(order), SYS_MSG_NOSIGNAL);
}

/* Where Yama guards tracing, the waiter has to allow it; we are not its parent. */
static long
ask_leave(void)
{
	struct warm_answer answer;
	int fds[2];
	long got = tell(WARM_TRACE, sys_getpid(), 0);

	if (got < 0)
		return got;
	do
		got = message_receive(WAITER, &answer, sizeof(answer), fds);
	while (got == -EINTR);
	if (got < 0)
		return got;
	return got == sizeof(answer) && answer.kind == WARM_READY ? 0 : -EPROTO;
}

/* From here on it is traced, although it does not notice before its exec. */
static int
seize(struct follow *follow)
{
	struct hold_report *report = follow->report;
	int pid = follow->order->pid;
	long rc = ask_leave();

	if (rc < 0)
		return fail(report, HOLD_FAILED,
		    "the process that is to execute the program does not answer", rc);
	rc = trace_call(PTRACE_SEIZE, pid, 0, (const void *)OPTIONS);
	if (rc == -ESRCH)
		return fail(report, HOLD_FAILED,
		    "the process that is to execute the program has ended", rc);
	if (rc < 0)
		return fail(report, HOLD_DENIED, "PTRACE_SEIZE", rc);
	rc = placeholder_init(&follow->placeholder, pid);
	if (rc < 0)
		return fail(report, HOLD_DENIED, "its descriptors cannot be seen", rc);
	if (tracees_add(&follow->tracees, pid)->pid != pid)
		return fail(report, HOLD_FAILED,
		    "the process that is to execute the program has ended", -ESRCH);
	rc = tell(WARM_GO, 0, follow->order->exec_at);
	return rc < 0 ? fail(report, HOLD_FAILED,
			    "the process that is to execute the program has ended", rc)
		      : 0;
}

/* ---- it is made to wait ------------------------------------------------------------ */

/* The thread that touches is the first; -1: more than there is room for. */
static int
list_threads(const struct follow *follow, struct park_thread *threads)
{
	const struct tracees *tracees = &follow->tracees;
	uint32_t count = 1;

	for (uint32_t i = 0; i < tracees->count; i++) {
		const struct tracee *tracee = &tracees->all[i];
		struct park_thread *thread = &threads[count];

		if (!follow_is_main(follow, tracee) || tracee->is_ending)
			continue;
		if (tracee->tid == follow->touched)
			thread = &threads[0];
		else if (++count > PARK_THREADS_MAX)
			return -1;
		*thread = (struct park_thread){ tracee->tid, tracee->stop };
	}
	return (int)count;
}

/* Nothing of a process can be seen in /proc without its first thread. */
static bool
has_first_thread(struct follow *follow)
{
	const struct tracee *first = tracees_find(&follow->tracees, follow->order->pid);

	return first != NULL && !first->is_ending;
}

static int
park(struct follow *follow)
{
	static struct park_thread threads[PARK_THREADS_MAX + 1];
	const struct hold_order *order = follow->order;
	struct hold_report *report = follow->report;
	char refusal[sizeof(report->copy_refusal)];
	struct refusal_facts facts = { .pid = order->pid,
		.has_timer = follow->has_timer };
	struct park_order park = { .pid = order->pid,
		.placeholder = follow->placeholder.name,
		.threads = threads,
		.slots = follow->padding.all,
		.slot_count = follow->padding.count,
		.for_copies = order->flags & HOLD_COPIES };
	int count = list_threads(follow, threads);

	_Static_assert(PARK_THREADS_MAX == 256, "the text");
	if (count < 0)
		return fail(report, HOLD_TOO_MUCH, "more than 256 threads", 0);
	if (!has_first_thread(follow))
		return fail(report, HOLD_FAILED, "its first thread has ended", 0);
	park.thread_count = report->threads = (uint32_t)count;
	facts.children = tracees_children(&follow->tracees, order->pid);
	if (park.for_copies && refusal_say(&facts, refusal, sizeof(refusal)))
		park.copy_refusal = refusal;
	padding_check(&follow->padding, order->pid);
	return (int)park_program(&park, report);
}

static int
hold(struct follow *follow)
{
	int result = seize(follow);

	if (result == 0)
		result = gather(follow);
	if (result == 0)
		result = park(follow);
	if (result == HOLD_HELD)
		gather_release(follow);
	return result;
}

int
hold_serve(char **argv, char **envp)
{
	static struct follow follow;
	static struct hold_report report;
	static struct hold_order order;
	uint64_t begin = trace_now_usec();

	(void)argv;
	(void)envp;
	if (sys_read(SUPERVISOR, &order, sizeof(order)) != sizeof(order))
		return EXIT_USAGE;
	if ((order.flags & HOLD_AS_ITS_USER) != 0)
		(void)sys_call6(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
	follow.order = &order;
	follow.report = &report;
	report.result = (uint32_t)hold(&follow);
	if (report.result != HOLD_HELD)
		report.call[0] = '\0';
	report.start_usec = trace_now_usec() - begin;
	return sys_send(SUPERVISOR, &report, sizeof(report), SYS_MSG_NOSIGNAL) < 0
		   ? EXIT_SYSTEM
		   : EXIT_DONE;
}
