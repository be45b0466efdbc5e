/*
 * refusal -- what forbids copies of a program, as far as only its tracer knows
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct refusal_facts {
	int pid;
	uint32_t children;
	bool has_timer;
};

/* In words; false: nothing forbids them. */
bool refusal_say(const struct refusal_facts *, char *text, size_t size);
