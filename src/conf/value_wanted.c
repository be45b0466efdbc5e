/*
 * value_wanted -- what would be right, where something else was said
 */
#include "value.h"

#include <string.h>

/* It must not push the advice out of the line. */
void
value_put_word(struct text *text, const char *word)
{
	size_t length = strnlen(word, VALUE_QUOTED_MAX + 1);
	bool is_long = length > VALUE_QUOTED_MAX;

	if (is_long)
		for (length = VALUE_QUOTED_MAX;
		     length > 0 && (word[length] & 0xc0) == 0x80;)
			length--;
	text_put_quoted(text, word, length);
	if (is_long)
		text_put(text, "...");
}

/* "log, client or null" */
static void
put_words(struct text *text, const char *const *words, const char *before_last)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			text_put(text, words[i + 1] == NULL ? before_last : ", ");
		text_put(text, words[i]);
	}
}

static void
put_range(struct text *text, const struct setting *setting, tongue_fn *tongue)
{
	char least[32] = "", most[32] = "";
	struct text min = TEXT_ON(least), max = TEXT_ON(most);
	const char *word = value_zero_word(setting);

	if (setting->kind == KIND_NUMBER)
		text_put_signed(&min, setting->min);
	else
		value_put_amount(&min, setting, (uint64_t)setting->min);
	value_put_amount(&max, setting, (uint64_t)setting->max);
	if (setting->kind == KIND_SIZE)
		text_printf(
		    text, tongue_say(tongue, "a size from %s to %s"), least, most);
	else if (setting->kind != KIND_TIME)
		text_printf(
		    text, tongue_say(tongue, "a number from %s to %s"), least, most);
	else if (value_is_whole_seconds(setting))
		text_printf(text,
		    tongue_say(tongue, "a time in whole seconds from %s to %s"), least,
		    most);
	else
		text_printf(
		    text, tongue_say(tongue, "a time from %s to %s"), least, most);
	if (word != NULL)
		text_printf(text, tongue_say(tongue, " or %s"), word);
}

static void
put_flag_words(struct text *text, const struct setting *setting, tongue_fn *tongue)
{
	char place[256] = "";
	struct text words = TEXT_ON(place);

	put_words(&words, setting->choices, tongue_say(tongue, " and "));
	text_printf(
	    text, tongue_say(tongue, "a comma-separated list of %s, or none"), place);
}

static void
put_mode_range(struct text *text, const struct setting *setting, tongue_fn *tongue)
{
	char most[16] = "";
	struct text max = TEXT_ON(most);

	value_put_mode(&max, (unsigned)setting->max);
	text_printf(text, tongue_say(tongue, "an octal mode from 000 to %s"), most);
}

