/*
 * filter -- which system calls a program may use, from words to a program for seccomp(2)
 *
 * Words are names and sets (syscall_sets.def), and with a - before it what is taken out.
 * What is written decides by number: allowed, forbidden, or unknown to us, which meets
 * ENOSYS as it would of an older kernel, so that libraries do without.  Some calls depend
 * on their arguments.  A call of another architecture's convention ends the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct sock_filter;

/* Above all numbers of the machines that are known. */
#define FILTER_CALLS_MAX 8192

enum filter_grant {
	FILTER_UNKNOWN, /* no call that we know has this number */
	FILTER_FORBIDDEN,
	FILTER_GUARDED, /* with harmless arguments: clone, ioctl, personality, socket */
	FILTER_ALLOWED,
};

struct filter_calls {
	uint8_t of[FILTER_CALLS_MAX]; /* enum filter_grant, by the number of the call */
	bool makes_copies;            /* by clone(CLONE_PARENT), as an image does */
};

/* What a program calls before it is itself. */
enum filter_start {
	FILTER_OF_PROGRAM, /* it is executed at once */
	FILTER_OF_HANDLER, /* a library's: nothing is executed */
	FILTER_OF_WAITER,  /* one of ours comes before it, or is it: a waiter, a built-in
			    */
};

/* Nothing is allowed that these words do not say, each with commas perhaps.  0; -EINVAL
 * with a line in `wrong`: what is not known, and what is near. */
int filter_read(
    struct filter_calls *, const char *const *words, size_t count, struct text *wrong);

/* Adds what a program needs until it is itself. */
void filter_allow_start(struct filter_calls *, enum filter_start);

/* And that it sets limits of its own, as of CPU time at the hand-over. */
void filter_allow_limits(struct filter_calls *);

/* May it execute programs? */
bool filter_may_exec(const struct filter_calls *);

/* Where exec is forbidden one call of it must pass, by the address of the path. */
struct filter_secret {
	uint64_t path;  /* execve(); 0: none */
	uint64_t empty; /* execveat(), the empty path; 0: none */
};

struct filter_program {
	struct sock_filter *code; /* to be freed */
	unsigned short length;
};

/* `forbidden`: what a forbidden call meets, a SECCOMP_RET_ value.  -ENOMEM. */
int filter_write(const struct filter_calls *, const struct filter_secret *,
    uint32_t forbidden, struct filter_program *ret);

/* ---- the sets -------------------------------------------------------------------- */

struct syscall_set {
	const char *name; /* "@default" */
	const char *what; /* in words */
	const char *words;
};

extern const struct syscall_set syscall_sets[];
extern const size_t syscall_set_count;

/* The number here of a call, or of one that is newer than the library that knows them;
 * negative: there is none. */
int syscall_number(const char *name);

/* Into `text`; "?" for a number that is unknown. */
void syscall_put_name(struct text *, uint32_t arch, int number);
