/*
 * upgrade -- another program in our place, with the same process id
 *
 * The program that would be started now is first tried beside us: it gets what we would
 * hand over, reads the configuration, looks whether it could serve, and says so.  Only
 * then do we execute it.  It keeps listeners, sessions and counts; if it cannot go on
 * after all, it executes us again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct server;

/* What a trial says last when all is well. */
#define UPGRADE_GOOD_ANSWER "could take over\n"

struct upgrade {
	char path[4096]; /* the program */
	char *const *argv;
	int answer;     /* what the trial says; -1: there is none */
	int process;    /* a pidfd of the trial */
	int deadline;   /* a timerfd */
	uint64_t token; /* who waits for it at the control socket; 0: nobody */
	char said[8192];
	size_t used;
};

/* Which program it would be; `path` NULL: the one that runs now. */
void upgrade_init(struct upgrade *, char *const argv[], const char *path);
void upgrade_done(struct server *);

/* Begins a trial; all that follows happens by itself. */
void upgrade_begin(struct server *, uint64_t token);
