/*
 * settings_said -- settings that a test says, and what is in force then
 */
#pragma once

#include "unit.h"

#include "settings.h"

static inline int
setup(void **state)
{
	static struct settings s;

	*state = &s;
	return settings_init(&s);
}

static inline int
teardown(void **state)
{
	settings_done(*state);
	return 0;
}

#define with_settings(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static inline int
set(struct settings *s, const char *name, const char *value)
{
	char message[512] = "";
	int r = settings_set(s, name, value, message, sizeof(message));

	if (r == 0)
		assert_string_equal(message, "");
	else
		assert_string_not_equal(message, "");
	return r;
}

/* What is in force, as an operator would write it. */
static inline const char *
value_of(const struct settings *s, const char *name)
{
	static char place[1024];
	struct text text = TEXT_ON(place);
	const struct setting *setting = settings_find(name);

	assert_non_null(setting);
	place[0] = '\0';
	setting_put_value(&text, setting, s);
	assert_false(text.is_cut);
	return place;
}

/* All of them, as "NAME=VALUE NAME=VALUE", over the defaults. */
static inline void
say(struct settings *settings, const char *said)
{
	char words[512], *rest = words, *word;

	assert_int_equal(settings_init(settings), 0);
	(void)snprintf(words, sizeof(words), "%s", said);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (value == NULL)
			continue;
		*value = '\0';
		assert_row(set(settings, word, value + 1) == 0, said);
	}
}
