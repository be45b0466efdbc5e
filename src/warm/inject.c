#include "inject.h"

#include <linux/errno.h>

enum stop {
	STOP_CALL,      /* at the entry or the end of a system call */
	STOP_INTERRUPT, /* because we asked */
	STOP_SIGNAL,
};

/* One more than the signals that may be there, and the stops that were asked for. */
#define STOPS_MOST 8

static long
stop_wait(int tid, enum stop *ret_stop, int *ret_signal)
{
	int status = 0;
	long rc = trace_wait(tid, 0, &status);

	if (rc < 0)
		return rc;
	if (!TRACE_IS_STOPPED(status))
		return -ESRCH; /* it ended */
	*ret_signal = TRACE_SIGNAL(status);
	if (TRACE_EVENT(status) == PTRACE_EVENT_STOP)
		*ret_stop = STOP_INTERRUPT;
	else
		*ret_stop = *ret_signal == TRACE_SIGNAL_OF_CALL ? STOP_CALL : STOP_SIGNAL;
	return 0;
}

/* Lets it run until the stop that is wanted. */
static long
run_to(int tid, long request, enum stop wanted, bool *stop_pending)
{
	enum stop stop = STOP_SIGNAL;
	int signal = 0;

	for (int i = 0; i < STOPS_MOST; i++) {
		long rc = trace_call(request, tid, 0, NULL);

		if (rc == 0)
			rc = stop_wait(tid, &stop, &signal);
		if (rc < 0 || stop == wanted)
			return rc;
		if (stop == STOP_SIGNAL && signal == SIGSTOP)
			*stop_pending = true;
	}
	return -EBUSY;
}

enum inject_place
inject_place(int tid)
{
	struct ptrace_syscall_info info = { 0 };
	long rc = trace_call(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info);

	if (rc > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return INJECT_AT_ENTRY;
	return rc > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT ? INJECT_AT_END
							     : INJECT_ELSEWHERE;
}

/* The stop in between shows every register; on arm64 one of them is hidden at the entry
 * and the end of calls. */
long
inject_settle(int tid, enum inject_place place, bool *stop_pending)
{
	long rc = 0;

	if (place == INJECT_ELSEWHERE)
		return 0;
	if (place == INJECT_AT_ENTRY) {
		rc = machine_no_call(tid);
		if (rc == 0)
			rc = run_to(tid, PTRACE_SYSCALL, STOP_CALL, stop_pending);
	}
	if (rc == 0)
		rc = trace_call(PTRACE_INTERRUPT, tid, 0, NULL);
	if (rc == 0)
		rc = run_to(tid, PTRACE_CONT, STOP_INTERRUPT, stop_pending);
	return rc;
}

long
inject_call(struct inject *inject, const struct machine_call *call)
{
	struct machine_registers registers = inject->before;
	long rc;

	machine_call(&registers, call);
	machine_go_to(&registers, inject->instruction);
	rc = trace_set_registers(inject->tid, &registers, sizeof(registers));
	for (int i = 0; i < 2 && rc == 0; i++)
		rc =
		    run_to(inject->tid, PTRACE_SYSCALL, STOP_CALL, &inject->stop_pending);
	if (rc == 0)
		rc = trace_get_registers(inject->tid, &registers, sizeof(registers));
	return rc < 0 ? rc : machine_result(&registers);
}
