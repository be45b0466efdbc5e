/*
 * Settings of who gets in that contradict one another, and what is said of them.
 */
#include "unit.h"

#include "door.h"
#include "prepare_admission.h"
#include "prepare_rules.h"
#include "prepare_vain.h"

/* "NAME VALUE" each. */
static void
say(struct settings *settings, const char *const *said)
{
	assert_int_equal(settings_init(settings), 0);
	for (; *said != NULL; said++) {
		const char *value = strchr(*said, ' ') + 1;
		char name[32], wrong[512];

		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(value - *said - 1), *said);
		assert_row((strcmp(name, "listen") == 0
				   ? setting_list_add(&settings->listen, value)
				   : settings_set(settings, name, value, wrong,
					 sizeof(wrong))) == 0,
		    *said);
	}
}

/* What is said of all of them together. */
static int
check(const char *const *said, struct text *message)
{
	struct door door = { .has_proxies = false };
	struct prong_service service = { .door = &door };
	int rc;

	say(&service.settings, said);
	assert_int_equal(prepare_rules(&service.settings, &door.rules, message), 0);
	rc = prepare_admission_check(&service, message);
	rules_done(&door.rules);
	settings_done(&service.settings);
	return rc;
}

static void
what_contradicts_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *said[6], *message;
	} rows[] = {
		{ { "reserve 5", "max 10" },
		    "reserve: 5 sessions are kept for exempt networks, and there are none; "
		    "name them with exempt, or leave reserve out\n" },
		{ { "reserve 5", "max 5", "exempt ::1" },
		    "reserve: 5 of 5 sessions are kept for exempt networks, so that nobody "
		    "else would ever get in; lower it, or raise max\n" },
		{ { "early-drop 8:30:9", "max 8" },
		    "early-drop: it would begin at 8 sessions, and max is 8, so that it would "
		    "never do anything; begin sooner, or raise max\n" },
		{ { "early-drop 7:30:9", "max 8" },
		    "early-drop: it would refuse all at 9 sessions, and max is 8; let it end "
		    "at 8, or raise max\n" },
		{ { "penalty-min 10m", "penalty-max 9m" },
		    "penalty-min: it is more than penalty-max, the most that a source can "
		    "owe, so that no penalty would ever act; lower the one or raise the "
		    "other\n" },
		{ { "penalty exit:5s", "penalty no-byte:5s", "penalty exit=1:9s" },
		    "penalty: 'exit=1:9s' never counts: 'exit:5s' before it covers all of "
		    "it; put the wider one behind\n" },
		{ { "penalty proxy:5s" },
		    "penalty: 'proxy:5s' never counts: no PROXY header is awaited; name the "
		    "proxies with proxy-from, or leave it out\n" },
		{ { "penalty policy:5s" },
		    "penalty: 'policy:5s' never counts: no program is asked; name it with "
		    "policy, or leave it out\n" },
		{ { "penalty denied:5s" },
		    "penalty: 'denied:5s' never counts: nobody is denied; say who with "
		    "allow, deny, allow-uid or allow-gid, or leave it out\n" },
		{ { "deny 192.0.0.0/16", "deny 192.0.2.0/24", "exempt 192.0.2.7",
		      "allow 192.0.0.0/20" },
		    "exempt: '192.0.2.7' is spared limits, but not rules, and deny "
		    "192.0.2.0/24 keeps all of it out; allow it, or leave it out\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char place[1024] = "";
		struct text message = TEXT_ON(place);

		assert_int_equal(check(rows[i].said, &message), -EINVAL);
		assert_string_equal(place, rows[i].message);
	}
}

