/*
 * networks -- the longest prefix that holds a client, among a hundred thousand
 *
 * Sorted by where they begin, shorter prefixes first, networks open and close like
 * brackets: one walk with a stack of those that are open turns them into borders.  From
 * one border to the next the innermost network counts.  Both families are cut by the
 * same walk, as numbers of 128 bits, and looked up in tables of their own width: the
 * borders alone, so that a search touches little memory.
 */
#include "networks.h"

#include "base.h"

#define V4_BITS 32
#define V6_BITS 128
#define OPEN_MOST (V6_BITS + 1) /* nested at once: one of each prefix length */

/* An IPv6 address; of IPv4 `low` alone. */
struct wide {
	uint64_t high, low;
};

/* From a border on, until the next one, the number of the same index counts; the first
 * border is 0. */
struct networks_v4 {
	uint32_t *numbers; /* in the same memory, behind the borders */
	uint32_t borders[];
};

struct networks_v6 {
	uint32_t *numbers;
	struct wide borders[];
};

struct networks_id {
	uint64_t key; /* family, then id */
	uint32_t number, place;
};

/* A network as the walk sees it. */
struct span {
	struct wide first, last;
	uint32_t number, place; /* in the caller's order */
};

struct border {
	struct wide at;
	uint32_t number;
};

struct cutting {
	struct border *borders;
	size_t count;
	const struct span *open[OPEN_MOST];
	size_t depth;
};

