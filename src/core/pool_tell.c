/* What is said of a pool, and why something cannot be started ahead, in words. */
#include <stdio.h>
#include <sys/wait.h>

#include "child.h"
#include "engine.h"
#include "extend.h"
#include "pool.h"
#include "variant.h"

const char *
pool_how_name(enum start_how how)
{
	static const char *const names[] = {
		[START_FRESH] = "fresh",
		[START_SPARE] = "spare",
		[START_WARM] = "warm",
		[START_CLONE] = "clone",
	};

	return names[how];
}

struct sentence {
	const char *text;
	bool is_final; /* it would do the same again */
};

static const struct sentence sentences[] = {
	[HOLD_NOT_RUN] = { "the program could not be executed", false },
	[HOLD_ENDED] = { "it ended before it asked for its client", false },
	[HOLD_LET_GO] = { "it closed its connection before it used it", true },
	[HOLD_BY_CHILD] = { "a process that it starts uses the connection", true },
	[HOLD_FOREIGN] = { "its code is of another kind than this machine's own", true },
	[HOLD_DENIED] = { "tracing is not allowed here (ptrace; see kernel.yama.ptrace_scope, and filters of system calls)",
	    true },
	[HOLD_UNREADABLE] = { "the program's file may be executed but not read", true },
	[HOLD_PRIVILEGED] = { "the program is set-user-id or has capabilities, which it "
			      "would not get under trace",
	    true },
	[HOLD_TOO_MUCH] = { "it has more threads, processes or descriptors than can be "
			    "held",
	    true },
	[HOLD_FAILED] = { "", false },
};

/* By enum hold_result; in the place of HOLD_HELD what was held and cannot be copied. */
static const char *const reason_names[] = {
	"timeout",
	[HOLD_HELD] = "not-copied",
	[HOLD_NOT_RUN] = "not-run",
	[HOLD_ENDED] = "ended",
	[HOLD_LET_GO] = "let-go",
	[HOLD_BY_CHILD] = "by-child",
	[HOLD_FOREIGN] = "foreign",
	[HOLD_DENIED] = "denied",
	[HOLD_UNREADABLE] = "unreadable",
	[HOLD_PRIVILEGED] = "privileged",
	[HOLD_TOO_MUCH] = "too-much",
	[HOLD_FAILED] = "other",
};

_Static_assert(ARRAY_SIZE(reason_names) <= SPARE_REASONS, "each is counted");

void
pool_count_reason(struct pool *pool, const struct hold_report *report)
{
	uint64_t *counts = pool->service->ledger->spares.reasons;
	struct text text = TEXT_ON(pool->reasons);
	const bool is_timeout =
	    report->result == HOLD_FAILED && report->error == ETIMEDOUT;

	if (report->result < ARRAY_SIZE(reason_names))
		counts[is_timeout ? 0 : report->result]++;
	pool->reasons[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(reason_names); i++)
		if (counts[i] > 0)
			text_printf(&text, "%s%s %llu", text.used > 0 ? ", " : "",
			    reason_names[i], (unsigned long long)counts[i]);
}

static const char *
signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name != NULL ? name : "a signal";
}

