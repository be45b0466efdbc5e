#include "door.h"

#include <string.h>

#include "names.h"
#include "network.h"
#include "prepare_rules.h"
#include "service.h"
#include "variant.h"

const struct door *
door_of(const struct prong_service *service)
{
	return service_base(service)->door;
}

/* "SETTING: 'WORD' is not ..." */
static void
put_wrong(struct text *message, const char *setting, const char *word, const char *wrong)
{
	text_printf(message, "%s: '", setting);
	text_put_quoted(message, word, strlen(word));
	text_printf(message, "' %s\n", wrong);
}

static int
door_networks(struct networks *networks, const char *setting,
    const struct setting_list *words, struct text *message)
{
	struct networks_entry *entries = calloc(words->count + 1, sizeof(*entries));
	int rc = 0;

	if (entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < words->count; i++) {
		char why[256] = "";
		struct text wrong = TEXT_ON(why);

		if (network_parse(words->words[i], &entries[i].network, &wrong) == 0)
			continue;
		put_wrong(message, setting, words->words[i], why);
		rc = -EINVAL;
	}
	if (rc == 0)
		rc = networks_init(networks, entries, words->count);
	free(entries);
	return rc;
}

static int
door_penalties(struct door *door, const struct setting_list *words, struct text *message)
{
	struct penalty_rules *rules = &door->penalties;
	int rc = 0;

	rules->all = calloc(words->count + 1, sizeof(*rules->all));
	if (rules->all == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < words->count; i++) {
		char why[256] = "";
		struct text wrong = TEXT_ON(why);

		if (penaltyrule_parse(
			words->words[i], &rules->all[rules->count++], &wrong) == 0)
			continue;
		put_wrong(message, "penalty", words->words[i], why);
		rc = -EINVAL;
	}
	return rc;
}

/* "REASON=TEXT"; the later one counts. */
static int
door_text(struct door *door, const char *word, struct text *message)
{
	size_t length = strcspn(word, "=");
	struct setting_text text = { 0 };
	int reason = 0;

	while (reason < REFUSAL_COUNT &&
	       (strncmp(refusal_name((enum refusal)reason), word, length) != 0 ||
		   refusal_name((enum refusal)reason)[length] != '\0'))
		reason++;
	if (reason == REFUSAL_COUNT || word[length] != '=') {
		put_wrong(message, "refuse-text-for", word,
		    "does not begin with the reason of a refusal and '='");
		return -EINVAL;
	}
	text.text = strdup(word + length + 1);
	if (text.text == NULL)
		return -ENOMEM;
	free(door->texts[reason].text);
	door->texts[reason] = text;
	if (text_unescape(text.text, &door->texts[reason].length) == 0)
		return 0;
	put_wrong(message, "refuse-text-for", word, "has an unknown escape");
	return -EINVAL;
}

static int
door_texts(struct door *door, const struct setting_list *words, struct text *message)
{
	int rc, worst = 0;

	for (size_t i = 0; i < words->count; i++) {
		rc = door_text(door, words->words[i], message);
		worst = rc < 0 ? rc : worst;
	}
	return worst;
}

static int
door_ids(struct door *door, const struct settings *settings, struct text *message)
{
	const struct setting_list *users = &settings->allow_uid;
	const struct setting_list *groups = &settings->allow_gid;
	struct names_user user;
	int rc = 0;

	door->uids = calloc(users->count + 1, sizeof(*door->uids));
	door->gids = calloc(groups->count + 1, sizeof(*door->gids));
	if (door->uids == NULL || door->gids == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < users->count; i++) {
		rc = names_user("allow-uid", users->words[i], &user, message);
		if (rc < 0) {
			text_put_char(message, '\n');
			return rc;
		}
		door->uids[door->uid_count++] = user.uid;
	}
	for (size_t i = 0; i < groups->count && rc == 0; i++) {
		rc = names_group(
		    "allow-gid", groups->words[i], &door->gids[door->gid_count], message);
		if (rc < 0)
			text_put_char(message, '\n');
		else
			door->gid_count++;
	}
	return rc;
}

