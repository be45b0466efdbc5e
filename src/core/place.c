#include "place.h"

#include <limits.h>
#include <string.h>

static int
place_fail(struct text *message, const char *word, const char *what)
{
	text_put(message, "listen: '");
	text_put_quoted(message, word, strlen(word));
	text_put(message, "' ");
	text_put(message, what);
	return -EINVAL;
}

static bool
port_parse(const char *word, uint16_t *ret_port)
{
	uint64_t port;

	if (text_parse_number(word, 0, 65535, &port) < 0)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static int
unix_parse(const char *word, const char *path, struct place *place, struct text *message)
{
	struct sockaddr_un *un = &place->addr.un;
	size_t length = strlen(path);
	bool is_abstract = path[0] == '@';

	if (!is_abstract && path[0] != '/')
		return place_fail(message, word,
		    "needs an absolute path or @name after 'unix:', as in unix:/run/echo.sock");
	if (length < 2 || length >= sizeof(un->sun_path))
		return place_fail(message, word, "needs a path of 2 to 107 characters");
	place->kind = PLACE_ADDRESS;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, length + 1);
	place->addr.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
				      (is_abstract ? 0 : 1));
	if (is_abstract)
		un->sun_path[0] = '\0';
	return 0;
}

static int
vsock_parse(const char *word, const char *rest, struct place *place, struct text *message)
{
	const char *colon = strrchr(rest, ':');
	const char *port = colon == NULL ? rest : colon + 1;
	size_t length = colon == NULL ? 0 : (size_t)(colon - rest);
	char cid[16];
	uint64_t number = (uint32_t)VMADDR_CID_ANY, port_number;

	if (colon == NULL)
		return place_fail(
		    message, word, "needs a CID and a port, as in vsock:any:1024");
	if (length >= sizeof(cid))
		return place_fail(message, word, "needs a CID from 0 to 4294967295");
	memcpy(cid, rest, length);
	cid[length] = '\0';
	if (length > 0 && strcmp(cid, "any") != 0 &&
	    text_parse_number(cid, 0, UINT32_MAX, &number) < 0)
		return place_fail(
		    message, word, "needs a CID from 0 to 4294967295, or 'any'");
	if (text_parse_number(port, 0, UINT32_MAX, &port_number) < 0)
		return place_fail(message, word,
		    "needs a port from 0 to 4294967295, as in vsock:any:1024");
	place->kind = PLACE_ADDRESS;
	place->addr.vm = (struct sockaddr_vm){
		.svm_family = AF_VSOCK,
		.svm_cid = (unsigned)number,
		.svm_port = port_number == 0 ? VMADDR_PORT_ANY : (unsigned)port_number,
	};
	place->addr.len = sizeof(place->addr.vm);
	return 0;
}

static int
fd_parse(const char *word, const char *number, struct place *place, struct text *message)
{
	uint64_t fd;

	if (text_parse_number(number, 0, INT_MAX, &fd) < 0)
		return place_fail(message, word, "needs a descriptor number, as in fd:3");
	place->kind = PLACE_FD;
	place->fd = (int)fd;
	return 0;
}

static bool
is_host_name(const char *name)
{
	if (name[0] == '\0' || name[0] == '-' || strlen(name) > 253)
		return false;
	for (; *name != '\0'; name++)
		if (!strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			*name))
			return false;
	return true;
}

/* An all-digits-and-dots word that is no address is a mistake, not a name: 127.1 must
 * not be asked of a name server. */
static bool
looks_like_ipv4(const char *host)
{
	return strspn(host, "0123456789.") == strlen(host);
}

static int
host_parse(const char *word, char *host, uint16_t port, struct place *place,
    struct text *message)
{
	size_t length = strlen(host);
	bool is_bracketed = length >= 2 && host[0] == '[' && host[length - 1] == ']';

	place->port = port;
	if (length == 0 || strcmp(host, "*") == 0) {
		place->kind = PLACE_ANY;
		return 0;
	}
	if (is_bracketed) {
		host[length - 1] = '\0';
		host++;
	}
	if (addr_parse_ip(host, port, &place->addr) == 0 &&
	    (place->addr.sa.sa_family == AF_INET6) == is_bracketed) {
		place->kind = PLACE_ADDRESS;
		return 0;
	}
	if (strchr(host, ':') != NULL)
		return place_fail(message, word,
		    "is not an address; IPv6 needs brackets, as in [::1]:9999");
	if (is_bracketed || looks_like_ipv4(host) || !is_host_name(host))
		return place_fail(message, word,
		    "is not an address; known are 9999, 127.0.0.1:9999, [::1]:9999, "
		    "name:9999, unix:/path, unix:@name, vsock:CID:PORT, fd:N and systemd");
	place->kind = PLACE_NAME;
	memcpy(place->name, host, strlen(host) + 1);
	return 0;
}

int
place_parse(const char *word, struct place *place, struct text *message)
{
	const char *colon = strrchr(word, ':');
	const char *digits = colon == NULL ? word : colon + 1;
	char host[300] = "";
	uint16_t port;

	*place = (struct place){ .fd = -1 };
	if (strncmp(word, "unix:", 5) == 0)
		return unix_parse(word, word + 5, place, message);
	if (strncmp(word, "vsock:", 6) == 0)
		return vsock_parse(word, word + 6, place, message);
	if (strncmp(word, "fd:", 3) == 0)
		return fd_parse(word, word + 3, place, message);
	if (colon != NULL && (size_t)(colon - word) >= sizeof(host))
		return place_fail(message, word, "is too long for an address");
	if (colon != NULL)
		memcpy(host, word, (size_t)(colon - word));
	if (!port_parse(digits, &port)) {
		if (colon != NULL || strspn(word, "0123456789+-") == strlen(word))
			return place_fail(message, word, "needs a port from 0 to 65535");
		return place_fail(message, word,
		    "is not an address; an address is like 9999, 127.0.0.1:9999, "
		    "name:9999 or unix:/path");
	}
	return host_parse(word, host, port, place, message);
}
