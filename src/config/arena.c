#include "arena.h"

#include <string.h>

#include "base.h"

struct arena_block {
	struct arena_block *next;
	char text[];
};

char *
arena_text(struct arena *arena, const char *bytes, size_t length)
{
	struct arena_block *block = malloc(sizeof(*block) + length + 1);

	if (block == NULL)
		return NULL;
	if (length > 0)
		memcpy(block->text, bytes, length);
	block->text[length] = '\0';
	block->next = arena->blocks;
	arena->blocks = block;
	return block->text;
}

void
arena_done(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}

/* Capacities are powers of two, so the count alone tells when the array is full. */
bool
arena_grow(void *array, size_t count, size_t size)
{
	void *items, *old;

	if (count != 0 && (count & (count - 1)) != 0)
		return true;
	memcpy(&old, array, sizeof(old));
	items = reallocarray(old, count == 0 ? 1 : 2 * count, size);
	if (items == NULL)
		return false;
	memcpy(array, &items, sizeof(items));
	return true;
}
