#include "systemd_parts.h"

#include <string.h>

#include "listen.h"
#include "systemd_rules.h"

static const char *
value_of(const struct systemd_parts *parts, const char *key)
{
	return unit_file_value(parts->socket_unit, "Socket", key);
}

/* ---- ListenStream ----------------------------------------------------------------- */

/* "[fe80::1]:80%eth0": the scope belongs behind the address. */
static const char *
host_with_scope(struct systemd_parts *parts, const char *host, const char *scope)
{
	size_t length = strlen(host);

	if (scope == NULL || length < 2)
		return host;
	return store_printf(
	    parts->store, "%.*s%%%s]", (int)(length - 1), host, scope + 1);
}

/* An IPv6 socket of systemd's takes IPv4 too, unless told otherwise. */
static void
listen_ip(struct systemd_parts *parts, const char *word, const char *theirs)
{
	bool is_v6 = strcmp(value_of(parts, "BindIPv6Only"), "ipv6-only") == 0;
	const char *colon = strrchr(word, ':'), *host = "";
	const char *scope = colon == NULL ? NULL : strchr(colon, '%');
	const char *digits = colon == NULL ? word : colon + 1;
	unsigned port;

	if (colon != NULL)
		host = store_copy(parts->store, word, (size_t)(colon - word));
	if (scope != NULL)
		digits = store_copy(parts->store, digits, (size_t)(scope - digits));
	port = strspn(digits, "0123456789") == strlen(digits)
		   ? listen_port(parts->service->draft, digits)
		   : 0;
	if (port == 0) {
		draft_lose(parts->service, theirs, "not an address");
		return;
	}
	if (strcmp(host, "[::]") == 0 && scope == NULL)
		host = "";
	else
		host = host_with_scope(parts, host, scope);
	listen_add(parts->service, host, is_v6 ? LISTEN_IPV6 : LISTEN_BOTH, port, theirs);
}

static void
listen_vsock(struct systemd_parts *parts, const char *word, const char *theirs)
{
	const char *rest = strchr(word, ':') + 1, *colon = strchr(rest, ':');

	if (colon == NULL || colon[1] == '\0' ||
	    rest[strspn(rest, "0123456789")] != ':' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0') {
		draft_lose(parts->service, theirs, "not an address");
		return;
	}
	words_add(&parts->service->listen, parts->store,
	    store_printf(parts->store, "vsock:%s",
		colon == rest ? store_printf(parts->store, "any%s", colon) : rest));
}

static void
listen_word(struct systemd_parts *parts, const char *value)
{
	const char *theirs = store_printf(parts->store, "ListenStream %s", value);
	const char *word = value;

	if (value[0] != '[' && strrchr(value, '%') != NULL)
		word = systemd_value_expand(parts->store, value, parts->name);
	if (word == NULL)
		draft_lose(parts->service, theirs, "a specifier that is not known here");
	else if (word[0] == '/' || word[0] == '@')
		listen_add_unix(parts->service, word, theirs);
	else if (strncmp(word, "vsock:", 6) == 0 ||
		 strncmp(word, "vsock-stream:", 13) == 0)
		listen_vsock(parts, word, theirs);
	else
		listen_ip(parts, word, theirs);
}

/* ---- the others ------------------------------------------------------------------- */

static void
read_max(struct systemd_parts *parts)
{
	const char *value = value_of(parts, "MaxConnections");

	if (*value == '\0') {
		value = "64";
		draft_tell(
		    parts->service, "max: 64 is what MaxConnections is unless set");
	}
	if (draft_set(parts->service, "max", value,
		store_printf(parts->store, "MaxConnections %s", value)))
		(void)draft_set(parts->service, "when-full", "refuse", "MaxConnections");
}

static void
read_keepalive(struct systemd_parts *parts)
{
	const char *is_on = value_of(parts, "KeepAlive");
	const char *value = value_of(parts, "KeepAliveTimeSec"), *time;

	if (systemd_value_bool(is_on) == 0 && *is_on != '\0')
		(void)draft_set(parts->service, "keepalive", "off", "KeepAlive no");
	if (systemd_value_bool(is_on) != 1)
		return;
	time = systemd_value_time(parts->store, *value == '\0' ? "2h" : value);
	(void)draft_set(parts->service, "keepalive", time == NULL ? value : time,
	    store_printf(parts->store, "KeepAliveTimeSec %s", value));
}

static void
read_backlog(struct systemd_parts *parts)
{
	const char *value = value_of(parts, "Backlog");

	if (*value != '\0' && strcmp(value, "4294967295") != 0)
		(void)draft_set(parts->service, "backlog", value,
		    store_printf(parts->store, "Backlog %s", value));
}

static void
read_owner(struct systemd_parts *parts)
{
	const char *user = value_of(parts, "SocketUser");
	const char *group = value_of(parts, "SocketGroup");
	const char *owner = *user == '\0' ? "root" : user;

	if (*user == '\0' && *group == '\0')
		return;
	if (*group != '\0')
		owner = store_printf(parts->store, "%s:%s", owner, group);

	const char *known = systemd_value_expand(parts->store, owner, parts->name);
	const char *theirs = store_printf(parts->store, "SocketUser %s", owner);

	if (known == NULL)
		draft_lose(parts->service, theirs, "a specifier that is not known here");
	else
		(void)draft_set(parts->service, "unix-owner", known, theirs);
}

void
systemd_socket_read(struct systemd_parts *parts)
{
	struct words values;

	(void)unit_file_values(
	    parts->socket_unit, parts->store, "Socket", "ListenStream", &values);
	for (size_t i = 0; i < values.count; i++)
		listen_word(parts, values.at[i]);
	read_max(parts);
	read_keepalive(parts);
	read_backlog(parts);
	read_owner(parts);
	systemd_rules_read(parts);
}
