/*
 * harvest -- what all the servers that are meant say to one question
 *
 * For the commands that only look: one server after the other is asked, and one that
 * fails is told of and the next one asked.
 */
#pragma once

#include "instances.h"

struct harvest {
	const struct args *args;
	struct instances instances;
	size_t at;       /* the instance that is speaking */
	json_t *objects; /* for --json */
	void *kept;      /* the caller's */
	bool is_wrong;   /* not all of them answered this question */
	bool is_partial; /* one of our own was silent from the beginning */
};

/* Finds the servers; CTL_DONE or CTL_FAILED, and then stderr has been told. */
int harvest_begin(struct harvest *, const struct args *);
void harvest_end(struct harvest *);

/* CTL_FAILED if not all of them have answered, else `status`. */
int harvest_status(const struct harvest *, int status);

/* Asks the instance whose turn it is; `each` has the harvest as its context. */
void harvest_ask(struct harvest *, const char *const words[],
    int (*each)(const json_t *, void *harvest));

/* Asks all of them. */
void harvest_ask_all(struct harvest *, const char *const words[],
    int (*each)(const json_t *, void *harvest));

/* Adds a copy of the object, with the instance whose it is; NULL: no memory. */
json_t *harvest_keep(struct harvest *, const json_t *object);

/* CTL_DONE, or CTL_FAILED. */
int harvest_print_json(const struct harvest *);

/* The columns of the terminal; 0: no limit, for whoever reads a pipe has more room. */
size_t harvest_width(void);
