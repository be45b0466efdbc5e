#include "sources.h"

#include <endian.h>
#include <string.h>

#define CACHE_LINE 64
#define EXPIRED_AT_ONCE 2

/* Bytes in the order of memcmp(3), which would be called for each step of each search. */
static uint64_t
number_at(const uint8_t *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return be64toh(number);
}

static int
key_compare(const struct addr_key *a, const struct addr_key *b)
{
	uint64_t a_high = number_at(a->bytes), b_high = number_at(b->bytes);
	uint64_t a_low = number_at(a->bytes + 8), b_low = number_at(b->bytes + 8);

	if (a_high != b_high)
		return a_high < b_high ? -1 : 1;
	if (a_low != b_low)
		return a_low < b_low ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int
source_compare(const struct source *a, const struct source *b)
{
	if (a->memory != b->memory)
		return a->memory->owner < b->memory->owner ? -1 : 1;
	return key_compare(&a->key, &b->key);
}

TREE_GENERATE(source_tree, source, node, source_compare)

/* Those of one moment in any order that stays. */
static int
idle_compare(const struct source *a, const struct source *b)
{
	if (a->over_at != b->over_at)
		return a->over_at < b->over_at ? -1 : 1;
	return a == b ? 0 : (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

TREE_GENERATE(idle_tree, source, idle, idle_compare)

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
		free(sources->segments[i].block);
	*sources = (struct sources){ 0 };
}

/* The first place in the block where an entry is in two cache lines and not in three. */
static struct source *
aligned(char *block)
{
	return (struct source *)(void *)(block + -(uintptr_t)block % CACHE_LINE);
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
	segment->block = reallocarray(NULL, (size_t)size + 1, sizeof(*segment->pool));
	if (segment->block == NULL)
		return -ENOMEM;
	segment->pool = aligned(segment->block);
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

/* ---- those that nobody holds ---- */

static msec
forget_at(const struct source *source)
{
	msec full_at = bucket_full_at(&source->bucket);
	msec over_at = penalty_forget_at(&source->penalty, &source->memory->limits);

	return full_at > over_at ? full_at : over_at;
}

static bool
is_shut_out(const struct source *source, msec now)
{
	return penalty_left(&source->penalty, now) > 0;
}

static struct idle_tree *
tree_of(const struct source *source)
{
	struct memory *memory = source->memory;

	return source->is_out ? &memory->released_next : &memory->forgotten_next;
}

static void
idle_add(struct source *source, bool is_out)
{
	source->is_out = is_out;
	source->over_at = is_out ? source->penalty.until : forget_at(source);
	source->is_idle = true;
	source->memory->idle++;
	(void)RB_INSERT(idle_tree, tree_of(source), source);
}

static void
idle_remove(struct source *source)
{
	if (!source->is_idle)
		return;
	(void)RB_REMOVE(idle_tree, tree_of(source), source);
	source->memory->idle--;
	source->is_idle = false;
}

/* The one that makes room. */
static struct source *
idle_first(struct memory *memory)
{
	struct source *first = RB_MIN(idle_tree, &memory->forgotten_next);

	return first != NULL ? first : RB_MIN(idle_tree, &memory->released_next);
}

static void
source_forget(struct sources *sources, struct source *source)
{
	idle_remove(source);
	(void)RB_REMOVE(source_tree, &sources->tree, source);
	sources->known--;
	source->memory = NULL;
	source->next_free = sources->free;
	sources->free = source;
}

/* The first one of the tree if its time has come. */
static struct source *
idle_over(struct idle_tree *tree, msec now)
{
	struct source *first = RB_MIN(idle_tree, tree);

	return first != NULL && first->over_at <= now ? first : NULL;
}

/* Few at once: nobody who comes pays for all that came before. */
static void
forget_what_is_over(struct sources *sources, struct memory *memory, msec now)
{
	for (int i = 0; i < EXPIRED_AT_ONCE; i++) {
		struct source *released = idle_over(&memory->released_next, now);
		struct source *forgotten;

		if (released != NULL) {
			idle_remove(released);
			idle_add(released, false);
		}
		forgotten = idle_over(&memory->forgotten_next, now);
		if (forgotten != NULL)
			source_forget(sources, forgotten);
	}
}

/* Does nobody who is remembered make room? */
static bool
is_closed(struct memory *memory, msec now)
{
	return memory->is_strict && memory->idle > 0 && memory->idle >= memory->most &&
	       is_shut_out(idle_first(memory), now);
}

/* There is one too many, and `latest` is it.  A strict memory lets nobody in who is shut
 * out for one who is not. */
static void
make_room(struct sources *sources, struct source *latest, msec now)
{
	struct memory *memory = latest->memory;
	struct source *first = idle_first(memory);

	if (memory->is_strict && is_shut_out(first, now) && !is_shut_out(latest, now))
		first = latest;
	source_forget(sources, first);
}

/* ---- memory ---- */

void
memory_init(struct memory *memory, uint32_t owner)
{
	*memory = (struct memory){ .owner = owner };
	RB_INIT(&memory->forgotten_next);
	RB_INIT(&memory->released_next);
}

void
memory_done(struct sources *sources, struct memory *memory)
{
	while (memory->idle > 0)
		source_forget(sources, idle_first(memory));
}

/* By another decay they are forgotten in another order. */
static void
memory_sort(struct memory *memory)
{
	struct source *all = NULL;

	for (;;) {
		struct source *source = RB_MIN(idle_tree, &memory->forgotten_next);

		if (source == NULL)
			break;
		idle_remove(source);
		source->next_free = all;
		all = source;
	}
	while (all != NULL) {
		struct source *source = all;

		all = source->next_free;
		idle_add(source, false);
	}
}

void
memory_limit(struct sources *sources, struct memory *memory, uint32_t most,
    bool is_strict, const struct penalty_limits *limits)
{
	bool is_resorted = limits->decay != memory->limits.decay;

	memory->most = most;
	memory->is_strict = is_strict;
	memory->limits = *limits;
	if (is_resorted)
		memory_sort(memory);
	while (memory->idle > most)
		source_forget(sources, idle_first(memory));
}

/* ---- sources ---- */

struct source *
sources_find(const struct sources *sources, const struct memory *memory,
    const struct addr_key *key)
{
	struct source wanted = { .memory = (struct memory *)memory, .key = *key };

	return RB_FIND(source_tree, &((struct sources *)sources)->tree, &wanted);
}

static struct source *
source_new(
    struct sources *sources, struct memory *memory, const struct addr_key *key, msec now)
{
	struct source *source;

	if (is_closed(memory, now))
		return NULL;
	source = source_take(sources);
	if (source == NULL && memory->idle > 0) {
		source_forget(sources, idle_first(memory));
		source = source_take(sources);
	}
	if (source == NULL)
		return NULL;
	*source = (struct source){ .memory = memory, .key = *key };
	(void)RB_INSERT(source_tree, &sources->tree, source);
	sources->known++;
	return source;
}

struct source *
sources_get(
    struct sources *sources, struct memory *memory, const struct addr_key *key, msec now)
{
	struct source *source = sources_find(sources, memory, key);

	if (source != NULL)
		idle_remove(source);
	forget_what_is_over(sources, memory, now);
	return source != NULL ? source : source_new(sources, memory, key, now);
}

bool
sources_have_place(const struct sources *sources, struct memory *memory,
    const struct addr_key *key, msec now)
{
	return sources_find(sources, memory, key) != NULL || !is_closed(memory, now);
}

void
sources_put(struct sources *sources, struct source *source, msec now)
{
	bug_if(source->memory == NULL);
	if (source->live > 0 || source->waiting > 0)
		return;
	idle_remove(source);
	if (forget_at(source) <= now) {
		source_forget(sources, source);
		return;
	}
	idle_add(source, is_shut_out(source, now));
	if (source->memory->idle > source->memory->most)
		make_room(sources, source, now);
}

void
sources_touch(struct sources *sources, struct source *source, msec now)
{
	if (source->is_idle)
		sources_put(sources, source, now);
}

static struct source *
segment_from(const struct sources_segment *segment, uint32_t *offset)
{
	for (; *offset < segment->used_once; (*offset)++)
		if (segment->pool[*offset].memory != NULL)
			return &segment->pool[*offset];
	return NULL;
}

struct source *
sources_from(const struct sources *sources, uint32_t index, uint32_t *ret_index)
{
	uint32_t before = 0; /* entries of earlier segments */

	for (uint32_t i = 0; i < sources->count; i++) {
		const struct sources_segment *segment = &sources->segments[i];
		uint32_t offset = index > before ? index - before : 0;
		struct source *source = segment_from(segment, &offset);

		if (source != NULL) {
			*ret_index = before + offset;
			return source;
		}
		before += segment->capacity;
	}
	return NULL;
}
