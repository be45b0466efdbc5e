/*
 * xinetd_attributes -- every attribute, what becomes of it, and which are lists
 */
#pragma once

#include "draft.h"

enum xinetd_fate {
	XINETD_READ,    /* a part of address, program or rights: read by name */
	XINETD_COUNT,   /* a setting: a number, UNLIMITED unsets it */
	XINETD_RLIMIT,  /* `limit` of that name */
	XINETD_WORD,    /* a setting: one word */
	XINETD_LIST,    /* a setting: each word */
	XINETD_LOST,    /* has no equivalent, `word` says why */
	XINETD_NOTHING, /* makes no difference here */
};

struct xinetd_attribute {
	const char *name;
	enum xinetd_fate fate;
	const char *word;   /* our setting, or the reason */
	bool is_modifiable; /* += and -=, and defaults come first */
	bool is_default;    /* may stand in defaults */
};

/* NULL: xinetd does not know it. */
const struct xinetd_attribute *xinetd_attributes_find(const char *name);

/* The i-th, NULL after the last. */
const struct xinetd_attribute *xinetd_attributes_at(size_t i);

/* Tells the loss of a flag, sets what it is for us; false: not a flag of xinetd. */
bool xinetd_attributes_flag(struct draft_service *, const char *flag);
