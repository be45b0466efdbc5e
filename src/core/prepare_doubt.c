#include "prepare_doubt.h"

#include <string.h>

#include "door.h"
#include "engine.h"
#include "listener.h"
#include "network.h"
#include "rulefile.h"
#include "ruleword.h"

/* "SETTING: 'WORD' DOUBT" */
static void
tell(const struct prong_service *service, const char *setting, const char *word,
    const char *doubt)
{
	char line[1024];
	struct text text = TEXT_ON(line);

	text_printf(&text, "%s: '", setting);
	text_put_quoted(&text, word, strlen(word));
	text_printf(&text, "' %s", doubt);
	engine_tell(service->server, EVENT_WARNING, service->name, line);
}

/* "allow: /etc/prong/friends: everybody may write this file (chmod o-w)" */
static void
doubt_files(const struct prong_service *service, const char *setting,
    const struct setting_list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *doubt = ruleword_is_file(words->words[i])
					? rulefile_doubt(words->words[i])
					: NULL;
		char line[1024];
		struct text text = TEXT_ON(line);

		if (doubt == NULL)
			continue;
		text_printf(&text, "%s: ", setting);
		text_put_quoted(&text, words->words[i], strlen(words->words[i]));
		text_printf(&text, ": %s", doubt);
		engine_tell(service->server, EVENT_WARNING, service->name, line);
	}
}

/* May be meant so; but a file that was to be filled later is forgotten easily. */
static void
doubt_allowed(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	const struct rules *rules = &service->door->rules;

	if (!rules->has_allow ||
	    settings->allow_uid.count + settings->allow_gid.count > 0)
		return;
	for (uint32_t i = 0; i < rules->count; i++)
		if (!rules->all[i].is_denied)
			return;
	engine_tell(service->server, EVENT_NOTE, service->name,
	    "allow: nobody is let in: no network stands in what it names");
}

static void
doubt_proxies(const struct prong_service *service)
{
	const struct setting_list *words = &service->settings.proxy_from;

	for (size_t i = 0; i < words->count; i++) {
		char why[256];
		struct text nobody = TEXT_ON(why);
		struct addr_key network;

		if (network_parse(words->words[i], &network, &nobody) < 0 ||
		    network.family == AF_UNIX || network.family == AF_VSOCK ||
		    network.prefix > 0)
			continue;
		tell(service, "proxy-from", words->words[i],
		    "lets whoever connects say which client it is, so that rules, limits and "
		    "penalties hold nobody up; name the proxies alone");
	}
}

/* A program in C with a shared library takes some 3M, and is killed by SEGV before its
 * first line where it does not get it. */
static void
doubt_memory(const struct prong_service *service)
{
	const struct setting_size *memory = &service->settings.limit_memory;

	if (memory->is_set && memory->bytes < (4U << 20) && service->path != NULL)
		engine_tell(service->server, EVENT_NOTE, service->name,
		    "memory: hardly any program can start with less than 4M, which counts "
		    "addresses and not what is used: it ends with SEGV or 127");
}

static bool
has_limit(const struct settings *settings, enum offence what)
{
	switch (what) {
	case OFFENCE_SESSION_TIMEOUT:
		return settings->session_timeout > 0;
	case OFFENCE_IDLE_TIMEOUT:
		return settings->idle_timeout > 0;
	case OFFENCE_FIRST_BYTE_TIMEOUT:
		return settings->first_byte_timeout > 0;
	case OFFENCE_EOF_GRACE:
		return settings->eof_grace > 0;
	case OFFENCE_TIMEOUT:
		return settings->session_timeout > 0 || settings->idle_timeout > 0 ||
		       settings->first_byte_timeout > 0 || settings->eof_grace > 0;
	case OFFENCE_NONE:
	case OFFENCE_ANY:
	case OFFENCE_EXIT:
	case OFFENCE_SIGNAL:
	case OFFENCE_NO_BYTE:
	case OFFENCE_PROXY:
	case OFFENCE_DENIED:
	case OFFENCE_POLICY:
	case OFFENCE_COUNT:
		break;
	}
	return true;
}

/* ... or a rule gives it to its clients. */
static bool
may_count(const struct prong_service *service, enum offence what)
{
	const struct door *door = service->door;

	if (has_limit(&service->settings, what))
		return true;
	for (uint32_t i = 1; i < door->rules.choice_count; i++)
		if (door->variants[i] != NULL &&
		    has_limit(&door->variants[i]->settings, what))
			return true;
	return false;
}

static void
doubt_penalties(const struct prong_service *service)
{
	const struct penalty_rules *rules = &service->door->penalties;

	for (size_t i = 0; i < rules->count; i++)
		if (rules->all[i].cost > 0 && !may_count(service, rules->all[i].what))
			tell(service, "penalty", service->settings.penalty.words[i],
			    "never counts: that time limit is off; set it, or leave the "
			    "penalty out");
}

/* Has it a listener of this family, or none at all? */
static bool
listens_on(const struct prong_service *service, sa_family_t family)
{
	for (size_t i = 0; i < service->listener_count; i++)
		if (service->listeners[i].bound.addr.sa.sa_family == family)
			return true;
	return service->listener_count == 0;
}

/* Files of rules may be shared with services that have such clients; words are not. */
static void
doubt_ids(const struct prong_service *service, const char *setting,
    const struct setting_list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->words[i];

		if (strncmp(word, "uid:", 4) == 0 && !listens_on(service, AF_UNIX))
			tell(service, setting, word,
			    "is nobody: only clients of a Unix socket have a user, and this "
			    "service listens on none; add unix:/PATH, or leave it out");
		if (strncmp(word, "cid:", 4) == 0 && !listens_on(service, AF_VSOCK))
			tell(service, setting, word,
			    "is nobody: only clients of vsock have a CID, and this service "
			    "does not listen there; add vsock:any:PORT, or leave it out");
	}
}

void
prepare_doubt(const struct prong_service *service)
{
	doubt_files(service, "allow", &service->settings.allow);
	doubt_files(service, "deny", &service->settings.deny);
	doubt_allowed(service);
	doubt_proxies(service);
	doubt_penalties(service);
	doubt_memory(service);
}

void
prepare_doubt_listeners(const struct prong_service *service)
{
	doubt_ids(service, "allow", &service->settings.allow);
	doubt_ids(service, "deny", &service->settings.deny);
}
