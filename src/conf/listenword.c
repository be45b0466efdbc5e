#include "listenword.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>

#include "addr.h"
#include "text.h"
#include "tongue.h"

static int
check_number(const char *word, uint64_t max)
{
	uint64_t number;

	return text_parse_number(word, 0, max, &number);
}

static const char *
check_port(const char *port)
{
	if (check_number(port, UINT16_MAX) == 0)
		return NULL;
	return TONGUE("a port is a number from 1 to 65535, or 0 for a free one");
}

static const char *
check_systemd(const char *rest)
{
	if (*rest != '\0')
		return NULL;
	return TONGUE("systemd takes all sockets, systemd:NAME those of a name");
}

static const char *
check_fd(const char *rest)
{
	if (check_number(rest, INT_MAX) == 0)
		return NULL;
	return TONGUE("fd:N wants the number of an inherited socket");
}

static const char *
check_unix(const char *rest)
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if ((*rest != '/' && *rest != '@') || rest[1] == '\0')
		return TONGUE("unix:/PATH is absolute, unix:@NAME abstract");
	if (strlen(rest) > max)
		return TONGUE("a Unix socket's path has at most 107 bytes");
	return NULL;
}

static const char *
check_vsock(const char *rest)
{
	const char *colon = strchr(rest, ':');
	char cid[16];

	if (colon != NULL && colon - rest < (ptrdiff_t)sizeof(cid) &&
	    check_number(colon + 1, UINT32_MAX) == 0) {
		memcpy(cid, rest, (size_t)(colon - rest));
		cid[colon - rest] = '\0';
		if (cid[0] == '\0' || strcmp(cid, "any") == 0 ||
		    check_number(cid, UINT32_MAX) == 0)
			return NULL;
	}
	return TONGUE("vsock:CID:PORT wants numbers; CID may be 'any'");
}

static const char *
check_brackets(const char *word)
{
	const char *end = strchr(word, ']');
	char host[128];
	struct addr addr;

	if (end == NULL || end[1] != ':' || end - word > (ptrdiff_t)sizeof(host))
		return TONGUE("an IPv6 address is written [ADDRESS]:PORT");
	memcpy(host, word + 1, (size_t)(end - word - 1));
	host[end - word - 1] = '\0';
	if (strchr(host, ':') == NULL || addr_parse_ip(host, 0, &addr) < 0)
		return TONGUE("no IPv6 address stands in the brackets");
	return check_port(end + 2);
}

/* "127.0.0.1:9999" or "name:9999" */
static const char *
check_host(const char *word)
{
	const char *colon = strchr(word, ':');
	char host[256];
	size_t length = (size_t)(colon - word);
	struct addr addr;

	if (strchr(colon + 1, ':') != NULL)
		return TONGUE("an IPv6 address is written [ADDRESS]:PORT");
	if (length >= sizeof(host))
		return TONGUE("the name is too long");
	memcpy(host, word, length);
	host[length] = '\0';
	if (host[strspn(host, "0123456789.")] == '\0' &&
	    addr_parse_ip(host, 0, &addr) < 0)
		return TONGUE("no IPv4 address stands before the port");
	for (const char *c = host; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-._", *c) == NULL)
			return TONGUE("it is HOST:PORT; :PORT alone means every address");
	return check_port(colon + 1);
}

static const struct {
	const char *prefix;
	const char *(*check)(const char *rest);
} schemes[] = {
	{ "systemd:", check_systemd },
	{ "fd:", check_fd },
	{ "unix:", check_unix },
	{ "vsock:", check_vsock },
};

const char *
listenword_mistake(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t length = strlen(schemes[i].prefix);

		if (strncmp(word, schemes[i].prefix, length) == 0)
			return schemes[i].check(word + length);
	}
	if (strcmp(word, "systemd") == 0)
		return NULL;
	if (word[0] == '[')
		return check_brackets(word);
	if (word[0] == ':' && strchr(word + 1, ':') == NULL)
		return check_port(word + 1);
	if (strchr(word, ':') != NULL)
		return check_host(word);
	if (isalpha((unsigned char)word[0]) ||
	    (isdigit((unsigned char)word[0]) && strchr(word, '.') != NULL))
		return TONGUE("the port is missing (ADDRESS:PORT)");
	return check_port(word);
}

bool
listenword_is_other(const char *word)
{
	return strcmp(word, "systemd") != 0 && strchr(word, ':') == NULL &&
	       word[0] != '[' && !isdigit((unsigned char)word[0]);
}
