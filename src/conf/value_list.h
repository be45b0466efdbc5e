/*
 * value_list -- what the checkers of list words have in common
 */
#pragma once

#include "value.h"

/* A word that is to join a list. */
struct joining {
	const char *word;
	const struct setting_list *list; /* without it */
	bool is_allow;
	struct text *wrong;
	tongue_fn *tongue;
};

/* 0, -EINVAL with or without words about it, -ENOMEM. */
typedef int checker_fn(const struct joining *);

/* "'WORD' WHY", where WHY is a phrase that may have a translation; -EINVAL. */
int value_list_say(const struct joining *, const char *why);

/* Would "none" stand beside other words? */
bool value_list_crowds_none(const struct joining *);

/* value_read_isolation.c: what a program may do. */
checker_fn value_check_limit, value_check_capability, value_check_port, value_check_scope,
    value_check_namespace, value_check_path, value_check_access, value_check_writable,
    value_check_syscalls;
