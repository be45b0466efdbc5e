#include "slots.h"

#include "conn.h"

int
slots_init(struct slots *slots, uint32_t capacity)
{
	*slots = (struct slots){ 0 };
	return slots_grow(slots, capacity);
}

void
slots_done(struct slots *slots)
{
	for (uint32_t i = 0; i < slots->count; i++)
		free(slots->segments[i].pool);
	*slots = (struct slots){ 0 };
}

/* At least doubled, so that a server that is reloaded for years runs out of memory
 * before it runs out of segments. */
static uint32_t
segment_size(const struct slots *slots, uint32_t capacity)
{
	uint32_t missing = capacity - slots->capacity;

	return missing > slots->capacity ? missing : slots->capacity;
}

int
slots_grow(struct slots *slots, uint32_t capacity)
{
	struct slots_segment *segment = &slots->segments[slots->count];
	uint32_t size;

	if (capacity <= slots->capacity)
		return 0;
	if (slots->count == SLOTS_SEGMENTS)
		return -ENOSPC;
	size = segment_size(slots, capacity);
	/* Not cleared: that would touch every page. */
	segment->pool = reallocarray(NULL, size, sizeof(*segment->pool));
	if (segment->pool == NULL)
		return -ENOMEM;
	segment->capacity = size;
	segment->used_once = 0;
	slots->capacity += size;
	slots->count++;
	return 0;
}

/* Fresh ones only when no used one is free. */
static struct conn *
slots_fresh(struct slots *slots)
{
	for (uint32_t i = 0; i < slots->count; i++) {
		struct slots_segment *segment = &slots->segments[i];
		struct conn *conn;

		if (segment->used_once == segment->capacity)
			continue;
		conn = &segment->pool[segment->used_once];
		conn->slot = (struct slot){ i, segment->used_once++ };
		return conn;
	}
	return NULL;
}

struct conn *
slots_take(struct slots *slots)
{
	struct conn *conn = slots->free;

	if (conn != NULL)
		slots->free = conn->next_free;
	else
		conn = slots_fresh(slots);
	if (conn == NULL)
		return NULL;
	*conn = (struct conn){ .slot = conn->slot };
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
	uint32_t before = 0;

	for (uint32_t i = 0; i < conn->slot.segment; i++)
		before += slots->segments[i].capacity;
	return before + conn->slot.offset;
}

struct conn *
slots_from(const struct slots *slots, uint32_t index)
{
	for (uint32_t i = 0; i < slots->count; i++) {
		const struct slots_segment *segment = &slots->segments[i];

		for (uint32_t at = index; at < segment->used_once; at++)
			if (segment->pool[at].state != CONN_FREE)
				return &segment->pool[at];
		index = index > segment->capacity ? index - segment->capacity : 0;
	}
	return NULL;
}

struct conn *
slots_next(const struct slots *slots, const struct conn *conn)
{
	return slots_from(slots, conn == NULL ? 0 : slots_index(slots, conn) + 1);
}