static int
wide_compare(struct wide a, struct wide b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

static uint64_t
number_in(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;

	for (size_t i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static struct wide
wide_of(const struct addr_key *key)
{
	if (key->family == AF_INET)
		return (struct wide){ 0, number_in(key->bytes, 4) };
	return (struct wide){ number_in(key->bytes, 8), number_in(key->bytes + 8, 8) };
}

/* The lowest `bits` ones, of 64. */
static uint64_t
ones(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static struct span
span_of(const struct networks_entry *entry, size_t place)
{
	unsigned bits = entry->network.family == AF_INET ? V4_BITS : V6_BITS;
	unsigned open = bits - entry->network.prefix;
	struct wide first = wide_of(&entry->network), last = first;

	last.low |= ones(open);
	if (open > 64)
		last.high |= ones(open - 64);
	return (struct span){ first, last, entry->number, (uint32_t)place };
}

/* Where they begin; then outer before inner; then as the caller has them. */
static int
span_compare(const void *one, const void *other)
{
	const struct span *a = one, *b = other;
	int order = wide_compare(a->first, b->first);

	if (order == 0)
		order = wide_compare(b->last, a->last);
	if (order == 0)
		order = a->place < b->place ? -1 : 1;
	return order;
}

/* From `at` on another number counts; what else began there counts for nobody. */
static void
border_add(struct cutting *cutting, struct wide at, uint32_t number)
{
	struct border *borders = cutting->borders;

	if (cutting->count > 0 && wide_compare(borders[cutting->count - 1].at, at) == 0)
		cutting->count--;
	if (cutting->count > 0 && borders[cutting->count - 1].number == number)
		return;
	borders[cutting->count++] = (struct border){ at, number };
}

/* The innermost network ends: the one around it counts again. */
static void
cutting_close(struct cutting *cutting, struct wide family_last)
{
	struct wide after = cutting->open[--cutting->depth]->last;
	uint32_t around = NETWORKS_NONE;

	if (wide_compare(after, family_last) == 0)
		return;
	after.low++;
	after.high += after.low == 0;
	if (cutting->depth > 0)
		around = cutting->open[cutting->depth - 1]->number;
	border_add(cutting, after, around);
}

static const struct span *
innermost(const struct cutting *cutting)
{
	return cutting->depth == 0 ? NULL : cutting->open[cutting->depth - 1];
}

/* `spans` are sorted; there is room for two borders of each, and one more. */
static void
cutting_run(struct cutting *cutting, const struct span *spans, size_t count,
    struct wide family_last)
{
	const struct span *around;

	border_add(cutting, (struct wide){ 0, 0 }, NETWORKS_NONE);
	for (size_t i = 0; i < count; i++) {
		while ((around = innermost(cutting)) != NULL &&
		       wide_compare(around->last, spans[i].first) < 0)
			cutting_close(cutting, family_last);
		/* The same network again: the latter counts. */
		if (around != NULL && wide_compare(around->first, spans[i].first) == 0 &&
		    wide_compare(around->last, spans[i].last) == 0)
			cutting->depth--;
		cutting->open[cutting->depth++] = &spans[i];
		border_add(cutting, spans[i].first, spans[i].number);
	}
	while (cutting->depth > 0)
		cutting_close(cutting, family_last);
}

static int
keep_v4(struct networks *networks, const struct cutting *cutting)
{
	size_t each = sizeof(uint32_t) + sizeof(uint32_t);
	struct networks_v4 *v4 = calloc(1, sizeof(*v4) + cutting->count * each);

	if (v4 == NULL)
		return -ENOMEM;
	v4->numbers = &v4->borders[cutting->count];
	for (size_t i = 0; i < cutting->count; i++) {
		v4->borders[i] = (uint32_t)cutting->borders[i].at.low;
		v4->numbers[i] = cutting->borders[i].number;
	}
	networks->v4 = v4;
	networks->v4_count = (uint32_t)cutting->count;
	return 0;
}

static int
keep_v6(struct networks *networks, const struct cutting *cutting)
{
	size_t each = sizeof(struct wide) + sizeof(uint32_t);
	struct networks_v6 *v6 = calloc(1, sizeof(*v6) + cutting->count * each);

	if (v6 == NULL)
		return -ENOMEM;
	v6->numbers = (uint32_t *)&v6->borders[cutting->count];
	for (size_t i = 0; i < cutting->count; i++) {
		v6->borders[i] = cutting->borders[i].at;
		v6->numbers[i] = cutting->borders[i].number;
	}
	networks->v6 = v6;
	networks->v6_count = (uint32_t)cutting->count;
	return 0;
}

/* All entries of one family, of which there are `count`. */
static int
cut_family(struct networks *networks, const struct networks_entry *entries, size_t all,
    uint8_t family, size_t count)
{
	static const struct wide v4_last = { 0, UINT32_MAX };
	static const struct wide v6_last = { UINT64_MAX, UINT64_MAX };
	struct span *spans = calloc(count, sizeof(*spans));
	struct cutting *cutting = calloc(1, sizeof(*cutting));
	struct border *borders = calloc(2 * count + 1, sizeof(*borders));
	size_t used = 0;
	int rc = -ENOMEM;

	if (spans != NULL && cutting != NULL && borders != NULL) {
		for (size_t i = 0; i < all; i++)
			if (entries[i].network.family == family)
				spans[used++] = span_of(&entries[i], i);
		qsort(spans, used, sizeof(*spans), span_compare);
		cutting->borders = borders;
		cutting_run(cutting, spans, used, family == AF_INET ? v4_last : v6_last);
		rc = family == AF_INET ? keep_v4(networks, cutting)
				       : keep_v6(networks, cutting);
	}
	free(borders);
	free(cutting);
	free(spans);
	return rc;
}

/* ---- user ids and CIDs ----------------------------------------------------------- */

static uint64_t
id_key(const struct addr_key *key)
{
	return (uint64_t)key->family << 32 | number_in(key->bytes, 4);
}

static int
id_compare(const void *one, const void *other)
{
	const struct networks_id *a = one, *b = other;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static bool
is_id(const struct addr_key *key)
{
	return key->family == AF_UNIX || key->family == AF_VSOCK;
}

static int
keep_ids(struct networks *networks, const struct networks_entry *entries, size_t all,
    size_t count)
{
	struct networks_id *ids = calloc(count, sizeof(*ids));
	size_t used = 0, kept = 0;

	if (ids == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++)
		if (is_id(&entries[i].network))
			ids[used++] = (struct networks_id){ id_key(&entries[i].network),
				entries[i].number, (uint32_t)i };
	qsort(ids, used, sizeof(*ids), id_compare);
	for (size_t i = 0; i < used; i++)
		if (i + 1 == used || ids[i].key != ids[i + 1].key)
			ids[kept++] = ids[i];
	networks->ids = ids;
	networks->id_count = (uint32_t)kept;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------- */

int
networks_init(
    struct networks *networks, const struct networks_entry *entries, size_t count)
{
	size_t v4 = 0, v6 = 0, ids = 0;
	int rc = 0;

	*networks = (struct networks){ .all = NETWORKS_NONE };
	for (size_t i = 0; i < count; i++) {
		v4 += entries[i].network.family == AF_INET;
		v6 += entries[i].network.family == AF_INET6;
		ids += is_id(&entries[i].network);
		if (entries[i].network.family == AF_UNSPEC)
			networks->all = entries[i].number;
	}
	if (v4 > 0)
		rc = cut_family(networks, entries, count, AF_INET, v4);
	if (rc == 0 && v6 > 0)
		rc = cut_family(networks, entries, count, AF_INET6, v6);
	if (rc == 0 && ids > 0)
		rc = keep_ids(networks, entries, count, ids);
	if (rc < 0)
		networks_done(networks);
	return rc;
}

void
networks_done(struct networks *networks)
{
	free(networks->v4);
	free(networks->v6);
	free(networks->ids);
	*networks = (struct networks){ .all = NETWORKS_NONE };
}

/* The searches halve without a branch that could be guessed wrongly: `at` is the last
 * border that is known not to be beyond the client. */

static uint32_t
find_v4(const struct networks *networks, uint32_t client)
{
	const uint32_t *borders = networks->v4->borders, *at = borders;

	for (uint32_t left = networks->v4_count; left > 1; left -= left / 2)
		at = at[left / 2] <= client ? at + left / 2 : at;
	return networks->v4->numbers[at - borders];
}

static uint32_t
find_v6(const struct networks *networks, struct wide client)
{
	const struct wide *borders = networks->v6->borders, *at = borders;

	for (uint32_t left = networks->v6_count; left > 1; left -= left / 2)
		at = wide_compare(at[left / 2], client) <= 0 ? at + left / 2 : at;
	return networks->v6->numbers[at - borders];
}

static uint32_t
find_id(const struct networks *networks, uint64_t key)
{
	const struct networks_id *at = networks->ids;

	for (uint32_t left = networks->id_count; left > 1; left -= left / 2)
		at = at[left / 2].key <= key ? at + left / 2 : at;
	return at->key == key ? at->number : NETWORKS_NONE;
}

uint32_t
networks_find(const struct networks *networks, const struct addr_key *client)
{
	uint32_t found = NETWORKS_NONE;

	if (client->family == AF_INET && networks->v4_count > 0)
		found = find_v4(networks, (uint32_t)number_in(client->bytes, 4));
	else if (client->family == AF_INET6 && networks->v6_count > 0)
		found = find_v6(networks, wide_of(client));
	else if (is_id(client) && networks->id_count > 0)
		found = find_id(networks, id_key(client));
	return found == NETWORKS_NONE ? networks->all : found;
}
