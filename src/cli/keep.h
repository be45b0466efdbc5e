/*
 * keep -- descriptors that outlive an exec
 *
 * What a service manager, or whoever started us, had given us by number: "systemd" and
 * "fd:N" are to mean the same to the program that takes our place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct server;

/* The longest list of keep_words(), with its NUL; numbers beyond are left out. */
#define KEEP_WORDS_BYTES 4096

/* It outlives an exec from now on, or does not.  -errno. */
int keep_one(int fd, bool is_kept);

/* Everything that was given to us.  -errno of the first that could not be kept. */
int keep_inherited(const struct server *, bool is_kept);

/* The words "fd:N", separated by blanks: where the configuration is not read again they
 * stand for it. */
void keep_words(const struct server *, char *words, size_t size);
