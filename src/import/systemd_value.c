#include "systemd_value.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define BLANKS " \t\r\n\v\f"
#define DIGITS "0123456789"

int
systemd_value_bool(const char *value)
{
	static const char *const words[] = { "no", "yes", "0", "1", "false", "true",
		"off", "on", "n", "y", "f", "t" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i], value) == 0)
			return (int)(i % 2);
	return -EINVAL;
}

/* ---- times and sizes -------------------------------------------------------------- */

/* Microseconds of a unit; 0: not a unit. */
static uint64_t
unit_usec(const char *word, size_t length)
{
	static const struct {
		const char *names; /* blanks around each */
		uint64_t usec;
	} units[] = {
		{ " us usec µs ", 1 },
		{ " ms msec ", 1000 },
		{ "  s sec second seconds ", 1000000 },
		{ " m min minute minutes ", 60 * UINT64_C(1000000) },
		{ " h hr hour hours ", 3600 * UINT64_C(1000000) },
		{ " d day days ", 86400 * UINT64_C(1000000) },
		{ " w week weeks ", 7 * 86400 * UINT64_C(1000000) },
		{ " M month months ", UINT64_C(2629800000000) },
		{ " y year years ", UINT64_C(31557600000000) },
	};
	char wanted[16];

	if (length == 0)
		return 1000000;
	if (length > sizeof(wanted) - 3)
		return 0;
	(void)snprintf(wanted, sizeof(wanted), " %.*s ", (int)length, word);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strstr(units[i].names, wanted) != NULL)
			return units[i].usec;
	return 0;
}

/* One "NUMBER[.FRACTION][UNIT]"; how long it is, 0 if it is none. */
static size_t
read_span(const char *at, uint64_t *usec)
{
	size_t whole = strspn(at, DIGITS), length = whole, unit_length;
	uint64_t number, unit, tenth;
	char digits[20];

	if (whole == 0 || whole >= sizeof(digits))
		return 0;
	memcpy(digits, at, whole);
	digits[whole] = '\0';
	number = strtoull(digits, NULL, 10);
	if (at[length] == '.')
		length += 1 + strspn(at + length + 1, DIGITS);
	size_t end = length + strspn(at + length, BLANKS);

	unit_length = strcspn(at + end, BLANKS DIGITS);
	unit = unit_usec(at + end, unit_length);
	if (unit == 0 || number > INT64_MAX / unit)
		return 0;
	*usec += number * unit;
	tenth = unit / 10;
	for (size_t i = whole + 1; i < length; i++, tenth /= 10)
		*usec += (uint64_t)(at[i] - '0') * tenth;
	return unit_length == 0 ? length : end + unit_length;
}

const char *
systemd_value_time(struct store *store, const char *value)
{
	uint64_t usec = 0, unit = 1000;

	if (strcmp(value, "infinity") == 0)
		return "off";
	value += strspn(value, BLANKS);
	if (*value == '\0')
		return NULL;
	while (*value != '\0') {
		size_t length = read_span(value, &usec);

		if (length == 0 || usec > INT64_MAX / 2)
			return NULL;
		value += length;
		value += strspn(value, BLANKS);
	}
	if (usec == 0)
		return "off";
	if (usec % 1000000 == 0)
		return store_printf(store, "%" PRIu64 "s", usec / 1000000);
	return store_printf(store, "%" PRIu64 "ms", (usec + unit - 1) / unit);
}

const char *
systemd_value_size(struct store *store, const char *value)
{
	uint64_t bytes;

	if (strcmp(value, "infinity") == 0)
		return "";
	if (text_parse_size(value, 0, INT64_MAX, &bytes) < 0)
		return NULL;
	return store_copy(store, value, strlen(value));
}

/* ---- specifiers ------------------------------------------------------------------- */

/* What a specifier stands for in the system's manager; NULL: not the same for all. */
static const char *
specifier(char letter, const char *name)
{
	static const struct {
		char letter;
		const char *text;
	} fixed[] = {
		{ '%', "%" },
		{ 't', "/run" },
		{ 'S', "/var/lib" },
		{ 'C', "/var/cache" },
		{ 'L', "/var/log" },
		{ 'E', "/etc" },
		{ 'T', "/tmp" },
		{ 'V', "/var/tmp" },
	};

	if (letter == 'p')
		return name;
	if (letter == 'P' && strpbrk(name, "-\\") == NULL)
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].letter == letter)
			return fixed[i].text;
	return NULL;
}