static const char *
wanted_word(const struct setting *setting)
{
	static const struct {
		size_t field;
		const char *wanted;
	} words[] = {
		{ offsetof(struct settings, env),
		    TONGUE("NAME=VALUE with a NAME of letters, digits and _") },
		{ offsetof(struct settings, pass_env),
		    TONGUE("a NAME of letters, digits and _") },
		{ offsetof(struct settings, groups),
		    TONGUE("a group to add, or none alone") },
		{ offsetof(struct settings, refuse_text_for),
		    TONGUE("REASON=TEXT, such as rate=slow down\\n") },
		{ offsetof(struct settings, exempt),
		    TONGUE("a network, such as 192.0.2.0/24") },
		{ offsetof(struct settings, proxy_from),
		    TONGUE("a network, such as 192.0.2.0/24") },
		{ offsetof(struct settings, allow),
		    TONGUE(
			"a network, such as 192.0.2.0/24, or the path of a file of them") },
		{ offsetof(struct settings, deny),
		    TONGUE(
			"a network, such as 192.0.2.0/24, or the path of a file of them") },
		{ offsetof(struct settings, allow_uid),
		    TONGUE("a user, by name or number") },
		{ offsetof(struct settings, allow_gid),
		    TONGUE("a group, by name or number") },
		{ offsetof(struct settings, penalty),
		    TONGUE("WHAT:TIME, such as exit!=0:5s") },
		{ offsetof(struct settings, limits),
		    TONGUE(
			"NAME=SOFT or NAME=SOFT:HARD, such as stack=8M or nofile=64:128") },
		{ offsetof(struct settings, capabilities),
		    TONGUE("a capability, such as net_bind_service, or none alone") },
		{ offsetof(struct settings, read),
		    TONGUE("a path that begins with /, @system or none") },
		{ offsetof(struct settings, write),
		    TONGUE("a path that begins with /, or none") },
		{ offsetof(struct settings, execute),
		    TONGUE("a path that begins with /, @system or none") },
		{ offsetof(struct settings, hide), TONGUE("a path that begins with /") },
		{ offsetof(struct settings, connect),
		    TONGUE("a port from 1 to 65535, or none alone") },
		{ offsetof(struct settings, bind),
		    TONGUE("a port from 1 to 65535, or none alone") },
		{ offsetof(struct settings, scope),
		    TONGUE("signals, abstract-sockets, or none alone") },
		{ offsetof(struct settings, namespaces),
		    TONGUE("pid, mount, ipc, uts, user, cgroup, or none alone") },
		{ offsetof(struct settings, syscalls),
		    TONGUE(
			"a set such as @default, a system call such as read, or one of them "
			"with a - before it, or none alone") },
		{ offsetof(struct settings, policy),
		    TONGUE(
			"a program: an absolute path, or a name to be found in PATH") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].field == setting->field)
			return words[i].wanted;
	return TONGUE("a word");
}

void
value_put_wanted(struct text *text, const struct setting *setting, tongue_fn *tongue)
{
	switch (setting->kind) {
	case KIND_COUNT:
	case KIND_NUMBER:
	case KIND_TIME:
	case KIND_SIZE:
		put_range(text, setting, tongue);
		return;
	case KIND_BOOL:
		text_put(text, tongue_say(tongue, "yes or no"));
		return;
	case KIND_CHOICE:
		put_words(text, setting->choices, tongue_say(tongue, " or "));
		return;
	case KIND_FLAGS:
		put_flag_words(text, setting, tongue);
		return;
	case KIND_MODE:
		put_mode_range(text, setting, tongue);
		return;
	case KIND_PREFIX:
		text_put(text, tongue_say(tongue,
				   "V4/V6 with V4 from 8 to 32 and V6 from 16 to 128"));
		return;
	case KIND_RATE:
		text_put(text,
		    tongue_say(tongue,
			"N/TIME or N/TIME:BURST with N and BURST from 1 to 1000000 "
			"and TIME from 1ms to 1d, such as 50/s or 100/m:20, or off"));
		return;
	case KIND_DROP:
		text_put(text,
		    tongue_say(tongue,
			"BEGIN:PERCENT:FULL with BEGIN no more than FULL and PERCENT "
			"from 1 to 100, such as 10:30:100, or off"));
		return;
	case KIND_STRESS:
		text_put(
		    text, tongue_say(tongue,
			      "FULL:LEFT, two percentages from 1 to 100 such as 80:20, "
			      "or off"));
		return;
	case KIND_RANGE:
		text_printf(text,
		    tongue_say(tongue,
			"FIRST-LAST with both from %llu to %llu and at most %u of them, "
			"such as 1900000000-1900065535, or off"),
		    (unsigned long long)setting->min, (unsigned long long)setting->max,
		    SETTING_RANGE_MOST);
		return;
	case KIND_TEXT:
		text_put(text, tongue_say(tongue, "text with no other escapes than "
						  "\\n \\r \\t \\\\ \\0 \\e \\xHH"));
		return;
	case KIND_NAME:
		text_put(text, tongue_say(tongue,
				   setting->field == offsetof(struct settings, cgroup)
				       ? TONGUE("auto, off, or a path that begins with /")
				       : TONGUE("a name")));
		return;
	case KIND_PATH:
		text_put(text, tongue_say(tongue, "a path that begins with /"));
		return;
	case KIND_LIST:
		text_put(text, tongue_say(tongue, wanted_word(setting)));
		return;
	}
}
