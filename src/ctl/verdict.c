#include "verdict.h"

#include <string.h>

#include "words.h"

/* ---- read -------------------------------------------------------------------------- */

#define COPY(field, key) seen_text(why->field, sizeof(why->field), object, key)

static bool
is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void
verdict_read(struct seen_why *why, const json_t *object)
{
	*why = (struct seen_why){
		.is_admitted = is_true(object, "admitted"),
		.is_exempt = is_true(object, "exempt"),
		.is_proxy = is_true(object, "proxy_from"),
		.asks_policy = is_true(object, "policy"),
		.wait_ms = seen_number(object, "wait_ms"),
		.source_live = seen_number(object, "source_live"),
		.source_max = seen_number(object, "source_max"),
		.live = seen_number(object, "live"),
		.max = seen_number(object, "max"),
		.reserve = seen_number(object, "reserve"),
		.drop_percent = seen_number(object, "drop_percent"),
		.source_tokens = seen_number(object, "source_tokens"),
		.source_burst = seen_number(object, "source_burst"),
		.tokens = seen_number(object, "tokens"),
		.burst = seen_number(object, "burst"),
		.penalty_ms = seen_number(object, "penalty_ms"),
		.owes_ms = seen_number(object, "owes_ms"),
		.offences = seen_number(object, "offences"),
	};
	COPY(service, "service");
	COPY(reason, "reason");
	COPY(said, "text");
	COPY(source, "source");
	COPY(rule, "rule");
	COPY(rule_from, "rule_from");
}

/* ---- the verdict ------------------------------------------------------------------- */

/* What a reason means; NULL: it is new to us. */
static const char *
meaning(const struct seen_why *why)
{
	static const struct {
		const char *reason, *meaning;
	} rows[] = {
		{ "denied", N_("a rule keeps it out") },
		{ "penalty", N_("it is shut out for what it did") },
		{ "sources-full",
		    N_("no other source can be remembered: all that are, are shut out") },
		{ "service-full", N_("there is no place for it") },
		{ "source-full", N_("its source has as many sessions as it may have") },
		{ "early-drop",
		    N_("so many are live that early-drop refuses everybody") },
		{ "source-rate", N_("new sessions of its source come too fast") },
		{ "rate", N_("new sessions come too fast") },
		{ "waiting-full", N_("too many wait for their turn already") },
		{ "no-descriptors", N_("the server has no descriptor left for it") },
		{ "policy", N_("the policy program says no") },
		{ "policy-failed", N_("the policy program gives no answer") },
		{ "stopping", N_("the server is stopping") },
	};

	if (strcmp(why->reason, "denied") == 0 && why->rule[0] == '\0')
		return _("no rule lets it in");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].reason, why->reason) == 0)
			return words_get(rows[i].meaning);
	return NULL;
}

static void
put_refused(struct text *text, const struct seen_why *why)
{
	const char *means = meaning(why);
	char place[64] = "";
	struct text wait = TEXT_ON(place);

	if (means == NULL) {
		text_put(text, why->said);
		return;
	}
	text_printf(text, _("would be refused (%s): %s"), why->reason, means);
	text_put_time(&wait, why->wait_ms);
	if (why->wait_ms > 0)
		text_printf(text, _("; it may try again in %s"), place);
}

static void
put_admitted(struct text *text, const struct seen_why *why)
{
	char place[64] = "";
	struct text wait = TEXT_ON(place);

	text_put_time(&wait, why->wait_ms);
	if (why->max > 0 && why->live >= why->max) /* when-full: wait */
		text_put(text, _("would wait until another session ends"));
	else if (why->wait_ms > 0)
		text_printf(text, _("would wait %s for its turn"), place);
	else
		text_put(text, _("would be let in"));
	if (why->drop_percent > 0 && !why->is_exempt)
		text_printf(text,
		    _(", unless it is one of the %d%% that early-drop refuses"),
		    (int)why->drop_percent);
	if (why->asks_policy)
		text_put(text, _(", unless the policy program says no"));
}

void
verdict_put(struct text *text, const struct seen_why *why)
{
	if (!why->is_admitted)
		put_refused(text, why);
	else if (why->is_proxy)
		text_put(text,
		    _("is a proxy (proxy-from): ask about the client that its header "
		      "names"));
	else
		put_admitted(text, why);
}

