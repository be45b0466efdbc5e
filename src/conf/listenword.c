#include "listenword.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>

#include "addr.h"
#include "text.h"

static int
say(char *message, size_t size, const char *word, const char *right)
{
	(void)snprintf(message, size, "'%s' is not an address: %s", word, right);
	return -EINVAL;
}

static int
check_number(const char *word, uint64_t max)
{
	uint64_t number;

	return text_parse_number(word, 0, max, &number);
}

static int
check_port(const char *word, const char *port, char *message, size_t size)
{
	if (check_number(port, UINT16_MAX) == 0)
		return 0;
	return say(message, size, word,
	    "a port is a number from 1 to 65535, or 0 for a free one");
}

static int
check_systemd(const char *word, const char *rest, char *message, size_t size)
{
	if (*rest != '\0')
		return 0;
	return say(message, size, word,
	    "systemd takes all sockets, systemd:NAME those of a name");
}

static int
check_fd(const char *word, const char *rest, char *message, size_t size)
{
	if (check_number(rest, INT_MAX) == 0)
		return 0;
	return say(message, size, word, "fd:N wants the number of an inherited socket");
}

static int
check_unix(const char *word, const char *rest, char *message, size_t size)
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if ((*rest != '/' && *rest != '@') || rest[1] == '\0')
		return say(
		    message, size, word, "unix:/PATH is absolute, unix:@NAME abstract");
	if (strlen(rest) > max)
		return say(
		    message, size, word, "a Unix socket's path has at most 107 bytes");
	return 0;
}

static int
check_vsock(const char *word, const char *rest, char *message, size_t size)
{
	const char *colon = strchr(rest, ':');
	char cid[16];

	if (colon != NULL && colon - rest < (ptrdiff_t)sizeof(cid) &&
	    check_number(colon + 1, UINT32_MAX) == 0) {
		memcpy(cid, rest, (size_t)(colon - rest));
		cid[colon - rest] = '\0';
		if (cid[0] == '\0' || strcmp(cid, "any") == 0 ||
		    check_number(cid, UINT32_MAX) == 0)
			return 0;
	}
	return say(message, size, word, "vsock:CID:PORT wants numbers; CID may be 'any'");
}

static int
check_brackets(const char *word, char *message, size_t size)
{
	const char *end = strchr(word, ']');
	char host[128];
	struct addr addr;

	if (end == NULL || end[1] != ':' || end - word > (ptrdiff_t)sizeof(host))
		return say(
		    message, size, word, "an IPv6 address is written [ADDRESS]:PORT");
	memcpy(host, word + 1, (size_t)(end - word - 1));
	host[end - word - 1] = '\0';
	if (strchr(host, ':') == NULL || addr_parse_ip(host, 0, &addr) < 0)
		return say(message, size, word, "no IPv6 address stands in the brackets");
	return check_port(word, end + 2, message, size);
}

/* "127.0.0.1:9999" or "name:9999" */
static int
check_host(const char *word, char *message, size_t size)
{
	const char *colon = strchr(word, ':');
	char host[256];
	size_t length = (size_t)(colon - word);
	struct addr addr;

	if (strchr(colon + 1, ':') != NULL)
		return say(
		    message, size, word, "an IPv6 address is written [ADDRESS]:PORT");
	if (length >= sizeof(host))
		return say(message, size, word, "the name is too long");
	memcpy(host, word, length);
	host[length] = '\0';
	if (host[strspn(host, "0123456789.")] == '\0' &&
	    addr_parse_ip(host, 0, &addr) < 0)
		return say(message, size, word, "no IPv4 address stands before the port");
	for (const char *c = host; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-._", *c) == NULL)
			return say(message, size, word,
			    "it is HOST:PORT; :PORT alone means every address");
	return check_port(word, colon + 1, message, size);
}

static const struct {
	const char *prefix;
	int (*check)(const char *word, const char *rest, char *message, size_t size);
} schemes[] = {
	{ "systemd:", check_systemd },
	{ "fd:", check_fd },
	{ "unix:", check_unix },
	{ "vsock:", check_vsock },
};

int
listenword_check(const char *word, char *message, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t length = strlen(schemes[i].prefix);

		if (strncmp(word, schemes[i].prefix, length) == 0)
			return schemes[i].check(word, word + length, message, size);
	}
	if (strcmp(word, "systemd") == 0)
		return 0;
	if (word[0] == '[')
		return check_brackets(word, message, size);
	if (word[0] == ':' && strchr(word + 1, ':') == NULL)
		return check_port(word, word + 1, message, size);
	if (strchr(word, ':') != NULL)
		return check_host(word, message, size);
	if (isdigit((unsigned char)word[0]) && strchr(word, '.') != NULL)
		return say(message, size, word, "the port is missing (ADDRESS:PORT)");
	return check_port(word, word, message, size);
}

bool
listenword_is_other(const char *word)
{
	return strcmp(word, "systemd") != 0 && strchr(word, ':') == NULL &&
	       word[0] != '[' && !isdigit((unsigned char)word[0]);
}
