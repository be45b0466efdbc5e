/*
 * penaltyrule -- "exit!=0:5s", "signal=SEGV:90s", "first-byte-timeout:10s"
 *
 * WHAT:TIME, where WHAT is one of
 *   any                                  every ending
 *   exit  exit=N  exit=N-M  exit!=N      the program's exit status
 *   signal  signal=NAME  signal!=NAME    it was killed, and not by us
 *   timeout                              any of our time limits
 *   session-timeout idle-timeout first-byte-timeout eof-grace    one of them
 *   no-byte                              the client sent nothing at all
 *   proxy                                a bad or missing PROXY header
 *   denied                               a rule said no
 *   policy                               the policy program said no
 * "any" means sessions that ran; refusals are named one by one.  A TIME of 0 makes an
 * exception from the rules that follow.  A signal that has no name may be a number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base.h"

struct text;

enum offence {
	OFFENCE_NONE,
	OFFENCE_ANY,
	OFFENCE_EXIT,
	OFFENCE_SIGNAL,
	OFFENCE_TIMEOUT, /* any of the next four */
	OFFENCE_SESSION_TIMEOUT,
	OFFENCE_IDLE_TIMEOUT,
	OFFENCE_FIRST_BYTE_TIMEOUT,
	OFFENCE_EOF_GRACE,
	OFFENCE_NO_BYTE,
	OFFENCE_PROXY,
	OFFENCE_DENIED,
	OFFENCE_POLICY,
	OFFENCE_COUNT,
};

struct penalty_rule {
	enum offence what;
	int low, high;   /* of exit codes or signals: which; -1: all */
	bool is_negated; /* all but these */
	msec cost;
};

struct penalty_rules {
	struct penalty_rule *all; /* owned */
	size_t count;
};

/* "exit", "first-byte-timeout" ... */
const char *penaltyrule_name(enum offence);

/* 0, or -EINVAL with what is wrong, to follow the quoted word: one whole phrase, in
 * English; a catalogue knows it. */
int penaltyrule_parse(
    const char *word, struct penalty_rule *ret_rule, struct text *wrong);

/* Does `rule` apply whenever `other` would?  Then an `other` after it never does. */
bool penaltyrule_covers(
    const struct penalty_rule *rule, const struct penalty_rule *other);
