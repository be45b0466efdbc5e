#include "sources.h"

static int
source_compare(const struct source *a, const struct source *b)
{
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	return addr_key_compare(&a->key, &b->key);
}

TREE_GENERATE(source_tree, source, node, source_compare)

int
sources_init(struct sources *sources, uint32_t capacity)
{
	*sources = (struct sources){ 0 };
	RB_INIT(&sources->tree);
	return sources_grow(sources, capacity);
}

void
sources_done(struct sources *sources)
{
	for (uint32_t i = 0; i < sources->count; i++)
		free(sources->segments[i].pool);
	*sources = (struct sources){ 0 };
}

/* At least doubled each time, as the slots are. */
int
sources_grow(struct sources *sources, uint32_t capacity)
{
	struct sources_segment *segment = &sources->segments[sources->count];
	uint32_t size;

	if (capacity <= sources->capacity)
		return 0;
	if (sources->count == SOURCES_SEGMENTS)
		return -ENOSPC;
	size = capacity - sources->capacity;
	if (size < sources->capacity)
		size = sources->capacity;
	segment->pool = reallocarray(NULL, size, sizeof(*segment->pool));
	if (segment->pool == NULL)
		return -ENOMEM;
	segment->capacity = size;
	segment->used_once = 0;
	sources->capacity += size;
	sources->count++;
	return 0;
}

/* Fresh entries only when no used one is free: pages of the pool are touched as the
 * peak grows, not all at start. */
static struct source *
source_take(struct sources *sources)
{
	struct source *source = sources->free;

	if (source != NULL) {
		sources->free = source->next_free;
		return source;
	}
	for (uint32_t i = 0; i < sources->count; i++) {
		struct sources_segment *segment = &sources->segments[i];

		if (segment->used_once < segment->capacity)
			return &segment->pool[segment->used_once++];
	}
	return NULL;
}

struct source *
sources_get(struct sources *sources, uint32_t owner, const struct addr_key *key)
{
	struct source wanted = { .owner = owner, .key = *key };
	struct source *source = RB_FIND(source_tree, &sources->tree, &wanted);

	if (source != NULL)
		return source;
	source = source_take(sources);
	if (source == NULL)
		return NULL;
	*source = wanted;
	(void)RB_INSERT(source_tree, &sources->tree, source);
	return source;
}

void
sources_put(struct sources *sources, struct source *source)
{
	if (source->live > 0)
		return;
	(void)RB_REMOVE(source_tree, &sources->tree, source);
	source->next_free = sources->free;
	sources->free = source;
}