/* One for each choice of settings that rules have made. */
static int
door_variants(struct prong_service *service, struct text *message)
{
	struct door *door = service->door;
	struct rules *rules = &door->rules;
	int rc = 0;

	door->variants = calloc(rules->choice_count + 1, sizeof(struct prong_service *));
	if (door->variants == NULL)
		return -ENOMEM;
	for (uint32_t i = 1; i < rules->choice_count && rc == 0; i++) {
		door->variants[i] = variant_add(service);
		if (door->variants[i] == NULL)
			return -ENOMEM;
		rc = variant_set(door->variants[i], &rules->choices[i].options, message);
	}
	return rc;
}

/* It runs as the service's program would, but at once and without a terminal. */
static int
door_asker(struct prong_service *service)
{
	const struct setting_list *words = &service->settings.policy;
	struct prong_service *asker;
	int rc = 0;

	if (words->count == 0)
		return 0;
	asker = variant_add(service);
	if (asker == NULL)
		return -ENOMEM;
	service->door->asker = asker;
	asker->handler = NULL;
	asker->settings.start = START_FRESH;
	asker->settings.pty = PTY_NO;
	asker->is_asker = true;
	setting_list_done(&asker->settings.program);
	for (size_t i = 0; i < words->count && rc == 0; i++)
		rc = setting_list_add(&asker->settings.program, words->words[i]);
	return rc;
}

static int
door_make(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	struct door *door = service->door;
	int rc, worst = 0;

	rc = door_networks(&door->exempt, "exempt", &settings->exempt, message);
	worst = rc < 0 ? rc : worst;
	rc = door_networks(&door->proxies, "proxy-from", &settings->proxy_from, message);
	worst = rc < 0 ? rc : worst;
	rc = door_penalties(door, &settings->penalty, message);
	worst = rc < 0 ? rc : worst;
	rc = door_texts(door, &settings->refuse_text_for, message);
	worst = rc < 0 ? rc : worst;
	rc = door_ids(door, settings, message);
	worst = rc < 0 ? rc : worst;
	rc = prepare_rules(settings, &door->rules, message);
	return rc < 0 ? rc : worst;
}

int
door_prepare(struct prong_service *service, struct text *message)
{
	int rc;

	variant_drop_all(service);
	door_done(service);
	service->door = calloc(1, sizeof(*service->door));
	if (service->door == NULL)
		return -ENOMEM;
	rc = door_make(service, message);
	service->door->has_proxies = service->settings.proxy_from.count > 0;
	if (rc == 0)
		rc = door_variants(service, message);
	return rc < 0 ? rc : door_asker(service);
}

void
door_done(struct prong_service *service)
{
	struct door *door = service->door;

	if (door == NULL)
		return;
	rules_done(&door->rules);
	networks_done(&door->exempt);
	networks_done(&door->proxies);
	free(door->penalties.all);
	free(door->variants);
	free(door->uids);
	free(door->gids);
	for (int i = 0; i < REFUSAL_COUNT; i++)
		free(door->texts[i].text);
	free(door);
	service->door = NULL;
}

static bool
is_per_source(const struct prong_service *service)
{
	const struct door *door = door_of(service);

	if (service->settings.rate_per_source.count > 0)
		return true;
	for (uint32_t i = 1; door != NULL && i < door->rules.choice_count; i++)
		if (door->variants[i] != NULL &&
		    door->variants[i]->settings.rate_per_source.count > 0)
			return true;
	return false;
}

bool
door_makes_wait(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	bool has_rate = settings->rate.count > 0 || is_per_source(service);

	return settings->proxy_from.count > 0 || (has_rate && settings->rate_wait > 0);
}

bool
door_remembers(const struct prong_service *service)
{
	return service->settings.penalty.count > 0 || is_per_source(service);
}
