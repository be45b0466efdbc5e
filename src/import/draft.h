/*
 * draft -- what an import found, in our words, and how it is printed
 *
 * A reader of another server's configuration adds a service for each it meets, sets what
 * it can and says what it cannot: nothing is dropped in silence.  A value goes through
 * settings_set(), so what is printed is always valid; what that refuses becomes a loss.
 *
 * Not every service is one that can be served as it stands:
 *   served     printed as it is
 *   held       printed, but as a comment: something has to be decided by hand first
 *   disabled   the same, because it was switched off there
 *   left out   one line with the reason
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "store.h"

enum draft_state { DRAFT_SERVED, DRAFT_HELD, DRAFT_DISABLED, DRAFT_LEFT_OUT };

struct draft_note {
	struct draft_note *next;
	const char *text;
	bool is_loss;
};

struct draft_notes {
	struct draft_note *first, *last;
};

struct draft_value {
	struct draft_value *next;
	const char *name;
	struct words words; /* one, but for a list */
	bool is_list;
};

struct draft_service {
	struct draft_service *next;
	struct draft *draft;
	const char *name, *origin; /* wanted; "FILE:LINE" */
	enum draft_state state;
	const char *reason; /* of the state */
	bool is_off;        /* disabled there, whatever else it is */
	bool is_named;      /* `name` is valid and nobody else's */
	struct words listen, program;
	struct draft_value *first_value, *last_value;
	struct draft_notes notes;
};

/* The port of a TCP service, 0 if there is none of that name. */
typedef unsigned draft_port_fn(const char *service);

struct draft {
	struct store store;
	const char *title; /* what was read */
	draft_port_fn *port;
	FILE *messages; /* NULL: nobody is told */
	unsigned complaints;
	struct draft_service *first, *last;
	struct draft_notes notes;   /* of the whole */
	struct draft_service spare; /* what is added when there is no memory */
};

/* Looks ports up by getservbyname(3); `port` may be set to something else. */
void draft_init(struct draft *, const char *title, FILE *messages);
void draft_done(struct draft *);

/* ---- while reading --------------------------------------------------------------- */

/* A mistake in what is read: "FILE:LINE: ...", for the person who started this. */
void draft_complain(struct draft *, const char *path, unsigned line, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* A comment at the top, once however often it is said. */
void draft_remark(struct draft *, const char *text, bool is_loss);

struct draft_service *draft_add(
    struct draft *, const char *name, const char *path, unsigned line);

/* Sets one of our settings; `theirs` is what it was made from ("instances 5").  False:
 * it was refused, and is a loss. */
bool draft_set(
    struct draft_service *, const char *setting, const char *value, const char *theirs);

/* user or group: without it the program would have the rights of prong, so a service for
 * which it is refused is held. */
void draft_set_rights(
    struct draft_service *, const char *setting, const char *value, const char *theirs);

/* "KEY VALUE: reason". */
void draft_lose(struct draft_service *, const char *theirs, const char *reason);

/* A comment that is no loss. */
void draft_tell(struct draft_service *, const char *text);

/* The strongest state wins; what is weaker becomes a comment. */
void draft_hold(struct draft_service *, const char *reason);
void draft_disable(struct draft_service *, const char *reason);
void draft_leave_out(struct draft_service *, const char *reason);

/* ---- afterwards ------------------------------------------------------------------ */

/* Names become valid and unique.  -ENOMEM: nothing was printed. */
int draft_print(struct draft *, FILE *out);
