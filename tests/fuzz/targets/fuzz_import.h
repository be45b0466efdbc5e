/*
 * fuzz_import -- what must hold for any text that is imported
 *
 * What is printed has no control characters but line ends, is well-formed UTF-8, and
 * each of its lines is a comment or begins as one of ours does.
 */
#pragma once

#include <stdio.h>

#include "draft.h"
#include "fuzz.h"
#include "scalar.h"

static inline unsigned
fuzz_import_port(const char *service)
{
	return (unsigned)strlen(service);
}

static inline bool
fuzz_import_is_ours(const char *line)
{
	static const char *const beginnings[] = { "# ",
		"defaults:", "services:", "  dir: /", "  # ", "    # ",
		"    listen: ", "    program: [" };
	size_t length = strcspn(line, ":");

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	if (strncmp(line, "    ", 4) == 0) /* a setting */
		return strspn(line + 4, "abcdefghijklmnopqrstuvwxyz-") == length - 4;
	return strncmp(line, "  ", 2) == 0 && strcmp(line + length, ":") == 0;
}

static inline void
fuzz_import_print(struct draft *draft)
{
	char *text = NULL, *next;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	must(out != NULL);
	must(draft_print(draft, out) == 0);
	must(fclose(out) == 0);
	must(scalar_may_be(text));
	must(strlen(text) == size);
	next = text;
	while (next != NULL && *next != '\0') {
		const char *line = strsep(&next, "\n");

		must(fuzz_is_harmless(line, strlen(line)));
		must(fuzz_import_is_ours(line));
	}
	free(text);
	draft_done(draft);
}

static inline void
fuzz_import_init(struct draft *draft)
{
	draft_init(draft, "a fuzzer", NULL);
	draft->port = fuzz_import_port;
}
