#include "object.h"

#include <string.h>

/* What the end of an object needs at most. */
#define TAIL sizeof(",\"truncated\":true}\n")

void
object_begin(struct object *object, struct text *line)
{
	*object = (struct object){ .line = line, .begun = line->used };
	line->size -= TAIL;
	text_put_char(line, '{');
}

/* Takes back everything from `used` on. */
static void
rewind_to(struct object *object, size_t used)
{
	object->line->used = used;
	object->line->at[used] = '\0';
	object->line->is_cut = false;
}

static void
put_key(struct object *object, const char *key)
{
	if (object->line->used > object->begun + 1)
		text_put_char(object->line, ',');
	text_put_char(object->line, '"');
	text_put(object->line, key);
	text_put(object->line, "\":");
}

/* Shortened by halves until it fits. */
void
object_text(struct object *object, const char *key, const char *value)
{
	struct text *line = object->line;
	size_t before = line->used, length = strlen(value);

	for (;;) {
		put_key(object, key);
		text_put_char(line, '"');
		text_put_json(line, value, length);
		text_put_char(line, '"');
		if (!line->is_cut)
			return;
		object->is_cut = true;
		rewind_to(object, before);
		if (length == 0)
			return;
		length /= 2;
	}
}

static void
keep_if_whole(struct object *object, size_t before)
{
	if (!object->line->is_cut)
		return;
	object->is_cut = true;
	rewind_to(object, before);
}

void
object_number(struct object *object, const char *key, int64_t value)
{
	size_t before = object->line->used;

	put_key(object, key);
	text_put_signed(object->line, value);
	keep_if_whole(object, before);
}

void
object_bool(struct object *object, const char *key, bool value)
{
	size_t before = object->line->used;

	put_key(object, key);
	text_put(object->line, value ? "true" : "false");
	keep_if_whole(object, before);
}

void
object_end(struct object *object)
{
	struct text *line = object->line;

	line->size += TAIL;
	if (object->is_cut && line->used > object->begun + 1)
		text_put_char(line, ',');
	if (object->is_cut)
		text_put(line, "\"truncated\":true");
	text_put(line, "}\n");
}
