#include "unit_file.h"

#include <string.h>

#include "words.h"

#define BLANKS " \t\r\v\f"

struct reader {
	struct draft *draft;
	const char *path, *rest;
	unsigned number;
};

/* The next line without the blanks around it. */
static const char *
next_line(struct reader *reader)
{
	const char *at = reader->rest + strspn(reader->rest, BLANKS);
	size_t length = strcspn(at, "\n");

	if (*reader->rest == '\0')
		return NULL;
	reader->rest = at + length + (at[length] == '\n');
	reader->number++;
	while (length > 0 && strchr(BLANKS, at[length - 1]) != NULL)
		length--;
	return store_copy(&reader->draft->store, at, length);
}

static bool
is_comment(const char *line)
{
	return *line == '#' || *line == ';';
}

/* Comments in the middle of a joined line are left out. */
static const char *
next_joined(struct reader *reader)
{
	struct words parts = { .count = 0 };
	struct store *store = &reader->draft->store;
	const char *line;

	while ((line = next_line(reader)) != NULL) {
		size_t length = strlen(line);

		if (is_comment(line) || (length == 0 && parts.count == 0))
			continue;
		if (length > 0 && line[length - 1] == '\\') {
			words_add(&parts, store, store_copy(store, line, length - 1));
			continue;
		}
		words_add(&parts, store, line);
		break;
	}
	return parts.count == 0 ? NULL : words_join(&parts, store, 0);
}

static void
add_entry(struct unit_file *unit, struct store *store, struct unit_entry entry)
{
	struct unit_entry *added = store_take(store, sizeof(*added));

	if (added == NULL)
		return;
	*added = entry;
	if (unit->last == NULL)
		unit->first = added;
	else
		unit->last->next = added;
	unit->last = added;
}

static void
read_assignment(
    struct reader *reader, struct unit_file *unit, const char *section, const char *line)
{
	struct store *store = &reader->draft->store;
	size_t length = strcspn(line, "="), key_length = length;
	const char *value;

	if (line[length] != '=' || section == NULL) {
		draft_complain(reader->draft, reader->path, reader->number,
		    section == NULL ? _("no [Section] before this: %s")
				    : _("not KEY=VALUE: %s"),
		    line);
		return;
	}
	while (key_length > 0 && strchr(BLANKS, line[key_length - 1]) != NULL)
		key_length--;
	value = line + length + 1;
	add_entry(unit, store,
	    (struct unit_entry){
		.section = section,
		.key = store_copy(store, line, key_length),
		.value = value + strspn(value, BLANKS),
	    });
}

void
unit_file_read(
    struct unit_file *unit, struct draft *draft, const char *path, const char *text)
{
	struct reader reader = { .draft = draft, .rest = text };
	const char *section = NULL, *line;

	reader.path = store_copy(&draft->store, path, strlen(path));
	if (unit->path == NULL)
		unit->path = reader.path;
	while ((line = next_joined(&reader)) != NULL) {
		size_t length = strlen(line);

		if (line[0] == '[' && line[length - 1] == ']')
			section = store_copy(&draft->store, line + 1, length - 2);
		else
			read_assignment(&reader, unit, section, line);
	}
}

static bool
is_named(const struct unit_entry *entry, const char *section, const char *key)
{
	return strcmp(entry->section, section) == 0 && strcmp(entry->key, key) == 0;
}

const char *
unit_file_value(const struct unit_file *unit, const char *section, const char *key)
{
	const char *value = "";

	for (const struct unit_entry *entry = unit->first; entry; entry = entry->next)
		if (is_named(entry, section, key))
			value = entry->value;
	return value;
}

bool
unit_file_values(const struct unit_file *unit, struct store *store, const char *section,
    const char *key, struct words *ret_values)
{
	struct words values = { .count = 0 };
	bool is_set = false;

	for (const struct unit_entry *entry = unit->first; entry; entry = entry->next) {
		if (!is_named(entry, section, key))
			continue;
		is_set = true;
		if (*entry->value == '\0')
			values.count = 0;
		else
			words_add(&values, store, entry->value);
	}
	*ret_values = values;
	return is_set;
}

static bool
was_met(const struct unit_file *unit, const struct unit_entry *entry)
{
	for (const struct unit_entry *one = unit->first; one != entry; one = one->next)
		if (is_named(one, entry->section, entry->key))
			return true;
	return false;
}

const struct unit_entry *
unit_file_next_key(
    const struct unit_file *unit, const char *section, const struct unit_entry *after)
{
	const struct unit_entry *entry = after == NULL ? unit->first : after->next;

	while (
	    entry != NULL && ((section != NULL && strcmp(entry->section, section) != 0) ||
				 was_met(unit, entry)))
		entry = entry->next;
	return entry;
}
