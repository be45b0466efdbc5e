/*
 * format_json -- one object a line for programs
 *
 * A field that does not fit is shortened, and the object then says "truncated":true;
 * what follows it may be missing, but the line is always a whole JSON object.
 */
#include "format.h"

#include <string.h>

/* What the end of an object needs at most. */
#define TAIL sizeof(",\"truncated\":true}\n")

static const char *
level_name(enum prong_level level)
{
	switch (level) {
	case PRONG_ERR:
		return "error";
	case PRONG_WARNING:
		return "warning";
	case PRONG_NOTICE:
		return "notice";
	case PRONG_INFO:
		return "info";
	case PRONG_DEBUG:
		return "debug";
	}
	return "info";
}

static void
put_time(struct text *line, const struct timespec *now, struct format_clock *clock)
{
	struct tm utc;

	if (clock->text[0] == '\0' || clock->second != now->tv_sec) {
		clock->second = now->tv_sec;
		if (gmtime_r(&now->tv_sec, &utc) == NULL ||
		    strftime(clock->text, sizeof(clock->text), "%FT%T", &utc) == 0)
			clock->text[0] = '\0';
	}
	text_printf(line, "{\"time\":\"%s.%03ldZ\"", clock->text, now->tv_nsec / 1000000);
}

/* Takes back everything from `used` on. */
static void
rewind_to(struct text *line, size_t used)
{
	line->used = used;
	line->at[used] = '\0';
	line->is_cut = false;
}

/* ,"key":"text" with as much of the text as fits; false if it was not all of it. */
static bool
put_string(struct text *line, const char *key, const char *string)
{
	size_t before = line->used, length = strlen(string), all = length;

	for (;;) {
		text_put(line, ",\"");
		text_put_json(line, key, strlen(key));
		text_put(line, "\":\"");
		text_put_json(line, string, length);
		text_put_char(line, '"');
		if (!line->is_cut)
			return length == all;
		rewind_to(line, before);
		if (length == 0)
			return false;
		length /= 2;
	}
}

static bool
put_number(struct text *line, const char *key, int64_t number)
{
	size_t before = line->used;

	text_put(line, ",\"");
	text_put_json(line, key, strlen(key));
	text_put(line, "\":");
	text_put_signed(line, number);
	if (!line->is_cut)
		return true;
	rewind_to(line, before);
	return false;
}

static bool
put_fields(struct text *line, const struct prong_event *event)
{
	bool is_whole = true;

	for (size_t i = 0; i < event->field_count; i++) {
		const struct prong_field *field = &event->fields[i];

		if (field->text != NULL)
			is_whole &= put_string(line, field->key, field->text);
		else
			is_whole &= put_number(line, field->key, field->number);
	}
	return is_whole;
}

void
format_json(struct text *line, const struct prong_event *event,
    const struct timespec *now, struct format_clock *clock)
{
	struct text head = *line;
	bool is_whole;

	if (head.size < TAIL + 128)
		return;
	head.size -= TAIL;
	put_time(&head, now, clock);
	is_whole = put_string(&head, "level", level_name(event->level));
	is_whole &= put_string(&head, "event", event->name);
	if (event->service != NULL)
		is_whole &= put_string(&head, "service", event->service);
	if (event->id != NULL)
		is_whole &= put_string(&head, "id", event->id);
	is_whole &= put_fields(&head, event);
	line->used = head.used;
	text_put(line, is_whole ? "}\n" : ",\"truncated\":true}\n");
}
