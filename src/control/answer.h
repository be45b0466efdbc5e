/*
 * answer -- from one request to its objects, one at a time
 *
 * An answer is a cursor: answer_next() writes the next object when there is room for it,
 * so nothing is collected however long it gets.  Services and sessions may come and go
 * in between.  The last object says "done":true, or "error" and why.
 */
#pragma once

#include <stdbool.h>

#include "means.h"
#include "object.h"
#include "request.h"

/* Every service, where a request names one. */
#define ANSWER_ALL "*"

#define ANSWER_MESSAGE_BYTES 8192

/* The longest is IPv6 with the name of an interface. */
#define ANSWER_ADDRESS_BYTES 96

struct answer;

/* Writes the next object; false: there is none left but the last. */
typedef bool answer_next_fn(struct answer *, struct text *);

struct answer {
	struct means *means;
	answer_next_fn *next; /* NULL: only the last object is left */
	bool is_active;
	bool is_waiting;  /* for control_answer() */
	size_t step;      /* of the row or the service that is next */
	uint32_t cursor;  /* of sessions, or of those that owe something */
	char service[64]; /* the only one that is asked for; "": every one */
	char address[ANSWER_ADDRESS_BYTES];
	int64_t sessions; /* for the last object; -1: it has none */
	int64_t sources;  /* the same */
	char error[512];  /* for the last object; "": it is done */
	char messages[ANSWER_MESSAGE_BYTES];
};

/* Begins the answer to a line of `length` bytes, which is cut into words, with room for
 * a NUL; carries out what it asks for. */
void answer_begin(
    struct answer *, const struct control_asker *, char *line, size_t length);

/* An answer that is nothing but an error. */
void answer_fail(struct answer *, const char *error);

/* What was waited for is over: control_answer(). */
void answer_resume(struct answer *, const char *error, const char *messages);

/* Writes the next object, for which there must be OBJECT_BYTES of room; after the last
 * one the answer is not active any more.  Not to be called while it is waiting. */
void answer_next(struct answer *, struct text *);

/* Notes an error in words; the answer ends with it. */
void answer_set_error(struct answer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes which service the word names, all of them if it is NULL or "*"; false, with an
 * error, if there is none of that name. */
bool answer_set_service(struct answer *, const char *name);

/* The service that is `step` places behind the first, or NULL. */
struct prong_service *answer_service_at(const struct answer *);
