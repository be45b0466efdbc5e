/*
 * carry -- what outlives an exec, as one word
 *
 * Pure.  VERSION;SOCKET;CLIENT;DEVICE;INODE;TIMED;PATH, all in decimal; CLIENT is 0 when
 * nobody waits.
 */
#pragma once

#include "sockdir.h"
#include "timed.h"

/* 64 names of 63 letters, each with a time. */
#define CARRY_TIMED_BYTES 8192

struct carry {
	struct sockdir_socket socket;
	int client_fd; /* 0: none */
	struct timed timed;
};

/* -ENOSPC. */
int carry_put(const struct carry *, char *state, size_t size);

/* -EINVAL: not written by carry_put(). */
int carry_read(struct carry *ret_carry, const char *state);
