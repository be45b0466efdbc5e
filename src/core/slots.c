#include "slots.h"

#include "conn.h"

int
slots_init(struct slots *slots, uint32_t capacity)
{
	*slots = (struct slots){ .capacity = capacity };
	slots->pool = calloc(capacity, sizeof(*slots->pool));
	return slots->pool == NULL ? -ENOMEM : 0;
}

void
slots_done(struct slots *slots)
{
	free(slots->pool);
	*slots = (struct slots){ 0 };
}

struct conn *
slots_take(struct slots *slots)
{
	struct conn *conn = slots->free;

	if (conn != NULL)
		slots->free = conn->next_free;
	else if (slots->used_once < slots->capacity)
		conn = &slots->pool[slots->used_once++];
	else
		return NULL;
	*conn = (struct conn){ 0 };
	slots->live++;
	return conn;
}

void
slots_give(struct slots *slots, struct conn *conn)
{
	bug_if(slots->live == 0);
	slots->live--;
	conn->state = CONN_FREE;
	conn->next_free = slots->free;
	slots->free = conn;
}

uint32_t
slots_index(const struct slots *slots, const struct conn *conn)
{
	return (uint32_t)(conn - slots->pool);
}

struct conn *
slots_next(const struct slots *slots, const struct conn *conn)
{
	uint32_t i = conn == NULL ? 0 : slots_index(slots, conn) + 1;

	for (; i < slots->used_once; i++)
		if (slots->pool[i].state != CONN_FREE)
			return &slots->pool[i];
	return NULL;
}
