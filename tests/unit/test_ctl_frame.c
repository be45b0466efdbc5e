/*
 * The picture of `prong top` in fields of several sizes.
 */
#include "frame.h"
#include "night.h"

#define LINES 64

struct picture {
	char lines[LINES][1024];
	enum frame_style styles[LINES];
	size_t count;
	struct frame frame;
	struct plot rate, live;
	struct snapshot night;
	struct view view;
};

static void
keep(void *context, enum frame_style style, const char *line)
{
	struct picture *picture = context;

	assert_true(picture->count < LINES);
	picture->styles[picture->count] = style;
	(void)snprintf(
	    picture->lines[picture->count++], sizeof(picture->lines[0]), "%s", line);
}

static void
picture_init(struct picture *picture, size_t sessions)
{
	memset(picture, 0, sizeof(*picture));
	night_init(&picture->night, sessions);
	view_init(&picture->view);
	picture->view.shows_services = true;
	assert_int_equal(view_update(&picture->view, &picture->night), 0);
	picture->frame = (struct frame){ .rate = &picture->rate,
		.live = &picture->live,
		.put = keep,
		.context = picture };
}

static void
picture_done(struct picture *picture)
{
	view_done(&picture->view);
	snapshot_done(&picture->night);
}

/* Every line fits, and there are as many as there is room for. */
static void
draw(struct picture *picture, size_t width, size_t height)
{
	picture->frame.width = width;
	picture->frame.height = height;
	picture->count = 0;
	frame_draw(&picture->frame, &picture->view, &picture->night);
	for (size_t i = 0; i < picture->count; i++)
		assert_true(text_columns(picture->lines[i]) <= width);
	if (height >= 4)
		assert_int_equal(picture->count, height);
}

static bool
has(const struct picture *picture, const char *words)
{
	for (size_t i = 0; i < picture->count; i++)
		if (strstr(picture->lines[i], words) != NULL)
			return true;
	return false;
}

static void
all_of_it_in_80x24(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 30);
	draw(&picture, 80, 24);
	assert_string_equal(
	    picture.lines[0], "prong night  pid 7  version 1.2  up 2h05m  serving");
	assert_true(has(&picture, "30 of 40 live"));
	assert_true(has(&picture, "new sessions/s, peak 0"));
	assert_true(has(&picture, "rev     held"));
	assert_true(has(&picture, "CPUv"));
	assert_int_equal(picture.styles[0], FRAME_HEAD);
	assert_int_equal(picture.styles[10], FRAME_CHOSEN);
	assert_true(has(&picture, "q quit"));
	picture_done(&picture);
}

static void
in_40x10_what_matters(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 30);
	draw(&picture, 40, 10);
	assert_false(has(&picture, "peak"));
	assert_false(has(&picture, "held"));
	assert_true(has(&picture, "S5"));
	assert_true(has(&picture, "192.0.2.5:"));
	assert_false(has(&picture, "S6"));
	picture_done(&picture);
}

static void
every_size_is_drawn(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 5);
	for (size_t width = 1; width < 140; width += 3)
		for (size_t height = 1; height < 50; height++) {
			picture.frame.is_utf8 = height % 2 == 0;
			draw(&picture, width, height);
		}
	picture_done(&picture);
}

static void
the_last_line_asks_and_tells(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 3);
	(void)view_press(&picture.view, 'k', &picture.night);
	draw(&picture, 80, 24);
	assert_string_equal(picture.lines[23], "kill S0 of 192.0.2.0:99? y or n");
	(void)view_press(&picture.view, 'n', &picture.night);
	(void)view_press(&picture.view, '/', &picture.night);
	(void)view_press(&picture.view, 'x', &picture.night);
	draw(&picture, 80, 24);
	assert_string_equal(picture.lines[23], "show only: x_");
	(void)view_press(&picture.view, VIEW_ENTER, &picture.night);
	picture.frame.trouble = "the server is gone";
	draw(&picture, 80, 24);
	assert_string_equal(picture.lines[23], "the server is gone");
	assert_int_equal(picture.styles[23], FRAME_ALERT);
	(void)view_press(&picture.view, '?', &picture.night);
	draw(&picture, 80, 24);
	assert_true(has(&picture, "pause a service, or resume it"));
	picture_done(&picture);
}

static void
sessions_that_are_being_ended_look_different(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 3);
	(void)snprintf(picture.night.sessions.sessions[2].state, 16, "killed");
	(void)snprintf(picture.night.sessions.sessions[2].cause, 16, "drain");
	draw(&picture, 80, 24);
	assert_true(has(&picture, "killed (drain)"));
	assert_int_equal(picture.styles[12], FRAME_ENDING);
	picture_done(&picture);
}

static void
one_that_has_no_process_yet_looks_as_any_other(void **state)
{
	static const char *const states[] = { "arriving", "waiting", "asking" };
	struct picture picture;

	(void)state;
	picture_init(&picture, 4);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		(void)snprintf(
		    picture.night.sessions.sessions[i + 1].state, 16, "%s", states[i]);
	draw(&picture, 80, 24);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		assert_true(has(&picture, states[i]));
	for (size_t i = 11; i < 14; i++)
		assert_int_equal(picture.styles[i], FRAME_PLAIN);
	picture_done(&picture);
}

static void
a_proxy_is_named_where_there_is_room(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 2);
	(void)snprintf(
	    picture.night.sessions.sessions[0].proxy, 32, "%s", "10.0.0.1:4711");
	(void)snprintf(
	    picture.night.sessions.sessions[1].proxy, 32, "%s", "[2001:db8::1]:4711");
	draw(&picture, 120, 24);
	assert_true(has(&picture, " 192.0.2.0:99 by 10.0.0.1 "));
	assert_true(has(&picture, " 192.0.2.1:99 by [2001:db8::1] "));
	draw(&picture, 60, 24);
	assert_true(has(&picture, " 192.0.2.0:"));
	assert_false(has(&picture, "10.0.0.1"));
	picture_done(&picture);
}

static void
a_file_gets_all_of_them_and_no_keys(void **state)
{
	struct picture picture;

	(void)state;
	picture_init(&picture, 30);
	draw(&picture, 132, 0);
	assert_int_equal(picture.count, 2 + 3 + 1 + 30);
	assert_true(has(&picture, "S29"));
	assert_false(has(&picture, "q quit"));
	picture_done(&picture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_in_80x24),
		cmocka_unit_test(in_40x10_what_matters),
		cmocka_unit_test(every_size_is_drawn),
		cmocka_unit_test(the_last_line_asks_and_tells),
		cmocka_unit_test(sessions_that_are_being_ended_look_different),
		cmocka_unit_test(one_that_has_no_process_yet_looks_as_any_other),
		cmocka_unit_test(a_proxy_is_named_where_there_is_room),
		cmocka_unit_test(a_file_gets_all_of_them_and_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
