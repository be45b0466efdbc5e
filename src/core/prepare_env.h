/*
 * prepare_env -- the part of the environment that does not depend on the connection
 *
 * What the operator set, a clean PATH, the user's name and home, help against buffering.
 */
#pragma once

#include "names.h"
#include "service.h"

#define PREPARE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The value of NAME in the `env` settings, or NULL; the last one counts. */
const char *prepare_env_value(const struct settings *, const char *name);

/* Fills service->environment.  -ENOMEM. */
int prepare_env(struct prong_service *);

/* USER, LOGNAME, HOME and SHELL of a user that the machine knows.  -ENOMEM. */
int prepare_env_user(struct prong_service *, const struct names_user *);
