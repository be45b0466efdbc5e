#include "sources.h"

static int
source_compare(const struct source *a, const struct source *b)
{
	return addr_key_compare(&a->key, &b->key);
}

TREE_GENERATE(source_tree, source, node, source_compare)

int
sources_init(struct sources *sources, uint32_t capacity)
{
	*sources = (struct sources){ .capacity = capacity };
	RB_INIT(&sources->tree);
	sources->pool = calloc(capacity, sizeof(*sources->pool));
	return sources->pool == NULL ? -ENOMEM : 0;
}

void
sources_done(struct sources *sources)
{
	free(sources->pool);
	*sources = (struct sources){ 0 };
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
	if (sources->used_once == sources->capacity)
		return NULL;
	return &sources->pool[sources->used_once++];
}

struct source *
sources_get(struct sources *sources, const struct addr_key *key)
{
	struct source wanted = { .key = *key };
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
