#include "state.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_MOST ((off_t)1 << 32)

static const char hex_digits[] = "0123456789abcdef";

/* There are hundreds of them for each session, and clients wait. */
void
state_put_bytes(FILE *out, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++) {
		(void)putc_unlocked(hex_digits[at[i] >> 4], out);
		(void)putc_unlocked(hex_digits[at[i] & 15], out);
	}
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
state_get_bytes(const char *digits, void *bytes, size_t size, size_t *ret_length)
{
	unsigned char *out = bytes;
	size_t length = strlen(digits) / 2;

	if (strlen(digits) % 2 != 0 || length > size)
		return -EPROTO;
	for (size_t i = 0; i < length; i++) {
		int high = digit_of(digits[2 * i]), low = digit_of(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EPROTO;
		out[i] = (unsigned char)(high << 4 | low);
	}
	*ret_length = length;
	return 0;
}

/* Unsigned numbers of 8 bytes are written as what they are as signed ones. */
static int64_t
number_read(const void *at, size_t size)
{
	int64_t wide;
	int32_t usual;
	int16_t half;
	int8_t byte;

	switch (size) {
	case sizeof(wide):
		memcpy(&wide, at, size);
		return wide;
	case sizeof(usual):
		memcpy(&usual, at, size);
		return usual;
	case sizeof(half):
		memcpy(&half, at, size);
		return half;
	default:
		memcpy(&byte, at, sizeof(byte));
		return byte;
	}
}

static void
number_write(void *at, size_t size, int64_t number)
{
	int32_t usual = (int32_t)number;
	int16_t half = (int16_t)number;
	int8_t byte = (int8_t)number;

	switch (size) {
	case sizeof(number):
		memcpy(at, &number, size);
		return;
	case sizeof(usual):
		memcpy(at, &usual, size);
		return;
	case sizeof(half):
		memcpy(at, &half, size);
		return;
	default:
		memcpy(at, &byte, sizeof(byte));
	}
}

static void
put_number(FILE *out, int64_t number)
{
	if (number >= 0 && number <= 9)
		(void)putc_unlocked(hex_digits[number], out);
	else
		(void)fprintf(out, "%" PRId64, number);
}

void
state_put(FILE *out, const struct state_record *record, const void *object)
{
	(void)fputs(record->kind, out);
	for (size_t i = 0; i < record->count; i++) {
		const struct state_field *field = &record->fields[i];
		const char *at = (const char *)object + field->offset;

		(void)putc_unlocked(' ', out);
		(void)fputs(field->name, out);
		(void)putc_unlocked('=', out);
		if (field->kind == STATE_NUMBER)
			put_number(out, number_read(at, field->size));
		else
			state_put_bytes(out, at, field->size);
	}
	(void)fputc('\n', out);
}

static int
number_parse(const char *word, size_t size, int64_t *ret)
{
	const int64_t most =
	    size >= sizeof(int64_t) ? INT64_MAX : (int64_t)((1ULL << (8 * size - 1)) - 1);
	char *end;
	long long number;

	errno = 0;
	number = strtoll(word, &end, 10);
	if (*word == '\0' || *end != '\0' || errno != 0 || number > most ||
	    number < -most - 1)
		return -EPROTO;
	*ret = number;
	return 0;
}

static int
field_get(const struct state_field *field, const char *value, void *object)
{
	char *at = (char *)object + field->offset;
	size_t length;
	int64_t number;
	int rc;

	if (field->kind == STATE_BYTES) {
		rc = state_get_bytes(value, at, field->size, &length);
		return rc == 0 && length != field->size ? -EPROTO : rc;
	}
	rc = number_parse(value, field->size, &number);
	if (rc == 0)
		number_write(at, field->size, number);
	return rc;
}

int
state_get(char *line, const struct state_record *record, void *object)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct state_field *field = &record->fields[i];
		char *word = strsep(&line, " ");
		size_t length = strlen(field->name);
		int rc;

		if (word == NULL || strncmp(word, field->name, length) != 0 ||
		    word[length] != '=')
			return -EPROTO;
		rc = field_get(field, word + length + 1, object);
		if (rc < 0)
			return rc;
	}
	return line == NULL ? 0 : -EPROTO;
}

int
state_read(int fd, char **ret_text)
{
	cleanup_(free_text) char *text = NULL;
	struct stat st;
	ssize_t n = 1;
	off_t used = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > STATE_MOST)
		return -EPROTO;
	text = malloc((size_t)st.st_size + 1);
	if (text == NULL)
		return -ENOMEM;
	while (used < st.st_size && n > 0) {
		n = pread(fd, text + used, (size_t)(st.st_size - used), used);
		if (n < 0)
			return -errno;
		used += n;
	}
	text[used] = '\0';
	*ret_text = take_text(&text);
	return 0;
}