static void
put_status(struct text *text, int status)
{
	if (WIFEXITED(status))
		text_printf(text, ": exited %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		text_printf(text, ": killed by %s", signal_name(WTERMSIG(status)));
}

/* What may be in the way, of an error that does not say. */
static const char *
limit_of(int error)
{
	switch (error) {
	case EMFILE:
		return " (see files, and RLIMIT_NOFILE of prong itself)";
	case EAGAIN:
		return " (see processes, and the control group's pids)";
	default:
		return "";
	}
}

bool
pool_reason(const struct hold_report *report, struct text *text)
{
	const struct sentence *sentence = &sentences[HOLD_FAILED];
	const char *between = "";

	if (report->result == HOLD_FAILED && report->error == ETIMEDOUT) {
		text_printf(text,
		    "it did not ask for its client within start-timeout, which is %s",
		    report->detail);
		return false;
	}
	if (report->result < ARRAY_SIZE(sentences))
		sentence = &sentences[report->result];
	text_put(text, sentence->text);
	if (sentence->text[0] != '\0')
		between = ": ";
	if (report->detail[0] != '\0') {
		text_printf(text, "%s%s", between, report->detail);
		between = ": ";
	}
	if (report->error != 0)
		text_printf(text, "%s%s%s", between, text_errno(report->error),
		    limit_of(report->error));
	if (report->result == HOLD_ENDED)
		put_status(text, report->status);
	return sentence->is_final;
}

bool
pool_put_stage(const struct pool *pool, char *text, size_t size)
{
	if (pool->report->stage == STAGE_NONE)
		return false;
	(void)snprintf(text, size, "stage \"%s\": %s",
	    child_stage_name(pool->report->stage), text_errno(pool->report->error));
	return true;
}

void
pool_put_ending(const struct ending *ending, bool was_image, char *text, size_t size)
{
	struct text how = { .at = text, .size = size };

	text_put(&how, was_image ? "the process that copies were made of has ended"
				 : "a process that waited has ended");
	if (ending != NULL && ending->kind == ENDING_EXITED)
		text_printf(&how, ": exited %d", ending->status);
	else if (ending != NULL && ending->kind == ENDING_KILLED)
		text_printf(&how, ": killed by %s", signal_name(ending->status));
}

void
pool_tell_ready(struct pool *pool, const struct spare *spare)
{
	struct event event;
	uint64_t memory;

	if (pool->is_told)
		return;
	pool->is_told = true;
	event_begin(&event, EVENT_SPARES, pool->service->name, NULL);
	event_text(&event, "how", pool_how_name(pool->how));
	event_number(&event, "ready", pool->ready);
	if (pool->held.call[0] != '\0') {
		event_text(&event, "call", pool->held.call);
		event_number(&event, "start_ms", (int64_t)pool->held.start_usec / 1000);
	}
	memory = spare_memory_kb(spare);
	if (memory > 0)
		event_number(&event, "memory_kb", (int64_t)memory);
	event_send(&event, &pool->service->server->sink);
}

void
pool_tell_failed(struct pool *pool, msec pause)
{
	const struct prong_service *service = pool->service;
	bool is_warm = pool->how == START_WARM &&
		       service->settings.start == START_CLONE && pause == 0 &&
		       !pool->sizing.has_given_up;
	struct event event;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&pool->told, engine_now(service->server), &more, &more_ms))
		return;
	event_begin(&event, EVENT_SPARES_FAILED, service->name, NULL);
	event_text(&event, "how", pool_how_name((enum start_how)service->settings.start));
	event_text(&event, "reason", pool->reason);
	event_text(&event, "instead", is_warm ? "warm" : "fresh");
	if (!is_warm && pause == 0 && service->settings.start != START_SPARE)
		event_text(&event, "help", "start: spare");
	if (pause > 0)
		event_number(&event, "pause_ms", pause);
	if (more > 0)
		event_number(&event, "more", (int64_t)more);
	event_send(&event, &service->server->sink);
}

void
pool_tell_retired(struct pool *pool, uint32_t count, const char *why)
{
	struct event event;

	event_begin(&event, EVENT_SPARES_RETIRED, pool->service->name, NULL);
	event_number(&event, "count", count);
	event_text(&event, "why", why);
	event_send(&event, &pool->service->server->sink);
}

/* Of one that waits, or of what is copied: what a copy has of its own comes later. */
static uint64_t
memory_of(const struct pool *pool)
{
	const struct spare *spare = pool->first != NULL ? pool->first : pool->image;

	return spare == NULL ? 0 : spare_memory_kb(spare);
}

static const char *
in_force(const struct pool *pool)
{
	if (pool->sizing.has_given_up || (pool->sizing.failures > 0 && pool->ready == 0))
		return pool_how_name(START_FRESH);
	return pool_how_name(pool->how);
}

/* Each variant has a pool of its own: those that wait, of all together. */
static void
add_variants(const struct prong_service *base, struct prong_spares *ret)
{
	for (const struct prong_service *at = variant_next(base, base); at != NULL;
	     at = variant_next(base, at)) {
		ret->ready += at->pool.ready;
		ret->starting += at->pool.starting;
		if (!at->is_asker && !at->pool.sizing.has_given_up)
			ret->wanted += at->pool.sizing.wanted;
	}
}

PRONG_API void
prong_spares(const struct prong_service *service, struct prong_spares *ret, size_t size)
{
	const struct pool *pool = &service->pool;
	const struct spare_counts *counts = &service->ledger->spares;

	struct prong_spares spares = {
		.asked = pool_how_name((enum start_how)service->settings.start),
		.in_force = in_force(pool),
		.reason = pool->reason,
		.reasons = pool->reasons,
		.ready = pool->ready,
		.starting = pool->starting,
		.wanted = pool->sizing.has_given_up ? 0 : pool->sizing.wanted,
		.hits = counts->hits,
		.misses = counts->misses,
		.failed = counts->failed,
		.lost = counts->lost,
		.retired = counts->retired,
		.call = pool->held.call,
		.start_ms = pool->held.start_usec / 1000,
		.memory_kb = memory_of(pool),
	};
	add_variants(service, &spares);
	extend(ret, size, &spares, sizeof(spares));
}
