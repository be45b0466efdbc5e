#include "prepare_vain.h"

#include <string.h>

#include "engine.h"
#include "ruleword.h"

#define VALUE_BYTES 512

/* ---- what may be lacking --------------------------------------------------------- */

static bool
is_ahead(const struct settings *settings)
{
	return settings->start != START_FRESH;
}

static bool
is_clone(const struct settings *settings)
{
	return settings->start == START_CLONE;
}

static bool
has_rate(const struct settings *settings)
{
	return settings->rate.count > 0 || settings->rate_per_source.count > 0;
}

static bool
has_penalty(const struct settings *settings)
{
	return settings->penalty.count > 0;
}

static bool
remembers(const struct settings *settings)
{
	return has_penalty(settings) || settings->rate_per_source.count > 0;
}

static bool
has_policy(const struct settings *settings)
{
	return settings->policy.count > 0;
}

static bool
has_proxies(const struct settings *settings)
{
	return settings->proxy_from.count > 0;
}

static bool
has_filter(const struct settings *settings)
{
	return settings->syscalls.count > 0 || settings->isolation != ISOLATION_NONE;
}

static bool
spares_somebody(const struct settings *settings)
{
	return has_rate(settings) || has_penalty(settings) ||
	       settings->early_drop.begin > 0 || settings->max_per_source > 0 ||
	       settings->reserve > 0;
}

/* What was handed over or comes from elsewhere may be of any kind. */
static bool
may_listen(const struct settings *settings, bool is_unix)
{
	const struct setting_list *listen = &settings->listen;

	for (size_t i = 0; i < listen->count; i++) {
		const char *word = listen->words[i];

		if (strncmp(word, "systemd", 7) == 0 || strncmp(word, "fd:", 3) == 0 ||
		    (strncmp(word, "unix:", 5) == 0) == is_unix)
			return true;
	}
	return listen->count == 0;
}

static bool
may_be_unix(const struct settings *settings)
{
	return may_listen(settings, true);
}

static const struct {
	const char *setting;
	bool (*is_met)(const struct settings *);
	const char *lack;
} rows[] = {
	{ "spares-min", is_ahead, "start: spare, warm or clone" },
	{ "spares-max", is_ahead, "start: spare, warm or clone" },
	{ "start-timeout", is_ahead, "start: spare, warm or clone" },
	{ "clone-uses", is_clone, "start: clone" },
	{ "clone-age", is_clone, "start: clone" },
	{ "rate-wait", has_rate, "rate or rate-per-source" },
	{ "exempt", spares_somebody,
	    "rate, rate-per-source, early-drop, max-per-source, penalty or reserve" },
	{ "policy-timeout", has_policy, "policy" },
	{ "policy-failed", has_policy, "policy" },
	{ "penalty-min", has_penalty, "penalty" },
	{ "penalty-max", has_penalty, "penalty" },
	{ "penalty-decay", has_penalty, "penalty" },
	{ "sources-max", remembers, "penalty or rate-per-source" },
	{ "sources-full", remembers, "penalty or rate-per-source" },
	{ "proxy-timeout", has_proxies, "proxy-from" },
	{ "syscalls-action", has_filter, "syscalls or isolation" },
	{ "unix-mode", may_be_unix, "a Unix socket to listen on" },
	{ "unix-owner", may_be_unix, "a Unix socket to listen on" },
};

/* ---- one service ----------------------------------------------------------------- */

static void
put_value(const struct settings *settings, const char *name, char value[VALUE_BYTES])
{
	struct text text = { .at = value, .size = VALUE_BYTES };

	value[0] = '\0';
	setting_put_value(&text, settings_find(name), settings);
}

static bool
is_preset(const struct settings *settings, const char *name)
{
	char value[VALUE_BYTES];

	put_value(settings, name, value);
	return strcmp(value, settings_find(name)->preset) == 0;
}

/* A rule may have settings of its own, and a file such rules. */
static bool
may_set_more(const struct setting_list *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (ruleword_is_file(rules->words[i]) ||
		    strpbrk(rules->words[i], " \t") != NULL)
			return true;
	return false;
}

static const char *
lack_of(const struct settings *settings, size_t row)
{
	if (rows[row].is_met(settings) || may_set_more(&settings->allow) ||
	    is_preset(settings, rows[row].setting))
		return NULL;
	return rows[row].lack;
}

const char *
prepare_vain_lack(const struct settings *settings, const char *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].setting, setting) == 0)
			return lack_of(settings, i);
	return NULL;
}

/* ---- among all of them ----------------------------------------------------------- */

/* Has another one the same value, and makes use of it, or was told of it before? */
static bool
is_others(const struct prong_service *service, size_t row)
{
	const struct prong *server = service->server;
	const struct prong_service *at =
	    server->is_making ? server->making : server->services;
	char value[VALUE_BYTES], other[VALUE_BYTES];
	bool is_before = true;

	put_value(&service->settings, rows[row].setting, value);
	for (; at != NULL; at = at->next) {
		if (at == service)
			is_before = false;
		if (at == service || at->base != NULL)
			continue;
		put_value(&at->settings, rows[row].setting, other);
		if (strcmp(value, other) == 0 &&
		    (is_before || lack_of(&at->settings, row) == NULL))
			return true;
	}
	return false;
}

void
prepare_vain(const struct prong_service *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[256];
		struct text text = TEXT_ON(line);

		if (lack_of(&service->settings, i) == NULL || is_others(service, i))
			continue;
		text_printf(&text,
		    "%s: has no effect without %s; add that, or leave it out",
		    rows[i].setting, rows[i].lack);
		engine_tell(service->server, EVENT_NOTE, service->name, line);
	}
}
