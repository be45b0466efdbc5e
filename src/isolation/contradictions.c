#include "contradictions.h"

#include <string.h>

#include "base.h"
#include "presets.h"
#include "text.h"

static void
check_network(const struct settings *settings, struct text *message)
{
	const char *ports =
	    settings->connect.count > 0 && !presets_is_none(&settings->connect)
		? "connect"
	    : settings->bind.count > 0 && !presets_is_none(&settings->bind) ? "bind"
									    : NULL;

	if (settings->network == NETWORK_NONE && ports != NULL)
		text_printf(message,
		    "network: none leaves nothing that the ports of %s could be reached "
		    "through; leave one of them out\n",
		    ports);
}

static void
check_namespaces(const struct settings *settings, const struct measures_facts *facts,
    struct text *message)
{
	const char *why = settings->read_only == CHOICE_YES ? "read-only"
			  : settings->hide.count > 0        ? "hide"
							    : "private-tmp";

	if (presets_is_none(&settings->namespaces) && presets_need_mounts(settings))
		text_printf(message,
		    "namespaces: none, but %s needs a mount namespace; leave one of them "
		    "out\n",
		    why);
	if (presets_is_none(&settings->namespaces) && !facts->is_privileged &&
	    settings->network == NETWORK_NONE)
		text_put(message,
		    "namespaces: none, but network: none needs a user namespace where prong "
		    "has no CAP_SYS_ADMIN; leave one of them out\n");
}

static void
check_pids(const struct settings *settings, const struct measures_facts *facts,
    struct text *message)
{
	bool has_pids = presets_namespace(settings, "pid");
	bool is_by_setting = settings->namespaces.count > 0;

	if (has_pids && is_by_setting && facts->is_handler)
		text_put(message,
		    "namespaces: a handler can have no pid namespace; leave pid out\n");
	if (has_pids && !facts->is_handler && settings->orphans == ORPHANS_KEEP)
		text_printf(message,
		    "orphans: keep, but a pid namespace (%s) ends with prong; leave one of "
		    "them out%s\n",
		    is_by_setting ? "namespaces" : "isolation: strict",
		    is_by_setting ? "" : ", or say which namespaces it has");
}

static void
check_cgroup(const struct settings *settings, struct text *message)
{
	const char *name = settings->memory_max.is_set ? "memory-max"
			   : settings->pids_max > 0    ? "pids-max"
			   : settings->cpu_max > 0     ? "cpu-max"
						       : NULL;

	if (name != NULL && settings->cgroup != NULL &&
	    strcmp(settings->cgroup, "off") == 0)
		text_printf(message,
		    "cgroup: off, but %s needs one for each session; leave one of them "
		    "out\n",
		    name);
}

int
contradictions_check(const struct settings *settings, const struct measures_facts *facts,
    struct text *message)
{
	size_t before = message->used;

	check_network(settings, message);
	check_namespaces(settings, facts, message);
	check_pids(settings, facts, message);
	check_cgroup(settings, message);
	return message->used == before && !message->is_cut ? 0 : -EINVAL;
}
