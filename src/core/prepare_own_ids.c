#include "prepare_own_ids.h"

#include <inttypes.h>

#include "engine.h"
#include "names.h"
#include "variant.h"

/* Some of the pool may be on their way out while others start. */
#define SPARES_LEAVING 2

static bool
has_range(const struct prong_service *service)
{
	return service->settings.uid_range.first != 0;
}

/* ---- the range ------------------------------------------------------------------- */

static int
refuse_others(const struct settings *settings, struct text *message)
{
	const char *other = settings->user != NULL       ? "user"
			    : settings->group != NULL    ? "group"
			    : settings->groups.count > 0 ? "groups"
							 : NULL;

	if (other == NULL)
		return 0;
	text_printf(message,
	    "uid-range: gives each session a user and a group of its own, and %s says "
	    "another: leave out one of them",
	    other);
	return -EINVAL;
}

/* Once for a range, however many services have it. */
static void
doubt_numbers(const struct prong_service *service)
{
	const struct setting_range *range = &service->settings.uid_range;
	char line[512] = "", owner[128] = "";
	struct text text = TEXT_ON(line), who = TEXT_ON(owner);
	uint32_t number;

	if (!names_have_between(range->first, range->last, &number, &who))
		return;
	text_printf(&text,
	    "uid-range: %" PRIu32
	    " is a number of %s, and the session that is given it may do "
	    "what that may: choose numbers that nobody has, such as "
	    "1900000000-1900065535",
	    number, owner);
	engine_tell(service->server, EVENT_WARNING, service->name, line);
}

int
prepare_own_ids(struct prong_service *service, struct text *message)
{
	struct own_ids *ids = &service->server->own_ids;
	const struct setting_range *range = &service->settings.uid_range;
	struct own_range *old = service->own_range;
	int rc = has_range(service) ? refuse_others(&service->settings, message) : 0;

	if (rc < 0)
		return rc;
	service->own_range = NULL;
	if (has_range(service)) {
		service->own_range = own_ids_get(ids, range->first, range->last);
		if (service->own_range == NULL)
			rc = -ENOMEM;
		else if (service->own_range->users == 1)
			doubt_numbers(service);
	}
	own_ids_put(ids, old);
	return rc;
}

/* ---- enough of them -------------------------------------------------------------- */

/* For what is started ahead of a service and its variants. */
static uint64_t
needed_ahead(const struct prong_service *base)
{
	uint64_t count = 0;

	for (const struct prong_service *at = base; at != NULL;
	     at = variant_next(base, at))
		if (at->settings.start != START_FRESH && !at->is_asker)
			count += (uint64_t)at->settings.spares_max + SPARES_LEAVING;
	return count;
}

static uint64_t
width_of(uint32_t first, uint32_t last)
{
	return (uint64_t)last - first + 1;
}

uint32_t
prepare_own_ids_most(const struct prong_service *base, const struct prong_service *set)
{
	const struct setting_range *range = &base->settings.uid_range;
	uint64_t each, ahead = needed_ahead(base);
	uint32_t sharing = 0;

	if (!has_range(base))
		return UINT32_MAX;
	for (const struct prong_service *at = set; at != NULL; at = service_next(at))
		if (at->settings.uid_range.first == range->first &&
		    at->settings.uid_range.last == range->last)
			sharing++;
	bug_if(sharing == 0); /* itself at least */
	each = width_of(range->first, range->last) / sharing;
	return each > ahead ? (uint32_t)(each - ahead) : 1;
}

/* All that can only have numbers from `first` to `last`. */
static uint64_t
needed_within(const struct prong_service *set, uint32_t first, uint32_t last,
    uint32_t *ret_services)
{
	uint64_t count = 0;

	*ret_services = 0;
	for (const struct prong_service *at = set; at != NULL; at = service_next(at)) {
		const struct setting_range *range = &at->settings.uid_range;

		if (!has_range(at) || range->first < first || range->last > last)
			continue;
		count += at->max + needed_ahead(at);
		++*ret_services;
	}
	return count;
}

static int
say_too_few(const struct prong_service *set, const struct prong_service *service,
    uint32_t last, struct text *message)
{
	uint32_t first = service->settings.uid_range.first, services;
	uint64_t needed = needed_within(set, first, last, &services);

	if (service_next(set) != NULL)
		text_printf(message, "%s: ", service->name);
	text_printf(message,
	    "uid-range: %" PRIu32 "-%" PRIu32 " are %" PRIu64 " numbers, and ", first,
	    last, width_of(first, last));
	if (services > 1)
		text_printf(message,
		    "the %" PRIu32 " services that have them need %" PRIu64, services,
		    needed);
	else
		text_printf(message, "%" PRIu64 " are needed", needed);
	text_printf(message, ": one for each session of max (%" PRIu32 ")", service->max);
	if (needed_ahead(service) > 0)
		text_printf(message,
		    ", and for what is started ahead, spares-max and %d more",
		    SPARES_LEAVING);
	text_put(message, "; widen the range or lower max\n");
	return -ENOSPC;
}

static bool
is_first_with(
    const struct prong_service *set, const struct prong_service *service, bool by_last)
{
	const struct setting_range *range = &service->settings.uid_range;

	for (const struct prong_service *at = set; at != service; at = service_next(at))
		if (by_last ? at->settings.uid_range.last == range->last
			    : at->settings.uid_range.first == range->first)
			return false;
	return true;
}

/* There is one for everybody if no stretch of numbers is too narrow for those that can
 * only have numbers of it (Hall); stretches begin and end where a range does. */
static int
check_from(const struct prong_service *set, const struct prong_service *lowest,
    struct text *message)
{
	uint32_t first = lowest->settings.uid_range.first, services;

	for (const struct prong_service *at = set; at != NULL; at = service_next(at)) {
		uint32_t last = at->settings.uid_range.last;

		if (!has_range(at) || at->settings.uid_range.first < first ||
		    !is_first_with(set, at, true))
			continue;
		if (needed_within(set, first, last, &services) > width_of(first, last))
			return say_too_few(set, lowest, last, message);
	}
	return 0;
}

int
prepare_own_ids_check(const struct prong_service *set, struct text *message)
{
	int rc, worst = 0;

	for (const struct prong_service *at = set; at != NULL; at = service_next(at)) {
		if (!has_range(at) || !is_first_with(set, at, false))
			continue;
		rc = check_from(set, at, message);
		worst = rc < 0 ? rc : worst;
	}
	return worst;
}
