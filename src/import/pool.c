#include "pool.h"

#include <stdarg.h>
#include <string.h>

#define BLANKS " \t\r\v\f"

struct pool_block {
	struct pool_block *next;
	_Alignas(max_align_t) char bytes[];
};

void
pool_done(struct pool *pool)
{
	while (pool->blocks != NULL) {
		struct pool_block *next = pool->blocks->next;

		free(pool->blocks);
		pool->blocks = next;
	}
}

void *
pool_take(struct pool *pool, size_t size)
{
	struct pool_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL) {
		pool->is_exhausted = true;
		return NULL;
	}
	block->next = pool->blocks;
	pool->blocks = block;
	return block->bytes;
}

const char *
pool_copy(struct pool *pool, const char *text, size_t length)
{
	char *copy = pool_take(pool, length + 1);

	if (copy == NULL)
		return "";
	memcpy(copy, text, length);
	return copy;
}

const char *
pool_printf(struct pool *pool, const char *format, ...)
{
	char *text = NULL;
	const char *copy;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		pool->is_exhausted = true;
		return "";
	}
	copy = pool_copy(pool, text, (size_t)length);
	free(text);
	return copy;
}

void
words_add(struct words *words, struct pool *pool, const char *word)
{
	if (words->count == words->room) {
		size_t room = words->room == 0 ? 8 : words->room * 2;
		const char **at = pool_take(pool, room * sizeof(*at));

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
words_split(struct words *words, struct pool *pool, const char *text)
{
	for (;;) {
		size_t length;

		text += strspn(text, BLANKS);
		length = strcspn(text, BLANKS);
		if (length == 0)
			return;
		words_add(words, pool, pool_copy(pool, text, length));
		text += length;
	}
}

const char *
words_join(const struct words *words, struct pool *pool, size_t first)
{
	size_t size = 1;
	char *joined, *end;

	for (size_t i = first; i < words->count; i++)
		size += strlen(words->at[i]) + 1;
	joined = pool_take(pool, size);
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