/* ---- facts ------------------------------------------------------------------------- */

static void
put_rule(struct text *text, const struct seen_why *why)
{
	if (why->rule[0] == '\0')
		text_put(text, _("none speaks of it"));
	else if (why->rule_from[0] != '/') /* the setting itself, which the rule names */
		text_put(text, why->rule);
	else
		text_printf(text, _("%s (from %s)"), why->rule, why->rule_from);
}

static void
put_source(struct text *text, const struct seen_why *why)
{
	text_put(text, why->source);
}

static void
put_max(struct text *text, const struct seen_why *why)
{
	text_printf(text,
	    words_count("%lld of %lld session", "%lld of %lld sessions", why->max),
	    (long long)why->live, (long long)why->max);
	if (why->reserve > 0)
		text_printf(
		    text, _(", %lld of them only for exempt"), (long long)why->reserve);
}

static void
put_max_per_source(struct text *text, const struct seen_why *why)
{
	if (why->source_max > 0)
		text_printf(text,
		    words_count(
			"%lld of %lld session", "%lld of %lld sessions", why->source_max),
		    (long long)why->source_live, (long long)why->source_max);
	else
		text_printf(text,
		    words_count("%lld session, no limit", "%lld sessions, no limit",
			why->source_live),
		    (long long)why->source_live);
}

static void
put_tokens(struct text *text, int64_t tokens, int64_t burst)
{
	if (burst > 0)
		text_printf(text, _("%lld of %lld can begin at once"), (long long)tokens,
		    (long long)burst);
}

static void
put_rate(struct text *text, const struct seen_why *why)
{
	put_tokens(text, why->tokens, why->burst);
}

static void
put_rate_per_source(struct text *text, const struct seen_why *why)
{
	put_tokens(text, why->source_tokens, why->source_burst);
}

static void
put_drop(struct text *text, const struct seen_why *why)
{
	if (why->drop_percent > 0)
		text_printf(text, _("refuses %d%% now"), (int)why->drop_percent);
}

static void
put_penalty(struct text *text, const struct seen_why *why)
{
	char place[64] = "";
	struct text rest = TEXT_ON(place);

	text_put_time(&rest, why->penalty_ms > 0 ? why->penalty_ms : why->owes_ms);
	if (why->penalty_ms > 0)
		text_printf(text, _("shut out for %s"), place);
	else if (why->owes_ms > 0)
		text_printf(text, _("owes %s, too little to be shut out"), place);
	if (why->penalty_ms + why->owes_ms > 0 && why->offences > 0)
		text_put(text, _(", "));
	if (why->offences > 0)
		text_printf(text,
		    words_count("%lld offence that counts", "%lld offences that count",
			why->offences),
		    (long long)why->offences);
}

static void
put_exempt(struct text *text, const struct seen_why *why)
{
	if (why->is_exempt)
		text_put(text, _("yes: of all limits only max holds for it"));
}

static void
put_policy(struct text *text, const struct seen_why *why)
{
	if (why->asks_policy)
		text_put(text, _("a program is asked last"));
}

static void
put_proxy(struct text *text, const struct seen_why *why)
{
	if (why->is_proxy)
		text_put(text, _("yes: who the client is stands in its header"));
}

bool
verdict_put_fact(
    struct text *text, const struct seen_why *why, size_t i, const char **ret_label)
{
	/* The names of settings are the same in every language. */
	static const struct {
		const char *label;
		void (*put)(struct text *, const struct seen_why *);
	} rows[] = {
		{ N_("rule"), put_rule },
		{ N_("counted as"), put_source },
		{ "proxy-from", put_proxy },
		{ "exempt", put_exempt },
		{ "penalty", put_penalty },
		{ "max", put_max },
		{ "max-per-source", put_max_per_source },
		{ "early-drop", put_drop },
		{ "rate-per-source", put_rate_per_source },
		{ "rate", put_rate },
		{ "policy", put_policy },
	};

	if (i >= ARRAY_SIZE(rows))
		return false;
	*ret_label = words_get(rows[i].label);
	rows[i].put(text, why);
	return true;
}
