#include "account.h"

#include <signal.h>
#include <string.h>

#include "cgroups.h"
#include "child.h"
#include "engine.h"
#include "host.h"
#include "limitword.h"
#include "prepare_limits.h"
#include "subject.h"

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
	text_put(text, text_errno(error));
}

static void
put_subject(struct text *text, const char *subject)
{
	if (subject == NULL)
		return;
	text_put(text, subject);
	text_put(text, ": ");
}

/* Whom nobody of us has killed the kernel has. */
static bool
is_out_of_memory(const struct conn *conn, const struct cgroup_toll *toll)
{
	return toll->oom_kills > 0 && conn->cause == CAUSE_NONE &&
	       conn->ending.kind == ENDING_KILLED && conn->ending.status == SIGKILL;
}

static void
put_out_of_memory(struct text *how, const struct conn *conn)
{
	text_put(how, "killed: out of memory (memory-max ");
	setting_put_value(how, settings_find("memory-max"), &conn->service->settings);
	text_put_char(how, ')');
}

/* Nobody of us has killed it, and much of its time was over: then it was the kernel, most
 * likely, which counts whole ticks for this, on a busy machine far more than was used. */
static bool
has_used_its_time(const struct conn *conn)
{
	const struct rlimit *limit =
	    prepare_limits_find(&conn->service->plan, RLIMIT_CPU);

	return conn->cause == CAUSE_NONE && limit != NULL &&
	       reap_has_cost(&conn->ending) &&
	       conn->ending.cpu_usec / 500000 >= (uint64_t)limit->rlim_max;
}

/* RLIMIT_... that the signal stands for; -1: none. */
static int
limit_of_signal(const struct conn *conn, int signal)
{
	if (signal == SIGXCPU || (signal == SIGKILL && has_used_its_time(conn)))
		return RLIMIT_CPU;
	return signal == SIGXFSZ ? RLIMIT_FSIZE : -1;
}

/* "cpu=1:2", or NULL. */
static const char *
limit_word(const struct setting_list *words, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < words->count; i++)
		if (limitword_name_length(words->words[i]) == length &&
		    strncmp(words->words[i], name, length) == 0)
			return words->words[i];
	return NULL;
}

/* "cpu-time 1s", or "limit cpu=1:2"; false: neither was said. */
static bool
put_limit_said(struct text *text, const struct settings *settings, int resource)
{
	const char *setting = limitword_setting(resource);
	const char *word = limit_word(&settings->limits, limitword_name(resource));

	if (word != NULL) {
		text_printf(text, "limit %s", word);
		return true;
	}
	if (resource == RLIMIT_CPU ? settings->limit_cpu == 0
				   : !settings->limit_file_size.is_set)
		return false;
	text_printf(text, "%s ", setting);
	setting_put_value(text, settings_find(setting), settings);
	return true;
}

/* " (cpu-time 1s)", and of a KILL what speaks for it: " (limit cpu=1; 970 ms used)". */
static void
put_limit(struct text *how, const struct conn *conn, int signal)
{
	const int resource = limit_of_signal(conn, signal);
	char place[64];
	struct text said = TEXT_ON(place);

	if (resource < 0 || !put_limit_said(&said, &conn->service->settings, resource))
		return;
	text_printf(how, " (%s", said.at);
	if (signal == SIGKILL)
		text_printf(how, "; %llu ms used",
		    (unsigned long long)(conn->ending.cpu_usec / 1000));
	text_put_char(how, ')');
}

/* The ending in words. */
static void
put_how(struct text *how, const struct conn *conn, const struct cgroup_toll *toll)
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
		if (is_out_of_memory(conn, toll)) {
			put_out_of_memory(how, conn);
			return;
		}
		text_put(how, "killed by ");
		put_signal(how, ending->status);
		put_limit(how, conn, ending->status);
		if (ending->dumped_core)
			text_put(how, " (core dumped)");
		return;
	case ENDING_STAGE:
		text_put(how, "never ran: failed at stage \"");
		text_put(how, child_stage_name(ending->stage));
		text_put(how, "\": ");
		put_subject(how,
		    subject_of_stage(conn->service, ending->stage, conn->report.detail));
		put_error(how, ending->error);
		return;
	case ENDING_UNSTARTED:
		text_put(how, "never ran: no process: ");
		put_error(how, ending->error);
		return;
	}
}

