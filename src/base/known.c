#include "known.h"

#include <string.h>

void
known_init(struct known *known, const char *wanted)
{
	*known = (struct known){ .wanted = wanted };
}

void
known_add(struct known *known, const char *name)
{
	const char *both[] = { known->nearest, name };
	const size_t first = known->nearest == NULL ? 1 : 0;

	if (known->count < KNOWN_SHOWN)
		known->names[known->count] = name;
	known->count++;
	known->nearest = text_nearest(known->wanted, both + first, 2 - first);
}

void
known_put_names(const struct known *known, struct text *text)
{
	for (size_t i = 0; i < known->count && i < KNOWN_SHOWN; i++) {
		text_put(text, i == 0 ? "" : ", ");
		text_put(text, known->names[i]);
	}
}

size_t
known_rest(const struct known *known)
{
	return known->count > KNOWN_SHOWN ? known->count - KNOWN_SHOWN : 0;
}

void
known_put_missing(const struct known *known, struct text *text, const char *kind)
{
	text_printf(text, "there is no %s '", kind);
	text_put_quoted(text, known->wanted, strlen(known->wanted));
	text_put_char(text, '\'');
	if (known->count > 0) {
		text_put(text, ", only ");
		known_put_names(known, text);
	}
	if (known_rest(known) > 0)
		text_printf(text, " and %zu more", known_rest(known));
	if (known->nearest != NULL)
		text_printf(text, "; did you mean %s?", known->nearest);
}
