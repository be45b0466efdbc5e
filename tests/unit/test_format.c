/*
 * Events as lines: what a person, a program and the journal read, whatever a client or
 * a program said, and however little room there is.
 */
#include "unit.h"

#include <endian.h>

#include "format.h"

/* 2026-11-23 04:05:06.123456 UTC */
static const struct timespec then = { .tv_sec = 1795406706, .tv_nsec = 123456789 };

static const struct prong_field end_fields[] = {
	{ .key = "source", .text = "127.0.0.1:53412" },
	{ .key = "pid", .number = 4711 },
	{ .key = "left", .number = -1 },
};

static const struct prong_event session_end = {
	.name = "session-end",
	.level = PRONG_INFO,
	.service = "echo",
	.id = "0F4K2M9QZ1A7B",
	.sentence = "end {source} pid {pid}",
	.fields = end_fields,
	.field_count = ARRAY_SIZE(end_fields),
};

static struct prong_event
event_with(const struct prong_field *field)
{
	return (struct prong_event){
		.name = "stderr",
		.level = PRONG_WARNING,
		.sentence = "{line}",
		.fields = field,
		.field_count = 1,
	};
}

static void
a_text_line_has_the_time_of_day_and_a_sentence(void **state)
{
	struct format_clock clock = { 0 };

	(void)state;
	assert_put(format_text(&put_here, &session_end, &then, &clock),
	    "04:05:06.123 echo[0F4K2M9QZ1A7B]: end 127.0.0.1:53412 pid 4711\n");
}

static void
a_text_line_is_one_line_whatever_was_said(void **state)
{
	const struct prong_field line = { .key = "line", .text = "a\n04:05:06 b\x1b[2J" };
	const struct prong_event event = event_with(&line);
	struct format_clock clock = { 0 };

	(void)state;
	assert_put(format_text(&put_here, &event, &then, &clock),
	    "04:05:06.123 a\\x0a04:05:06 b\\x1b[2J\n");
}

static void
the_clock_follows_the_seconds(void **state)
{
	struct format_clock clock = { 0 };
	struct timespec later = then;

	(void)state;
	assert_put(format_text(&put_here, &session_end, &then, &clock),
	    "04:05:06.123 echo[0F4K2M9QZ1A7B]: end 127.0.0.1:53412 pid 4711\n");
	later.tv_sec++;
	later.tv_nsec = 0;
	assert_put(format_text(&put_here, &session_end, &later, &clock),
	    "04:05:07.000 echo[0F4K2M9QZ1A7B]: end 127.0.0.1:53412 pid 4711\n");
}

static void
a_json_line_has_every_field_in_order(void **state)
{
	struct format_clock clock = { 0 };

	(void)state;
	assert_put(format_json(&put_here, &session_end, &then, &clock),
	    "{\"time\":\"2026-11-23T04:05:06.123Z\",\"level\":\"info\","
	    "\"event\":\"session-end\",\"service\":\"echo\",\"id\":\"0F4K2M9QZ1A7B\","
	    "\"source\":\"127.0.0.1:53412\",\"pid\":4711,\"left\":-1}\n");
}

static void
a_json_string_cannot_be_left(void **state)
{
	const struct prong_field line = { .key = "line", .text = "\"}\\\n" };
	const struct prong_event event = event_with(&line);
	struct format_clock clock = { 0 };

	(void)state;
	assert_put(format_json(&put_here, &event, &then, &clock),
	    "{\"time\":\"2026-11-23T04:05:06.123Z\",\"level\":\"warning\","
	    "\"event\":\"stderr\",\"line\":\"\\\"}\\\\\\n\"}\n");
}

/* Are quotation marks and braces closed, and is the line ended? */
static bool
is_whole_object(const char *line)
{
	size_t length = strlen(line);
	bool is_inside = false;

	for (const char *c = line; *c != '\0'; c++) {
		if (*c == '\\' && is_inside && c[1] != '\0')
			c++;
		else if (*c == '"')
			is_inside = !is_inside;
	}
	return !is_inside && length > 2 && strcmp(line + length - 2, "}\n") == 0;
}

static void
a_json_line_that_is_too_long_is_cut_and_still_json(void **state)
{
	static char noise[5000];
	const struct prong_field line = { .key = "line", .text = noise };
	const struct prong_event event = event_with(&line);
	struct format_clock clock = { 0 };

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(noise); i++)
		noise[i] = "a\"\\\n\x01\xff"[i % 6];
	for (size_t size = 200; size < 1200; size++) {
		char place[1200] = "";
		struct text out = { .at = place, .size = size };

		format_json(&out, &event, &then, &clock);
		assert_true(is_whole_object(place));
		assert_non_null(strstr(place, ",\"truncated\":true}"));
		assert_false(out.is_cut);
	}
}

static void
a_journal_record_names_its_fields(void **state)
{
	struct format_clock clock = { 0 };

	(void)state;
	assert_put(format_journald(&put_here, &session_end, &then, &clock),
	    "MESSAGE=echo[0F4K2M9QZ1A7B]: end 127.0.0.1:53412 pid 4711\n"
	    "PRIORITY=6\nSYSLOG_IDENTIFIER=prong\nPRONG_EVENT=session-end\n"
	    "PRONG_SERVICE=echo\nPRONG_ID=0F4K2M9QZ1A7B\n"
	    "PRONG_SOURCE=127.0.0.1:53412\nPRONG_PID=4711\nPRONG_LEFT=-1\n");
}

static void
a_journal_value_of_two_lines_cannot_forge_a_field(void **state)
{
	const struct prong_field line = { .key = "duration_ms", .text = "a\nPRIORITY=0" };
	const struct prong_event event = event_with(&line);
	const char name[] = "PRONG_DURATION_MS\n";
	const uint64_t length = htole64(12);
	struct format_clock clock = { 0 };
	char place[512];
	struct text out = TEXT_ON(place);
	const char *found;

	(void)state;
	format_journald(&out, &event, &then, &clock);
	found = memmem(place, out.used, name, strlen(name));
	assert_non_null(found);
	found += strlen(name);
	assert_memory_equal(found, &length, sizeof(length));
	assert_memory_equal(found + sizeof(length), "a\nPRIORITY=0\n", 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_has_the_time_of_day_and_a_sentence),
		cmocka_unit_test(a_text_line_is_one_line_whatever_was_said),
		cmocka_unit_test(the_clock_follows_the_seconds),
		cmocka_unit_test(a_json_line_has_every_field_in_order),
		cmocka_unit_test(a_json_string_cannot_be_left),
		cmocka_unit_test(a_json_line_that_is_too_long_is_cut_and_still_json),
		cmocka_unit_test(a_journal_record_names_its_fields),
		cmocka_unit_test(a_journal_value_of_two_lines_cannot_forge_a_field),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
