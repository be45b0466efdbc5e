/* What the words of lists look like. */
#include <string.h>

#include "reader.h"
#include "schema_put.h"
#include "text.h"
#include "value.h"

#define LIMIT                                                                            \
	"^(as|core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|"  \
	"rttime|sigpending|stack)"
#define VARIABLE "[A-Za-z_][A-Za-z0-9_]*"

/* "^(service-full|source-full)=" */
static void
put_reason_pattern(FILE *out, const char *end)
{
	char pattern[512];
	struct text text = TEXT_ON(pattern);

	text_put(&text, "^(");
	for (size_t i = 0; value_reasons[i] != NULL; i++) {
		text_put(&text, i > 0 ? "|" : "");
		text_put(&text, value_reasons[i]);
	}
	text_put(&text, ")");
	text_put(&text, end);
	schema_put_member(out, "pattern", pattern);
}

/* What a program may do is said by words of a certain shape. */
static const char *
word_pattern(const char *name)
{
	static const char *const patterns[][2] = {
		{ "limit", LIMIT "=" },
		{ "capabilities", "^[A-Za-z_][A-Za-z0-9_]*$" },
		{ "read", "^(/|@system$|none$)" },
		{ "execute", "^(/|@system$|none$)" },
		{ "write", "^(/|none$)" },
		{ "hide", "^/" },
		{ "scope", "^(signals|abstract-sockets|none)$" },
		{ "namespaces", "^(pid|mount|ipc|uts|user|cgroup|none)$" },
		{ "syscalls", "^-?@?[a-z0-9][a-z0-9_-]*(,-?@?[a-z0-9][a-z0-9_-]*)*$" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (strcmp(patterns[i][0], name) == 0)
			return patterns[i][1];
	return NULL;
}

static bool
is_port(const char *name)
{
	return strcmp(name, "connect") == 0 || strcmp(name, "bind") == 0;
}

/* Each word of a list. */
static void
put_list_word(FILE *out, const struct setting *setting)
{
	if (strcmp(setting->name, "env") == 0)
		schema_put_pattern(out, "^" VARIABLE "=");
	else if (strcmp(setting->name, "pass-env") == 0)
		schema_put_pattern(out, "^" VARIABLE "$");
	else if (strcmp(setting->name, "penalty") == 0)
		schema_put_pattern(
		    out, "^[a-z][a-z-]*(!?=[A-Za-z0-9+-]+)?:[0-9.]+(ms|s|m|h|d)?$");
	else if (word_pattern(setting->name) != NULL)
		schema_put_pattern(out, word_pattern(setting->name));
	else if (is_port(setting->name))
		(void)fprintf(out,
		    "{ \"type\": [\"integer\", \"string\"], \"minimum\": 1, "
		    "\"maximum\": %d, \"pattern\": \"^([0-9]+|none)$\" }",
		    UINT16_MAX);
	else if (strcmp(setting->name, "refuse-text-for") == 0) {
		(void)fputs("{ \"type\": \"string\", ", out);
		put_reason_pattern(out, "=");
		(void)fputs(" }", out);
	} else
		(void)fputs(
		    "{ \"type\": [\"string\", \"integer\"], \"minLength\": 1 }", out);
}

static void
put_variable_name(FILE *out)
{
	schema_put_member(out, "pattern", "^" VARIABLE "$");
}

static void
put_reason_name(FILE *out)
{
	put_reason_pattern(out, "$");
}

static void
put_limit_name(FILE *out)
{
	schema_put_member(out, "pattern", LIMIT "$");
}

static void
put_object(FILE *out, void (*put_name)(FILE *out))
{
	(void)fputs(", { \"type\": \"object\", \"propertyNames\": { ", out);
	put_name(out);
	(void)fputs(" }, \"additionalProperties\": "
		    "{ \"type\": [\"string\", \"number\", \"boolean\", \"null\"] } }",
	    out);
}

/* One word or a list of them; what is NAME=VALUE also as a mapping. */
void
schema_list_put(FILE *out, const struct setting *setting)
{
	put_list_word(out, setting);
	(void)fputs(", { \"type\": \"array\", \"items\": ", out);
	put_list_word(out, setting);
	(void)fprintf(out, ", \"maxItems\": %d }", READER_ITEMS_MAX);
	if (strcmp(setting->name, "env") == 0)
		put_object(out, put_variable_name);
	else if (strcmp(setting->name, "refuse-text-for") == 0)
		put_object(out, put_reason_name);
	else if (strcmp(setting->name, "limit") == 0)
		put_object(out, put_limit_name);
}
