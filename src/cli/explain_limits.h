/*
 * explain_limits -- what of the machine a program could use up, in words
 */
#pragma once

#include "explain.h"
#include "text.h"

/* Of the session in all, by its cgroup. */
bool explain_limits_has_session_memory(const struct explain_service *);
void explain_limits_session_memory(struct text *, const struct explain_service *);
bool explain_limits_has_session_processes(const struct explain_service *);
void explain_limits_session_processes(struct text *, const struct explain_service *);

/* By the limits of each process, or of its user: settings, the preset, or prong's own. */
/* Whether a setting or the preset bounds what the process has. */
bool explain_limits_has_memory(const struct explain_service *service);
bool explain_limits_has_processes(const struct explain_service *service);
bool explain_limits_has_size(const struct explain_service *service);
void explain_limits_memory(struct text *, const struct explain_service *);
void explain_limits_processes(struct text *, const struct explain_service *);
void explain_limits_size(struct text *, const struct explain_service *);
