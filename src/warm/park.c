/*
 * The order of things: the touching thread is taken out of its call; by it pages are
 * mapped; the parasite and what it needs to know are written there; each thread is made
 * to go on in the parasite.  What fails before the end leaves a program that is not fit
 * to go on, so the caller ends it.
 */
#include "park.h"

#include "copying.h"
#include "descriptors.h"
#include "inject.h"
#include "procfs.h"
#include "rseq.h"
#include "say.h"
#include "parasite.h"

#include <linux/mman.h>

struct parking {
	const struct park_order *order;
	struct hold_report *report;
	struct inject inject; /* by the thread that touched */
	/* Addresses; before the mapping is made, distances from its begin. */
	unsigned long code, tails, shared, threads;
	unsigned long bytes;  /* of the mapping */
	unsigned long caught; /* signals that the program has handlers for */
	struct parasite_shared ours;
};

/* One thread, as it is to go on. */
struct kept {
	struct machine_registers registers;
	unsigned long mask;
};

static enum hold_result
failed(struct parking *parking, long error, const char *what)
{
	struct say say =
	    say_begin(parking->report->detail, sizeof(parking->report->detail));

	say_text(&say, what);
	parking->report->error = (int32_t)-error;
	return error == -E2BIG ? HOLD_TOO_MUCH : HOLD_FAILED;
}

static enum hold_result
foreign(struct parking *parking, const char *what)
{
	(void)failed(parking, 0, what);
	return HOLD_FOREIGN;
}

/* ---- one thread ------------------------------------------------------------------ */

static long
signals_block(int tid, unsigned long *ret_mask)
{
	const unsigned long all = ~0UL;
	long rc = trace_call(PTRACE_GETSIGMASK, tid, sizeof(*ret_mask), ret_mask);

	return rc < 0 ? rc : trace_call(PTRACE_SETSIGMASK, tid, sizeof(all), &all);
}

/* A handler of the program's must not run in the middle of this.  What has none may come:
 * TERM ends a program that waits, and not the session that it gets later. */
static long
signals_wait(int tid, unsigned long mask, unsigned long caught)
{
	mask |= caught;
	return trace_call(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask);
}

static bool
is_after_call(int tid, const struct machine_registers *registers)
{
	unsigned char code[MACHINE_CALL_BYTES];

	return trace_read(
		   tid, machine_at(registers) - sizeof(code), code, sizeof(code)) == 0 &&
	       machine_is_call(code);
}

/* From now on nothing happens in the thread but what we do. */
static enum hold_result
thread_keep(struct parking *parking, int tid, struct kept *kept)
{
	enum inject_place place = inject_place(tid);
	struct machine_registers settled;
	long rc;

	*kept = (struct kept){ 0 }; /* of a 32-bit process the kernel fills in less */
	rc = signals_block(tid, &kept->mask);
	if (rc == 0)
		rc = trace_get_registers(tid, &kept->registers, sizeof(kept->registers));
	if (rc < 0)
		return failed(parking, rc, "reading a thread's state");
	if (!machine_is_ours(&kept->registers))
		return foreign(parking, "its code is not of this machine's 64-bit kind");
	if (place == INJECT_AT_ENTRY && !is_after_call(tid, &kept->registers))
		return foreign(parking, "its system call was made in an unusual way");
	rc = inject_settle(tid, place, &parking->inject.stop_pending);
	if (rc == 0)
		rc = trace_get_registers(tid, &settled, sizeof(settled));
	if (rc < 0)
		return failed(parking, rc, "stopping a thread between two instructions");
	if (place == INJECT_AT_ENTRY) {
		machine_reveal(&kept->registers, &settled);
		machine_repeat(&kept->registers);
		return HOLD_HELD;
	}
	kept->registers = settled;
	machine_restart(&kept->registers);
	rseq_abort(tid, &kept->registers);
	return HOLD_HELD;
}

/* ---- the pages ------------------------------------------------------------------- */

