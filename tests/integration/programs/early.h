/*
 * early -- what its two files share
 *
 * early.c answers; early_deeds.c has what is done before the client is read.
 */
#pragma once

#include <signal.h>

struct early {
	int input, output;
	int watch; /* an epoll set; -1: none */
	int file;
	char note[256]; /* what came of it */
	volatile sig_atomic_t ticks, caught;
};

extern struct early early;

/* Does what is called so; nothing if there is no such thing. */
void deed(const char *name, const char *argument);
void burn(const char *msec);

void say(const char *text);
void nap(long msec);
