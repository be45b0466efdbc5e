#include "settings.h"

#include <string.h>

#include "base.h"

static const struct {
	const char *foreign, *ours;
} synonyms[] = {
	{ "address", "listen" },
	{ "addr", "listen" },
	{ "bind", "listen" },
	{ "port", "listen" },
	{ "command", "program" },
	{ "cmd", "program" },
	{ "args", "program" },
	{ "exec", "program" },
	{ "server", "program" },
	{ "environment", "env" },
	{ "cwd", "dir" },
	{ "directory", "dir" },
	{ "workdir", "dir" },
	{ "uid", "user" },
	{ "gid", "group" },
	{ "instances", "max" },
	{ "max-connections", "max" },
	{ "concurrency", "max" },
	{ "maxproc", "max" },
	{ "limit", "max" },
	{ "timeout", "session-timeout" },
	{ "only_from", "allow" },
	{ "allowlist", "allow" },
	{ "whitelist", "allow" },
	{ "no_access", "deny" },
	{ "blocklist", "deny" },
	{ "denylist", "deny" },
	{ "blacklist", "deny" },
	{ "cps", "rate" },
	{ "rate-limit", "rate" },
	{ "per_source", "max-per-source" },
	{ "proxy-protocol", "proxy-from" },
};

const char *
settings_synonym(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (strcmp(word, synonyms[i].foreign) == 0)
			return synonyms[i].ours;
	return NULL;
}
