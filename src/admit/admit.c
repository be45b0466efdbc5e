#include "admit.h"

#define STRESS_SLACK 10 /* percent */
#define PAUSE_FIRST_MS 10
#define PAUSE_LONGEST_MS 1000

bool
admit_listening(const struct gate *gate)
{
	return gate->refuses_when_full ||
	       (uint64_t)gate->live + gate->pending < gate->max;
}

bool
admit_has_room(const struct gate *gate, bool is_exempt)
{
	return (uint64_t)gate->live + (is_exempt ? 0 : gate->reserve) < gate->max;
}

static bool
is_source_full(const struct applicant *applicant)
{
	const struct source *source = applicant->source;
	uint32_t most = applicant->allowance.max_per_source;

	return most > 0 && (uint64_t)source->live + source->waiting >= most;
}

static bool
is_dropped(const struct gate *gate, const struct applicant *applicant)
{
	return applicant->chance % 100 < admit_drop_percent(&gate->drop, gate->live);
}

/* Both tokens at once: whoever waits for one of them need not wait for the other then. */
static struct ruling
check_rates(const struct gate *gate, const struct applicant *applicant)
{
	msec for_source = bucket_wait(&applicant->source->bucket,
	    &applicant->allowance.rate_per_source, gate->rate_wait, applicant->now);
	msec for_all =
	    bucket_wait(&gate->bucket, &gate->rate, gate->rate_wait, applicant->now);

	if (for_source > gate->rate_wait)
		return (struct ruling){ REFUSE_SOURCE_RATE, for_source };
	if (for_all > gate->rate_wait)
		return (struct ruling){ REFUSE_RATE, for_all };
	if (for_source > 0 || for_all > 0)
		return (struct ruling){ ADMIT_LATER,
			for_source > for_all ? for_source : for_all };
	return (struct ruling){ ADMIT, 0 };
}

/* The limits that nobody exempt knows, but for those of rates once a turn has come. */
static struct ruling
check_limits(const struct gate *gate, const struct applicant *applicant)
{
	if (is_source_full(applicant))
		return (struct ruling){ REFUSE_SOURCE_FULL, 0 };
	if (applicant->has_waited)
		return (struct ruling){ ADMIT, 0 };
	if (is_dropped(gate, applicant))
		return (struct ruling){ REFUSE_EARLY, 0 };
	return check_rates(gate, applicant);
}

struct ruling
admit_check(const struct gate *gate, const struct applicant *applicant)
{
	msec rest = 0;

	if (applicant->is_denied)
		return (struct ruling){ REFUSE_DENIED, 0 };
	if (applicant->source != NULL && !applicant->is_exempt)
		rest = penalty_left(&applicant->source->penalty, applicant->now);
	if (rest > 0)
		return (struct ruling){ REFUSE_PENALTY, rest };
	if (applicant->source == NULL && !applicant->is_exempt)
		return (struct ruling){ REFUSE_UNKNOWN, 0 };
	if (!admit_has_room(gate, applicant->is_exempt))
		return (struct ruling){ REFUSE_SERVICE_FULL, 0 };
	if (applicant->is_exempt)
		return (struct ruling){ ADMIT, 0 };
	return check_limits(gate, applicant);
}

void
admit_promise(struct gate *gate, struct source *source, const struct applicant *applicant)
{
	bucket_take(&gate->bucket, &gate->rate, gate->rate_wait, applicant->now);
	bucket_take(&source->bucket, &applicant->allowance.rate_per_source,
	    gate->rate_wait, applicant->now);
}

void
admit_enter(struct charge *charge, struct gate *gate, struct source *source,
    const struct applicant *applicant)
{
	bug_if(charge->gate != NULL || (source == NULL && !applicant->is_exempt));
	*charge = (struct charge){ .gate = gate, .source = source };
	if (!applicant->is_exempt && !applicant->has_waited)
		admit_promise(gate, source, applicant);
	if (source != NULL)
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
	bug_if(charge->gate->live == 0 || (source != NULL && source->live == 0));
	if (source != NULL)
		source->live--;
	charge->gate->live--;
	charge->gate->left++;
	*charge = (struct charge){ 0 };
	return source;
}

struct source *
admit_withdraw(struct charge *charge)
{
	struct gate *gate = charge->gate;
	struct source *source = admit_leave(charge);

	if (gate != NULL) {
		gate->left--;
		gate->entered--;
	}
	return source;
}

/* As sshd(8) does it: should_drop_connection(). */
unsigned
admit_drop_percent(const struct setting_drop *drop, uint32_t live)
{
	uint64_t rest = 100 - drop->percent;

	if (drop->begin == 0 || live < drop->begin)
		return 0;
	if (live >= drop->full)
		return 100;
	return drop->percent +
	       (unsigned)(rest * (live - drop->begin) / (drop->full - drop->begin));
}

bool
admit_stress(struct gate *gate)
{
	uint64_t full = gate->stress.full, held = gate->live * UINT64_C(100);
	bool was_stressed = gate->is_stressed;

	if (was_stressed)
		full = full > STRESS_SLACK ? full - STRESS_SLACK : 0;
	gate->is_stressed =
	    gate->stress.full > 0 && gate->live > 0 && held >= full * gate->max;
	return gate->is_stressed != was_stressed;
}

uint8_t
admit_time_left(const struct gate *gate)
{
	return gate->is_stressed ? (uint8_t)gate->stress.left : 0;
}

msec
admit_shortened(msec limit, uint8_t percent)
{
	msec left = limit / 100 * percent + limit % 100 * percent / 100;

	if (percent == 0 || limit == 0)
		return limit;
	return left > 0 ? left : 1;
}

msec
admit_pause(uint32_t failures)
{
	msec pause = PAUSE_FIRST_MS;

	while (failures-- > 1 && pause < PAUSE_LONGEST_MS)
		pause *= 2;
	return pause < PAUSE_LONGEST_MS ? pause : PAUSE_LONGEST_MS;
}
