#include "protocol.h"

#include <string.h>

/* How many words follow the verb, and whether the last one may be missing. */
static const struct verb {
	const char *name;
	enum protocol_verb verb;
	int words;
	bool is_optional;
} verbs[] = {
	{ "AUTH", PROTOCOL_AUTH, 2, false },
	{ "GET", PROTOCOL_GET, 1, false },
	{ "SET", PROTOCOL_SET, 2, false },
	{ "DEL", PROTOCOL_DEL, 1, false },
	{ "KEYS", PROTOCOL_KEYS, 1, true },
	{ "QUIT", PROTOCOL_QUIT, 0, false },
};

bool
protocol_line(const char *read, size_t length, size_t *ret_length, size_t *ret_next)
{
	const char *end = memchr(read, '\n', length);

	if (end == NULL)
		return false;
	*ret_next = (size_t)(end - read) + 1;
	*ret_length = (size_t)(end - read);
	if (*ret_length > 0 && end[-1] == '\r')
		--*ret_length;
	return true;
}

static bool
has_control(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return true;
	return false;
}

static struct protocol_request
bad(const char *wrong)
{
	return (struct protocol_request){ PROTOCOL_BAD, "", "", wrong };
}

/* Ends the word at the next blank; what comes behind, or NULL. */
static char *
cut(char *word)
{
	char *blank = strchr(word, ' ');

	if (blank == NULL)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

static const struct verb *
find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

struct protocol_request
protocol_parse(char *line, size_t length)
{
	struct protocol_request request = { .key = "", .value = "", .wrong = "" };
	const struct verb *verb;
	char *key, *value = NULL;

	if (has_control(line, length))
		return bad("control characters");
	line[length] = '\0';
	key = cut(line);
	verb = find(line);
	if (verb == NULL)
		return bad("unknown command");

	if (key != NULL && verb->words == 2)
		value = cut(key);
	if ((key == NULL || key[0] == '\0') && verb->words > 0 && !verb->is_optional)
		return bad("a word is missing");
	if (value == NULL && verb->words == 2)
		return bad("a word is missing");
	if (key != NULL && (verb->words == 0 || strchr(key, ' ') != NULL))
		return bad("a word too many");
	if (key != NULL && strlen(key) > PROTOCOL_KEY_MAX)
		return bad("the key is too long");

	request.verb = verb->verb;
	request.key = key != NULL ? key : "";
	request.value = value != NULL ? value : "";
	return request;
}
