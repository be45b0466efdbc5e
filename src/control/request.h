/*
 * request -- one line of a client, taken apart into words
 *
 * Pure.  A line is at most REQUEST_BYTES long with its newline; its words are separated
 * by blanks.  Nothing in it may be a control character: no name, address or time has
 * any.
 */
#pragma once

#include <stddef.h>

#define REQUEST_BYTES 1024
#define REQUEST_WORDS 4

struct request {
	const char *words[REQUEST_WORDS]; /* past `count`: NULL */
	size_t count;
};

/* Cuts `line`, which has `length` bytes without the newline and room for a NUL behind
 * them.  -ENODATA: no word; -EINVAL: a control character; -E2BIG: too many words. */
int request_init(struct request *ret_request, char *line, size_t length);

/* What such a failure is called. */
const char *request_mistake(int failed);
