/*
 * check_script -- what a script says that does not go with a start before its client
 *
 * Pure: texts in, findings out.  A search for words and no parser, so a word in a comment
 * or a string may be found too: what comes of it is advice, never a mistake.
 */
#pragma once

#include <stdbool.h>

/* What is known of a language. */
struct check_language {
	const char *name;  /* as in "python", of which python3.11 is one */
	const char *flags; /* letters of options behind which a script stands as a word */
	bool copies;       /* the environment, while it starts */
	const char *peer;  /* how it asks for the client's address; NULL: it cannot */
	const char
	    *words[4]; /* what draws from a random state of its own; none: no matter */
	const char *reseed;
	const char *uncopied; /* what it has that copies cannot have; NULL: nothing */
};

/* Of an interpreter's file name, with or without its directories, or NULL. */
const struct check_language *check_script_language(const char *program);

/* Of a file's first line, "#!/usr/bin/env python3", or NULL. */
const struct check_language *check_script_hashbang(const char *text);

/* The script that an interpreter is given: its text, or else its file; both NULL: none,
 * or standard input. */
struct check_script {
	const char *text, *path;
};
struct check_script check_script_find(
    const struct check_language *, const char *const *argv);

/* Where something is: its line from 1, 0: nowhere. */
struct check_place {
	unsigned line;
	char word[32];
};

/* A variable that describes the connection, and so is not known before it is there. */
struct check_place check_script_variable(const char *text);

/* A word that draws from the language's own random state. */
struct check_place check_script_random(const struct check_language *, const char *text);
