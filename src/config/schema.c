#include "schema.h"

#include <string.h>

#include "reader.h"
#include "schema_put.h"
#include "settings.h"
#include "text.h"
#include "value.h"

/* ---- what each kind accepts: one or more schemas, separated by commas ------------- */

/* A word that YAML 1.1 reads as something else is accepted as that too. */
static void
put_word(FILE *out, const char *word)
{
	schema_put_string(out, word);
	if (strcmp(word, "no") == 0 || strcmp(word, "off") == 0)
		(void)fputs(", false", out);
	else if (strcmp(word, "yes") == 0 || strcmp(word, "on") == 0)
		(void)fputs(", true", out);
	else if (strcmp(word, "null") == 0)
		(void)fputs(", null", out);
}

static void
put_words(FILE *out, const char *const *words)
{
	(void)fputs("{ \"enum\": [", out);
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			(void)fputs(", ", out);
		put_word(out, words[i]);
	}
	(void)fputs("] }", out);
}

static void
put_zero(FILE *out, const struct setting *setting)
{
	const char *const words[] = { value_zero_word(setting), NULL };

	if (words[0] == NULL)
		return;
	(void)fputs(", ", out);
	put_words(out, words);
}

static void
put_number(FILE *out, const struct setting *setting)
{
	(void)fprintf(out,
	    "{ \"type\": \"integer\", \"minimum\": %jd, \"maximum\": %jd }, ",
	    (intmax_t)setting->min, (intmax_t)setting->max);
	schema_put_pattern(out, "^-?[0-9]+$");
	put_zero(out, setting);
}

/* A bare number is seconds. */
static void
put_time(FILE *out, const struct setting *setting)
{
	(void)fprintf(out, "{ \"type\": \"%s\", \"minimum\": %g, \"maximum\": %.0f }, ",
	    value_is_whole_seconds(setting) ? "integer" : "number",
	    (double)setting->min / 1000, (double)setting->max / 1000);
	schema_put_pattern(out, "^[0-9]+([.][0-9]+)?(ms|s|m|h|d)?$");
	put_zero(out, setting);
}

static void
put_size(FILE *out, const struct setting *setting)
{
	(void)fprintf(out,
	    "{ \"type\": \"integer\", \"minimum\": %jd, \"maximum\": %jd }, ",
	    (intmax_t)setting->min, (intmax_t)setting->max);
	schema_put_pattern(out, "^[0-9]+(\\.[0-9]+)?([KMGT](i?B)?|B)?$");
}

static void
put_flags(FILE *out, const struct setting *setting)
{
	char pattern[256];
	struct text text = TEXT_ON(pattern);
	const char *again[] = { "(", "(,(" };

	text_put(&text, "^(none|");
	for (size_t round = 0; round < 2; round++) {
		text_put(&text, again[round]);
		for (size_t i = 0; setting->choices[i] != NULL; i++) {
			text_put(&text, i > 0 ? "|" : "");
			text_put(&text, setting->choices[i]);
		}
		text_put_char(&text, ')');
	}
	text_put(&text, ")*)$");
	schema_put_pattern(out, pattern);
}

/* YAML 1.1 reads 022 as the number 18, YAML 1.2 as 22. */
static void
put_mode(FILE *out)
{
	schema_put_pattern(out, "^[0-7]{3,4}$");
	(void)fputs(
	    ", { \"type\": \"integer\", \"minimum\": 0, \"maximum\": 7777 }", out);
}

/* Numbers with colons, which YAML 1.1 may read as one number of base 60. */
static void
put_parts(FILE *out, const char *pattern)
{
	static const char *const off[] = { "off", NULL };

	schema_put_pattern(out, pattern);
	(void)fputs(", ", out);
	put_words(out, off);
	(void)fputs(", { \"type\": \"integer\", \"minimum\": 61 }", out);
}

static void
put_kind(FILE *out, const struct setting *setting)
{
	static const char *const switches[] = { "yes", "no", "on", "off", "true", "false",
		"0", "1", NULL };

	switch (setting->kind) {
	case KIND_COUNT:
	case KIND_NUMBER:
		put_number(out, setting);
		return;
	case KIND_TIME:
		put_time(out, setting);
		return;
	case KIND_SIZE:
		put_size(out, setting);
		return;
	case KIND_BOOL:
		put_words(out, switches);
		(void)fputs(", { \"enum\": [0, 1] }", out);
		return;
	case KIND_CHOICE:
		put_words(out, setting->choices);
		return;
	case KIND_FLAGS:
		put_flags(out, setting);
		return;
	case KIND_MODE:
		put_mode(out);
		return;
	case KIND_PREFIX:
		schema_put_pattern(out, "^[0-9]+/[0-9]+$");
		return;
	case KIND_RATE:
		schema_put_pattern(out, "^[0-9]+/[0-9.]*(ms|s|m|h|d)?(:[0-9]+)?$");
		(void)fputs(", { \"enum\": [\"off\", false] }", out);
		return;
	case KIND_DROP:
		put_parts(out, "^[0-9]+:[0-9]+:[0-9]+$");
		return;
	case KIND_STRESS:
		put_parts(out, "^[0-9]+:[0-9]+$");
		return;
	case KIND_RANGE:
		schema_put_pattern(out, "^[0-9]+-[0-9]+$");
		(void)fputs(", { \"enum\": [\"off\", false] }", out);
		return;
	case KIND_TEXT:
		(void)fputs(
		    "{ \"type\": [\"string\", \"number\", \"boolean\", \"null\"] }", out);
		return;
	case KIND_NAME:
		if (strcmp(setting->name, "cgroup") == 0) {
			schema_put_pattern(out, "^(auto|off|/.*)$");
			(void)fputs(", { \"enum\": [false] }", out);
			return;
		}
		(void)fputs(
		    "{ \"type\": [\"string\", \"integer\"], \"minLength\": 1 }", out);
		return;
	case KIND_PATH:
		schema_put_pattern(out, "^/");
		return;
	case KIND_LIST:
		schema_list_put(out, setting);
		return;
	}
}

