#include "account.h"

#include <string.h>

#include "child.h"
#include "engine.h"

static void
put_signal(struct text *text, int number)
{
	const char *name = sigabbrev_np(number);

	if (name != NULL)
		text_put(text, name);
	else
		text_put_number(text, (uint64_t)number);
}

static void
put_error(struct text *text, int error)
{
	text_put(text, strerror(error));
}

static void
put_subject(struct text *text, const char *subject)
{
	if (subject == NULL)
		return;
	text_put(text, subject);
	text_put(text, ": ");
}

/* The ending in words. */
static void
put_how(struct text *how, const struct conn *conn)
{
	const struct ending *ending = &conn->ending;

	switch (ending->kind) {
	case ENDING_UNKNOWN:
		text_put(how, "ended, its status was taken by somebody else");
		return;
	case ENDING_EXITED:
		text_put(how, "exited ");
		text_put_number(how, (uint64_t)ending->status);
		return;
	case ENDING_KILLED:
		text_put(how, "killed by ");
		put_signal(how, ending->status);
		if (ending->dumped_core)
			text_put(how, " (core dumped)");
		return;
	case ENDING_STAGE:
		text_put(how, "never ran: failed at stage \"");
		text_put(how, child_stage_name(ending->stage));
		text_put(how, "\": ");
		put_subject(how, service_stage_subject(conn->service, ending->stage));
		put_error(how, ending->error);
		return;
	case ENDING_UNSTARTED:
		text_put(how, "never ran: no process: ");
		put_error(how, ending->error);
		return;
	}
}

static void
tell_ending(struct event *event, const struct conn *conn)
{
	const struct ending *ending = &conn->ending;
	struct text text;

	event_text(event, "ending", reap_kind_name(ending->kind));
	text = event_open(event);
	put_how(&text, conn);
	event_close(event, "how", &text);
	if (ending->kind == ENDING_EXITED || ending->kind == ENDING_KILLED)
		event_number(event, "status", ending->status);
	if (ending->kind == ENDING_KILLED) {
		text = event_open(event);
		put_signal(&text, ending->status);
		event_close(event, "signal", &text);
	}
	if (ending->kind == ENDING_STAGE) {
		event_text(event, "stage", child_stage_name(ending->stage));
		if (child_stage_hint(ending->stage)[0] != '\0')
			event_text(event, "hint", child_stage_hint(ending->stage));
	}
	if (ending->kind == ENDING_STAGE || ending->kind == ENDING_UNSTARTED) {
		text = event_open(event);
		put_error(&text, ending->error);
		event_close(event, "error", &text);
	}
}

/* Of a program the peak is never told below our own size: the kernel counts the memory of
 * the moment between clone and exec as the child's (exec_mmap). */
static void
tell_cost(struct event *event, const struct conn *conn)
{
	static const char *const rests[] = {
		[REST_NONE] = "",
		[REST_TERMINATED] = "terminated",
		[REST_KILLED] = "killed",
		[REST_STUCK] = "killed, and is still there",
	};
	const struct traffic *traffic = &conn->traffic;

	event_number(event, "duration_ms", conn->ended - conn->begun);
	if (traffic->is_known) {
		event_number(event, "bytes_in", (int64_t)traffic->in);
		event_number(event, "bytes_out", (int64_t)traffic->out);
	}
	if (conn->ending.kind == ENDING_EXITED || conn->ending.kind == ENDING_KILLED) {
		event_number(event, "cpu_us", (int64_t)conn->ending.cpu_usec);
		event_number(event, "peak_kb", (int64_t)conn->ending.peak_kb);
	}
	if (conn->rest != REST_NONE)
		event_text(event, "rest", rests[conn->rest]);
}

/* The first of each N. */
static bool
is_sampled(const struct conn *conn)
{
	uint32_t sample = conn->service->settings.log_sample;

	return sample <= 1 || conn->number % sample == 1;
}

static void
tell_source(struct event *event, const struct conn *conn)
{
	struct text source = event_open(event);

	addr_put(&source, &conn->peer);
	event_close(event, "source", &source);
}

void
account_begin(const struct conn *conn)
{
	const struct gate *gate = &conn->service->ledger->gate;
	struct event event;

	if (!is_sampled(conn))
		return;
	event_begin(&event, EVENT_SESSION_BEGIN, conn->service->name, conn->id);
	tell_source(&event, conn);
	event_number(&event, "pid", conn->pid);
	event_number(&event, "live", gate->live);
	event_number(&event, "max", gate->max);
	event_send(&event, &conn->service->server->sink);
}

/* As a session that nobody has to look at. */
static bool
has_ended_well(const struct conn *conn)
{
	return conn->ending.kind == ENDING_EXITED && conn->ending.status == 0 &&
	       conn->cause == CAUSE_NONE && conn->rest == REST_NONE;
}

void
account_end(const struct conn *conn)
{
	bool has_failed =
	    conn->ending.kind == ENDING_STAGE || conn->ending.kind == ENDING_UNSTARTED;
	struct event event;

	if (!is_sampled(conn) && has_ended_well(conn))
		return;
	event_begin(&event, has_failed ? EVENT_SESSION_FAILED : EVENT_SESSION_END,
	    conn->service->name, conn->id);
	tell_source(&event, conn);
	if (conn->pid > 0)
		event_number(&event, "pid", conn->pid);
	tell_ending(&event, conn);
	if (conn->cause != CAUSE_NONE)
		event_text(&event, "cause", conn_cause_name(conn->cause));
	tell_cost(&event, conn);
	event_send(&event, &conn->service->server->sink);
}
