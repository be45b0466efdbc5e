#include "timed.h"

#include <string.h>

static struct timed_row *
find_row(struct timed *timed, const char *name)
{
	for (size_t i = 0; i < TIMED_ROWS; i++)
		if (strcmp(timed->rows[i].name, name) == 0)
			return &timed->rows[i];
	return NULL;
}

int
timed_add(struct timed *timed, const char *name, msec due)
{
	struct timed_row *row = find_row(timed, name);

	if (row == NULL)
		row = find_row(timed, "");
	if (row == NULL)
		return -ENOSPC;
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	row->due = due;
	return 0;
}

void
timed_remove(struct timed *timed, const char *name)
{
	struct timed_row *row;

	if (name == NULL) {
		*timed = (struct timed){ 0 };
		return;
	}
	row = find_row(timed, name);
	if (row != NULL)
		row->name[0] = '\0';
}

size_t
timed_room(const struct timed *timed)
{
	size_t room = 0;

	for (size_t i = 0; i < TIMED_ROWS; i++)
		room += timed->rows[i].name[0] == '\0';
	return room;
}

static const struct timed_row *
first_row(const struct timed *timed)
{
	const struct timed_row *first = NULL;

	for (size_t i = 0; i < TIMED_ROWS; i++) {
		const struct timed_row *row = &timed->rows[i];

		if (row->name[0] != '\0' && (first == NULL || row->due < first->due))
			first = row;
	}
	return first;
}

msec
timed_next(const struct timed *timed)
{
	const struct timed_row *first = first_row(timed);

	return first == NULL ? 0 : first->due;
}

bool
timed_take(struct timed *timed, msec now, char *ret_name)
{
	const struct timed_row *first = first_row(timed);

	if (first == NULL || first->due > now)
		return false;
	memcpy(ret_name, first->name, sizeof(first->name));
	timed_remove(timed, ret_name);
	return true;
}

void
timed_put(struct text *text, const struct timed *timed)
{
	const char *between = "";

	for (size_t i = 0; i < TIMED_ROWS; i++) {
		const struct timed_row *row = &timed->rows[i];

		if (row->name[0] == '\0')
			continue;
		text_printf(text, "%s%s:%lld", between, row->name, (long long)row->due);
		between = ",";
	}
}

static int
read_row(struct timed *timed, const char *word, size_t length)
{
	const char *colon = memchr(word, ':', length);
	char name[64], digits[24];
	uint64_t due;

	if (colon == NULL || colon == word)
		return -EINVAL;
	if ((size_t)(colon - word) >= sizeof(name) ||
	    (size_t)(word + length - colon) > sizeof(digits))
		return -EINVAL;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(colon - word), word);
	(void)snprintf(
	    digits, sizeof(digits), "%.*s", (int)(word + length - colon - 1), colon + 1);
	if (text_parse_number(digits, 1, INT64_MAX, &due) < 0)
		return -EINVAL;
	return timed_add(timed, name, (msec)due) < 0 ? -EINVAL : 0;
}

int
timed_read(struct timed *timed, const char *words)
{
	struct timed read = *timed;

	while (*words != '\0') {
		size_t length = strcspn(words, ",");

		if (read_row(&read, words, length) < 0)
			return -EINVAL;
		words += length + (words[length] == ',');
	}
	*timed = read;
	return 0;
}