static void
tell_ending(struct event *event, const struct conn *conn, const struct cgroup_toll *toll)
{
	const struct ending *ending = &conn->ending;
	struct text text;

	event_text(event, "ending", reap_kind_name(ending->kind));
	text = event_open(event);
	put_how(&text, conn, toll);
	event_close(event, "how", &text);
	if (ending->kind == ENDING_EXITED || ending->kind == ENDING_KILLED)
		event_number(event, "status", ending->status);
	if (ending->kind == ENDING_KILLED) {
		text = event_open(event);
		put_signal(&text, ending->status);
		event_close(event, "signal", &text);
	}
	if (ending->kind == ENDING_STAGE) {
		const char *hint = child_stage_hint(ending->stage, ending->error);

		event_text(event, "stage", child_stage_name(ending->stage));
		if (hint[0] != '\0')
			event_text(event, "hint", hint);
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
	if (reap_has_cost(&conn->ending)) {
		event_number(event, "cpu_us", (int64_t)conn->ending.cpu_usec);
		if (conn->ending.peak_kb > 0) /* of a small copy the kernel lost count */
			event_number(event, "peak_kb", (int64_t)conn->ending.peak_kb);
	}
	if (conn->rest != REST_NONE)
		event_text(event, "rest", rests[conn->rest]);
}

static void
tell_some(struct event *event, const char *key, uint64_t number)
{
	if (number > 0)
		event_number(event, key, (int64_t)number);
}

/* Of a session with a cgroup: what it met, and how long it had to wait for it. */
static void
tell_toll(struct event *event, const struct cgroup_toll *toll)
{
	struct text hit = event_open(event);

	cgroup_toll_put(&hit, toll);
	if (hit.used > 0)
		event_close(event, "hit", &hit);
	tell_some(event, "oom_kills", toll->oom_kills);
	tell_some(event, "memory_hits", toll->memory_hits);
	tell_some(event, "pids_hits", toll->pids_hits);
	tell_some(event, "throttled_us", toll->throttled_usec);
	tell_some(event, "memory_stall_us", toll->memory_stall);
	tell_some(event, "cpu_stall_us", toll->cpu_stall);
	tell_some(event, "memory_peak_kb", toll->memory_peak / 1024);
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

static void
tell_proxy(struct event *event, const struct conn *conn)
{
	struct text proxy = event_open(event);

	addr_put(&proxy, &conn->introduction->proxy);
	event_close(event, "proxy", &proxy);
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
	if (conn->introduction != NULL)
		tell_proxy(&event, conn);
	event_number(&event, "pid", conn->pid);
	if (conn->confinement.own_id != 0)
		event_number(&event, "uid", conn->confinement.own_id);
	event_number(&event, "live", gate->live);
	event_number(&event, "max", gate->max);
	if (conn->how != START_FRESH)
		event_text(&event, "start", pool_how_name(conn->how));
	tell_some(&event, "waited_ms", conn->waited);
	event_send(&event, &conn->service->server->sink);
}

void
account_replaced(const struct conn *conn)
{
	struct event event;

	event_begin(&event, EVENT_REPLACED, conn->service->name, conn->id);
	event_number(&event, "before", conn->pid_before);
	event_number(&event, "pid", conn->pid);
	event_send(&event, &conn->service->server->sink);
}

/* As a session that nobody has to look at. */
static bool
has_ended_well(const struct conn *conn, const struct cgroup_toll *toll)
{
	return toll->oom_kills == 0 && toll->pids_hits == 0 &&
	       conn->ending.kind == ENDING_EXITED && conn->ending.status == 0 &&
	       conn->cause == CAUSE_NONE && conn->rest == REST_NONE;
}

static void
tell_host(const struct conn *conn, const struct cgroup_toll *toll)
{
	char how[512] = "";
	struct text text = TEXT_ON(how);

	if (!host_listens(conn))
		return;
	put_how(&text, conn, toll);
	host_tell_ending(conn, how);
}

void
account_end(const struct conn *conn)
{
	bool has_failed =
	    conn->ending.kind == ENDING_STAGE || conn->ending.kind == ENDING_UNSTARTED;
	struct cgroup_toll toll = { 0 };
	struct event event;

	if (conn->confinement.cgroup != NULL)
		toll = cgroups_toll(conn->confinement.cgroup);
	tell_host(conn, &toll);
	if (!is_sampled(conn) && has_ended_well(conn, &toll))
		return;
	event_begin(&event, has_failed ? EVENT_SESSION_FAILED : EVENT_SESSION_END,
	    conn->service->name, conn->id);
	tell_source(&event, conn);
	if (conn->pid > 0)
		event_number(&event, "pid", conn->pid);
	tell_ending(&event, conn, &toll);
	if (conn->cause != CAUSE_NONE)
		event_text(&event, "cause", conn_cause_name(conn->cause));
	tell_cost(&event, conn);
	tell_toll(&event, &toll);
	event_send(&event, &conn->service->server->sink);
}
