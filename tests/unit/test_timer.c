/*
 * Deadlines: who is called when, with a time that the test brings along.
 */
#include "unit.h"

#include "chance.h"
#include "timer.h"

#define FAR 1000000000000 /* later than any boot of this machine */

struct alarm {
	struct timer timer;
	struct timers *timers;
	int rings;
	msec rang_at;
	struct alarm *arms, *disarms;
	msec arms_for;
};

static struct alarm *order[16]; /* in which alarms rang */
static size_t order_count;

static void
alarm_fire(struct timer *timer, msec now)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	assert_int_equal(timer->due, 0);
	alarm->rings++;
	alarm->rang_at = now;
	if (order_count < ARRAY_SIZE(order))
		order[order_count++] = alarm;
	if (alarm->disarms != NULL)
		timer_disarm(alarm->timers, &alarm->disarms->timer);
	if (alarm->arms != NULL)
		timer_arm(alarm->timers, &alarm->arms->timer, alarm->arms_for);
}

struct fixture {
	struct loop loop;
	struct timers timers;
	struct alarm alarms[4];
};

static void
fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	order_count = 0;
	assert_int_equal(loop_init(&fixture->loop), 0);
	assert_int_equal(timers_init(&fixture->timers, &fixture->loop), 0);
	for (size_t i = 0; i < ARRAY_SIZE(fixture->alarms); i++) {
		fixture->alarms[i].timer.fire = alarm_fire;
		fixture->alarms[i].timers = &fixture->timers;
	}
}

static void
fixture_done(struct fixture *fixture)
{
	timers_done(&fixture->timers);
	timers_done(&fixture->timers);
	loop_done(&fixture->loop);
}

static void
arm(struct fixture *fixture, size_t which, msec due)
{
	timer_arm(&fixture->timers, &fixture->alarms[which].timer, due);
}

static void
a_timer_fires_once_from_its_millisecond_on(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR);
	timers_run(&it.timers, FAR - 1);
	assert_int_equal(it.alarms[0].rings, 0);
	timers_run(&it.timers, FAR);
	timers_run(&it.timers, FAR + 1);
	assert_int_equal(it.alarms[0].rings, 1);
	assert_int_equal(it.alarms[0].rang_at, FAR);
	fixture_done(&it);
}

static void
timers_fire_in_the_order_of_their_deadlines(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR + 3);
	arm(&it, 1, FAR + 1);
	arm(&it, 2, FAR + 4);
	arm(&it, 3, FAR + 2);
	timers_run(&it.timers, FAR + 3);
	assert_int_equal(order_count, 3);
	assert_ptr_equal(order[0], &it.alarms[1]);
	assert_ptr_equal(order[1], &it.alarms[3]);
	assert_ptr_equal(order[2], &it.alarms[0]);
	assert_int_equal(it.alarms[2].timer.due, FAR + 4);
	fixture_done(&it);
}

static void
timers_of_the_same_millisecond_all_fire(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	for (size_t i = 0; i < ARRAY_SIZE(it.alarms); i++)
		arm(&it, i, FAR);
	timer_disarm(&it.timers, &it.alarms[2].timer);
	timers_run(&it.timers, FAR);
	for (size_t i = 0; i < ARRAY_SIZE(it.alarms); i++)
		assert_int_equal(it.alarms[i].rings, i != 2);
	fixture_done(&it);
}

static void
arming_again_moves_a_timer(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR);
	arm(&it, 0, FAR + 5);
	timers_run(&it.timers, FAR);
	assert_int_equal(it.alarms[0].rings, 0);
	arm(&it, 0, FAR + 1);
	timers_run(&it.timers, FAR + 2);
	timers_run(&it.timers, FAR + 9);
	assert_int_equal(it.alarms[0].rings, 1);
	fixture_done(&it);
}

static void
a_disarmed_timer_does_not_fire(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR);
	timer_disarm(&it.timers, &it.alarms[0].timer);
	timer_disarm(&it.timers, &it.alarms[0].timer);
	timers_run(&it.timers, FAR);
	assert_int_equal(it.alarms[0].rings, 0);
	fixture_done(&it);
}

static void
a_timer_may_arm_itself_again(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	it.alarms[0].arms = &it.alarms[0];
	it.alarms[0].arms_for = FAR + 10;
	arm(&it, 0, FAR);
	timers_run(&it.timers, FAR + 9);
	assert_int_equal(it.alarms[0].rings, 1);
	assert_int_equal(it.alarms[0].timer.due, FAR + 10);
	it.alarms[0].arms = NULL;
	timers_run(&it.timers, FAR + 10);
	assert_int_equal(it.alarms[0].rings, 2);
	fixture_done(&it);
}

