#include "listen.h"

#include <string.h>
#include <sys/un.h>

#include "text.h"

#define HOST_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

static void
add_word(struct draft_service *service, const char *word)
{
	if (!words_have(&service->listen, word))
		words_add(&service->listen, &service->draft->store, word);
}

/* Without its brackets, with no more than an IPv6 address and its scope in it. */
static const char *
bare_ipv6(struct store *store, const char *host)
{
	size_t length = strlen(host);
	const char *scope;

	if (host[0] == '[' && host[length - 1] == ']')
		host = store_copy(store, host + 1, length - 2);
	scope = strchr(host, '%');
	length = scope == NULL ? strlen(host) : (size_t)(scope - host);
	if (memchr(host, ':', length) == NULL ||
	    strspn(host, "0123456789abcdefABCDEF:.") < length)
		return NULL;
	if (scope != NULL &&
	    (scope[1] == '\0' || scope[1 + strspn(scope + 1, HOST_BYTES)]))
		return NULL;
	return host;
}

void
listen_add(struct draft_service *service, const char *host, enum listen_family family,
    unsigned port, const char *theirs)
{
	static const char *const every[] = {
		[LISTEN_BOTH] = "",
		[LISTEN_IPV4] = "0.0.0.0:",
		[LISTEN_IPV6] = "[::]:",
	};
	struct store *store = &service->draft->store;
	const char *ipv6;

	if (host == NULL || *host == '\0' || strcmp(host, "*") == 0) {
		add_word(service, store_printf(store, "%s%u", every[family], port));
		return;
	}
	ipv6 = bare_ipv6(store, host);
	if (ipv6 != NULL)
		add_word(service, store_printf(store, "[%s]:%u", ipv6, port));
	else if (host[strspn(host, HOST_BYTES)] == '\0' && host[0] != '-' &&
		 strlen(host) <= 253)
		add_word(service, store_printf(store, "%s:%u", host, port));
	else
		draft_lose(service, theirs, "not an address");
}

void
listen_add_unix(struct draft_service *service, const char *path, const char *theirs)
{
	size_t length = strlen(path);

	if (length < 2 || length >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		draft_lose(service, theirs, "not a path of 2 to 107 bytes");
	else
		add_word(service, store_printf(&service->draft->store, "unix:%s", path));
}

unsigned
listen_port(const struct draft *draft, const char *word)
{
	uint64_t port;

	if (word[0] != '\0' && word[strspn(word, "0123456789")] == '\0')
		return text_parse_number(word, 1, 65535, &port) < 0 ? 0 : (unsigned)port;
	return draft->port(word);
}
