#include "same_ids.h"

#include <stdlib.h>
#include <unistd.h>

#define SHOWN 8

struct groups {
	const gid_t *all;
	size_t count;
};

static bool
have(const struct groups *groups, gid_t group)
{
	for (size_t i = 0; i < groups->count; i++)
		if (groups->all[i] == group)
			return true;
	return false;
}

/* How many of `these` are not among `those`, nor are `primary`; the first are put. */
static size_t
put_missing(const struct groups *these, const struct groups *those, gid_t primary,
    struct text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < these->count; i++) {
		if (these->all[i] == primary || have(those, these->all[i]))
			continue;
		if (count < SHOWN)
			text_printf(text, count == 0 ? "%u" : ", %u", these->all[i]);
		count++;
	}
	if (count > SHOWN)
		text_printf(text, " and %zu more", count - SHOWN);
	return count;
}

/* -1: they cannot be had. */
static int
own_groups(gid_t **ret_groups)
{
	int count = getgroups(0, NULL);
	gid_t *groups = calloc((size_t)(count > 0 ? count : 1), sizeof(*groups));

	if (groups != NULL && count > 0)
		count = getgroups(count, groups);
	*ret_groups = groups;
	return groups == NULL ? -1 : count;
}

static void
put_groups_difference(const struct plan *plan, struct text *text)
{
	static const char *const verbs[] = { "go", "come" };
	gid_t *groups;
	int count = own_groups(&groups);
	const struct groups both[] = {
		{ .all = groups, .count = count < 0 ? 0 : (size_t)count },
		{ .all = plan->groups, .count = plan->group_count },
	};

	if (count < 0)
		text_put(text, "groups are not known");
	for (size_t i = 0; count >= 0 && i < ARRAY_SIZE(both); i++) {
		char line[SHOWN * 12 + 32] = "";
		struct text list = TEXT_ON(line);
		size_t missing = put_missing(&both[i], &both[1 - i], plan->gid, &list);

		if (missing > 0)
			text_printf(text, "%s%s %s would %s", text->used == 0 ? "" : ", ",
			    missing == 1 ? "group" : "groups", line, verbs[i]);
	}
	free(groups);
}

bool
same_ids_put_difference(const struct plan *plan, struct text *text)
{
	char line[512] = "";
	struct text what = TEXT_ON(line);

	if (geteuid() != plan->uid)
		text_printf(&what, "uid %u would become %u", geteuid(), plan->uid);
	if (getegid() != plan->gid)
		text_printf(&what, "%sgid %u would become %u", what.used == 0 ? "" : ", ",
		    getegid(), plan->gid);
	put_groups_difference(plan, &what);
	text_put(text, line);
	return what.used > 0;
}

bool
same_ids_are(const struct plan *plan)
{
	char line[64] = "";
	struct text text = TEXT_ON(line);

	return !same_ids_put_difference(plan, &text);
}
