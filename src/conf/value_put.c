/*
 * value_put -- values as an operator would write them
 *
 * Whatever setting_put_value() writes for COUNT, NUMBER, TIME, SIZE, BOOL, CHOICE,
 * FLAGS, MODE, PREFIX, RATE, DROP, STRESS, RANGE and TEXT, value_read() reads back as the
 * same value, unless it is empty: unset cannot be said.
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

void
value_put_amount(struct text *text, const struct setting *setting, uint64_t amount)
{
	if (setting->kind == KIND_TIME)
		put_exactly(text, amount, time_units);
	else if (setting->kind == KIND_SIZE)
		put_exactly(text, amount, size_units);
	else
		text_put_number(text, amount);
}

void
value_put_mode(struct text *text, unsigned mode)
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

/* "50/s" and not "50/1s" */
static void
put_rate(struct text *text, const struct setting_rate *rate)
{
	char per[32] = "";
	struct text unit = TEXT_ON(per);

	if (rate->count == 0) {
		text_put(text, "off");
		return;
	}
	text_put_number(text, rate->count);
	text_put_char(text, '/');
	put_exactly(&unit, (uint64_t)rate->per, time_units);
	text_put(text, per[0] == '1' && per[1] > '9' ? per + 1 : per);
	if (rate->burst == rate->count)
		return;
	text_put_char(text, ':');
	text_put_number(text, rate->burst);
}

/* Numbers that a colon divides; "off" when the first one is 0. */
static void
put_parts(struct text *text, const uint32_t *parts, size_t count)
{
	if (parts[0] == 0) {
		text_put(text, "off");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_put_char(text, ':');
		text_put_number(text, parts[i]);
	}
}

static void
put_number_range(struct text *text, const struct setting_range *range)
{
	if (range->first == 0) {
		text_put(text, "off");
		return;
	}
	text_put_number(text, range->first);
	text_put_char(text, '-');
	text_put_number(text, range->last);
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
		value_put_mode(text, *(const unsigned *)field);
		return;
	case KIND_PREFIX:
		put_prefix(text, field);
		return;
	case KIND_RATE:
		put_rate(text, field);
		return;
	case KIND_DROP:
		put_parts(text, field, 3);
		return;
	case KIND_STRESS:
		put_parts(text, field, 2);
		return;
	case KIND_RANGE:
		put_number_range(text, field);
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
