/*
 * parse -- the state of one walk along a command line
 *
 * Shared by options.c, which walks, and complain.c, which knows what the operator may
 * have meant by a word that is no option.  Nobody else includes it.
 */
#pragma once

#include <getopt.h>

#include "options.h"
#include "settings.h"

/* What getopt_long() returns: settings follow from CODE_SETTING on. */
enum {
	CODE_WORD = 1,
	CODE_NAME = 128,
	CODE_LOG,
	CODE_READY_FD,
	CODE_CONTROL,
	CODE_CONFIG,
	CODE_SETTING = 256
};

/* What the name of a service is made of. */
#define PARSE_NAME_LETTERS                                                               \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@"

struct parse {
	struct options *options;
	struct mistakes *mistakes;
	int argc;
	char *const *argv;
	struct option *table; /* what getopt_long() knows; ends with a NULL name */
	size_t table_count;
	struct settings scratch; /* takes every value once, to see whether it is good */
	int at;                  /* word in work */
	int complained_at;       /* word of the last unknown option */
	bool has_program;        /* one was said */
	bool is_over;
};

/* A word that is neither an option nor like an address; ends the walk if the rest of
 * the line seems to be a program. */
void complain_word(struct parse *, const char *word);

/* The word in work is not an option, or only the beginning of one. */
void complain_unknown(struct parse *);

/* getopt_long() said '?'. */
void complain_option(struct parse *);

/* The option of that code ends the line without its value. */
void complain_missing(struct parse *, int code);
