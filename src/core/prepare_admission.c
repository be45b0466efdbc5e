#include "prepare_admission.h"

#include <string.h>

#include "door.h"
#include "listener.h"
#include "network.h"
#include "penaltyrule.h"

#define TEXT_MOST 4096

static void
put_word(struct text *message, const char *word)
{
	text_put_char(message, '\'');
	text_put_quoted(message, word, strlen(word));
	text_put_char(message, '\'');
}

/* ---- numbers ------------------------------------------------------------------ */

static int
check_reserve(const struct settings *settings, struct text *message)
{
	if (settings->reserve == 0)
		return 0;
	if (settings->exempt.count == 0) {
		text_printf(message,
		    "reserve: %u sessions are kept for exempt networks, and there are none; "
		    "name them with exempt, or leave reserve out\n",
		    settings->reserve);
		return -EINVAL;
	}
	if (settings->max == 0 || settings->reserve < settings->max)
		return 0;
	text_printf(message,
	    "reserve: %u of %u sessions are kept for exempt networks, so that nobody else "
	    "would ever get in; lower it, or raise max\n",
	    settings->reserve, settings->max);
	return -EINVAL;
}

static int
check_early_drop(const struct settings *settings, struct text *message)
{
	const struct setting_drop *drop = &settings->early_drop;

	if (drop->begin == 0 || settings->max == 0)
		return 0;
	if (drop->begin >= settings->max)
		text_printf(message,
		    "early-drop: it would begin at %u sessions, and max is %u, so that it "
		    "would never do anything; begin sooner, or raise max\n",
		    drop->begin, settings->max);
	else if (drop->full > settings->max)
		text_printf(message,
		    "early-drop: it would refuse all at %u sessions, and max is %u; let it "
		    "end at %u, or raise max\n",
		    drop->full, settings->max, settings->max);
	else
		return 0;
	return -EINVAL;
}

static int
check_penalty_times(const struct settings *settings, struct text *message)
{
	if (settings->penalty_min <= settings->penalty_max)
		return 0;
	text_put(message,
	    "penalty-min: it is more than penalty-max, the most that a source can owe, so "
	    "that no penalty would ever act; lower the one or raise the other\n");
	return -EINVAL;
}

static int
check_texts(const struct settings *settings, struct text *message)
{
	const struct setting_list *texts = &settings->refuse_text_for;
	int rc = 0;

	for (size_t i = 0; i < texts->count; i++) {
		size_t length = strcspn(texts->words[i], "=");

		if (strlen(texts->words[i]) - length <= TEXT_MOST)
			continue;
		text_printf(message,
		    "refuse-text-for: the text for %.*s has more than %d bytes, and sending "
		    "could block; make it shorter\n",
		    (int)length, texts->words[i], TEXT_MOST);
		rc = -EINVAL;
	}
	return rc;
}

/* ---- penalties ---------------------------------------------------------------- */

/* What must be there for a penalty of the kind ever to be counted; NULL: it is, or it
 * needs nothing. */
static const char *
missing_for(const struct prong_service *service, enum offence what)
{
	const struct settings *settings = &service->settings;

	if (what == OFFENCE_PROXY && settings->proxy_from.count == 0)
		return "no PROXY header is awaited; name the proxies with proxy-from";
	if (what == OFFENCE_POLICY && settings->policy.count == 0 &&
	    service->admit == NULL)
		return "no program is asked; name it with policy";
	if (what == OFFENCE_DENIED && settings->allow.count == 0 &&
	    settings->deny.count == 0 && settings->allow_uid.count == 0 &&
	    settings->allow_gid.count == 0)
		return "nobody is denied; say who with allow, deny, allow-uid or allow-gid";
	return NULL;
}

/* An earlier rule that leaves nothing to that of `words->words[which]`; NULL: none. */
static const char *
covered_by(
    const struct setting_list *words, size_t which, const struct penalty_rule *rule)
{
	char why[256];
	struct text nobody = TEXT_ON(why);
	struct penalty_rule earlier;

	for (size_t i = 0; i < which; i++)
		if (penaltyrule_parse(words->words[i], &earlier, &nobody) == 0 &&
		    penaltyrule_covers(&earlier, rule))
			return words->words[i];
	return NULL;
}

