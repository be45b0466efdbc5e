/*
 * fuzz -- what every target includes
 *
 * A target feeds one input to one parser or printer and checks what must hold for any
 * input whatever; must() aborts, which is what both libFuzzer and replay.c wait for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(cond) bug_if(!(cond))

/* The input as a string in memory of exactly its size, so that reading on is noticed. */
static inline char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *string = malloc(size + 1);

	must(string != NULL);
	if (size > 0)
		memcpy(string, data, size);
	string[size] = '\0';
	return string;
}

/* Nothing in it moves a cursor or begins a line. */
static inline bool
fuzz_is_harmless(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f ||
		    (text[i] == '\xc2' && (unsigned char)text[i + 1] < 0xa0))
			return false;
	return true;
}
