/* As here the longest prefix decides; of the same one xinetd refuses. */
#include "xinetd_rules.h"

#include <string.h>

#include "networkword.h"
#include "words.h"

/* Ours, of one attribute; how many words of it could not be had. */
static size_t
gather(struct draft_service *service, const char *attribute, const struct words *values,
    struct words *ret_networks)
{
	struct store *store = &service->draft->store;
	size_t lost = 0;

	for (size_t i = 0; i < values->count; i++) {
		if (networkword_xinetd(ret_networks, store, values->at[i]))
			continue;
		draft_lose(service,
		    store_printf(store, "%s %s", attribute, values->at[i]),
		    N_("not an address; names are not looked up for each client"));
		lost++;
	}
	return lost;
}

/* How many were refused after all. */
static size_t
set_all(struct draft_service *service, const char *setting, const struct words *networks)
{
	size_t lost = 0;

	for (size_t i = 0; i < networks->count; i++)
		if (!draft_set(service, setting,
			strcmp(networks->at[i], "0.0.0.0/0") == 0 ? "all"
								  : networks->at[i],
			networks->at[i]))
			lost++;
	return lost;
}

void
xinetd_rules_read(struct draft_service *service, const struct words *only_from,
    const struct words *no_access)
{
	struct store *store = &service->draft->store;
	struct words all = { .count = 0 }, allowed = { .count = 0 };
	struct words denied = { .count = 0 };
	size_t lost = gather(service, "no_access", no_access, &denied);

	(void)gather(service, "only_from", only_from, &all);
	for (size_t i = 0; i < all.count; i++)
		if (!words_have(&denied, all.at[i]) && !words_have(&allowed, all.at[i]))
			words_add(&allowed, store, all.at[i]);
	lost += set_all(service, "deny", &denied);
	if (only_from->count > 0 && set_all(service, "allow", &allowed) == allowed.count)
		draft_hold(service,
		    N_("nothing of only_from could be had, and without it everybody is let "
		       "in"));
	else if (lost > 0)
		draft_hold(service,
		    N_("not all of no_access could be had, and whoever it names is let in"));
}

void
xinetd_rules_read_cps(struct draft_service *service, const struct words *cps)
{
	struct store *store = &service->draft->store;
	const char *theirs = store_printf(store, "cps %s", words_join(cps, store, 0));

	if (cps->count == 0 || strcmp(cps->at[0], "0") == 0)
		return;
	if (draft_set(service, "rate", store_printf(store, "%s/s", cps->at[0]), theirs))
		draft_tell(service,
		    store_printf(store,
			_("%s: clients wait for their turn, and the service is never switched "
			  "off; rate-wait: off refuses them at once"),
			theirs));
}