static void
a_timer_may_disarm_one_that_is_due_as_well(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR);
	arm(&it, 1, FAR);
	it.alarms[0].disarms = &it.alarms[1];
	it.alarms[1].disarms = &it.alarms[0];
	timers_run(&it.timers, FAR);
	assert_int_equal(it.alarms[0].rings + it.alarms[1].rings, 1);
	assert_int_equal(it.alarms[0].timer.due + it.alarms[1].timer.due, 0);
	fixture_done(&it);
}

static void
what_a_timer_arms_for_the_past_fires_in_the_same_run(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, FAR);
	it.alarms[0].arms = &it.alarms[1];
	it.alarms[0].arms_for = FAR - 7;
	timers_run(&it.timers, FAR);
	assert_int_equal(it.alarms[1].rings, 1);
	assert_int_equal(it.alarms[1].rang_at, FAR);
	fixture_done(&it);
}

static void
a_deadline_that_is_over_wakes_the_loop(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	arm(&it, 0, 0);
	arm(&it, 1, -5);
	arm(&it, 2, FAR);
	assert_int_equal(it.alarms[1].timer.due, 1);
	while (it.alarms[0].rings == 0)
		assert_int_equal(loop_turn(&it.loop, -1), 0);
	assert_int_equal(it.alarms[0].rings, 1);
	assert_int_equal(it.alarms[1].rings, 1);
	assert_int_equal(it.alarms[2].rings, 0);
	assert_int_equal(it.timers.set_for, FAR);
	fixture_done(&it);
}

static void
the_timerfd_is_set_only_when_the_earliest_deadline_moves_forward(void **state)
{
	struct fixture it;

	(void)state;
	fixture_init(&it);
	assert_int_equal(it.timers.set_for, 0);
	arm(&it, 0, FAR + 5);
	assert_int_equal(it.timers.set_for, FAR + 5);
	arm(&it, 1, FAR + 9);
	assert_int_equal(it.timers.set_for, FAR + 5);
	arm(&it, 2, FAR);
	assert_int_equal(it.timers.set_for, FAR);
	timer_disarm(&it.timers, &it.alarms[2].timer);
	assert_int_equal(it.timers.set_for, FAR);
	fixture_done(&it);
}

/* Many timers, moved and taken back at will: each rings when it is due and not before. */
static void
many_timers_are_what_a_simple_array_is(void **state)
{
	static struct alarm alarms[100];
	struct fixture it;
	struct chance chance = { 4711 };
	int rings[ARRAY_SIZE(alarms)] = { 0 };

	(void)state;
	fixture_init(&it);
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
		alarms[i] = (struct alarm){ .timer.fire = alarm_fire };
	for (msec now = FAR; now < FAR + 20000; now++) {
		struct timer *timer =
		    &alarms[chance_below(&chance, ARRAY_SIZE(alarms))].timer;

		if (chance_below(&chance, 4) == 0)
			timer_disarm(&it.timers, timer);
		else
			timer_arm(
			    &it.timers, timer, now + 1 + chance_below(&chance, 200));
		for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
			rings[i] +=
			    alarms[i].timer.due != 0 && alarms[i].timer.due <= now;
		timers_run(&it.timers, now);
		for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
			assert_int_equal(alarms[i].rings, rings[i]);
	}
	fixture_done(&it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_from_its_millisecond_on),
		cmocka_unit_test(timers_fire_in_the_order_of_their_deadlines),
		cmocka_unit_test(timers_of_the_same_millisecond_all_fire),
		cmocka_unit_test(arming_again_moves_a_timer),
		cmocka_unit_test(a_disarmed_timer_does_not_fire),
		cmocka_unit_test(a_timer_may_arm_itself_again),
		cmocka_unit_test(a_timer_may_disarm_one_that_is_due_as_well),
		cmocka_unit_test(what_a_timer_arms_for_the_past_fires_in_the_same_run),
		cmocka_unit_test(a_deadline_that_is_over_wakes_the_loop),
		cmocka_unit_test(
		    the_timerfd_is_set_only_when_the_earliest_deadline_moves_forward),
		cmocka_unit_test(many_timers_are_what_a_simple_array_is),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
