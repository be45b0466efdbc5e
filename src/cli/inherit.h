/*
 * inherit -- sockets and promises handed over by a service manager
 *
 * Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)) and believes none
 * of them blindly: an inherited environment may speak of another process.  Whether a
 * descriptor is a socket that listens is found out by the engine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define INHERIT_FIRST_FD 3
#define INHERIT_MAX_FDS 1024

struct inherit {
	unsigned count; /* fds from INHERIT_FIRST_FD on; 0: none for us */
	const char *names[INHERIT_MAX_FDS]; /* NULL: the manager gave no names */
	char *names_owned;
	char *given;       /* the names as they were given, or NULL */
	char problem[160]; /* why there are none */
};

/* Reads the environment, then clears LISTEN_* of it. */
void inherit_init(struct inherit *);
void inherit_done(struct inherit *);

/* What another program of ours was given and has handed on. */
void inherit_adopt(struct inherit *, unsigned count, const char *names);

/* The next descriptor above `after` with that name (NULL: any); -1 when there is none. */
int inherit_next(const struct inherit *, const char *name, int after);

/* Does the word, any of LISTEN, stand for this descriptor? */
bool inherit_means(const struct inherit *, const char *word, int fd);

struct inherit_missing {
	char why[160];
	const char *hint; /* for words_get() */
};

/* Does "systemd" or "systemd:NAME" stand for no descriptor at all?  Then also why. */
bool inherit_is_missing(
    const struct inherit *, const char *word, struct inherit_missing *ret_missing);

/* The name a "systemd" word asks for: NULL for all; false if it is another word. */
bool inherit_wants(const char *word, const char **ret_name);
