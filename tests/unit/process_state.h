/*
 * process_state -- what a process is like, as far as the kernel and libc tell
 *
 * Everything that a library could change behind its host's back, as lines of text; for
 * tests that compare two moments.
 */
#pragma once

#include <stdbool.h>

#define PROCESS_STATE_SIZE (128 * 1024)

struct process_state {
	char text[PROCESS_STATE_SIZE];
};

/* Attributes: signals, mask, umask, directory, limits, environment, locale, ids,
 * capabilities, namespaces, cgroup, threads, ...; but PR_GET_DUMPABLE. */
void process_state_attributes(struct process_state *);

/* What it holds: descriptors, mappings, children. */
void process_state_holdings(struct process_state *);

/* Fails with the first line that differs. */
void process_state_assert_same(const char *when, const struct process_state *before,
    const struct process_state *after);
