#include "xinetd_attributes.h"

#include <string.h>

#include "words.h"

#define LOGS N_("the log has the source, process, ending and duration of each session")
#define RPC N_("RPC only")

static const struct xinetd_attribute attributes[] = {
	{ "id", XINETD_READ, NULL, false, false },
	{ "type", XINETD_READ, NULL, false, false },
	{ "flags", XINETD_READ, NULL, false, false },
	{ "disable", XINETD_READ, NULL, false, false },
	{ "socket_type", XINETD_READ, NULL, false, false },
	{ "protocol", XINETD_READ, NULL, false, false },
	{ "wait", XINETD_READ, NULL, false, false },
	{ "port", XINETD_READ, NULL, false, false },
	{ "bind", XINETD_READ, NULL, false, true },
	{ "interface", XINETD_READ, NULL, false, true },
	{ "v6only", XINETD_READ, NULL, false, true },
	{ "user", XINETD_READ, NULL, false, false },
	{ "group", XINETD_READ, NULL, false, false },
	{ "groups", XINETD_READ, NULL, false, true },
	{ "server", XINETD_READ, NULL, false, false },
	{ "server_args", XINETD_READ, NULL, false, false },
	{ "redirect", XINETD_READ, NULL, false, false },
	{ "enabled", XINETD_NOTHING, NULL, true, true },
	{ "disabled", XINETD_NOTHING, NULL, true, true },
	{ "instances", XINETD_COUNT, "max", false, true },
	{ "per_source", XINETD_COUNT, "max-per-source", false, true },
	{ "nice", XINETD_WORD, "nice", false, false },
	{ "umask", XINETD_WORD, "umask", false, true },
	{ "rlimit_as", XINETD_COUNT, "memory", false, false },
	{ "rlimit_cpu", XINETD_COUNT, "cpu-time", false, false },
	{ "rlimit_files", XINETD_COUNT, "files", false, false },
	{ "env", XINETD_LIST, "env", true, false },
	{ "passenv", XINETD_LIST, "pass-env", true, true },
	{ "only_from", XINETD_READ, NULL, true, true },
	{ "no_access", XINETD_READ, NULL, true, true },
	{ "access_times", XINETD_LOST,
	    N_("hours are no setting: the service is open all day; pause and resume it from a "
	       "timer"),
	    false, false },
	{ "cps", XINETD_READ, NULL, false, true },
	{ "max_load", XINETD_LOST,
	    N_("the load is no measure here; max, early-drop and stress are"), false,
	    true },
	{ "log_type", XINETD_LOST, N_("there is one log, see --log"), true, true },
	{ "log_on_success", XINETD_LOST, LOGS, true, true },
	{ "log_on_failure", XINETD_LOST, N_("the log has each refusal and its reason"),
	    true, true },
	{ "banner", XINETD_LOST,
	    N_("put the text of the file into banner: and refuse-text:"), false, true },
	{ "banner_success", XINETD_LOST, N_("put the text of the file into banner:"),
	    false, true },
	{ "banner_fail", XINETD_LOST, N_("put the text of the file into refuse-text:"),
	    false, true },
	{ "rlimit_data", XINETD_RLIMIT, "data", false, false },
	{ "rlimit_rss", XINETD_LOST, N_("Linux does not heed it"), false, false },
	{ "rlimit_stack", XINETD_RLIMIT, "stack", false, false },
	{ "deny_time", XINETD_LOST,
	    N_("it is a sensor's; penalty: shuts a source out for what it does here"),
	    false, false },
	{ "libwrap", XINETD_LOST,
	    N_("hosts.allow and hosts.deny are not asked; allow: and deny: are rules by address"),
	    false, false },
	{ "mdns", XINETD_LOST, N_("nothing is announced by mDNS"), false, false },
	{ "rpc_version", XINETD_LOST, RPC, false, false },
	{ "rpc_number", XINETD_LOST, RPC, false, false },
};

const struct xinetd_attribute *
xinetd_attributes_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

const struct xinetd_attribute *
xinetd_attributes_at(size_t i)
{
	return i < ARRAY_SIZE(attributes) ? &attributes[i] : NULL;
}

bool
xinetd_attributes_flag(struct draft_service *service, const char *flag)
{
	static const struct {
		const char *name, *reason; /* NULL: the same here, or read elsewhere */
	} flags[] = {
		{ "REUSE", NULL },
		{ "KEEPALIVE", NULL },
		{ "NODELAY", NULL },
		{ "NAMEINARGS", NULL },
		{ "IPv4", NULL },
		{ "IPv6", NULL },
		{ "NOLIBWRAP", NULL },
		{ "SENSOR", NULL },
		{ "INTERCEPT", N_("packets are not looked at") },
		{ "NORETRY", N_("a client is told when its process cannot be started") },
		{ "IDONLY", N_("IDENT is not asked: clients without it are let in") },
		{ "LABELED", N_("SELinux contexts are not set") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(flags[i].name, flag) != 0)
			continue;
		if (strcmp(flag, "NODELAY") == 0)
			(void)draft_set(service, "no-delay", "yes", "flags NODELAY");
		if (flags[i].reason != NULL)
			draft_lose(service,
			    store_printf(&service->draft->store, "flags %s", flag),
			    flags[i].reason);
		return true;
	}
	return false;
}
