/*
 * format -- events as lines for people, for programs, and for the journal
 *
 * Pure: the event and the time come in, bytes come out, into fixed memory.  What does
 * not fit is cut in a way that leaves the line well-formed.  Nothing a client or a
 * program said can begin a line of its own.
 */
#pragma once

#include <stddef.h>
#include <time.h>

#include "prong.h"
#include "text.h"

enum format_kind { FORMAT_TEXT, FORMAT_JSON, FORMAT_JOURNALD };

/* "text", "json", "journald", in the order of the enum. */
extern const char *const format_names[];
extern const size_t format_count;

/* The printed second, kept until the next one begins. */
struct format_clock {
	time_t second;
	char text[32];
};

/* "04:05:06.123 SENTENCE\n", the local time of day; the sentence in the language in force
 * (words.h), what fills it in as the event has it. */
void format_text(struct text *, const struct prong_event *, const struct timespec *now,
    struct format_clock *);

/* {"time":"2026-11-23T04:05:06.123Z","level":"info","event":...}\n, UTC. */
void format_json(struct text *, const struct prong_event *, const struct timespec *now,
    struct format_clock *);

/* One datagram of the journal's native protocol: MESSAGE, PRIORITY, PRONG_*.  The
 * journal stamps the time itself. */
void format_journald(struct text *, const struct prong_event *,
    const struct timespec *now, struct format_clock *);
