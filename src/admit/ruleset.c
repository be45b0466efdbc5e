#include "ruleset.h"

#include <string.h>

#include "base.h"

int
ruleset_init(struct ruleset *set)
{
	*set = (struct ruleset){ 0 };
	set->rules.choices = calloc(1, sizeof(*set->rules.choices));
	if (set->rules.choices == NULL)
		return -ENOMEM;
	set->rules.choice_count = 1;
	return setting_list_add(&set->rules.files, "");
}

void
ruleset_done(struct ruleset *set)
{
	rules_done(&set->rules);
}

int
ruleset_add_file(struct ruleset *set, const char *path, uint16_t *ret_file)
{
	struct setting_list *files = &set->rules.files;

	if (files->count > UINT16_MAX)
		return -E2BIG;
	if (setting_list_add(files, path) < 0)
		return -ENOMEM;
	*ret_file = (uint16_t)(files->count - 1);
	return 0;
}

/* ---- options --------------------------------------------------------------------- */

static uint64_t
hash_of(const struct setting_list *options, bool is_allow)
{
	uint64_t hash = is_allow;

	for (size_t i = 0; i < options->count; i++)
		for (const char *at = options->words[i];; at++) {
			hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
			if (*at == '\0')
				break;
		}
	return hash;
}

static bool
is_choice(
    const struct rule_choice *choice, const struct setting_list *options, bool is_allow)
{
	if (choice->is_allow != is_allow || choice->options.count != options->count)
		return false;
	for (size_t i = 0; i < options->count; i++)
		if (strcmp(choice->options.words[i], options->words[i]) != 0)
			return false;
	return true;
}

static int
choice_add(struct ruleset *set, struct setting_list *options, bool is_allow)
{
	struct rules *rules = &set->rules;
	struct rule_choice *choices;

	if (rules->choice_count > RULESET_CHOICES_MOST)
		return -ENOSPC;
	choices = reallocarray(rules->choices, rules->choice_count + 1, sizeof(*choices));
	if (choices == NULL)
		return -ENOMEM;
	choices[rules->choice_count++] = (struct rule_choice){ *options, is_allow };
	rules->choices = choices;
	*options = (struct setting_list){ 0 };
	return 0;
}

static int
choice_find(
    struct ruleset *set, struct setting_list *options, bool is_allow, uint32_t *ret)
{
	struct rules *rules = &set->rules;
	uint64_t hash = hash_of(options, is_allow);
	int rc;

	for (uint32_t i = 1; i < rules->choice_count; i++)
		if (set->hashes[i] == hash &&
		    is_choice(&rules->choices[i], options, is_allow)) {
			*ret = i;
			return 0;
		}
	rc = choice_add(set, options, is_allow);
	if (rc < 0)
		return rc;
	*ret = rules->choice_count - 1;
	set->hashes[*ret] = hash;
	return 0;
}

/* ---- rules ----------------------------------------------------------------------- */

static int
make_room(struct ruleset *set)
{
	uint32_t room = set->room == 0 ? 16 : set->room * 2;
	struct rule *all;

	if (set->rules.count < set->room)
		return 0;
	if (set->rules.count >= RULESET_MOST)
		return -E2BIG;
	all = reallocarray(set->rules.all, room, sizeof(*all));
	if (all == NULL)
		return -ENOMEM;
	set->rules.all = all;
	set->room = room;
	return 0;
}

int
ruleset_add(struct ruleset *set, const struct rule *rule, struct setting_list *options)
{
	uint32_t choice = 0;
	int rc = make_room(set);

	if (rc == 0 && options->count > 0)
		rc = choice_find(set, options, !rule->is_denied, &choice);
	if (rc < 0)
		return rc;
	set->rules.all[set->rules.count] = *rule;
	set->rules.all[set->rules.count++].choice = choice;
	return 0;
}

/* Of the same network the first one that was said comes first. */
static int
rule_compare(const void *one, const void *other)
{
	const struct rule *a = one, *b = other;
	int order = addr_key_compare(&a->network, &b->network);

	if (order != 0)
		return order;
	if (a->is_denied != b->is_denied)
		return a->is_denied ? 1 : -1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

void
ruleset_join(struct ruleset *set, ruleset_conflict_fn *conflict, void *context)
{
	struct rules *rules = &set->rules;
	struct rule *latest = rules->all;

	if (rules->count == 0)
		return;
	qsort(rules->all, rules->count, sizeof(*rules->all), rule_compare);
	for (uint32_t i = 1; i < rules->count; i++) {
		const struct rule *rule = &rules->all[i];

		if (addr_key_compare(&latest->network, &rule->network) != 0)
			*++latest = *rule;
		else if (latest->is_denied != rule->is_denied ||
			 latest->choice != rule->choice)
			conflict(context, latest, rule);
	}
	rules->count = (uint32_t)(latest - rules->all) + 1;
}

static int
make_table(struct rules *rules)
{
	struct networks_entry *entries = calloc(rules->count, sizeof(*entries));
	int rc;

	if (entries == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < rules->count; i++)
		entries[i] = (struct networks_entry){ rules->all[i].network, i };
	rc = networks_init(&rules->networks, entries, rules->count);
	free(entries);
	return rc;
}

int
ruleset_settle(struct ruleset *set, struct rules *ret_rules)
{
	struct rules *rules = &set->rules;
	struct rule *all;
	int rc;

	if (rules->count > 0) {
		/* What doubling left over goes back. */
		all = reallocarray(rules->all, rules->count, sizeof(*all));
		if (all == NULL)
			return -ENOMEM;
		rules->all = all;
		rc = make_table(rules);
		if (rc < 0)
			return rc;
	}
	*ret_rules = *rules;
	*rules = (struct rules){ 0 };
	return 0;
}
