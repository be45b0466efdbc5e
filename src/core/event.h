/*
 * event -- one fact on its way to whoever listens
 *
 * Built on the stack, sent once; the table events.def gives each its name, level and
 * sentence.  Nothing is allocated and nothing is kept.
 */
#pragma once

#include "prong.h"
#include "text.h"

enum event_id {
#define EVENT(id, name, level, sentence, meaning) EVENT_##id,
#include "events.def"
#undef EVENT
	EVENT_COUNT,
};

struct event_sink {
	prong_event_fn *receive; /* NULL: nobody listens */
	void *context;
};

#define EVENT_FIELDS 28

struct event {
	struct prong_event told;
	struct prong_field fields[EVENT_FIELDS];
	char scratch[2048];
	size_t scratch_used;
};

/* `service` and `id` may be NULL, and must live until event_send(). */
void event_begin(struct event *, enum event_id, const char *service, const char *id);

/* `text` must live until event_send(). */
void event_text(struct event *, const char *key, const char *text);
void event_number(struct event *, const char *key, int64_t number);

/* A text that is written in place: event_open() gives where, event_close() ends it. */
struct text event_open(struct event *);
void event_close(struct event *, const char *key, const struct text *);

void event_send(const struct event *, const struct event_sink *);
