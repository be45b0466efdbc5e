#include "event.h"

#include <string.h>

static const struct {
	const char *name;
	enum prong_level level;
	const char *sentence;
} events[EVENT_COUNT] = {
#define EVENT(id, name, level, sentence, meaning)                                        \
	[EVENT_##id] = { name, level, sentence },
#include "events.def"
#undef EVENT
};

void
event_begin(
    struct event *event, enum event_id id, const char *service, const char *session)
{
	event->told = (struct prong_event){
		.name = events[id].name,
		.level = events[id].level,
		.service = service,
		.id = session,
		.sentence = events[id].sentence,
		.fields = event->fields,
	};
	event->scratch_used = 0;
}

static struct prong_field *
event_add(struct event *event, const char *key)
{
	struct prong_field *field = &event->fields[event->told.field_count];

	bug_if(event->told.field_count == EVENT_FIELDS);
	event->told.field_count++;
	*field = (struct prong_field){ .key = key };
	return field;
}

void
event_text(struct event *event, const char *key, const char *text)
{
	event_add(event, key)->text = text;
}

void
event_number(struct event *event, const char *key, int64_t number)
{
	event_add(event, key)->number = number;
}

struct text
event_open(struct event *event)
{
	event->scratch[event->scratch_used] = '\0';
	return (struct text){
		.at = event->scratch + event->scratch_used,
		.size = sizeof(event->scratch) - event->scratch_used,
	};
}

void
event_close(struct event *event, const char *key, const struct text *text)
{
	event_add(event, key)->text = text->at;
	event->scratch_used += text->used + 1;
	if (event->scratch_used >= sizeof(event->scratch))
		event->scratch_used = sizeof(event->scratch) - 1;
}

void
event_send(const struct event *event, const struct event_sink *sink)
{
	if (sink->receive != NULL)
		sink->receive(&event->told, sink->context);
}

static const struct prong_field *
field_find(const struct prong_event *event, const char *key, size_t length)
{
	for (size_t i = 0; i < event->field_count; i++) {
		const char *name = event->fields[i].key;

		if (strncmp(name, key, length) == 0 && name[length] == '\0')
			return &event->fields[i];
	}
	return NULL;
}

static void
put_number(struct text *out, int64_t number, const char *unit, size_t unit_length)
{
	if (unit_length == 0)
		text_put_signed(out, number);
	else if (strncmp(unit, "s", unit_length) == 0)
		text_put(out, number == 1 ? "" : "s");
	else if (strncmp(unit, "ms", unit_length) == 0)
		text_put_time(out, number);
	else if (strncmp(unit, "us", unit_length) == 0)
		text_put_usec(out, (uint64_t)number);
	else if (strncmp(unit, "kb", unit_length) == 0)
		text_put_bytes_amount(out, (uint64_t)number * 1024);
	else
		text_put_bytes_amount(out, (uint64_t)number);
}

/* Writes the field between the braces at *at and moves behind them; false if the event
 * has no such field. */
static bool
put_field(struct text *out, const struct prong_event *event, const char **at)
{
	const char *key = *at + 1;
	size_t length = strcspn(key, ":}");
	size_t whole = strcspn(key, "}");
	const struct prong_field *field = field_find(event, key, length);

	*at = key + whole + 1;
	if (field == NULL)
		return false;
	if (field->text != NULL)
		text_put_quoted(out, field->text, strlen(field->text));
	else
		put_number(out, field->number, key + length + 1,
		    whole > length ? whole - length - 1 : 0);
	return true;
}

/* A part in [ ] that lacks a field is taken back. */
static void
put_sentence(struct text *out, const struct prong_event *event, const char *at)
{
	struct text mark = *out;
	bool is_whole = true;

	while (*at != '\0') {
		if (*at == '{') {
			is_whole &= put_field(out, event, &at);
			continue;
		}
		if (*at == '[') {
			mark = *out;
			is_whole = true;
		} else if (*at == ']' && !is_whole) {
			*out = mark;
			out->at[out->used] = '\0';
		} else if (*at != ']') {
			text_put_char(out, *at);
		}
		at++;
	}
}

PRONG_API size_t
prong_event_text(const struct prong_event *event, char *text, size_t size)
{
	struct text out = { .at = text, .size = size };

	if (size == 0)
		return 0;
	text[0] = '\0';
	if (event->service != NULL) {
		text_put(&out, event->service);
		if (event->id != NULL) {
			text_put_char(&out, '[');
			text_put(&out, event->id);
			text_put_char(&out, ']');
		}
		text_put(&out, ": ");
	}
	put_sentence(&out, event, event->sentence);
	return out.used;
}
