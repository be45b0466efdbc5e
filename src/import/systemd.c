#include "systemd.h"

#include <string.h>

#include "systemd_keys.h"
#include "systemd_limits.h"
#include "systemd_parts.h"
#include "words.h"

static const char *
suffix_of(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0
		   ? name + length - end
		   : NULL;
}

const char *
systemd_service_name(
    struct draft *draft, const char *name, const struct unit_file *socket)
{
	const char *service = unit_file_value(socket, "Socket", "Service");
	bool is_accepting =
	    systemd_value_bool(unit_file_value(socket, "Socket", "Accept")) == 1;

	if (*service != '\0' && suffix_of(service, ".service") != NULL &&
	    strchr(service, '/') == NULL)
		return service;
	return store_printf(
	    &draft->store, is_accepting ? "%s@.service" : "%s.service", name);
}

/* ---- keys that are settings ------------------------------------------------------- */

static void
set_time(struct systemd_parts *parts, const struct systemd_key *key, const char *value,
    const char *theirs)
{
	const char *time = systemd_value_time(parts->store, value);

	(void)draft_set(parts->service, key->word, time == NULL ? value : time, theirs);
}

static void
set_words(struct systemd_parts *parts, const struct systemd_key *key,
    const struct words *values, const char *theirs)
{
	struct words words = { .count = 0 };

	for (size_t i = 0; i < values->count; i++)
		if (systemd_value_split(&words, parts->store, values->at[i]) < 0)
			draft_lose(parts->service, theirs, "not words");
	for (size_t i = 0; i < words.count; i++)
		(void)draft_set(parts->service, key->word, words.at[i], theirs);
}

static void
set_bool(struct systemd_parts *parts, const struct systemd_key *key, const char *value,
    const char *theirs)
{
	int truth = systemd_value_bool(value);

	(void)draft_set(parts->service, key->word,
	    truth < 0    ? value
	    : truth == 1 ? "yes"
			 : "no",
	    theirs);
}

static void
read_value(struct systemd_parts *parts, const struct systemd_key *key,
    const struct words *values, const char *theirs)
{
	const char *value = values->at[values->count - 1];

	if (key->fate != SYSTEMD_READ && key->fate != SYSTEMD_LOST &&
	    key->fate != SYSTEMD_TOLD)
		value = systemd_value_expand(parts->store, value, parts->name);
	if (value == NULL) {
		draft_lose(parts->service, theirs, "a specifier that is not known here");
		return;
	}
	switch (key->fate) {
	case SYSTEMD_READ:
		break;
	case SYSTEMD_WORD:
		(void)draft_set(parts->service, key->word, value, theirs);
		break;
	case SYSTEMD_BOOL:
		set_bool(parts, key, value, theirs);
		break;
	case SYSTEMD_COUNT:
		if (strcmp(value, "0") != 0)
			(void)draft_set(parts->service, key->word, value, theirs);
		break;
	case SYSTEMD_LIMIT:
		systemd_limits_read(parts, key->word, value, theirs);
		break;
	case SYSTEMD_TIME:
		set_time(parts, key, value, theirs);
		break;
	case SYSTEMD_WORDS:
		set_words(parts, key, values, theirs);
		break;
	case SYSTEMD_LOST:
		draft_lose(parts->service, theirs, key->word);
		break;
	case SYSTEMD_TOLD:
		draft_tell(parts->service,
		    *key->word == '\0'
			? theirs
			: store_printf(parts->store, "%s: %s", theirs, key->word));
		break;
	}
}

/* Each key of a unit once, whatever section it is in. */
static void
read_unit(struct systemd_parts *parts, const struct unit_file *unit)
{
	const struct unit_entry *entry = NULL;
	struct words values;

	while ((entry = unit_file_next_key(unit, NULL, entry)) != NULL) {
		const struct systemd_key *key =
		    systemd_keys_find(entry->section, entry->key);
		const char *all;

		(void)unit_file_values(
		    unit, parts->store, entry->section, entry->key, &values);
		if (values.count == 0)
			continue;
		all = words_join(&values, parts->store, 0);
		read_value(parts, key, &values,
		    store_printf(parts->store, "%s %s", entry->key, all));
	}
}

void
systemd_read(struct draft *draft, const char *name, const struct unit_file *socket,
    const struct unit_file *service)
{
	struct systemd_parts parts = {
		.service = draft_add(draft, name, socket->path, 1),
		.store = &draft->store,
		.name = name,
		.socket_unit = socket,
		.service_unit = service,
	};

	if (systemd_value_bool(unit_file_value(socket, "Socket", "Accept")) != 1) {
		draft_leave_out(parts.service,
		    "Accept=no: one daemon takes all clients; here each has its own");
		return;
	}
	if (service == NULL) {
		draft_leave_out(
		    parts.service, store_printf(&draft->store, _("%s was not found"),
				       systemd_service_name(draft, name, socket)));
		return;
	}
	systemd_socket_read(&parts);
	systemd_service_read(&parts);
	read_unit(&parts, socket);
	read_unit(&parts, service);
}
