#include "introduction.h"

int
introductions_grow(struct introductions *introductions, uint32_t capacity)
{
	struct introduction *pool = reallocarray(NULL, capacity, sizeof(*pool));

	if (pool == NULL)
		return -ENOMEM;
	introductions->pools[introductions->count++] = pool;
	return 0;
}

void
introductions_done(struct introductions *introductions)
{
	for (uint32_t i = 0; i < introductions->count; i++)
		free(introductions->pools[i]);
	*introductions = (struct introductions){ 0 };
}

void
introduction_init(struct introduction *introduction, const struct addr *proxy)
{
	introduction->proxy = *proxy;
	introduction->header = (struct proxy_header){ 0 };
	introduction->used = 0;
}

bool
introduction_names(const struct introduction *introduction)
{
	return introduction != NULL && introduction->header.length > 0 &&
	       !introduction->header.is_local;
}
