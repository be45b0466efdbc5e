#include "inetd_line.h"

#include <string.h>

#include "listen.h"
#include "argv.h"
#include "words.h"

enum field { SERVICE, TYPE, PROTOCOL, WAIT, USER, PROGRAM, ARGV0 };

static const char *const types[] = { "stream", "dgram", "raw", "rdm", "seqpacket" };

/* "tcp" and what can stand behind it. */
struct protocol {
	const char *name;
	enum listen_family family;
	const char *remark;
};

static const struct protocol protocols[] = {
	{ "tcp", LISTEN_BOTH,
	    N_("tcp was taken for IPv4 and IPv6, as openbsd-inetd has it; to GNU, FreeBSD and "
	       "NetBSD it is IPv4 alone: listen: 0.0.0.0:PORT") },
	{ "tcp4", LISTEN_IPV4, NULL },
	{ "tcp6", LISTEN_IPV6,
	    N_("tcp6 was taken for IPv6 alone; to GNU inetd it is IPv4 too: listen: PORT") },
	{ "tcp6only", LISTEN_IPV6, NULL },
	{ "tcp46", LISTEN_BOTH, NULL },
};

/* ---- what we serve at all -------------------------------------------------------- */

static bool
is_type(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i], word) == 0)
			return true;
	return false;
}

/* Why there can be no such service, or NULL. */
static const char *
why_not(const struct inetd_line *line)
{
	const char *type = line->words.at[TYPE], *protocol = line->words.at[PROTOCOL];
	const char *wait = line->words.at[WAIT];

	if (strncmp(protocol, "rpc/", 4) == 0)
		return N_("RPC needs a portmapper");
	if (strcmp(type, "dgram") == 0)
		return N_("datagrams (UDP) are no connections");
	if (strcmp(type, "stream") != 0)
		return N_("not a stream of bytes");
	if (strncmp(line->words.at[SERVICE], "tcpmux/", 7) == 0)
		return N_("TCPMUX is not spoken");
	if (strncmp(wait, "wait", 4) == 0)
		return N_(
		    "wait: one process for all clients; here each client has its own");
	if (strncmp(wait, "nowait", 6) != 0)
		return N_("neither wait nor nowait");
	return NULL;
}

/* ---- the fields ------------------------------------------------------------------ */

static void
read_number(struct draft_service *service, const char *setting, const char *number,
    const char *theirs)
{
	if (*number != '\0' && strcmp(number, "0") != 0)
		(void)draft_set(service, setting, number, theirs);
}

/* FreeBSD: nowait/max-child[/connections-per-ip-per-minute[/max-child-per-ip]]. */
static void
read_counts(struct draft_service *service, const char *wait, const char *counts)
{
	struct store *store = &service->draft->store;
	const char *parts[3] = { "", "", "" };

	for (size_t i = 0; i < ARRAY_SIZE(parts) && *counts == '/'; i++) {
		size_t length = strcspn(counts + 1, "/");

		parts[i] = store_copy(store, counts + 1, length);
		counts += 1 + length;
	}
	draft_tell(service,
	    store_printf(store, _("%s: taken for FreeBSD's counts of processes"), wait));
	read_number(service, "max", parts[0], wait);
	if (*parts[1] != '\0' && strcmp(parts[1], "0") != 0)
		(void)draft_set(service, "rate-per-source",
		    store_printf(store, "%s/m", parts[1]), wait);
	read_number(service, "max-per-source", parts[2], wait);
	if (*counts != '\0')
		draft_lose(service, wait, "more than three counts");
}

/* All others: so many starts a minute. */
static void
read_rate(struct draft_service *service, const char *wait, const char *number)
{
	struct store *store = &service->draft->store;

	if (strcmp(number, "0") == 0)
		return;
	if (draft_set(service, "rate", store_printf(store, "%s/m", number), wait))
		draft_tell(service,
		    store_printf(store,
			_("%s: so many starts a minute; inetd switches the service off then, "
			  "here clients wait for their turn, or are refused after rate-wait"),
			wait));
}

static void
read_wait(struct draft_service *service, const char *wait)
{
	const char *rest = wait + strlen("nowait");

	if (*rest == '/')
		read_counts(service, wait, rest);
	else if (*rest == '.' || *rest == ':')
		read_rate(service, wait, rest + 1);
	else if (*rest != '\0')
		draft_lose(service, wait, "not known behind nowait");
}

/* "user", "user.group", "user:group", "user/class", "user:group/class". */
static void
read_user(struct draft_service *service, const char *word)
{
	struct store *store = &service->draft->store;
	size_t length = strcspn(word, "/");
	const char *user = store_copy(store, word, length), *mark = strchr(user, ':');

	if (word[length] == '/')
		draft_lose(service, word, "login classes are FreeBSD's");
	if (mark == NULL)
		mark = strchr(user, '.');
	if (mark == NULL) {
		draft_set_rights(service, "user", user, word);
		return;
	}
	draft_set_rights(
	    service, "user", store_copy(store, user, (size_t)(mark - user)), word);
	draft_set_rights(service, "group", mark + 1, word);
}

