/*
 * systemd_keys -- the keys of socket and service units and what becomes of each
 */
#pragma once

#include "draft.h"

enum systemd_fate {
	SYSTEMD_READ,  /* part of address, program or rights: read by name */
	SYSTEMD_WORD,  /* a setting, the same word */
	SYSTEMD_BOOL,  /* a setting, yes or no */
	SYSTEMD_COUNT, /* a setting, 0 unsets it */
	SYSTEMD_LIMIT, /* `word` is the limit's name: SOFT[:HARD] or infinity */
	SYSTEMD_TIME,  /* a setting */
	SYSTEMD_WORDS, /* a setting, each word */
	SYSTEMD_LOST,  /* `word` says why */
	SYSTEMD_TOLD,  /* a comment that is no loss */
};

struct systemd_key {
	const char *section, *name; /* "Protect*": all that begin so; "*": any */
	enum systemd_fate fate;
	const char *word; /* our setting, or the reason */
};

/* Never NULL: the last rows take everything. */
const struct systemd_key *systemd_keys_find(const char *section, const char *name);
