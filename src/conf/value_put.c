/*
 * value_put -- values as an operator would write them
 *
 * Whatever setting_put_value() writes for COUNT, NUMBER, TIME, SIZE, BOOL, CHOICE,
 * FLAGS, MODE, PREFIX and TEXT, value_read() reads back as the same value, unless it is
 * empty: unset cannot be said.
 */
#include "value.h"

#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit time_units[] = {
	{ "d", 24 * 60 * 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "m", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

static const struct unit size_units[] = {
	{ "T", (uint64_t)1 << 40 },
	{ "G", (uint64_t)1 << 30 },
	{ "M", (uint64_t)1 << 20 },
	{ "K", (uint64_t)1 << 10 },
	{ "", 1 },
};

/* In the largest unit that needs no fraction; the last one always fits. */
static void
put_exactly(struct text *text, uint64_t amount, const struct unit *unit)
{
	while (amount % unit->factor != 0 || (amount == 0 && unit->factor != 1))
		unit++;
	text_put_number(text, amount / unit->factor);
	text_put(text, unit->name);
}

/* Three digits at least: "022". */
static void
put_mode(struct text *text, unsigned mode)
{
	if (mode < 0100)
		text_put_char(text, '0');
	if (mode < 010)
		text_put_char(text, '0');
	text_put_octal(text, mode);
}

static void
put_flags(struct text *text, const char *const *choices, unsigned flags)
{
	bool is_first = true;

	for (size_t i = 0; choices[i] != NULL; i++) {
		if ((flags & 1U << i) == 0)
			continue;
		if (!is_first)
			text_put_char(text, ',');
		text_put(text, choices[i]);
		is_first = false;
	}
	if (is_first)
		text_put(text, "none");
}

static void
put_string(struct text *text, const char *string)
{
	if (string != NULL)
		text_put_quoted(text, string, strlen(string));
}

static void
put_list(struct text *text, const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			text_put_char(text, ' ');
		put_string(text, list->words[i]);
	}
}

/* What an amount of 0 is called: a word, or nothing when it means unset. */
static void
put_zero(struct text *text, const struct setting *setting)
{
	const char *word = value_zero_word(setting);

	text_put(text, word == NULL ? "" : word);
}

static void
put_count(struct text *text, const struct setting *setting, uint32_t count)
{
	if (count == 0)
		put_zero(text, setting);
	else
		text_put_number(text, count);
}

static void
put_time(struct text *text, const struct setting *setting, msec time)
{
	if (time == 0)
		put_zero(text, setting);
	else
		put_exactly(text, (uint64_t)time, time_units);
}

static void
put_number(struct text *text, const struct setting_number *number)
{
	if (number->is_set)
		text_put_signed(text, number->value);
}

static void
put_size(struct text *text, const struct setting_size *size)
{
	if (size->is_set)
		put_exactly(text, size->bytes, size_units);
}

static void
put_prefix(struct text *text, const struct setting_prefix *prefix)
{
	text_put_number(text, prefix->v4);
	text_put_char(text, '/');
	text_put_number(text, prefix->v6);
}

static void
put_text(struct text *text, const struct setting_text *value)
{
	text_put_quoted(text, value->text, value->length);
}

void
setting_put_value(
    struct text *text, const struct setting *setting, const struct settings *s)
{
	const void *field = (const char *)s + setting->field;

	switch (setting->kind) {
	case KIND_COUNT:
		put_count(text, setting, *(const uint32_t *)field);
		return;
	case KIND_TIME:
		put_time(text, setting, *(const msec *)field);
		return;
	case KIND_NUMBER:
		put_number(text, field);
		return;
	case KIND_SIZE:
		put_size(text, field);
		return;
	case KIND_BOOL:
		text_put(text, *(const bool *)field ? "yes" : "no");
		return;
	case KIND_CHOICE:
		text_put(text, setting->choices[*(const int *)field]);
		return;
	case KIND_FLAGS:
		put_flags(text, setting->choices, *(const unsigned *)field);
		return;
	case KIND_MODE:
		put_mode(text, *(const unsigned *)field);
		return;
	case KIND_PREFIX:
		put_prefix(text, field);
		return;
	case KIND_TEXT:
		put_text(text, field);
		return;
	case KIND_NAME:
	case KIND_PATH:
		put_string(text, *(char *const *)field);
		return;
	case KIND_LIST:
		put_list(text, field);
		return;
	}
}

/* ---- what would be right --------------------------------------------------------- */

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
	const struct unit *units = setting->kind == KIND_TIME ? time_units : size_units;
	char least[32] = "", most[32] = "";
	struct text min = TEXT_ON(least), max = TEXT_ON(most);
	const char *word = value_zero_word(setting);

	if (setting->kind == KIND_TIME || setting->kind == KIND_SIZE) {
		put_exactly(&min, (uint64_t)setting->min, units);
		put_exactly(&max, (uint64_t)setting->max, units);
	} else {
		text_put_signed(&min, setting->min);
		text_put_signed(&max, setting->max);
	}
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

	put_mode(&max, (unsigned)setting->max);
	text_printf(text, tongue_say(tongue, "an octal mode from 000 to %s"), most);
}

static const char *
wanted_word(const struct setting *setting)
{
	if (setting->field == offsetof(struct settings, env))
		return TONGUE("NAME=VALUE with a NAME of letters, digits and _");
	if (setting->field == offsetof(struct settings, pass_env))
		return TONGUE("a NAME of letters, digits and _");
	if (setting->field == offsetof(struct settings, groups))
		return TONGUE("a group to add, or none alone");
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
	case KIND_TEXT:
		text_put(text, tongue_say(tongue, "text with no other escapes than "
						  "\\n \\r \\t \\\\ \\0 \\e \\xHH"));
		return;
	case KIND_NAME:
		text_put(text, tongue_say(tongue, "a name"));
		return;
	case KIND_PATH:
		text_put(text, tongue_say(tongue, "a path that begins with /"));
		return;
	case KIND_LIST:
		text_put(text, tongue_say(tongue, wanted_word(setting)));
		return;
	}
}
