/*
 * Configurations that would take all time or memory if they were believed.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "config.h"

#define SIZE INPUT_MAX

/* Fills the text with one pattern over and over. */
static void
fill(char *text, const char *pattern)
{
	size_t length = strlen(pattern);

	for (size_t i = 0; i < SIZE; i++)
		text[i] = pattern[i % length];
}

/* What is said about the whole text; the caller frees it. */
static char *
said_about(const char *text, size_t length)
{
	struct diags diags = { 0 };
	struct config config;
	char *said = NULL;
	size_t size;

	diags.out = open_memstream(&said, &size);
	if (config_read_text("x", text, length, &diags, &config) == 0)
		config_free(&config);
	(void)fclose(diags.out);
	return said;
}

static void
no_pattern_keeps_the_parser_busy(void **state)
{
	static const char *const patterns[] = { "[", "{", "- ", "? ", "a: ", "a: {", "!",
		"&", "*", "&a ", "- &a *a\n", "\"", "'", "|\n", "%TAG !a! b\n", "%", "#",
		" ", "\n", "\t", "a", "a,", "a\n", "a: b\n", "[a, ", "{a: b}, ",
		"- - a\n", "---\n", "...\n", "\\", "\r", "? a\n: b\n", "\xe4\xb8\xad",
		"\xff", "!a!b ", "a:\n- b\n" };
	char *text = malloc(SIZE + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		fill(text, patterns[i]);

		char *said = said_about(text, SIZE);

		assert_row(strlen(said) > 0, patterns[i]);
		assert_row(strlen(said) < 100000, patterns[i]);
		free(said);
	}
	free(text);
}

static char *
begin(struct text *text)
{
	char *memory = malloc(SIZE);

	assert_non_null(memory);
	*text = (struct text){ .at = memory, .size = SIZE };
	return memory;
}

static void
assert_said(const struct text *text, const char *expected)
{
	char *said = said_about(text->at, text->used);

	assert_false(text->is_cut);
	if (strstr(said, expected) == NULL)
		fail_msg("'%s' is not in '%.500s'", expected, said);
	free(said);
}

static void
aliases_cannot_multiply_for_ever(void **state)
{
	struct text text;
	char *memory = begin(&text);

	(void)state;
	text_put(&text, "services:\n  a0: &a\n    listen: 0\n    program: &p [");
	for (int i = 0; i < 1000; i++)
		text_put(&text, i == 0 ? "A=1" : ", A=1");
	text_put(&text, "]\n    env: *p\n");
	for (int i = 1; i < 1000; i++)
		text_printf(&text, "  a%d: *a\n", i);
	assert_said(&text, "here the configuration has become too large");
	free(memory);
}

static void
a_long_word_cannot_be_copied_for_ever(void **state)
{
	struct text text;
	char *memory = begin(&text);

	(void)state;
	text_put(&text, "services:\n  a: { listen: 0, program: [&w ");
	for (int i = 0; i < 1000000; i++)
		text_put(&text, "x");
	for (int i = 0; i < 900; i++)
		text_put(&text, ", *w");
	text_put(&text, "] }\n");
	assert_said(&text, "here the configuration has become too large");
	free(memory);
}

static void
defaults_cannot_multiply_for_ever(void **state)
{
	struct text text;
	char *memory = begin(&text);

	(void)state;
	text_put(&text, "defaults:\n  env:\n");
	for (int i = 0; i < 1000; i++)
		text_printf(&text, "  - A%d=1\n", i);
	text_put(&text, "services:\n");
	for (int i = 0; i < 1000; i++)
		text_printf(&text, "  a%d: { listen: 0, program: x }\n", i);
	assert_said(&text, "here the configuration has become too large");
	free(memory);
}

static void
there_is_an_end_to_lists_and_mappings(void **state)
{
	struct text text;
	char *memory = begin(&text);

	(void)state;
	text_put(&text, "services:\n");
	for (int i = 0; i < 1001; i++)
		text_printf(&text, "  a%d: { listen: 0, program: x }\n", i);
	assert_said(&text, "services: these are 1001, more than 1000");
	text.used = 0;
	text_put(&text, "services: { a: { program: x, listen: [");
	for (int i = 0; i < 1001; i++)
		text_put(&text, "0, ");
	text_put(&text, "] } }\n");
	assert_said(&text, "x:1:38: listen: these are 1001, more than 1000");
	free(memory);
}

static void
a_thousand_services_are_fine(void **state)
{
	struct text text;
	char *memory = begin(&text);

	(void)state;
	text_put(&text, "defaults: { max: 8, user: nobody }\nservices:\n");
	for (int i = 0; i < 1000; i++)
		text_printf(&text,
		    "  a%d: { listen: %d, program: [x, -n, %d], max-per-source: 4 }\n", i,
		    i + 1, i);
	assert_said(&text, "");
	free(memory);
}

static void
a_cycle_of_aliases_is_a_mistake(void **state)
{
	static const char *const rows[] = {
		"services: &a { b: *a }\n",
		"&a services: *a\n",
		"services: { a: &a { listen: *a, program: x } }\n",
		"services: { a: { listen: &l [1, *l], program: x } }\n",
		"services: { a: { listen: 1, program: &p [x, *p] } }\n",
		"services: { a: { listen: 1, program: x, env: &e { A: *e } } }\n",
		"&a [*a]\n",
		"defaults: &d { env: *d }\n",
		"? &k [*k]\n: x\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said = said_about(rows[i], strlen(rows[i]));

		assert_row(said[0] != '\0', rows[i]);
		free(said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_pattern_keeps_the_parser_busy),
		cmocka_unit_test(aliases_cannot_multiply_for_ever),
		cmocka_unit_test(a_long_word_cannot_be_copied_for_ever),
		cmocka_unit_test(defaults_cannot_multiply_for_ever),
		cmocka_unit_test(there_is_an_end_to_lists_and_mappings),
		cmocka_unit_test(a_thousand_services_are_fine),
		cmocka_unit_test(a_cycle_of_aliases_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