/* ---- the whole ------------------------------------------------------------------- */

static void
put_setting(FILE *out, const struct setting *setting)
{
	char words[512] = "";
	struct text text = TEXT_ON(words);

	text_put(&text, setting->help);
	text_put(&text, "\n");
	value_put_wanted(&text, setting, NULL);
	(void)fprintf(out, "        \"%s\": {\n          ", setting->name);
	schema_put_member(out, "description", words);
	(void)fputs(",\n          ", out);
	if (*setting->preset != '\0') {
		schema_put_member(out, "default", setting->preset);
		(void)fputs(",\n          ", out);
	}
	(void)fputs("\"anyOf\": [", out);
	put_kind(out, setting);
	(void)fputs("]\n        }", out);
}

static void
put_settings(FILE *out)
{
	(void)fputs("    \"settings\": {\n      \"type\": \"object\",\n"
		    "      \"additionalProperties\": false,\n      \"properties\": {\n",
	    out);
	for (size_t i = 0; i < settings_count; i++) {
		put_setting(out, &settings_table[i]);
		(void)fputs(i + 1 < settings_count ? ",\n" : "\n", out);
	}
	(void)fputs("      }\n    },\n", out);
}

static void
put_service(FILE *out)
{
	(void)fputs("    \"service\": {\n      \"type\": \"object\",\n"
		    "      \"required\": [\"listen\", \"program\"],\n"
		    "      \"additionalProperties\": false,\n      \"properties\": {\n"
		    "        \"listen\": { \"description\": \"PORT, HOST:PORT, "
		    "[IPV6]:PORT, unix:/PATH, unix:@NAME, vsock:CID:PORT, systemd or "
		    "fd:N\", \"$ref\": \"#/definitions/words\" },\n"
		    "        \"program\": { \"description\": \"the program and its "
		    "arguments, or a built-in such as \\\"@echo\\\"\", "
		    "\"$ref\": \"#/definitions/words\" },\n",
	    out);
	for (size_t i = 0; i < settings_count; i++)
		(void)fprintf(out,
		    "        \"%s\": { \"$ref\": "
		    "\"#/definitions/settings/properties/%s\" }%s\n",
		    settings_table[i].name, settings_table[i].name,
		    i + 1 < settings_count ? "," : "");
	(void)fputs("      }\n    },\n", out);
}

static void
put_words_definition(FILE *out)
{
	(void)fprintf(out,
	    "    \"word\": { \"type\": [\"string\", \"number\", \"boolean\", \"null\"] },\n"
	    "    \"words\": { \"anyOf\": [{ \"$ref\": \"#/definitions/word\" }, "
	    "{ \"type\": \"array\", \"items\": { \"$ref\": \"#/definitions/word\" }, "
	    "\"minItems\": 1, \"maxItems\": %d }] }\n",
	    READER_ITEMS_MAX);
}

static void
put_top(FILE *out)
{
	(void)fprintf(out,
	    "  \"type\": \"object\",\n  \"additionalProperties\": false,\n"
	    "  \"properties\": {\n"
	    "    \"services\": { \"description\": \"what is served, by name\", "
	    "\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": %d, "
	    "\"propertyNames\": { \"pattern\": \"^[A-Za-z0-9._@-]{1,%d}$\" }, "
	    "\"additionalProperties\": { \"$ref\": \"#/definitions/service\" } },\n"
	    "    \"defaults\": { \"description\": \"settings of all services here and in "
	    "included files\", \"$ref\": \"#/definitions/settings\" },\n"
	    "    \"include\": { \"description\": \"other files: paths or patterns, "
	    "relative to this one\", \"$ref\": \"#/definitions/words\" },\n"
	    "    \"log\": { \"description\": \"what fits stderr: text, journald or json, unless "
	    "given\", \"enum\": [\"text\", \"json\", \"journald\"] },\n"
	    "    \"quiet\": { \"description\": \"log warnings and errors only\", "
	    "\"enum\": [\"yes\", \"no\", \"on\", \"off\", \"true\", \"false\", true, "
	    "false] },\n"
	    "    \"control\": { \"description\": \"path of the control socket, or off\", "
	    "\"anyOf\": [{ \"type\": \"string\", \"pattern\": \"^(/.*|off)$\" }, "
	    "{ \"enum\": [false] }] },\n"
	    "    \"name\": { \"description\": \"of this instance\", "
	    "\"type\": [\"string\", \"integer\"], "
	    "\"pattern\": \"^[A-Za-z0-9._@-]{1,%d}$\" }\n  },\n",
	    READER_ITEMS_MAX, READER_NAME_MAX, READER_NAME_MAX);
}

void
schema_write(FILE *out)
{
	(void)fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
		    "  \"title\": \"prong\",\n",
	    out);
	put_top(out);
	(void)fputs("  \"definitions\": {\n", out);
	put_settings(out);
	put_service(out);
	put_words_definition(out);
	(void)fputs("  }\n}\n", out);
}
