#include "penalty.h"

/* More doubling makes the least cost more than any debt may be. */
#define LEVEL_MOST 40

static bool
fits(const struct penalty_rule *rule, const struct outcome *outcome)
{
	const struct penalty_rule as_rule = {
		.what = outcome->what, .low = outcome->number, .high = outcome->number
	};

	return (rule->what == OFFENCE_NO_BYTE && outcome->sent_no_byte) ||
	       penaltyrule_covers(rule, &as_rule);
}

msec
penalty_cost(const struct penalty_rules *rules, const struct outcome *outcome,
    const struct penalty_rule **ret_rule)
{
	*ret_rule = NULL;
	if (outcome->what == OFFENCE_NONE)
		return 0;
	for (size_t i = 0; i < rules->count; i++)
		if (fits(&rules->all[i], outcome)) {
			*ret_rule = &rules->all[i];
			return rules->all[i].cost;
		}
	return 0;
}

static msec
least_of(msec a, msec b)
{
	return a < b ? a : b;
}

/* No further than time goes. */
static msec
later(msec now, msec time)
{
	msec sum;

	return __builtin_add_overflow(now, time, &sum) ? INT64_MAX : sum;
}

static msec
doubled(msec cost, unsigned times, msec most)
{
	while (times-- > 0 && cost < most)
		cost = cost > most / 2 ? most : cost * 2;
	return least_of(cost, most);
}

/* These cost nothing where the source would not have come in anyway. */
static bool
is_refusal(enum offence what)
{
	return what == OFFENCE_PROXY || what == OFFENCE_DENIED || what == OFFENCE_POLICY;
}

bool
penalty_add(struct penalty *penalty, const struct penalty_limits *limits,
    enum offence what, msec cost, msec now)
{
	bool was_out = penalty_left(penalty, now) > 0;
	uint8_t level = penalty_level(penalty, limits, now);
	msec owed = penalty->until > now ? penalty->until - now : 0;

	if (cost == 0 || (was_out && is_refusal(what)))
		return false;
	owed = least_of(later(owed, doubled(cost, level, limits->most)), limits->most);
	*penalty = (struct penalty){
		.until = later(now, owed),
		.counted = now,
		.level = level < LEVEL_MOST ? level + 1 : LEVEL_MOST,
		.acts = was_out || (owed > 0 && owed >= limits->least),
		.last = (uint8_t)what,
	};
	return penalty->acts && !was_out;
}

msec
penalty_left(const struct penalty *penalty, msec now)
{
	return penalty->acts && penalty->until > now ? penalty->until - now : 0;
}

uint8_t
penalty_level(
    const struct penalty *penalty, const struct penalty_limits *limits, msec now)
{
	msec forgotten;

	if (limits->decay == 0)
		return penalty->until > now ? penalty->level : 0;
	forgotten = now > penalty->counted ? (now - penalty->counted) / limits->decay : 0;
	return forgotten < penalty->level ? penalty->level - (uint8_t)forgotten : 0;
}

msec
penalty_forget_at(const struct penalty *penalty, const struct penalty_limits *limits)
{
	msec levels, at;

	if (penalty->level == 0 || limits->decay == 0)
		return penalty->until;
	if (__builtin_mul_overflow(limits->decay, (msec)penalty->level, &levels))
		return INT64_MAX;
	at = later(penalty->counted, levels);
	return at > penalty->until ? at : penalty->until;
}
