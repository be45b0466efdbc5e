/*
 * explain_trace -- whom a program could trace if it were taken over
 *
 * By ptrace(2), or by what /proc has for those who may: memory, environment, descriptors.
 * A filter forbids the call alone; who is in a domain of Landlock may neither.
 */
#pragma once

#include "explain.h"
#include "text.h"

/* The call is forbidden, and /proc is no way around it. */
bool explain_trace_is_none(const struct explain_service *);

bool explain_trace_has_own_proc(const struct explain_service *);
bool explain_trace_has_own_id(const struct explain_service *);

/* Where nothing keeps it within its session. */
void explain_trace_put(struct text *, const struct explain_service *);
