/*
 * base -- the few words every file may use
 *
 * Clean-up attributes, hand-over of ownership, and the one way to say "this
 * cannot happen".  Knows nothing of prong.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that holds `member` at address `ptr`. */
#define container_of(ptr, type, member)                                                  \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Milliseconds of CLOCK_MONOTONIC unless a name says otherwise; 0 means "never" or "off"
 * where it is a length. */
typedef int64_t msec;

#define cleanup_(fn) __attribute__((cleanup(fn)))

/* Closes *fd if it is one; errno stays what it was. */
static inline void
close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

/* Gives the descriptor away: *fd no longer owns it. */
static inline int
take_fd(int *fd)
{
	int given = *fd;

	*fd = -1;
	return given;
}

static inline void
free_text(char **text)
{
	free(*text);
	*text = NULL;
}

static inline char *
take_text(char **text)
{
	char *given = *text;

	*text = NULL;
	return given;
}

/* A broken promise of ours, not of the machine or the user: says where and aborts. */
#define bug_if(cond)                                                                     \
	do {                                                                             \
		if (__builtin_expect(!!(cond), 0))                                       \
			bug_at(__FILE__, __LINE__, #cond);                               \
	} while (0)

_Noreturn void bug_at(const char *file, int line, const char *what);

/* For what runs on a stack that sanitizers do not know. */
#define foreign_stack_                                                                   \
	__attribute__((                                                                  \
	    no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread")))
