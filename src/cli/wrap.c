#include "wrap.h"

#include <string.h>

#include "base.h"
#include "text.h"

static bool
is_one_of(const char *at, size_t bytes, const char *const *marks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(marks[i]) == bytes && memcmp(marks[i], at, bytes) == 0)
			return true;
	return false;
}

static bool
closes(const char *at, size_t bytes)
{
	static const char *const marks[] = { "，", "。", "、", "；", "：", "）", "？",
		"！", "”", "》" };

	return is_one_of(at, bytes, marks, ARRAY_SIZE(marks));
}

static bool
opens(const char *at, size_t bytes)
{
	static const char *const marks[] = { "（", "“", "《" };

	return is_one_of(at, bytes, marks, ARRAY_SIZE(marks));
}

size_t
wrap_piece(const char *text, size_t *ret_columns)
{
	bool was_wide = false, was_opening = false, is_first = true;
	const char *at = text;
	size_t columns = 0, bytes;

	while (*at != '\0' && *at != ' ') {
		bytes = text_character_bytes(at);

		const unsigned width = text_character_columns(at, bytes);
		const bool is_wide = width == 2;

		if (!is_first && (is_wide || was_wide) && !was_opening &&
		    !closes(at, bytes))
			break;
		is_first = false;
		was_wide = is_wide;
		was_opening = opens(at, bytes);
		columns += width;
		at += bytes;
	}
	*ret_columns = columns;
	return (size_t)(at - text);
}
