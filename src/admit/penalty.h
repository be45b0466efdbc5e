/*
 * penalty -- what an ending costs its source
 *
 * Each offence costs time, doubled with each that came before; what is owed adds up, and
 * nothing happens until it reaches a floor: one mistake shuts nobody out.  From then on
 * the source is refused until the debt is over.  After `decay` without an offence the
 * doubling is forgotten by one step.  Pure; a year of penalties is tested in a
 * microsecond.
 */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "penaltyrule.h"

struct penalty_limits {
	msec least; /* nothing happens below; 0: the first offence counts */
	msec most;  /* of the debt */
	msec decay; /* 0: the doubling is never forgotten while the debt lasts */
};

/* All zero: no offence.  Packed: there is one for each source that is known. */
struct penalty {
	msec until;    /* end of the debt */
	msec counted;  /* when `level` was true */
	uint8_t level; /* offences in a row */
	bool acts;     /* the floor was reached: refused until `until` */
	uint8_t last;  /* enum offence of the latest */
} __attribute__((packed, aligned(4)));

/* How a session ended, or why there was none. */
struct outcome {
	enum offence what; /* OFFENCE_EXIT, _SIGNAL, a time limit, ... */
	int number;        /* exit code or signal */
	bool sent_no_byte; /* the client never said anything: another offence */
};

/* What it costs by the first rule that speaks of it, and that rule; 0, NULL: nothing.  A
 * rule may say that it costs nothing, too. */
msec penalty_cost(const struct penalty_rules *, const struct outcome *,
    const struct penalty_rule **ret_rule);

/* True if the source is shut out from now on and was not before.  While it is, refusals
 * add nothing. */
bool penalty_add(
    struct penalty *, const struct penalty_limits *, enum offence, msec cost, msec now);

/* How long the source is still refused; 0: it is not. */
msec penalty_left(const struct penalty *, msec now);

/* Offences that still count. */
uint8_t penalty_level(const struct penalty *, const struct penalty_limits *, msec now);

/* When nothing of it is left to remember. */
msec penalty_forget_at(const struct penalty *, const struct penalty_limits *);
