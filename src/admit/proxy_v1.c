/*
 * proxy_v1 -- the form for people: one line
 *
 * Its end is looked for first; until it is there only what no line could contain is
 * refused.  Then each field must be all of what it stands for: inet_pton() takes no
 * octal, short or wrapped numbers, and nothing may be beside the fields.
 */
#include "proxy_versions.h"

#include <string.h>

#define LINE_MOST 107 /* CRLF included */
#define FIELDS 4      /* source, destination, their ports */

/* What may follow PROXY_V1_BEGIN, and the least that a line of it has. */
struct kind {
	const char *name;
	sa_family_t family;
	const char *characters; /* of its fields; NULL: any */
	size_t least;
};

static const struct kind kinds[] = {
	{ "TCP4", AF_INET, " .0123456789", sizeof("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r") },
	{ "TCP6", AF_INET6, " .:0123456789abcdefABCDEF",
	    sizeof("PROXY TCP6 :: :: 0 0\r") },
	{ "UNKNOWN", AF_UNSPEC, NULL, PROXY_V1_LEAST },
};

/* NULL: none has such a name.  While only its begin is there, the one of them with the
 * shortest line. */
static const struct kind *
find_kind(const char *name, size_t count)
{
	const struct kind *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t length = strlen(kinds[i].name);

		if (memcmp(name, kinds[i].name, count < length ? count : length) != 0)
			continue;
		if (found == NULL || kinds[i].least < found->least)
			found = &kinds[i];
	}
	return found;
}

/* Length of the line without its end, if that is there; and what is not allowed in it. */
static enum proxy_result
find_end(const char *bytes, size_t count, size_t *ret_length, const char **ret_why)
{
	size_t length = 0;

	while (length < count && bytes[length] != '\r' && bytes[length] != '\n')
		length++;
	if (length + 2 > LINE_MOST) {
		*ret_why = "its line is too long";
		return PROXY_BAD;
	}
	if (length == count || (length + 1 == count && bytes[length] == '\r'))
		return PROXY_MORE;
	if (bytes[length] != '\r' || bytes[length + 1] != '\n') {
		*ret_why = "its line does not end with CR and LF";
		return PROXY_BAD;
	}
	*ret_length = length;
	return PROXY_DONE;
}

/* The next field and the space that ends it, into `place`. */
static bool
take_field(const char **at, char *place, size_t size)
{
	size_t length = strcspn(*at, " ");

	if (length == 0 || length >= size)
		return false;
	memcpy(place, *at, length);
	place[length] = '\0';
	*at += length;
	if (**at == ' ')
		(*at)++;
	return true;
}

/* Exactly four fields, one space between each.  Which text of them is wrong is not told
 * apart: it is the sender that is broken, or not the one that was meant. */
static const char *
parse_fields(const struct kind *kind, const char *fields, struct proxy_header *header)
{
	char words[FIELDS][INET6_ADDRSTRLEN];
	struct addr *const sides[] = { &header->from, &header->to };

	for (size_t i = 0; i < FIELDS; i++)
		if (!take_field(&fields, words[i], sizeof(words[i])))
			return "its line has not four fields";
	if (*fields != '\0' || fields[-1] == ' ')
		return "its line has more than four fields";
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		uint64_t port;

		if (text_parse_number(words[2 + i], 0, UINT16_MAX, &port) < 0)
			return "a port in it is none";
		if (addr_parse_ip(words[i], (uint16_t)port, sides[i]) < 0 ||
		    sides[i]->sa.sa_family != kind->family)
			return "an address in it is none";
	}
	return NULL;
}

/* A line whose kind is known, as far as it is there. */
struct line {
	const struct kind *kind;
	const char *bytes;
	size_t count;
	size_t begin; /* of its fields */
};

/* Characters that no field has are refused before the line is complete; among them are
 * NUL and '%'. */
static bool
has_only_its_characters(const struct line *line)
{
	const char *allowed = line->kind->characters;

	for (size_t i = line->begin; allowed != NULL && i < line->count; i++) {
		char c = line->bytes[i];

		if (c == '\r' || c == '\n')
			return true;
		if (c == '\0' || strchr(allowed, c) == NULL)
			return false;
	}
	return true;
}

static enum proxy_result
parse_rest(const struct line *line, struct proxy_header *header, const char **ret_why)
{
	char copy[LINE_MOST + 1];
	size_t length;
	enum proxy_result result = find_end(line->bytes, line->count, &length, ret_why);

	if (result != PROXY_BAD && !has_only_its_characters(line)) {
		*ret_why = "its line has characters that no address has";
		return PROXY_BAD;
	}
	if (result != PROXY_DONE)
		return result;
	header->length = length + 2;
	if (line->kind->family == AF_UNSPEC) {
		header->is_local = true;
		return PROXY_DONE;
	}
	memcpy(copy, line->bytes, length);
	copy[length] = '\0';
	*ret_why = parse_fields(line->kind, copy + line->begin, header);
	return *ret_why == NULL ? PROXY_DONE : PROXY_BAD;
}

/* The kind, and a space behind it; UNKNOWN may be all there is. */
static enum proxy_result
parse_line(struct line *line, struct proxy_header *header, const char **ret_why)
{
	size_t before = sizeof(PROXY_V1_BEGIN) - 1;

	line->kind = find_kind(
	    line->bytes + before, line->count > before ? line->count - before : 0);
	*ret_why = "its protocol is not TCP4, TCP6 or UNKNOWN";
	if (line->kind == NULL)
		return PROXY_BAD;
	line->begin = before + strlen(line->kind->name);
	if (line->count <= line->begin)
		return PROXY_MORE;
	if (line->bytes[line->begin] == ' ')
		line->begin++;
	else if (line->kind->family != AF_UNSPEC || line->bytes[line->begin] != '\r')
		return PROXY_BAD;
	return parse_rest(line, header, ret_why);
}

enum proxy_result
proxy_v1_parse(const char *bytes, size_t count, struct proxy_header *header,
    size_t *ret_wanted, const char **ret_why)
{
	struct line line = { .bytes = bytes, .count = count };
	enum proxy_result result = parse_line(&line, header, ret_why);

	if (result == PROXY_MORE) {
		size_t least = count + (bytes[count - 1] == '\r' ? 1 : 2);

		*ret_wanted =
		    (least > line.kind->least ? least : line.kind->least) - count;
	}
	return result;
}
