/*
 * format_journald -- one datagram of the journal's native protocol
 *
 * NAME=value and a newline; a value with a newline in it is written as NAME, newline,
 * its length in 64 bits little-endian, the bytes, newline.
 */
#include "format.h"

#include <ctype.h>
#include <endian.h>
#include <string.h>

/* Field names are upper case letters, digits and underscores. */
static void
put_name(struct text *line, const char *prefix, const char *key)
{
	text_put(line, prefix);
	for (; *key != '\0'; key++)
		text_put_char(line, isalnum((unsigned char)*key)
					? (char)toupper((unsigned char)*key)
					: '_');
}

static void
put_value(struct text *line, const char *value)
{
	size_t length = strlen(value);
	uint64_t size = htole64(length);

	if (strchr(value, '\n') == NULL) {
		text_put_char(line, '=');
	} else {
		text_put_char(line, '\n');
		text_put_bytes(line, (const char *)&size, sizeof(size));
	}
	text_put_bytes(line, value, length);
	text_put_char(line, '\n');
}

/* All of the field or nothing: half a field would spoil the datagram. */
static void
put_field(struct text *line, const char *prefix, const char *key, const char *value)
{
	size_t before = line->used;

	put_name(line, prefix, key);
	put_value(line, value);
	if (!line->is_cut)
		return;
	line->used = before;
	line->is_cut = false;
}

void
format_journald(struct text *line, const struct prong_event *event,
    const struct timespec *now, struct format_clock *clock)
{
	char sentence[8192], number[24];

	(void)now;
	(void)clock;
	(void)prong_event_text(event, sentence, sizeof(sentence));
	(void)snprintf(number, sizeof(number), "%d", (int)event->level);
	put_field(line, "", "MESSAGE", sentence);
	put_field(line, "", "PRIORITY", number);
	put_field(line, "", "SYSLOG_IDENTIFIER", "prong");
	put_field(line, "PRONG_", "event", event->name);
	if (event->service != NULL)
		put_field(line, "PRONG_", "service", event->service);
	if (event->id != NULL)
		put_field(line, "PRONG_", "id", event->id);
	for (size_t i = 0; i < event->field_count; i++) {
		const struct prong_field *field = &event->fields[i];

		(void)snprintf(number, sizeof(number), "%lld", (long long)field->number);
		put_field(line, "PRONG_", field->key,
		    field->text != NULL ? field->text : number);
	}
}
