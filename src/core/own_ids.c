#include "own_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

#define NONE UINT32_MAX
#define ALL UINT64_MAX

static int
compare(const struct own_page *a, const struct own_page *b)
{
	return a->key < b->key ? -1 : a->key > b->key;
}

TREE_GENERATE(own_pages, own_page, node, compare)

/* ---- one page: each look is a few steps, however much of it is taken ------------- */

/* Bits from `at` on. */
static uint64_t
bits_from(uint32_t at)
{
	return at > 63 ? 0 : ALL << at;
}

/* The first from `low` to `high` that is free, or NONE. */
static uint32_t
page_find(const struct own_page *page, uint32_t low, uint32_t high)
{
	uint32_t word = low / 64, at;
	uint64_t free = ~page->taken[word] & bits_from(low % 64);

	if (free == 0) {
		uint64_t words = ~page->full & bits_from(word + 1);

		if (words == 0)
			return NONE;
		word = (uint32_t)__builtin_ctzll(words);
		free = ~page->taken[word];
	}
	at = word * 64 + (uint32_t)__builtin_ctzll(free);
	return at <= high ? at : NONE;
}

static bool
page_has(const struct own_page *page, uint32_t at)
{
	return (page->taken[at / 64] >> at % 64 & 1) != 0;
}

static void
page_take(struct own_page *page, uint32_t at)
{
	page->taken[at / 64] |= UINT64_C(1) << at % 64;
	if (page->taken[at / 64] == ALL)
		page->full |= UINT64_C(1) << at / 64;
}

static void
page_give(struct own_page *page, uint32_t at)
{
	page->taken[at / 64] &= ~(UINT64_C(1) << at % 64);
	page->full &= ~(UINT64_C(1) << at / 64);
}

static struct own_page *
page_get(struct own_ids *ids, uint32_t key)
{
	struct own_page wanted = { .key = key };
	struct own_page *page = RB_FIND(own_pages, &ids->pages, &wanted);

	if (page == NULL) {
		page = calloc(1, sizeof(*page));
		if (page == NULL)
			return NULL;
		page->key = key;
		(void)RB_INSERT(own_pages, &ids->pages, page);
	}
	page->users++;
	return page;
}

static void
page_put(struct own_ids *ids, struct own_page *page)
{
	if (--page->users > 0)
		return;
	(void)RB_REMOVE(own_pages, &ids->pages, page);
	free(page);
}

/* ---- ranges ---------------------------------------------------------------------- */

static void
range_done(struct own_ids *ids, struct own_range *range)
{
	for (uint32_t i = 0; i < range->page_count; i++)
		page_put(ids, range->pages[i]);
	free(range);
}

static struct own_range *
range_new(struct own_ids *ids, uint32_t first, uint32_t last)
{
	uint32_t from = first / OWN_IDS_PAGE, count = last / OWN_IDS_PAGE - from + 1;
	struct own_range *range =
	    calloc(1, sizeof(*range) + count * sizeof(struct own_page *));

	if (range == NULL)
		return NULL;
	range->first = range->turn = first;
	range->last = last;
	for (uint32_t i = 0; i < count; i++) {
		range->pages[i] = page_get(ids, from + i);
		if (range->pages[i] == NULL) {
			range_done(ids, range);
			return NULL;
		}
		range->page_count++;
	}
	range->next = ids->ranges;
	ids->ranges = range;
	return range;
}

struct own_range *
own_ids_get(struct own_ids *ids, uint32_t first, uint32_t last)
{
	struct own_range *range = ids->ranges;

	while (range != NULL && (range->first != first || range->last != last))
		range = range->next;
	if (range == NULL)
		range = range_new(ids, first, last);
	if (range != NULL)
		range->users++;
	return range;
}

void
own_ids_put(struct own_ids *ids, struct own_range *range)
{
	struct own_range **at = &ids->ranges;

	if (range == NULL || --range->users > 0)
		return;
	while (*at != range)
		at = &(*at)->next;
	*at = range->next;
	range_done(ids, range);
}

static struct own_page *
page_of(const struct own_range *range, uint32_t number)
{
	return range->pages[number / OWN_IDS_PAGE - range->first / OWN_IDS_PAGE];
}

/* The first of the numbers from `low` to `high` that is free; 0: none. */
static uint32_t
range_find(const struct own_range *range, uint32_t low, uint32_t high)
{
	uint32_t last = high / OWN_IDS_PAGE;

	for (uint32_t key = low / OWN_IDS_PAGE; key <= last; key++) {
		const struct own_page *page = page_of(range, key * OWN_IDS_PAGE);
		uint32_t at =
		    page_find(page, key == low / OWN_IDS_PAGE ? low % OWN_IDS_PAGE : 0,
			key == last ? high % OWN_IDS_PAGE : OWN_IDS_PAGE - 1);

		if (at != NONE)
			return key * OWN_IDS_PAGE + at;
	}
	return 0;
}

uint32_t
own_ids_take(struct own_range *range)
{
	uint32_t number = range_find(range, range->turn, range->last);

	if (number == 0 && range->turn > range->first)
		number = range_find(range, range->first, range->turn - 1);
	if (number == 0)
		return 0;
	page_take(page_of(range, number), number % OWN_IDS_PAGE);
	range->turn = number == range->last ? range->first : number + 1;
	return number;
}

bool
own_ids_claim(struct own_range *range, uint32_t number)
{
	if (number < range->first || number > range->last ||
	    page_has(page_of(range, number), number % OWN_IDS_PAGE))
		return false;
	page_take(page_of(range, number), number % OWN_IDS_PAGE);
	return true;
}

void
own_ids_give(struct own_range *range, uint32_t number)
{
	bug_if(!page_has(page_of(range, number), number % OWN_IDS_PAGE));
	page_give(page_of(range, number), number % OWN_IDS_PAGE);
}
