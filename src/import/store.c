#include "store.h"

#include <stdarg.h>
#include <string.h>

#define BLANKS " \t\r\v\f"

struct store_block {
	struct store_block *next;
	_Alignas(max_align_t) char bytes[];
};

void
store_done(struct store *store)
{
	while (store->blocks != NULL) {
		struct store_block *next = store->blocks->next;

		free(store->blocks);
		store->blocks = next;
	}
}

void *
store_take(struct store *store, size_t size)
{
	struct store_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL) {
		store->is_exhausted = true;
		return NULL;
	}
	block->next = store->blocks;
	store->blocks = block;
	return block->bytes;
}

const char *
store_copy(struct store *store, const char *text, size_t length)
{
	char *copy = store_take(store, length + 1);

	if (copy == NULL)
		return "";
	memcpy(copy, text, length);
	return copy;
}

const char *
store_printf(struct store *store, const char *format, ...)
{
	char *text = NULL;
	const char *copy;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		store->is_exhausted = true;
		return "";
	}
	copy = store_copy(store, text, (size_t)length);
	free(text);
	return copy;
}

void
words_add(struct words *words, struct store *store, const char *word)
{
	if (words->count == words->room) {
		size_t room = words->room == 0 ? 8 : words->room * 2;
		const char **at = store_take(store, room * sizeof(*at));

		if (at == NULL)
			return;
		if (words->count > 0)
			memcpy(at, words->at, words->count * sizeof(*at));
		words->at = at;
		words->room = room;
	}
	words->at[words->count++] = word;
}

void
words_split(struct words *words, struct store *store, const char *text)
{
	for (;;) {
		size_t length;

		text += strspn(text, BLANKS);
		length = strcspn(text, BLANKS);
		if (length == 0)
			return;
		words_add(words, store, store_copy(store, text, length));
		text += length;
	}
}

const char *
words_join(const struct words *words, struct store *store, size_t first)
{
	size_t size = 1;
	char *joined, *end;

	for (size_t i = first; i < words->count; i++)
		size += strlen(words->at[i]) + 1;
	joined = store_take(store, size);
	if (joined == NULL)
		return "";
	end = joined;
	for (size_t i = first; i < words->count; i++) {
		if (i > first)
			*end++ = ' ';
		end = stpcpy(end, words->at[i]);
	}
	return joined;
}

bool
words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->at[i], word) == 0)
			return true;
	return false;
}
