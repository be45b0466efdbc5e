/* rules -- which networks may come in, and what holds for them */
#include "rules.h"

#include <string.h>

#include "base.h"
#include "network.h"

const struct rule *
rules_find(const struct rules *rules, const struct addr_key *client)
{
	uint32_t number = NETWORKS_NONE;

	if (rules->count > 0)
		number = networks_find(&rules->networks, client);
	return number == NETWORKS_NONE ? NULL : &rules->all[number];
}

bool
rules_deny(const struct rules *rules, const struct rule *found)
{
	return found == NULL ? rules->has_allow : found->is_denied;
}

/* As it could stand on the line. */
static void
put_option(struct text *text, const char *option)
{
	size_t name = strcspn(option, "=") + 1;
	const char *value = option + name;
	bool is_plain = *value != '\0' && value[strcspn(value, " \t\r'\"")] == '\0';

	text_put_char(text, ' ');
	text_put_quoted(text, option, name);
	if (!is_plain)
		text_put_char(text, strchr(value, '\'') == NULL ? '\'' : '"');
	text_put_quoted(text, value, strlen(value));
	if (!is_plain)
		text_put_char(text, strchr(value, '\'') == NULL ? '\'' : '"');
}

void
rules_put(struct text *text, const struct rules *rules, const struct rule *rule)
{
	const struct setting_list *options = &rules->choices[rule->choice].options;

	text_put(text, rule->is_denied ? "deny " : "allow ");
	network_put(text, &rule->network);
	for (size_t i = 0; i < options->count; i++)
		put_option(text, options->words[i]);
}

void
rules_put_origin(struct text *text, const struct rules *rules, const struct rule *rule)
{
	const char *file = rules->files.words[rule->file];

	if (rule->file == 0) {
		text_put(text, rule->is_denied ? "deny" : "allow");
		return;
	}
	text_put_quoted(text, file, strlen(file));
	text_put_char(text, ':');
	text_put_number(text, rule->line);
}

void
rules_done(struct rules *rules)
{
	networks_done(&rules->networks);
	for (uint32_t i = 0; i < rules->choice_count; i++)
		setting_list_done(&rules->choices[i].options);
	free(rules->choices);
	free(rules->all);
	setting_list_done(&rules->files);
	*rules = (struct rules){ 0 };
}