/* "tcp,sndbuf=16k": the name, and a loss for each option. */
static const struct protocol *
read_protocol(struct draft_service *service, const char *word)
{
	struct store *store = &service->draft->store;
	size_t length = strcspn(word, ",");

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strlen(protocols[i].name) != length ||
		    memcmp(protocols[i].name, word, length) != 0)
			continue;
		if (protocols[i].remark != NULL && !service->is_off)
			draft_remark(service->draft, protocols[i].remark, false);
		if (strcmp(protocols[i].name, "tcp46") == 0)
			draft_lose(service, word,
			    "IPv4 clients come on a socket of their own, not as "
			    "mapped addresses");
		for (const char *at = word + length; *at == ',';) {
			size_t size = strcspn(at + 1, ",");

			draft_lose(service, store_copy(store, at + 1, size),
			    "the kernel sizes a connection's buffers");
			at += 1 + size;
		}
		return &protocols[i];
	}
	return NULL;
}

/* The name of the service, and before it the hosts; a host may be in brackets. */
static void
read_places(struct draft_service *service, const struct inetd_line *line)
{
	const char *word = line->words.at[SERVICE], *colon = strrchr(word, ':');
	const struct protocol *protocol =
	    read_protocol(service, line->words.at[PROTOCOL]);
	struct store *store = &service->draft->store;
	const char *hosts = line->default_host;
	unsigned port;

	if (protocol == NULL) {
		draft_leave_out(
		    service, store_printf(store, _("the protocol %s is not served"),
				 line->words.at[PROTOCOL]));
		return;
	}
	if (colon != NULL)
		hosts = store_copy(store, word, (size_t)(colon - word));
	if (hosts == NULL)
		hosts = "*";
	service->name = colon == NULL ? word : colon + 1;
	port = listen_port(service->draft, service->name);
	if (port == 0)
		draft_leave_out(service,
		    store_printf(store, _("%s is no TCP service in /etc/services"),
			service->name));
	for (bool is_more = true; is_more && port != 0; hosts++) {
		size_t length = strcspn(hosts, ",");

		listen_add(service, store_copy(store, hosts, length), protocol->family,
		    port, word);
		hosts += length;
		is_more = *hosts == ',';
	}
}

static void
read_place(struct draft_service *service, const struct inetd_line *line)
{
	const char *word = line->words.at[SERVICE];

	if (strcmp(line->words.at[PROTOCOL], "unix") != 0) {
		read_places(service, line);
		return;
	}
	if (word[0] != '/' && strchr(word, '/') != NULL)
		word = strchr(word, '/');
	listen_add_unix(service, word, line->words.at[SERVICE]);
	if (strrchr(word, '/') != NULL)
		service->name = strrchr(word, '/') + 1;
}

static void
read_internal(struct draft_service *service, const char *user)
{
	struct store *store = &service->draft->store;
	const char *builtin = argv_builtin(service->name);

	if (builtin == NULL) {
		draft_leave_out(
		    service, store_printf(store, _("%s is not built in"), service->name));
		return;
	}
	words_add(&service->program, store, builtin);
	(void)draft_set(service, "user", "nobody", user);
	if (strcmp(user, "nobody") != 0)
		draft_tell(
		    service, store_printf(store,
				 _("%s internal: the built-in needs no rights"), user));
}

static void
read_program(struct draft_service *service, const struct inetd_line *line)
{
	const char *path = line->words.at[PROGRAM];

	if (strcmp(path, "internal") == 0) {
		read_internal(service, line->words.at[USER]);
		return;
	}
	argv_set(service, path, &line->words, ARGV0);
	read_user(service, line->words.at[USER]);
	if (service->name[strspn(service->name, "0123456789")] == '\0' &&
	    service->program.count > 0) {
		const char *slash = strrchr(service->program.at[0], '/');

		service->name = slash == NULL ? service->program.at[0] : slash + 1;
	}
}

void
inetd_line_read(struct draft *draft, const struct inetd_line *line)
{
	struct draft_service *service;
	const char *reason;

	if (line->words.count < PROGRAM + 1 || !is_type(line->words.at[TYPE])) {
		if (!line->is_off)
			draft_complain(draft, line->path, line->number,
			    "not a service: SERVICE TYPE PROTOCOL WAIT USER PROGRAM ...");
		return;
	}
	service = draft_add(draft, line->words.at[SERVICE], line->path, line->number);
	if (line->is_off)
		draft_disable(service, "by update-inetd");
	reason = why_not(line);
	if (reason != NULL) {
		draft_leave_out(service, reason);
		return;
	}
	read_place(service, line);
	read_wait(service, line->words.at[WAIT]);
	read_program(service, line);
}
