/*
 * value_read_list -- the words that each list accepts
 *
 * What a word stands for is looked at now and read again when the service is prepared, so
 * a mistake is told where it was made.  Files and programs are not opened here.
 */
#include "value_list.h"

#include <string.h>

#include "network.h"
#include "penaltyrule.h"
#include "ruleword.h"

#define NAME_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define NAME_REST NAME_FIRST "0123456789"

static int
check_any(const struct joining *joining)
{
	return *joining->word == '\0' ? -EINVAL : 0;
}

/* How long the variable's name is that `word` begins with; 0: it does not. */
static size_t
variable_length(const char *word)
{
	return strspn(word, NAME_FIRST) == 0 ? 0 : strspn(word, NAME_REST);
}

static int
check_env(const struct joining *joining)
{
	size_t length = variable_length(joining->word);

	return length > 0 && joining->word[length] == '=' ? 0 : -EINVAL;
}

static int
check_pass_env(const struct joining *joining)
{
	size_t length = variable_length(joining->word);

	return length > 0 && joining->word[length] == '\0' ? 0 : -EINVAL;
}

/* "none" stands alone. */
static int
check_groups(const struct joining *joining)
{
	return *joining->word == '\0' || value_list_crowds_none(joining) ? -EINVAL : 0;
}

int
value_list_say(const struct joining *joining, const char *why)
{
	text_put_char(joining->wrong, '\'');
	value_put_word(joining->wrong, joining->word);
	text_put(joining->wrong, "' ");
	text_put(joining->wrong, tongue_say(joining->tongue, why));
	return -EINVAL;
}

static int
check_network(const struct joining *joining)
{
	char why[256] = "";
	struct text text = TEXT_ON(why);
	struct addr_key network;

	if (*joining->word == '\0')
		return -EINVAL;
	if (network_parse(joining->word, &network, &text) == 0)
		return 0;
	return value_list_say(joining, why);
}

/* "./friends", "friends.txt" or a host's name: in no address is a letter behind f. */
static bool
looks_like_name(const char *word)
{
	size_t length = strcspn(word, " \t");
	bool has_mark = false, has_letter = *word == '~';

	for (size_t i = 0; i < length; i++) {
		has_mark = has_mark || word[i] == '.' || word[i] == '/';
		has_letter = has_letter || (word[i] >= 'g' && word[i] <= 'z');
	}
	return has_mark && has_letter && memchr(word, ':', length) == NULL;
}

static int
check_rule(const struct joining *joining)
{
	struct ruleword rule;
	size_t column;
	int rc;

	if (*joining->word == '\0')
		return -EINVAL;
	if (ruleword_is_file(joining->word))
		return 0;
	if (looks_like_name(joining->word))
		return value_list_say(joining,
		    TONGUE(
			"is not an address or a network; names are not looked up, and a "
			"file is written with its whole path, from / on"));
	rc = ruleword_parse(
	    joining->word, joining->is_allow, &rule, joining->wrong, &column);
	if (rc == 0)
		ruleword_done(&rule);
	return rc;
}

static int
check_penalty(const struct joining *joining)
{
	char why[256] = "";
	struct text text = TEXT_ON(why);
	struct penalty_rule rule;

	if (*joining->word == '\0')
		return -EINVAL;
	if (penaltyrule_parse(joining->word, &rule, &text) == 0)
		return 0;
	return value_list_say(joining, why);
}

/* The first one is the program, the others are its arguments. */
static int
check_policy(const struct joining *joining)
{
	const char *word = joining->word;

	if (joining->list->count > 0)
		return 0;
	if (*word == '@')
		return value_list_say(joining,
		    TONGUE("is built in; only a program of its own can be asked"));
	if (*word == '\0' || (*word != '/' && strchr(word, '/') != NULL))
		return -EINVAL;
	return 0;
}

/* ---- refuse-text-for --------------------------------------------------------------- */

/* As the events have them: refusal_name() in core. */
const char *const value_reasons[] = { "service-full", "source-full", "no-descriptors",
	"denied", "penalty", "sources-full", "early-drop", "source-rate", "rate",
	"waiting-full", "gone", "proxy", "policy", "policy-failed", "stopping", "failed",
	NULL };

