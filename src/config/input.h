/*
 * input -- a configuration file as it was read
 *
 * Kept in memory as long as what was made from it, so that a message can show the line
 * it speaks of even when the file has changed since.  Reading never blocks: only a
 * regular file is read, and not more than INPUT_MAX bytes of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define INPUT_MAX (4 * 1024 * 1024)

struct input {
	struct input *next; /* whoever keeps it */
	char *name;         /* as it was asked for */
	char *text;         /* NUL-terminated; without a byte order mark */
	size_t length;
	struct stat facts;
};

/* 0, -ENOMEM, or -EINVAL with what is wrong, to follow the name of the file: "does not
 * exist". */
int input_read(
    const char *path, struct input **ret_input, char *message, size_t message_size);

/* The same from memory. */
int input_make(
    const char *name, const char *text, size_t length, struct input **ret_input);
void input_free(struct input *);

/* Whether somebody else than the operator may have a word in it: a sentence to follow the
 * name of the file, or NULL.  `is_root`: this process runs as root. */
const char *input_doubt(const struct input *, bool is_root);

/* Where a line (from 1) begins, and its length without its end.  Lines end where YAML
 * ends them, and CR LF counts once.  False: there is none. */
bool input_line(
    const struct input *, unsigned line, const char **ret_line, size_t *ret_length);

/* How many bytes end a line here; 0: none does. */
size_t input_break(const char *at, size_t left);

/* How many bytes the character at `at` claims to have: 1 to 4, at most `left`. */
size_t input_character(const char *at, size_t left);
