#include "said.h"

#include <string.h>

const struct explain_measure *
said_measure(const struct explain_service *service, const char *name)
{
	for (size_t i = 0; i < service->measure_count; i++)
		if (strcmp(service->measures[i].name, name) == 0)
			return &service->measures[i];
	return NULL;
}

bool
said_holds(const struct explain_service *service, const char *name)
{
	const struct explain_measure *measure = said_measure(service, name);

	return measure != NULL && strcmp(measure->state, "in-force") == 0;
}

bool
said_is_left(const struct explain_service *service, const char *name, const char *what)
{
	const struct explain_measure *measure = said_measure(service, name);

	return measure != NULL && strcmp(measure->state, "missing") == 0 &&
	       strcmp(measure->what, what) == 0;
}

/* "uid 0, as prong" or "root, uid 0, gid 0" */
bool
said_is_root(const struct explain_service *service)
{
	const struct explain_measure *user = said_measure(service, "user");

	return user != NULL && strstr(user->what, "uid 0,") != NULL;
}

bool
said_is(const struct explain_service *service, const char *setting, const char *value)
{
	return strcmp(explain_value(service, setting), value) == 0;
}

bool
said_is_set(const struct explain_service *service, const char *setting)
{
	return !said_is(service, setting, "") && !said_is(service, setting, "none") &&
	       !said_is(service, setting, "auto") && !said_is(service, setting, "off");
}

bool
said_is_strict(const struct explain_service *service)
{
	return said_is(service, "isolation", "strict");
}

bool
said_has_word(
    const struct explain_service *service, const char *setting, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = explain_value(service, setting); *at != '\0';) {
		size_t next;

		at += strspn(at, " ,");
		next = strcspn(at, " ,");
		if (next == length && strncmp(at, word, length) == 0)
			return true;
		at += next;
	}
	return false;
}
