#include "admit.h"

#define PAUSE_FIRST_MS 10
#define PAUSE_LONGEST_MS 1000

bool
admit_listening(const struct gate *gate)
{
	return gate->refuses_when_full || gate->live < gate->max;
}

enum verdict
admit_check(const struct gate *gate, const struct source *source)
{
	if (gate->live >= gate->max)
		return REFUSE_SERVICE_FULL;
	if (gate->max_per_source > 0 && source->live >= gate->max_per_source)
		return REFUSE_SOURCE_FULL;
	return ADMIT;
}

void
admit_enter(struct charge *charge, struct gate *gate, struct source *source)
{
	bug_if(charge->gate != NULL);
	*charge = (struct charge){ .gate = gate, .source = source };
	source->live++;
	gate->entered++;
	gate->live++;
	if (gate->live > gate->most)
		gate->most = gate->live;
}

struct source *
admit_leave(struct charge *charge)
{
	struct source *source = charge->source;

	if (charge->gate == NULL)
		return NULL;
	bug_if(charge->gate->live == 0 || source->live == 0);
	source->live--;
	charge->gate->live--;
	charge->gate->left++;
	*charge = (struct charge){ 0 };
	return source;
}

msec
admit_pause(uint32_t failures)
{
	msec pause = PAUSE_FIRST_MS;

	while (failures-- > 1 && pause < PAUSE_LONGEST_MS)
		pause *= 2;
	return pause < PAUSE_LONGEST_MS ? pause : PAUSE_LONGEST_MS;
}
