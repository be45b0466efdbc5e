#include "penaltyrule.h"

#include <signal.h>
#include <string.h>

#include "text.h"
#include "tongue.h"

#define EXIT_MOST 255
#define SIGNAL_MOST 64
#define COST_MOST 31536000000 /* a year */

static const char *const names[OFFENCE_COUNT] = {
	[OFFENCE_NONE] = "",
	[OFFENCE_ANY] = "any",
	[OFFENCE_EXIT] = "exit",
	[OFFENCE_SIGNAL] = "signal",
	[OFFENCE_TIMEOUT] = "timeout",
	[OFFENCE_SESSION_TIMEOUT] = "session-timeout",
	[OFFENCE_IDLE_TIMEOUT] = "idle-timeout",
	[OFFENCE_FIRST_BYTE_TIMEOUT] = "first-byte-timeout",
	[OFFENCE_EOF_GRACE] = "eof-grace",
	[OFFENCE_NO_BYTE] = "no-byte",
	[OFFENCE_PROXY] = "proxy",
	[OFFENCE_DENIED] = "denied",
	[OFFENCE_POLICY] = "policy",
};

const char *
penaltyrule_name(enum offence what)
{
	return names[what];
}

/* ---- reading ---- */

static int
is_wrong(struct text *wrong, const char *why)
{
	text_put(wrong, why);
	return -EINVAL;
}

static enum offence
offence_named(const char *word, size_t length)
{
	for (int i = OFFENCE_ANY; i < OFFENCE_COUNT; i++)
		if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
			return (enum offence)i;
	return OFFENCE_NONE;
}

/* "SEGV" "SIGSEGV"; those that have no name by number.  -EINVAL. */
static int
signal_named(const char *word)
{
	uint64_t number;

	if (text_parse_number(word, 1, SIGNAL_MOST, &number) == 0)
		return (int)number;
	if (strncmp(word, "SIG", 3) == 0)
		word += 3;
	for (int i = 1; i <= SIGNAL_MOST; i++) {
		const char *name = sigabbrev_np(i);

		if (name != NULL && strcmp(name, word) == 0)
			return i;
	}
	return -EINVAL;
}

/* "3" "1-9" */
static int
read_codes(char *word, struct penalty_rule *rule)
{
	char *dash = strchr(word, '-');
	uint64_t low, high;

	if (dash != NULL)
		*dash = '\0';
	if (text_parse_number(word, 0, EXIT_MOST, &low) < 0)
		return -EINVAL;
	high = low;
	if (dash != NULL && text_parse_number(dash + 1, low, EXIT_MOST, &high) < 0)
		return -EINVAL;
	if (rule->is_negated && low == 0 && high == EXIT_MOST)
		return -EINVAL;
	rule->low = (int)low;
	rule->high = (int)high;
	return 0;
}

static int
read_numbers(char *word, struct penalty_rule *rule, struct text *wrong)
{
	if (rule->what == OFFENCE_EXIT)
		return read_codes(word, rule) == 0
			   ? 0
			   : is_wrong(wrong, TONGUE("names no exit codes from 0 to 255: "
						    "exit=3, exit=1-9 or exit!=0"));
	if (rule->what != OFFENCE_SIGNAL)
		return is_wrong(wrong, TONGUE("has a value where only exit and signal "
					      "have one"));
	rule->low = rule->high = signal_named(word);
	return rule->low > 0 ? 0
			     : is_wrong(wrong, TONGUE("names no signal such as SEGV: "
						      "signal=SEGV:90s"));
}

/* What stands before the time. */
static int
read_what(char *word, struct penalty_rule *rule, struct text *wrong)
{
	size_t length = strcspn(word, "=!");
	char *rest = word + length;

	rule->what = offence_named(word, length);
	if (rule->what == OFFENCE_NONE || (*rest == '!' && rest[1] != '='))
		return is_wrong(
		    wrong, TONGUE("begins with none of any, exit, signal, timeout, "
				  "session-timeout, idle-timeout, first-byte-timeout, "
				  "eof-grace, no-byte, proxy, denied, policy"));
	if (*rest == '\0')
		return 0;
	rule->is_negated = *rest == '!';
	return read_numbers(rest + 1 + rule->is_negated, rule, wrong);
}

int
penaltyrule_parse(const char *word, struct penalty_rule *ret, struct text *wrong)
{
	struct penalty_rule rule = { .low = -1, .high = -1 };
	size_t length = strcspn(word, ":");
	char what[64];
	int rc;

	if (word[length] == '\0')
		return is_wrong(wrong, TONGUE("has no time: exit!=0:5s would be right"));
	(void)snprintf(what, sizeof(what), "%.*s", (int)length, word);
	rc = read_what(what, &rule, wrong);
	if (rc < 0)
		return rc;
	if (text_parse_time(word + length + 1, 0, COST_MOST, &rule.cost) < 0)
		return is_wrong(wrong, TONGUE("does not end with a time from 0 to 365d: "
					      "exit!=0:5s would be right"));
	*ret = rule;
	return 0;
}

/* ---- which are one ---- */

static bool
holds(const struct penalty_rule *rule, int number)
{
	if (rule->low < 0)
		return true;
	return (number >= rule->low && number <= rule->high) != rule->is_negated;
}

/* Is each number of `inner` one of `outer`'s? */
static bool
are_within(const struct penalty_rule *outer, const struct penalty_rule *inner)
{
	if (outer->low < 0)
		return true;
	if (!inner->is_negated && inner->low == inner->high && inner->low >= 0)
		return holds(outer, inner->low);
	for (int i = 0; i <= EXIT_MOST; i++)
		if (holds(inner, i) && !holds(outer, i))
			return false;
	return true;
}

static bool
is_time_limit(enum offence what)
{
	return what >= OFFENCE_TIMEOUT && what <= OFFENCE_EOF_GRACE;
}

bool
penaltyrule_covers(const struct penalty_rule *rule, const struct penalty_rule *other)
{
	switch (rule->what) {
	case OFFENCE_ANY:
		return other->what >= OFFENCE_ANY && other->what <= OFFENCE_NO_BYTE;
	case OFFENCE_TIMEOUT:
		return is_time_limit(other->what);
	case OFFENCE_EXIT:
	case OFFENCE_SIGNAL:
		return other->what == rule->what && are_within(rule, other);
	case OFFENCE_NONE:
	case OFFENCE_SESSION_TIMEOUT:
	case OFFENCE_IDLE_TIMEOUT:
	case OFFENCE_FIRST_BYTE_TIMEOUT:
	case OFFENCE_EOF_GRACE:
	case OFFENCE_NO_BYTE:
	case OFFENCE_PROXY:
	case OFFENCE_DENIED:
	case OFFENCE_POLICY:
	case OFFENCE_COUNT:
		break;
	}
	return other->what == rule->what;
}
