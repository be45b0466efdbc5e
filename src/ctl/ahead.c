#include "ahead.h"

#include <string.h>

#include "words.h"

/* What there is, or what there is not and why. */
static void
put_in_force(struct text *text, const struct seen_spares *spares)
{
	if (strcmp(spares->asked, spares->in_force) == 0) {
		text_put(text, spares->asked);
		return;
	}
	text_printf(text, _("%s was asked, clients get %s"), spares->asked,
	    spares->in_force[0] == '\0' ? "-" : spares->in_force);
	if (spares->reason[0] != '\0')
		text_printf(text, _(": %s"), spares->reason);
}

static void
put_hits(struct text *text, const struct seen_spares *spares)
{
	/* Whatever a server says, nothing overflows. */
	const double hits = (double)spares->hits, misses = (double)spares->misses;

	if (hits >= 0 && misses >= 0 && hits + misses > 0)
		text_printf(text, _(", %d%% of clients met one"),
		    (int)(hits * 100 / (hits + misses)));
}

static void
put_hold(struct text *text, const struct seen_spares *spares)
{
	if (spares->call[0] != '\0')
		text_printf(text, _("; held at %s after %lld ms"), spares->call,
		    (long long)spares->start_ms);
	if (spares->memory_kb <= 0)
		return;
	text_put(text, spares->call[0] == '\0' ? _("; ") : _(", "));
	text_put_bytes_amount(text, (uint64_t)spares->memory_kb * 1024);
	text_put(text, _(" each"));
}

void
ahead_put(struct text *text, const struct seen_spares *spares)
{
	put_in_force(text, spares);
	if (strcmp(spares->in_force, "fresh") == 0)
		return;
	text_put(text, strcmp(spares->asked, spares->in_force) == 0 ? _(", ") : _("; "));
	text_printf(text, _("%lld of %lld ready"), (long long)spares->ready,
	    (long long)spares->wanted);
	if (spares->starting > 0)
		text_printf(text, _(", %lld starting"), (long long)spares->starting);
	put_hits(text, spares);
	put_hold(text, spares);
}

void
ahead_put_counts(struct text *text, const struct seen_spares *spares)
{
	text_printf(text,
	    words_count("%lld client met one, %lld did not",
		"%lld clients met one, %lld did not", spares->hits),
	    (long long)spares->hits, (long long)spares->misses);
	text_printf(text, _("; failed %lld, lost %lld, retired %lld"),
	    (long long)spares->failed, (long long)spares->lost,
	    (long long)spares->retired);
}