static unsigned long
whole_pages(unsigned long bytes)
{
	return (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE * MACHINE_PAGE;
}

static void
pages_lay_out(struct parking *parking)
{
	const unsigned long parasite =
	    (unsigned long)(__stop_warm_parasite - __start_warm_parasite);
	const unsigned long count = parking->order->thread_count;

	parking->tails =
	    (parasite + MACHINE_TAIL_BYTES - 1) / MACHINE_TAIL_BYTES * MACHINE_TAIL_BYTES;
	parking->shared = whole_pages(parking->tails + count * MACHINE_TAIL_BYTES);
	parking->threads = parking->shared + sizeof(struct parasite_shared);
	parking->bytes =
	    whole_pages(parking->threads + count * sizeof(struct parasite_thread));
}

/* No page is ever both written and executed, nor made executable later: filters such as
 * systemd's MemoryDenyWriteExecute= forbid that. */
static long
pages_map(struct parking *parking)
{
	const struct machine_call map = { __NR_mmap,
		{ 0, (long)parking->bytes, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 } };
	struct machine_call protect = { __NR_mprotect, { 0, 0, PROT_READ | PROT_WRITE } };
	long at = inject_call(&parking->inject, &map);

	if (at < 0 && at > -MACHINE_PAGE)
		return at;
	protect.arguments[0] = at + (long)parking->shared;
	protect.arguments[1] = (long)(parking->bytes - parking->shared);
	parking->code = (unsigned long)at;
	parking->tails += (unsigned long)at;
	parking->shared += (unsigned long)at;
	parking->threads += (unsigned long)at;
	return inject_call(&parking->inject, &protect);
}

/* Code that is not writable to the program is to us. */
static long
code_write(int tid, unsigned long to, const unsigned char *code, size_t size)
{
	long rc = 0;

	for (size_t at = 0; at < size && rc == 0; at += sizeof(unsigned long)) {
		unsigned long word = 0;

		for (size_t i = 0; i < sizeof(word) && at + i < size; i++)
			word |= (unsigned long)code[at + i] << (8 * i);
		rc = trace_call(PTRACE_POKETEXT, tid, to + at, (const void *)word);
	}
	return rc;
}

/* ---- what is in them ------------------------------------------------------------- */

static enum hold_result
copies_prepare(struct parking *parking)
{
	const struct park_order *order = parking->order;
	struct hold_report *report = parking->report;
	struct say say = say_begin(report->copy_refusal, sizeof(report->copy_refusal));
	const char *refusal = order->copy_refusal;
	long rc;

	if (!order->for_copies)
		return HOLD_HELD;
	if (order->thread_count > 1) {
		say_text(&say, "it has ");
		say_number(&say, order->thread_count);
		say_text(&say, " threads");
		return HOLD_HELD;
	}
	if (refusal == NULL)
		refusal = copying_prepare(
		    &parking->inject, parking->shared, &parking->ours.copying);
	if (refusal != NULL) {
		say_text(&say, refusal);
		return HOLD_HELD;
	}
	rc = descriptors_files(order->pid, &parking->ours, report->copy_refusal,
	    sizeof(report->copy_refusal));
	return rc < 0 ? failed(parking, rc, "looking at its descriptors") : HOLD_HELD;
}

/* As far as it can be copied so far. */
static void
files_try(struct parking *parking)
{
	struct hold_report *report = parking->report;
	struct say say;
	int fd;

	if (!parking->order->for_copies || report->copy_refusal[0] != '\0')
		return;
	fd = copying_try_files(&parking->inject, parking->shared, &parking->ours);
	if (fd < 0)
		return;
	say = say_begin(report->copy_refusal, sizeof(report->copy_refusal));
	say_text(&say, "descriptor ");
	say_number(&say, (uint64_t)fd);
	say_text(&say, " cannot be opened anew");
}

static void
slots_take(struct parking *parking)
{
	const struct park_order *order = parking->order;

	for (uint32_t i = 0; i < order->slot_count; i++)
		parking->ours.slots[i] = order->slots[i];
	parking->ours.slot_count = order->slot_count;
}

static enum hold_result
shared_write(struct parking *parking)
{
	const struct park_order *order = parking->order;
	enum hold_result result;
	long rc = descriptors_aliases(order->pid, order->placeholder, &parking->ours);

	if (rc < 0)
		return failed(parking, rc, "looking for the connection's descriptors");
	slots_take(parking);
	result = copies_prepare(parking);
	if (result != HOLD_HELD)
		return result;
	rc = trace_write(
	    order->pid, parking->shared, &parking->ours, sizeof(parking->ours));
	if (rc == 0)
		rc = code_write(order->threads[0].tid, parking->code,
		    __start_warm_parasite,
		    (size_t)(__stop_warm_parasite - __start_warm_parasite));
	if (rc < 0)
		return failed(parking, rc, "writing to its memory");
	files_try(parking);
	return HOLD_HELD;
}

static long
thread_write(struct parking *parking, uint32_t index, struct parasite_thread *thread)
{
	const unsigned long at = parking->threads + index * sizeof(*thread);
	const unsigned long tail = parking->tails + index * MACHINE_TAIL_BYTES;
	const int tid = parking->order->threads[index].tid;
	unsigned char code[MACHINE_TAIL_BYTES];
	long rc;

	machine_tail(
	    code, &thread->state, tail, at + offsetof(struct parasite_thread, state));
	rc = code_write(tid, tail, code, sizeof(code));
	return rc < 0 ? rc : trace_write(tid, at, thread, sizeof(*thread));
}

/* The thread goes on in the parasite. */
static enum hold_result
thread_park(struct parking *parking, uint32_t index, const struct kept *kept)
{
	const int tid = parking->order->threads[index].tid;
	const unsigned long at =
	    parking->threads + index * sizeof(struct parasite_thread);
	struct parasite_thread thread = {
		.shared = (struct parasite_shared *)parking->shared,
		.is_first = index == 0,
	};
	struct machine_registers registers = kept->registers;
	const char *why = machine_keep(&thread.state, tid, &kept->registers, kept->mask);
	long rc;

	if (why != NULL)
		return foreign(parking, why);
	rc = thread_write(parking, index, &thread);
	if (rc < 0)
		return failed(parking, rc, "writing to its memory");
	machine_jump(&registers,
	    parking->code + (unsigned long)(parasite_entry - __start_warm_parasite),
	    at + offsetof(struct parasite_thread, stack) + PARASITE_STACK, at);
	rc = trace_set_registers(tid, &registers, sizeof(registers));
	if (rc == 0)
		rc = signals_wait(tid, kept->mask, parking->caught);
	return rc < 0 ? failed(parking, rc, "writing a thread's state") : HOLD_HELD;
}

/* ---- all of it ------------------------------------------------------------------- */

static enum hold_result
first_keep(struct parking *parking, struct kept *kept)
{
	const int tid = parking->order->threads[0].tid;
	enum hold_result result;
	long rc;

	if (inject_place(tid) != INJECT_AT_ENTRY)
		return failed(parking, -EINVAL, "it is not at a system call");
	result = thread_keep(parking, tid, kept);
	if (result != HOLD_HELD)
		return result;
	parking->inject.tid = tid;
	parking->inject.instruction = machine_at(&kept->registers);
	parking->inject.before = kept->registers;
	pages_lay_out(parking);
	rc = pages_map(parking);
	return rc < 0 ? failed(parking, rc, "mapping pages into it") : HOLD_HELD;
}

static enum hold_result
others_park(struct parking *parking)
{
	const struct park_order *order = parking->order;
	enum hold_result result = HOLD_HELD;
	struct kept kept;

	for (uint32_t i = 1; i < order->thread_count && result == HOLD_HELD; i++) {
		result = thread_keep(parking, order->threads[i].tid, &kept);
		if (result == HOLD_HELD)
			result = thread_park(parking, i, &kept);
	}
	return result;
}

enum hold_result
park_program(const struct park_order *order, struct hold_report *report)
{
	struct parking parking = { .order = order, .report = report };
	struct kept first;
	enum hold_result result;

	parking.caught = proc_caught(order->pid);
	if (order->thread_count > PARK_THREADS_MAX || order->slot_count > WARM_SLOTS_MAX)
		return failed(&parking, -E2BIG, "too many threads");
	result = first_keep(&parking, &first);
	if (result == HOLD_HELD)
		result = shared_write(&parking);
	if (result == HOLD_HELD)
		result = thread_park(&parking, 0, &first);
	if (result == HOLD_HELD)
		result = others_park(&parking);
	report->aliases = parking.ours.alias_count;
	report->slots = parking.ours.slot_count;
	if (parking.inject.stop_pending)
		(void)sys_kill(order->pid, SIGSTOP);
	return result;
}
