/*
 * Any bytes as a number, time, size, mode, escaped text, name; any bytes quoted.
 */
#include <iconv.h>

#include "fuzz.h"
#include "text.h"

static void
check_numbers(const char *word)
{
	char place[32];
	struct text text = TEXT_ON(place);
	uint64_t number = 4711;
	int r = text_parse_number(word, 10, UINT64_MAX, &number);

	must(r == 0 || r == -EINVAL || r == -ERANGE);
	must(r == 0 ? number >= 10 : number == 4711);
	if (r < 0)
		return;
	text_put_number(&text, number);
	must(!text.is_cut && strcmp(place, word) == 0);
}

static void
check_times_and_sizes(const char *word)
{
	uint64_t bytes = 4711;
	msec time = 4711;
	int r = text_parse_time(word, 10, 1000000, &time);

	must(r == 0 || r == -EINVAL || r == -ERANGE);
	must(r == 0 ? time >= 10 && time <= 1000000 : time == 4711);
	r = text_parse_time(word, 0, INT64_MAX, &time);
	must(r < 0 || time >= 0);

	r = text_parse_size(word, 10, 1000000, &bytes);
	must(r == 0 || r == -EINVAL || r == -ERANGE);
	must(r == 0 ? bytes >= 10 && bytes <= 1000000 : bytes == 4711);
}

static void
check_modes(const char *word)
{
	char place[32];
	struct text text = TEXT_ON(place);
	unsigned mode = 4711, again = 0;

	if (text_parse_mode(word, &mode) < 0) {
		must(mode == 4711);
		return;
	}
	must(mode <= 07777);
	text_put_octal(&text, mode);
	must(text_parse_mode(place, &again) == 0 && again == mode);
}

static void
check_unescape(const char *word)
{
	cleanup_(free_text) char *copy = strdup(word);
	size_t length = 0;

	must(copy != NULL);
	if (text_unescape(copy, &length) < 0) {
		must(strcmp(copy, word) == 0);
		return;
	}
	must(length <= strlen(word) && copy[length] == '\0');
}

static void
check_nearest(const char *word)
{
	static const char *const names[] = { "max", "max-per-source", "",
		"idle-timeout" };
	const char *nearest = text_nearest(word, names, ARRAY_SIZE(names));

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (nearest == names[i])
			return;
	must(nearest == NULL);
}

/* Well-formed, by the C library's judgement, and without what turns or ends a line. */
static void
check_utf8(char *text, size_t length)
{
	static iconv_t converter;
	cleanup_(free_text) char *wide = malloc(4 * length + 4);
	char *end = wide;
	size_t room = 4 * length + 4;
	uint32_t code;

	if (converter == NULL)
		converter = iconv_open("UTF-32LE", "UTF-8");
	must(converter != (iconv_t)-1 && wide != NULL);
	must(iconv(converter, &text, &length, &end, &room) == 0 && length == 0);
	for (const char *at = wide; at < end; at += sizeof(code)) {
		memcpy(&code, at, sizeof(code));
		must(code >= ' ' && !(code >= 0x7f && code <= 0x9f));
		must(code != 0x61c && code != 0x200e && code != 0x200f);
		must(!(code >= 0x2028 && code <= 0x202e));
		must(!(code >= 0x2066 && code <= 0x2069));
	}
}

/* Quoted text is harmless, and unescaping gives the bytes back. */
static void
check_quoted(const char *bytes, size_t length)
{
	cleanup_(free_text) char *place = malloc(4 * length + 1);
	struct text text = { .at = place, .size = 4 * length + 1 };
	size_t again = 0;

	must(place != NULL);
	place[0] = '\0';
	text_put_quoted(&text, bytes, length);
	must(!text.is_cut && strlen(place) == text.used);
	check_utf8(place, text.used);
	must(text_unescape(place, &again) == 0);
	must(again == length && memcmp(place, bytes, length) == 0);
}

/* A cut text is a beginning of the whole one, and ends with a whole escape. */
static void
check_cut(const char *bytes, size_t length)
{
	cleanup_(free_text) char *place = malloc(length + 1);
	struct text text = { .at = place, .size = length + 1 };
	size_t again = 0;

	must(place != NULL);
	place[0] = '\0';
	text_put_quoted(&text, bytes, length);
	must(text.used <= length && strlen(place) == text.used);
	must(text_unescape(place, &again) == 0);
	must(again <= length && memcmp(place, bytes, again) == 0);
	must(text.is_cut == (again < length));
}

static void
check_json(const char *bytes, size_t length)
{
	cleanup_(free_text) char *place = malloc(6 * length + 1);
	struct text text = { .at = place, .size = 6 * length + 1 };

	must(place != NULL);
	place[0] = '\0';
	text_put_json(&text, bytes, length);
	must(!text.is_cut && strlen(place) == text.used);
	check_utf8(place, text.used);
	for (const char *at = place; *at != '\0'; at++) {
		must(*at != '"');
		if (*at == '\\')
			at++;
		must(*at != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *word = fuzz_string(data, size);

	check_numbers(word);
	check_times_and_sizes(word);
	check_modes(word);
	check_unescape(word);
	check_nearest(word);
	check_quoted(word, size);
	check_cut(word, size);
	check_json(word, size);
	return 0;
}