#define REASONS (ARRAY_SIZE(value_reasons) - 1)

static int
say_reason(const struct joining *joining, const char *reason)
{
	const char *nearest = text_nearest(reason, value_reasons, REASONS);
	char shown[4 * VALUE_QUOTED_MAX + 8] = "";
	struct text quoted = TEXT_ON(shown);

	value_put_word(&quoted, reason);
	if (nearest != NULL) {
		text_printf(joining->wrong,
		    tongue_say(joining->tongue, "'%s' is not a reason; did you mean %s?"),
		    shown, nearest);
		return -EINVAL;
	}
	text_printf(joining->wrong,
	    tongue_say(joining->tongue, "'%s' is not a reason; there are"), shown);
	for (size_t i = 0; i < REASONS; i++)
		text_printf(joining->wrong, "%s %s", i == 0 ? "" : ",", value_reasons[i]);
	return -EINVAL;
}

static bool
is_reason(const char *word)
{
	for (size_t i = 0; i < REASONS; i++)
		if (strcmp(value_reasons[i], word) == 0)
			return true;
	return false;
}

/* Its text is resolved, and its placeholders are filled in, when it is sent. */
static int
check_reason_text(const struct joining *joining)
{
	cleanup_(free_text) char *copy = strdup(joining->word);
	size_t length = strcspn(joining->word, "="), ignored;

	if (copy == NULL)
		return -ENOMEM;
	if (length == 0 || copy[length] == '\0')
		return -EINVAL;
	copy[length] = '\0';
	if (!is_reason(copy))
		return say_reason(joining, copy);
	for (size_t i = 0; i < joining->list->count; i++)
		if (strncmp(joining->list->words[i], joining->word, length + 1) == 0)
			return value_list_say(
			    joining, TONGUE("is the second text for this reason"));
	if (text_unescape(copy + length + 1, &ignored) < 0)
		return value_list_say(joining,
		    TONGUE("has another escape than \\n \\r \\t \\\\ \\0 \\e \\xHH"));
	return 0;
}

/* ---- which ------------------------------------------------------------------------- */

static checker_fn *
checker_of(const struct setting *setting)
{
	static const struct {
		size_t field;
		checker_fn *check;
	} checkers[] = {
		{ offsetof(struct settings, env), check_env },
		{ offsetof(struct settings, pass_env), check_pass_env },
		{ offsetof(struct settings, groups), check_groups },
		{ offsetof(struct settings, refuse_text_for), check_reason_text },
		{ offsetof(struct settings, exempt), check_network },
		{ offsetof(struct settings, proxy_from), check_network },
		{ offsetof(struct settings, allow), check_rule },
		{ offsetof(struct settings, deny), check_rule },
		{ offsetof(struct settings, penalty), check_penalty },
		{ offsetof(struct settings, policy), check_policy },
		{ offsetof(struct settings, limits), value_check_limit },
		{ offsetof(struct settings, capabilities), value_check_capability },
		{ offsetof(struct settings, read), value_check_access },
		{ offsetof(struct settings, write), value_check_writable },
		{ offsetof(struct settings, execute), value_check_access },
		{ offsetof(struct settings, connect), value_check_port },
		{ offsetof(struct settings, bind), value_check_port },
		{ offsetof(struct settings, scope), value_check_scope },
		{ offsetof(struct settings, namespaces), value_check_namespace },
		{ offsetof(struct settings, syscalls), value_check_syscalls },
		{ offsetof(struct settings, hide), value_check_path },
	};

	for (size_t i = 0; i < ARRAY_SIZE(checkers); i++)
		if (checkers[i].field == setting->field)
			return checkers[i].check;
	return check_any;
}

int
value_read_list(const struct setting *setting, const char *word, struct settings *s,
    struct text *wrong)
{
	struct setting_list *list = (void *)((char *)s + setting->field);
	const struct joining joining = {
		.word = word,
		.list = list,
		.is_allow = list == &s->allow,
		.wrong = wrong,
		.tongue = s->tongue,
	};
	int rc = checker_of(setting)(&joining);

	return rc < 0 ? rc : setting_list_add(list, word);
}
