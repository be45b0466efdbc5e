#include "ledger.h"

#include <string.h>

const char *
refusal_name(enum refusal refusal)
{
	static const char *const names[REFUSAL_COUNT] = {
		[REFUSAL_SERVICE_FULL] = "service-full",
		[REFUSAL_SOURCE_FULL] = "source-full",
		[REFUSAL_NO_DESCRIPTORS] = "no-descriptors",
		[REFUSAL_DENIED] = "denied",
		[REFUSAL_PENALTY] = "penalty",
		[REFUSAL_SOURCES_FULL] = "sources-full",
		[REFUSAL_EARLY_DROP] = "early-drop",
		[REFUSAL_SOURCE_RATE] = "source-rate",
		[REFUSAL_RATE] = "rate",
		[REFUSAL_WAITING_FULL] = "waiting-full",
		[REFUSAL_GONE] = "gone",
		[REFUSAL_PROXY] = "proxy",
		[REFUSAL_POLICY] = "policy",
		[REFUSAL_POLICY_FAILED] = "policy-failed",
		[REFUSAL_STOPPING] = "stopping",
		[REFUSAL_FAILED] = "failed",
	};

	return names[refusal];
}

static struct ledger *
ledger_new(struct ledgers *ledgers, const char *name)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return NULL;
	(void)snprintf(ledger->name, sizeof(ledger->name), "%s", name);
	ledger->number = ++ledgers->numbered;
	memory_init(&ledger->memory, ledger->number);
	TAILQ_INIT(&ledger->ready);
	ledger->next = ledgers->first;
	ledgers->first = ledger;
	return ledger;
}

struct ledger *
ledgers_get(struct ledgers *ledgers, const char *name)
{
	struct ledger *ledger = ledgers->first;

	while (ledger != NULL && strcmp(ledger->name, name) != 0)
		ledger = ledger->next;
	if (ledger == NULL)
		ledger = ledger_new(ledgers, name);
	if (ledger != NULL)
		ledger->users++;
	return ledger;
}

/* What was, without what is: nothing of it lives. */
static void
stats_add(struct prong_stats *sum, const struct ledger *ledger)
{
	sum->accepted += ledger->gate.entered;
	sum->ended += ledger->gate.left;
	sum->refused += ledger->refused;
	sum->failed += ledger->failed;
}

void
ledgers_put(struct ledgers *ledgers, struct ledger *ledger)
{
	struct ledger **at = &ledgers->first;

	if (ledger == NULL || --ledger->users > 0)
		return;
	stats_add(&ledgers->past, ledger);
	while (*at != ledger)
		at = &(*at)->next;
	*at = ledger->next;
	free(ledger);
}

static void
stats_add_present(struct prong_stats *sum, const struct ledger *ledger)
{
	stats_add(sum, ledger);
	sum->live += ledger->gate.live;
	sum->max += ledger->gate.max;
	sum->most += ledger->gate.most;
}

void
ledgers_sum(const struct ledgers *ledgers, struct prong_stats *ret)
{
	*ret = ledgers->past;
	for (const struct ledger *at = ledgers->first; at != NULL; at = at->next)
		stats_add_present(ret, at);
}

void
ledger_sum(const struct ledger *ledger, struct prong_stats *ret)
{
	*ret = (struct prong_stats){ 0 };
	stats_add_present(ret, ledger);
}