/* Writes to `out` unless it is NULL, and a NUL behind it; SIZE_MAX: one that is not the
 * same for all. */
static size_t
expand(const char *value, const char *name, char *out)
{
	size_t size = 0;

	while (*value != '\0') {
		const char letter[2] = { *value, '\0' };
		const char *text = *value == '%' ? specifier(value[1], name) : letter;
		size_t length = text == NULL ? 0 : strlen(text);

		if (text == NULL)
			return SIZE_MAX;
		if (out != NULL)
			(void)stpcpy(out + size, text);
		size += length;
		value += *value == '%' ? 2 : 1;
	}
	return size;
}

const char *
systemd_value_expand(struct store *store, const char *value, const char *name)
{
	size_t size = expand(value, name, NULL);
	char *out = size == SIZE_MAX ? NULL : store_take(store, size + 1);

	if (size == SIZE_MAX)
		return NULL;
	if (out == NULL)
		return "";
	(void)expand(value, name, out);
	return out;
}

/* ---- words ------------------------------------------------------------------------ */

struct word {
	char *at, *end; /* as long as the value at most */
};

static void
put_utf8(struct word *word, uint32_t code)
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (unsigned i = count; i-- > 0;) {
		unsigned bits = (code >> (6 * i)) & 0x3f;

		if (count == 1)
			*word->end++ = (char)code;
		else if (i == count - 1)
			*word->end++ = (char)(marks[count] | (code >> (6 * i)));
		else
			*word->end++ = (char)(0x80 | bits);
	}
}

/* "x41" "101" "u00e4": how many bytes of `at` it takes; 0: not an escape. */
static size_t
put_number(struct word *word, const char *at)
{
	static const struct {
		char letter;
		size_t digits;
	} kinds[] = { { 'x', 2 }, { 'u', 4 }, { 'U', 8 } };
	size_t first = 0, count = 3;
	char digits[9] = "";
	uint32_t code;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].letter == *at) {
			first = 1;
			count = kinds[i].digits;
		}
	memcpy(digits, at + first, strnlen(at + first, count));
	if (strspn(digits, first == 0 ? "01234567" : "0123456789abcdefABCDEF") != count)
		return 0;
	code = (uint32_t)strtoul(digits, NULL, first == 0 ? 8 : 16);
	if (code == 0 || code > 0x10ffff || (count <= 3 && code > 0xff))
		return 0;
	if (count <= 3)
		*word->end++ = (char)code;
	else
		put_utf8(word, code);
	return first + count;
}

/* What follows a backslash; 0: not an escape. */
static size_t
put_escape(struct word *word, const char *at)
{
	static const char letters[] = "abfnrtv\\\"'s", values[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *found = *at == '\0' ? NULL : strchr(letters, *at);

	if (*at == ';') { /* stays "\;": a lone ; is something else */
		*word->end++ = '\\';
		*word->end++ = ';';
		return 1;
	}
	if (found == NULL)
		return put_number(word, at);
	*word->end++ = values[found - letters];
	return 1;
}

/* The word that begins at *at, which is put behind it.  Quotation marks count in the
 * middle of a word too, whatever systemd.syntax(7) says. */
static int
read_word(struct word *word, const char **at)
{
	char mark = '\0';

	for (char letter; (letter = **at) != '\0'; ++*at) {
		if (mark == '\0' && strchr(BLANKS, letter) != NULL)
			return 0;
		if (letter == mark ||
		    (mark == '\0' && (letter == '"' || letter == '\''))) {
			mark = letter == mark ? '\0' : letter;
		} else if (letter == '\\') {
			size_t length = put_escape(word, *at + 1);

			if (length == 0)
				return -EINVAL;
			*at += length;
		} else {
			*word->end++ = letter;
		}
	}
	return mark == '\0' ? 0 : -EINVAL;
}

int
systemd_value_split(struct words *words, struct store *store, const char *value)
{
	for (value += strspn(value, BLANKS); *value != '\0';
	     value += strspn(value, BLANKS)) {
		struct word word = { .at = store_take(store, strlen(value) + 1) };

		if (word.at == NULL)
			return 0;
		word.end = word.at;
		if (read_word(&word, &value) < 0)
			return -EINVAL;
		words_add(words, store, word.at);
	}
	return 0;
}
