/*
 * verdict -- what would become of a client, in words
 *
 * Pure.  In the language in force, without a line's end.
 */
#pragma once

#include "seen.h"
#include "text.h"

/* An object of the answer to `why`.  Numbers: -1: not told of. */
struct seen_why {
	char service[64], reason[24], said[256], source[160], rule[256], rule_from[256];
	bool is_admitted, is_exempt, is_proxy, asks_policy;
	int64_t wait_ms, source_live, source_max, live, max, reserve, drop_percent;
	int64_t source_tokens, source_burst, tokens, burst, penalty_ms, owes_ms, offences;
};

void verdict_read(struct seen_why *, const json_t *);

/* "would be refused (penalty): it is shut out for what it did; it may try again in 42 s",
 * "would be let in", "would wait 1.2 s for its turn". */
void verdict_put(struct text *, const struct seen_why *);

/* The i-th fact that it comes from, and what it is called: "max-per-source", "3 of 8
 * sessions".  Nothing is put for one that there is not.  False: there are no more. */
bool verdict_put_fact(
    struct text *, const struct seen_why *, size_t i, const char **ret_label);
