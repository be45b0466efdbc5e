#include "pool.h"

#include <string.h>

#include "base.h"

struct pool_block {
	struct pool_block *next;
	char text[];
};

char *
pool_text(struct pool *pool, const char *bytes, size_t length)
{
	struct pool_block *block = malloc(sizeof(*block) + length + 1);

	if (block == NULL)
		return NULL;
	if (length > 0)
		memcpy(block->text, bytes, length);
	block->text[length] = '\0';
	block->next = pool->blocks;
	pool->blocks = block;
	return block->text;
}

void
pool_done(struct pool *pool)
{
	while (pool->blocks != NULL) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		free(block);
	}
}

/* Capacities are powers of two, so the count alone tells when the array is full. */
bool
pool_grow(void *array, size_t count, size_t size)
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
