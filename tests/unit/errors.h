/*
 * errors -- a call that fails, and what prong_error() says of it
 *
 * What was tried, why not, and what helps; never what an earlier failure had to say.
 */
#pragma once

#include <errno.h>

#include "embed.h"

/* check-manual3 reads which function and which errno these are. */
#define FAILS(function, rc, said, ...)                                                   \
	do {                                                                             \
		say_something_else();                                                    \
		assert_int_equal(function(__VA_ARGS__), rc);                             \
		assert_said(said);                                                       \
	} while (0)

/* So that no failure can pass with the words of an earlier one. */
static inline void
say_something_else(void)
{
	assert_int_equal(prong_end(it.server, "nobody", -1), -EINVAL);
}

static inline void
assert_said(const char *said)
{
	if (strstr(prong_error(it.server), said) == NULL)
		fail_msg("'%s' is not in '%s'", said, prong_error(it.server));
	assert_null(strstr(prong_error(it.server), "'nobody'"));
}

static inline struct prong_service *
echo(const char *where)
{
	struct prong_service *service = prong_service_add(it.server, "echo");

	assert_non_null(service);
	assert_int_equal(prong_listen(service, where), 0);
	return service;
}