static void
what_goes_together_is_not(void **state)
{
	static const char *const rows[][6] = {
		{ NULL },
		{ "reserve 5", "exempt ::1" },
		{ "reserve 4", "exempt ::1", "max 5" },
		{ "max-per-source 9", "max 8" }, /* one may be said for many services */
		{ "max-per-source 9" },
		{ "early-drop 7:30:8", "max 8" },
		{ "early-drop 7:30:8" },
		{ "penalty-min 10m", "penalty-max 10m" },
		{ "penalty-min off" },
		{ "penalty exit=1:9s", "penalty exit:5s", "penalty no-byte:5s" },
		{ "penalty proxy:5s", "proxy-from 192.0.2.1" },
		{ "penalty policy:5s", "policy /bin/true" },
		{ "penalty denied:5s", "allow-uid 0" },
		{ "penalty denied:5s", "deny 192.0.2.1" },
		{ "deny all", "allow ::1" },
		{ "deny 192.0.2.0/24", "exempt 192.0.0.0/16" },
		{ "deny 192.0.2.0/24", "exempt 192.0.2.7", "allow 192.0.2.0/25" },
		{ "deny 192.0.2.0/24", "exempt 192.0.2.0/24", "allow 192.0.2.7" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char place[1024] = "";
		struct text message = TEXT_ON(place);

		assert_int_equal(check(rows[i], &message), 0);
		assert_string_equal(place, "");
	}
}

static void
all_of_it_is_told_at_once(void **state)
{
	static const char *const said[] = { "reserve 5", "penalty proxy:5s",
		"penalty proxy:9s", "penalty-min 1h", NULL };
	static const char *const settings[] = { "reserve: ", "penalty-min: ",
		"penalty: 'proxy:5s' ", "penalty: 'proxy:9s' never counts: 'proxy:5s' ",
		NULL };
	char place[2048] = "", *at = place;
	struct text message = TEXT_ON(place);

	(void)state;
	assert_int_equal(check(said, &message), -EINVAL);
	for (size_t i = 0; settings[i] != NULL; i++) {
		const char *line = strsep(&at, "\n");

		assert_row(strncmp(line, settings[i], strlen(settings[i])) == 0, line);
	}
	assert_string_equal(at, "");
}

static void
a_text_that_could_block_is_too_long(void **state)
{
	char text[5000] = "refuse-text-for rate=", place[512] = "";
	const char *said[] = { text, NULL };
	struct text message = TEXT_ON(place);
	size_t length = strlen(text);

	(void)state;
	memset(text + length, 'x', 4096);
	text[length + 4096] = '\0';
	assert_int_equal(check(said, &message), -EINVAL);
	assert_string_equal(place,
	    "refuse-text-for: the text for rate has more than 4096 bytes, and sending could "
	    "block; make it shorter\n");
}

/* settings.h cannot know the enum of core. */
static void
every_reason_may_have_its_text(void **state)
{
	(void)state;
	for (enum refusal i = 0; i < REFUSAL_COUNT; i++) {
		char word[64], place[512] = "";
		const char *said[] = { word, NULL };
		struct text message = TEXT_ON(place);

		(void)snprintf(
		    word, sizeof(word), "refuse-text-for %s=x", refusal_name(i));
		assert_int_equal(check(said, &message), 0);
	}
}

/* The first word is the setting that is asked about. */
static const struct {
	const char *lack, *said[4];
} vain[] = {
	{ "start: spare, warm or clone", { "spares-min 2" } },
	{ NULL, { "spares-min 1" } },
	{ NULL, { "spares-min 2", "start spare" } },
	{ "start: spare, warm or clone", { "spares-max 2" } },
	{ NULL, { "spares-max 16" } },
	{ NULL, { "spares-max 2", "start warm" } },
	{ "start: spare, warm or clone", { "start-timeout 2s" } },
	{ NULL, { "start-timeout 10s" } },
	{ NULL, { "start-timeout 2s", "start clone" } },
	{ "start: clone", { "clone-uses 2" } },
	{ "start: clone", { "clone-uses 2", "start warm" } },
	{ NULL, { "clone-uses 2", "start clone" } },
	{ "start: clone", { "clone-age off", "start spare" } },
	{ NULL, { "clone-age 10m" } },
	{ "rate or rate-per-source", { "rate-wait off" } },
	{ "rate or rate-per-source", { "rate-wait 1s", "deny ::1" } },
	{ "rate or rate-per-source", { "rate-wait 1s", "allow ::1" } },
	{ NULL, { "rate-wait 1s", "allow ::1 rate-per-source=2/s" } },
	{ NULL, { "rate-wait 1s", "allow /etc/friends" } },
	{ NULL, { "rate-wait 1s", "rate 2/s" } },
	{ NULL, { "rate-wait 1s", "rate-per-source 2/s" } },
	{ "rate, rate-per-source, early-drop, max-per-source, penalty or reserve",
	    { "exempt ::1" } },
	{ NULL, { "exempt ::1", "rate 2/s" } },
	{ NULL, { "exempt ::1", "early-drop 1:2:3" } },
	{ NULL, { "exempt ::1", "max-per-source 3" } },
	{ NULL, { "exempt ::1", "penalty any:1s" } },
	{ NULL, { "exempt ::1", "reserve 3" } },
	{ "policy", { "policy-timeout 1s" } },
	{ NULL, { "policy-timeout 1s", "policy /bin/true" } },
	{ "policy", { "policy-failed admit" } },
	{ NULL, { "policy-failed admit", "policy /bin/true" } },
	{ "penalty", { "penalty-min off" } },
	{ "penalty", { "penalty-max 1m", "rate-per-source 1/s" } },
	{ "penalty", { "penalty-decay 1m" } },
	{ NULL, { "penalty-min 1s", "penalty any:1s" } },
	{ NULL, { "penalty-max 1m", "penalty any:1s" } },
	{ NULL, { "penalty-decay 1m", "penalty any:1s" } },
	{ "penalty or rate-per-source", { "sources-max 7" } },
	{ "penalty or rate-per-source", { "sources-max 7", "rate 2/s" } },
	{ NULL, { "sources-max 7", "rate-per-source 2/s" } },
	{ "penalty or rate-per-source", { "sources-full refuse" } },
	{ NULL, { "sources-full refuse", "penalty any:1s" } },
	{ "proxy-from", { "proxy-timeout 1s" } },
	{ NULL, { "proxy-timeout 1s", "proxy-from ::1" } },
	{ "syscalls or isolation", { "syscalls-action kill" } },
	{ NULL, { "syscalls-action kill", "syscalls @default" } },
	{ NULL, { "syscalls-action kill", "isolation basic" } },
	{ NULL, { "unix-mode 600" } },
	{ "a Unix socket to listen on", { "unix-mode 600", "listen 7" } },
	{ NULL, { "unix-mode 666", "listen 7" } },
	{ NULL, { "unix-mode 600", "listen 7", "listen unix:/x" } },
	{ NULL, { "unix-mode 600", "listen systemd" } },
	{ NULL, { "unix-mode 600", "listen fd:7" } },
	{ "a Unix socket to listen on", { "unix-owner www", "listen vsock:any:7" } },
	{ NULL, { "unix-owner www", "listen unix:/x" } },
};

static void
what_nothing_can_come_of_lacks_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vain); i++) {
		const char *const *said = vain[i].said;
		struct settings settings;
		char name[32];
		const char *lack;

		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)strcspn(said[0], " "), said[0]);
		say(&settings, said);
		lack = prepare_vain_lack(&settings, name);
		assert_row((lack == NULL) == (vain[i].lack == NULL), said[0]);
		if (lack != NULL)
			assert_string_equal(lack, vain[i].lack);
		settings_done(&settings);
	}
}

static void
what_is_not_said_lacks_nothing(void **state)
{
	static const char *const said[] = { "listen 7", NULL };
	struct settings settings;

	(void)state;
	say(&settings, said);
	for (size_t i = 0; i < settings_count; i++)
		assert_row(prepare_vain_lack(&settings, settings_table[i].name) == NULL,
		    settings_table[i].name);
	settings_done(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_contradicts_is_refused_with_the_reason),
		cmocka_unit_test(what_goes_together_is_not),
		cmocka_unit_test(all_of_it_is_told_at_once),
		cmocka_unit_test(what_nothing_can_come_of_lacks_something),
		cmocka_unit_test(what_is_not_said_lacks_nothing),
		cmocka_unit_test(a_text_that_could_block_is_too_long),
		cmocka_unit_test(every_reason_may_have_its_text),
	};

	return cmocka_run_group_tests_name("prepare_admission", tests, NULL, NULL);
}
