/*
 * The keys of `prong top`, and what becomes of the chosen row.
 */
#include "night.h"
#include "view.h"

struct fixture {
	struct snapshot night;
	struct view view;
};

static void
fixture_init(struct fixture *f, size_t count)
{
	night_init(&f->night, count);
	view_init(&f->view);
	assert_int_equal(view_update(&f->view, &f->night), 0);
	view_scroll(&f->view, 4);
}

static void
fixture_done(struct fixture *f)
{
	view_done(&f->view);
	snapshot_done(&f->night);
}

static enum view_act
press(struct fixture *f, int key)
{
	const enum view_act act = view_press(&f->view, key, &f->night);

	view_scroll(&f->view, 4);
	return act;
}

static void
press_all(struct fixture *f, const char *keys)
{
	for (; *keys != '\0'; keys++)
		(void)press(f, *keys);
}

static const char *
uppermost(const struct fixture *f)
{
	return f->view.sheet.sessions[f->view.sheet.order[0]].id;
}

static void
the_cursor_moves_and_what_is_shown_with_it(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 9);
	assert_string_equal(f.view.chosen, "S0");
	(void)press(&f, VIEW_UP);
	assert_int_equal(f.view.cursor, 0);
	for (int i = 0; i < 5; i++)
		(void)press(&f, VIEW_DOWN);
	assert_string_equal(f.view.chosen, "S5");
	assert_int_equal(f.view.first, 2);
	(void)press(&f, VIEW_END);
	assert_string_equal(f.view.chosen, "S8");
	assert_int_equal(f.view.first, 5);
	(void)press(&f, VIEW_PAGE_UP);
	assert_string_equal(f.view.chosen, "S5");
	(void)press(&f, VIEW_PAGE_DOWN);
	(void)press(&f, VIEW_DOWN);
	assert_string_equal(f.view.chosen, "S8");
	(void)press(&f, VIEW_HOME);
	assert_int_equal(f.view.first, 0);
	fixture_done(&f);
}

static void
letters_and_arrows_sort(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 5);
	assert_string_equal(uppermost(&f), "S0"); /* by CPU */
	press_all(&f, "T");
	assert_string_equal(uppermost(&f), "S4");
	press_all(&f, "T");
	assert_string_equal(uppermost(&f), "S0");
	press_all(&f, "D");
	assert_int_equal(f.view.key, SHEET_ID);
	assert_string_equal(uppermost(&f), "S0");
	press_all(&f, "r");
	assert_string_equal(uppermost(&f), "S4");
	press_all(&f, "<");
	assert_int_equal(f.view.key, SHEET_STATE);
	press_all(&f, ">>");
	assert_int_equal(f.view.key, SHEET_SERVICE);
	fixture_done(&f);
}

static void
the_chosen_row_follows_its_session(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 5);
	(void)press(&f, VIEW_DOWN);
	press_all(&f, "r");
	assert_string_equal(f.view.chosen, "S1");
	assert_int_equal(f.view.cursor, 3);
	f.night.sessions.sessions[1] = f.night.sessions.sessions[4]; /* S1 has ended */
	f.night.sessions.count = 4;
	assert_int_equal(view_update(&f.view, &f.night), 0);
	assert_int_equal(f.view.cursor, 3);
	assert_string_not_equal(f.view.chosen, "S1");
	f.night.sessions.count = 0;
	assert_int_equal(view_update(&f.view, &f.night), 0);
	assert_string_equal(f.view.chosen, "");
	assert_int_equal(press(&f, VIEW_DOWN), VIEW_NOTHING);
	fixture_done(&f);
}

static void
a_filter_is_typed(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 12);
	press_all(&f, "/s1");
	assert_int_equal(f.view.sheet.count, 3); /* S1 S10 S11 */
	press_all(&f, "1");
	assert_int_equal(f.view.sheet.count, 1);
	(void)press(&f, VIEW_BACKSPACE);
	(void)press(&f, VIEW_ENTER);
	assert_int_equal(f.view.mode, VIEW_NORMAL);
	assert_string_equal(f.view.filter, "s1");
	assert_int_equal(f.view.sheet.count, 3);
	press_all(&f, "/x");
	(void)press(&f, VIEW_ESCAPE);
	assert_string_equal(f.view.filter, "");
	assert_int_equal(f.view.sheet.count, 12);
	press_all(&f, "/");
	for (int i = 0; i < 200; i++)
		press_all(&f, "9");
	assert_int_equal(f.view.sheet.count, 0);
	fixture_done(&f);
}

static void
a_kill_is_asked_about(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 3);
	press_all(&f, "k");
	assert_int_equal(f.view.mode, VIEW_CONFIRM);
	assert_int_equal(press(&f, 'n'), VIEW_NOTHING);
	assert_int_equal(f.view.mode, VIEW_NORMAL);
	press_all(&f, "k");
	assert_int_equal(press(&f, 'y'), VIEW_SEND);
	assert_string_equal(f.view.request[0], "kill");
	assert_string_equal(f.view.request[1], "S0");
	assert_null(f.view.request[2]);
	press_all(&f, "K");
	assert_int_equal(press(&f, 'y'), VIEW_SEND);
	assert_string_equal(f.view.request[2], "now");
	fixture_done(&f);
	fixture_init(&f, 0);
	press_all(&f, "k");
	assert_int_equal(f.view.mode, VIEW_NORMAL);
	assert_string_equal(f.view.message, "there is no session to kill");
	fixture_done(&f);
}

static void
a_service_is_paused_or_resumed(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 1);
	press_all(&f, "p");
	assert_string_equal(f.view.input, "echo");
	assert_int_equal(press(&f, VIEW_ENTER), VIEW_SEND);
	assert_string_equal(f.view.request[0], "pause");
	assert_string_equal(f.view.request[1], "echo");
	press_all(&f, "p");
	for (int i = 0; i < 9; i++)
		(void)press(&f, VIEW_BACKSPACE);
	press_all(&f, "rev");
	assert_int_equal(press(&f, VIEW_ENTER), VIEW_SEND);
	assert_string_equal(f.view.request[0], "resume");
	assert_string_equal(f.view.request[1], "rev");
	press_all(&f, "p");
	assert_int_equal(press(&f, VIEW_ESCAPE), VIEW_NOTHING);
	assert_int_equal(f.view.mode, VIEW_NORMAL);
	fixture_done(&f);
}

static void
the_rest_of_the_keys(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, 1);
	press_all(&f, "s ");
	assert_true(f.view.shows_services && f.view.is_frozen);
	press_all(&f, "s ?");
	assert_false(f.view.shows_services || f.view.is_frozen);
	assert_int_equal(f.view.mode, VIEW_HELP);
	assert_int_equal(press(&f, 'x'), VIEW_NOTHING);
	assert_int_equal(press(&f, 0x1234567), VIEW_NOTHING);
	assert_int_equal(press(&f, 'q'), VIEW_QUIT);
	fixture_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cursor_moves_and_what_is_shown_with_it),
		cmocka_unit_test(letters_and_arrows_sort),
		cmocka_unit_test(the_chosen_row_follows_its_session),
		cmocka_unit_test(a_filter_is_typed),
		cmocka_unit_test(a_kill_is_asked_about),
		cmocka_unit_test(a_service_is_paused_or_resumed),
		cmocka_unit_test(the_rest_of_the_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
