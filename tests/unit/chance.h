/*
 * chance -- numbers that look random and are the same every time
 *
 * A multiplicative generator modulo 2^64 of which the upper half is used: enough for
 * walking through a state machine.
 */
#pragma once

#include <stdint.h>

struct chance {
	uint64_t seed;
};

/* 0 to bound - 1. */
static inline uint32_t
chance_below(struct chance *chance, uint32_t bound)
{
	chance->seed = chance->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((chance->seed >> 32) * bound >> 32);
}
