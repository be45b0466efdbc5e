#include "sizing.h"

#define NOBODY_CAME UINT32_MAX
#define FORGOTTEN_AFTER 10 /* pauses */

void
sizing_init(struct sizing *sizing, uint32_t min, uint32_t max)
{
	bug_if(min > max);
	*sizing = (struct sizing){
		.min = min,
		.max = max,
		.wanted = min,
		.awaited = min,
		.least_ready = NOBODY_CAME,
	};
}

/* An addition is not awaited: it would hold back the doubling that a burst, of which this
 * is the first sign, deserves. */
static void
sizing_grow(struct sizing *sizing, uint32_t ready)
{
	uint32_t room = sizing->max - sizing->wanted;
	uint32_t more = ready == 0 ? sizing->wanted : 1;

	if (more == 0)
		more = 1;
	sizing->wanted += more < room ? more : room;
	if (ready == 0)
		sizing->awaited = sizing->wanted;
}

void
sizing_demand(struct sizing *sizing, uint32_t ready, msec now)
{
	uint32_t left = ready == 0 ? 0 : ready - 1;

	if (left < sizing->least_ready)
		sizing->least_ready = left;
	if (ready >= sizing->wanted)
		sizing->awaited = 0;
	if (ready > 1 || sizing->awaited > 0 || sizing->failures > 0 ||
	    sizing->has_given_up)
		return;
	sizing_grow(sizing, ready);
	if (sizing->window_ends == 0 && sizing->wanted > sizing->min)
		sizing->window_ends = now + SIZING_WINDOW_MS;
}

/* One is left in reserve: to take the last is what lets it grow, and it would go up and
 * down for ever. */
static uint32_t
sizing_unneeded(const struct sizing *sizing)
{
	uint32_t unneeded = sizing->least_ready == 0 ? 0 : sizing->least_ready - 1;

	return unneeded < sizing->wanted ? unneeded : sizing->wanted;
}

/* Rounded up, or the last would stay, and with it the clock. */
static void
sizing_shrink(struct sizing *sizing, msec now)
{
	uint32_t less = (sizing_unneeded(sizing) + 1) / 2;
	uint32_t most = sizing->wanted - sizing->min;

	sizing->wanted -= less < most ? less : most;
	if (sizing->awaited > sizing->wanted)
		sizing->awaited = sizing->wanted;
	sizing->least_ready = NOBODY_CAME;
	sizing->window_ends = sizing->wanted > sizing->min ? now + SIZING_WINDOW_MS : 0;
}

bool
sizing_tick(struct sizing *sizing, msec now)
{
	uint32_t before = sizing->wanted;
	bool is_pause_over = sizing->retry_at != 0 && now >= sizing->retry_at;

	if (is_pause_over)
		sizing->retry_at = 0;
	if (sizing->window_ends != 0 && now >= sizing->window_ends)
		sizing_shrink(sizing, now);
	return is_pause_over || sizing->wanted != before;
}

bool
sizing_may_start(const struct sizing *sizing, msec now)
{
	return !sizing->has_given_up && now >= sizing->retry_at;
}

uint32_t
sizing_missing(const struct sizing *sizing, uint32_t ready, uint32_t starting, msec now)
{
	uint64_t there = (uint64_t)ready + starting;

	if (!sizing_may_start(sizing, now) || there >= sizing->wanted)
		return 0;
	if (sizing->failures > 0)
		return starting == 0 ? 1 : 0;
	return sizing->wanted - (uint32_t)there;
}

uint32_t
sizing_surplus(const struct sizing *sizing, uint32_t ready)
{
	return ready > sizing->wanted ? ready - sizing->wanted : 0;
}

void
sizing_arrived(struct sizing *sizing)
{
	sizing->failures = 0;
	sizing->retry_at = 0;
	if (sizing->awaited > 0)
		sizing->awaited--;
}

static msec
sizing_pause(uint32_t failures)
{
	msec pause = SIZING_PAUSE_FIRST_MS;

	while (failures-- > 1 && pause < SIZING_PAUSE_LONGEST_MS)
		pause *= 2;
	return pause < SIZING_PAUSE_LONGEST_MS ? pause : SIZING_PAUSE_LONGEST_MS;
}

/* Long after the pause before, this is another story. */
static void
sizing_streak(struct sizing *sizing, msec now)
{
	if (sizing->streak > 0 &&
	    now - sizing->failed_at > FORGOTTEN_AFTER * sizing_pause(sizing->streak))
		sizing->streak = 0;
	sizing->streak++;
	sizing->failed_at = now;
}

msec
sizing_failed(struct sizing *sizing, bool is_final, msec now)
{
	if (is_final) {
		sizing_forgive(sizing);
		sizing->has_given_up = true;
	}
	if (sizing->has_given_up)
		return 0;
	if (now >= sizing->retry_at) {
		sizing->failures++;
		sizing_streak(sizing, now);
		sizing->retry_at = now + sizing_pause(sizing->streak);
	}
	return sizing->retry_at - now;
}

void
sizing_forgive(struct sizing *sizing)
{
	sizing_init(sizing, sizing->min, sizing->max);
}

msec
sizing_due(const struct sizing *sizing)
{
	if (sizing->retry_at == 0)
		return sizing->window_ends;
	if (sizing->window_ends == 0 || sizing->retry_at < sizing->window_ends)
		return sizing->retry_at;
	return sizing->window_ends;
}