static int
check_penalty(const struct prong_service *service, size_t which, struct text *message)
{
	const struct settings *settings = &service->settings;
	const char *word = settings->penalty.words[which];
	const char *missing, *earlier;
	char why[256];
	struct text nobody = TEXT_ON(why);
	struct penalty_rule rule;

	if (penaltyrule_parse(word, &rule, &nobody) < 0)
		return 0;
	missing = missing_for(service, rule.what);
	earlier = covered_by(&settings->penalty, which, &rule);
	if (missing == NULL && earlier == NULL)
		return 0;
	text_put(message, "penalty: ");
	put_word(message, word);
	if (earlier != NULL) {
		text_put(message, " never counts: ");
		put_word(message, earlier);
		text_put(
		    message, " before it covers all of it; put the wider one behind\n");
	} else {
		text_printf(message, " never counts: %s, or leave it out\n", missing);
	}
	return -EINVAL;
}

static int
check_penalties(const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	int rc = check_penalty_times(settings, message);

	for (size_t i = 0; i < settings->penalty.count; i++)
		if (check_penalty(service, i, message) < 0)
			rc = -EINVAL;
	return rc;
}

/* ---- rules -------------------------------------------------------------------- */

/* The rule that keeps all of a network out: the narrowest one that holds it, unless
 * somebody in it is allowed; NULL. */
static const struct rule *
denied_by(const struct rules *rules, const struct addr_key *network)
{
	const struct rule *found = NULL;

	for (const struct rule *at = rules->all; at < rules->all + rules->count; at++) {
		if (network_covers(&at->network, network) &&
		    (found == NULL || network_covers(&found->network, &at->network)))
			found = at;
		if (!at->is_denied && network_covers(network, &at->network))
			return NULL;
	}
	return found != NULL && found->is_denied ? found : NULL;
}

static int
check_exempt(const struct prong_service *service, struct text *message)
{
	const struct setting_list *exempt = &service->settings.exempt;
	const struct rules *rules = &service->door->rules;
	int rc = 0;

	for (size_t i = 0; rules->count > 0 && i < exempt->count; i++) {
		char why[256];
		struct text nobody = TEXT_ON(why);
		struct addr_key network;
		const struct rule *rule;

		if (network_parse(exempt->words[i], &network, &nobody) < 0)
			continue;
		rule = denied_by(rules, &network);
		if (rule == NULL)
			continue;
		text_put(message, "exempt: ");
		put_word(message, exempt->words[i]);
		text_put(message, " is spared limits, but not rules, and ");
		rules_put(message, rules, rule);
		if (rule->file > 0) {
			text_put(message, " of ");
			rules_put_origin(message, rules, rule);
		}
		text_put(message, " keeps all of it out; allow it, or leave it out\n");
		rc = -EINVAL;
	}
	return rc;
}

int
prepare_admission_check_listeners(
    const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	const char *name = settings->allow_uid.count > 0   ? "allow-uid"
			   : settings->allow_gid.count > 0 ? "allow-gid"
							   : NULL;

	if (name == NULL || service->listener_count == 0)
		return 0;
	for (size_t i = 0; i < service->listener_count; i++)
		if (service->listeners[i].bound.addr.sa.sa_family == AF_UNIX)
			return 0;
	text_printf(message,
	    "%s: only of a Unix socket's client is the user known, and this service listens "
	    "on none; add unix:/PATH, or leave it out\n",
	    name);
	return -EINVAL;
}

int
prepare_admission_check(const struct prong_service *service, struct text *message)
{
	static int (*const checks[])(const struct settings *, struct text *) = {
		check_reserve,
		check_early_drop,
		check_texts,
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i](&service->settings, message) < 0)
			rc = -EINVAL;
	if (check_penalties(service, message) < 0)
		rc = -EINVAL;
	if (service->door != NULL && check_exempt(service, message) < 0)
		rc = -EINVAL;
	return rc;
}
