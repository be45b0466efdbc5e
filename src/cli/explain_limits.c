#include "explain_limits.h"

#include <string.h>

#include "said.h"
#include "words.h"

/* The word of `limit` behind "NAME="; false: there is none. */
static bool
put_limit(struct text *text, const struct explain_service *service, const char *name)
{
	const char *list = explain_value(service, "limit");
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
		if ((at == list || at[-1] == ' ') && at[length] == '=') {
			at += length + 1;
			text_put_bytes(text, at, strcspn(at, " "));
			return true;
		}
	return false;
}

static void
put_resource(struct text *text, const struct explain_service *service,
    const char *setting, const char *limit, const char *preset)
{
	if (said_is_set(service, setting))
		text_put(text, explain_value(service, setting));
	else if (!put_limit(text, service, limit))
		text_put(text, said_holds(service, "limits") && said_is_strict(service)
				   ? preset
				   : _("as prong itself"));
}

/* basic takes core dumps only: nothing that stands in these lines. */
static bool
is_bounded(const struct explain_service *service, const char *setting, const char *limit)
{
	char amount[64] = "";
	struct text inner = TEXT_ON(amount);

	return said_is_strict(service) || said_is_set(service, setting) ||
	       put_limit(&inner, service, limit);
}

bool
explain_limits_has_memory(const struct explain_service *service)
{
	return is_bounded(service, "memory", "data");
}

bool
explain_limits_has_processes(const struct explain_service *service)
{
	return is_bounded(service, "processes", "nproc");
}

bool
explain_limits_has_size(const struct explain_service *service)
{
	return is_bounded(service, "file-size", "fsize");
}

void
explain_limits_session_memory(struct text *text, const struct explain_service *service)
{
	text_printf(text, _("%s in all"), explain_value(service, "memory-max"));
}

bool
explain_limits_has_session_memory(const struct explain_service *service)
{
	return said_is_set(service, "memory-max");
}

void
explain_limits_memory(struct text *text, const struct explain_service *service)
{
	char amount[64] = "";
	struct text inner = TEXT_ON(amount);

	put_resource(&inner, service, "memory", "data", "1G");
	text_printf(text, _("each process: %s"), amount);
}

void
explain_limits_session_processes(struct text *text, const struct explain_service *service)
{
	text_printf(text, _("%s in all"), explain_value(service, "pids-max"));
}

bool
explain_limits_has_session_processes(const struct explain_service *service)
{
	return !said_is(service, "pids-max", "0") && said_is_set(service, "pids-max");
}

void
explain_limits_processes(struct text *text, const struct explain_service *service)
{
	char amount[64] = "";
	struct text inner = TEXT_ON(amount);

	put_resource(
	    &inner, service, "processes", "nproc", _("1024, and one for each session"));
	text_printf(text, _("its user in all: %s"), amount);
}

void
explain_limits_size(struct text *text, const struct explain_service *service)
{
	char amount[64] = "";
	struct text inner = TEXT_ON(amount);

	put_resource(&inner, service, "file-size", "fsize", "1G");
	text_printf(text, _("each file: %s"), amount);
}
