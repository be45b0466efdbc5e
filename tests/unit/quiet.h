/*
 * quiet -- a host that watches what the library does to it
 *
 * A life is lived in a child: its stdout and stderr are pipes, its environment is memory
 * that nobody may read, and at each step its threads and its actions of signals are
 * looked at.  It has to get to its end by itself.
 */
#pragma once

#include <stdbool.h>

/* Begins a step; its name is in the message if it goes wrong. */
void quiet_step(const char *what);

/* Whether threads and signals are as they were. */
void quiet_look(void);

/* Has the life fail with these words if the condition does not hold. */
void must(bool condition, const char *what);

#define FAILS(call) must((call) < 0, #call " succeeded")
#define WORKS(call) must((call) >= 0, #call " failed")

enum quiet_environment {
	QUIET_UNREADABLE,
	QUIET_EMPTY /* for libc, whose modules read it */
};

/* Fails with what went wrong.  quiet_ends(): whether it came to its end. */
void quiet_assert(void (*life)(void), enum quiet_environment);
bool quiet_ends(void (*life)(void), enum quiet_environment);
