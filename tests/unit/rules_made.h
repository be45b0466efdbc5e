/*
 * rules_made -- `allow` and `deny` of a test's own, and what is said of them
 */
#pragma once

#include <errno.h>

#include "prepare_rules.h"
#include "scratch.h"

struct fixture {
	struct scratch scratch;
	struct settings settings;
	struct rules rules;
	char said[16384];
	int rc;
};

static inline int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	scratch_init(&f.scratch);
	*state = &f;
	return settings_init(&f.settings);
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	rules_done(&f->rules);
	settings_done(&f->settings);
	scratch_done(&f->scratch);
	return 0;
}

static inline void
allow(struct fixture *f, const char *word)
{
	assert_int_equal(setting_list_add(&f->settings.allow, word), 0);
}

static inline void
deny(struct fixture *f, const char *word)
{
	assert_int_equal(setting_list_add(&f->settings.deny, word), 0);
}

static inline const char *
file(struct fixture *f, const char *name, const char *content)
{
	return scratch_file(&f->scratch, name, content, 0600);
}

/* The messages, with the scratch directory as "DIR". */
static inline const char *
prepare(struct fixture *f)
{
	char place[sizeof(f->said)] = "";
	struct text text = TEXT_ON(place), said = TEXT_ON(f->said);
	size_t length = strlen(f->scratch.dir);

	rules_done(&f->rules);
	f->rc = prepare_rules(&f->settings, &f->rules, &text);
	assert_false(text.is_cut);
	f->said[0] = '\0';
	for (const char *at = place; *at != '\0';)
		if (strncmp(at, f->scratch.dir, length) == 0) {
			text_put(&said, "DIR");
			at += length;
		} else {
			text_put_char(&said, *at++);
		}
	assert_int_equal(f->rc == 0, f->said[0] == '\0');
	return f->said;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
