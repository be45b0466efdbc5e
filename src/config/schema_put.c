#include "schema_put.h"

#include <string.h>

#include "text.h"

/* A JSON string with its quotation marks. */
void
schema_put_string(FILE *out, const char *string)
{
	char quoted[1024] = "";
	struct text text = TEXT_ON(quoted);

	text_put_json(&text, string, strlen(string));
	(void)fprintf(out, "\"%s\"", quoted);
}

void
schema_put_member(FILE *out, const char *name, const char *value)
{
	(void)fprintf(out, "\"%s\": ", name);
	schema_put_string(out, value);
}

void
schema_put_pattern(FILE *out, const char *pattern)
{
	(void)fputs("{ \"type\": \"string\", ", out);
	schema_put_member(out, "pattern", pattern);
	(void)fputs(" }", out);
}
