#include "xinetd_entry.h"

#include <string.h>

#include "listen.h"
#include "argv.h"
#include "xinetd_attributes.h"
#include "xinetd_rules.h"
#include "words.h"

/* One service on its way. */
struct entry {
	struct xinetd *xinetd;
	const struct xinetd_entry *entry;
	struct draft_service *service;
	struct store *store;
};

/* ---- values in force -------------------------------------------------------------- */

/* What can be added to is a set, but for env, of which the last counts. */
static void
assign(struct words *words, struct store *store, const struct xinetd_assignment *one,
    bool is_modifiable)
{
	bool is_set = is_modifiable && strcmp(one->name, "env") != 0;
	struct words kept = { .count = 0 };

	if (one->operator== XINETD_REMOVE) {
		for (size_t i = 0; i < words->count; i++)
			if (!words_have(&one->values, words->at[i]))
				words_add(&kept, store, words->at[i]);
		*words = kept;
		return;
	}
	for (size_t i = 0; i < one->values.count; i++)
		if (!is_set || !words_have(words, one->values.at[i]))
			words_add(words, store, one->values.at[i]);
}

/* All that an entry says about `name`; in defaults '=' adds to what can be added to. */
static bool
gather(const struct entry *one, const struct xinetd_entry *entry, const char *name,
    struct words *words)
{
	const struct xinetd_attribute *attribute = xinetd_attributes_find(name);
	bool is_defaults = entry == &one->xinetd->defaults, is_set = false;
	bool is_modifiable = attribute != NULL && attribute->is_modifiable;

	for (const struct xinetd_assignment *at = entry->first; at; at = at->next) {
		if (strcmp(at->name, name) != 0)
			continue;
		if (!is_modifiable && is_set)
			continue; /* the first counts */
		if (at->operator== XINETD_SET && !(is_defaults && is_modifiable))
			words->count = 0;
		assign(words, one->store, at, is_modifiable);
		is_set = true;
	}
	return is_set;
}

/* False: neither the service nor defaults say anything. */
static bool
value_of(const struct entry *one, const char *name, struct words *ret_words)
{
	const struct xinetd_attribute *attribute = xinetd_attributes_find(name);
	struct words words = { .count = 0 };
	bool is_set = false;

	if (attribute != NULL && attribute->is_default)
		is_set = gather(one, &one->xinetd->defaults, name, &words);
	is_set |= gather(one, one->entry, name, &words);
	*ret_words = words;
	return is_set;
}

/* Its first word, "" if there is none. */
static const char *
word_of(const struct entry *one, const char *name)
{
	struct words words;

	(void)value_of(one, name, &words);
	return words.count == 0 ? "" : words.at[0];
}

static bool
is_word(const struct entry *one, const char *name, const char *word)
{
	struct words words;

	return value_of(one, name, &words) && words_have(&words, word);
}

/* ---- whether it is one of ours ---------------------------------------------------- */

/* Why there can be no such service, or NULL. */
static const char *
why_not(const struct entry *one)
{
	const char *type = word_of(one, "socket_type");
	const char *protocol = word_of(one, "protocol");
	struct words redirect;

	if (is_word(one, "type", "RPC"))
		return N_("RPC needs a portmapper");
	if (is_word(one, "type", "TCPMUX") || is_word(one, "type", "TCPMUXPLUS"))
		return N_("TCPMUX is not spoken");
	if (strcmp(type, "dgram") == 0 || strcmp(protocol, "udp") == 0)
		return N_("datagrams (UDP) are no connections");
	if (*type != '\0' && strcmp(type, "stream") != 0)
		return N_("not a stream of bytes");
	if (*protocol != '\0' && strcmp(protocol, "tcp") != 0)
		return N_("a protocol that is not served");
	if (is_word(one, "flags", "SENSOR"))
		return N_("a sensor: it has no program, it locks out who connects");
	if (value_of(one, "redirect", &redirect))
		return store_printf(one->store,
		    _("redirect %s: nothing is relayed; haproxy and socat do that"),
		    words_join(&redirect, one->store, 0));
	if (strcmp(word_of(one, "wait"), "yes") == 0)
		return N_(
		    "wait: one process for all clients; here each client has its own");
	return NULL;
}

static void
read_switches(const struct entry *one)
{
	const char *name = one->service->name;
	struct words words;

	if (strcmp(word_of(one, "disable"), "yes") == 0)
		draft_disable(one->service, "disable = yes");
	if (value_of(one, "enabled", &words) && !words_have(&words, name))
		draft_disable(one->service, "not among those that defaults enable");
	if (value_of(one, "disabled", &words) && words_have(&words, name))
		draft_disable(one->service, "disabled in defaults");
	if (value_of(one, "only_from", &words) && words.count == 0)
		draft_disable(one->service, "only_from is empty: for nobody");
}

/* ---- address, rights, program ----------------------------------------------------- */

static void
read_address(const struct entry *one)
{
	struct draft_service *service = one->service;
	const char *port_word = word_of(one, "port"), *host = word_of(one, "bind");
	enum listen_family family = LISTEN_BOTH;
	unsigned port;

	if (*port_word == '\0')
		port_word = one->entry->name;
	if (*host == '\0')
		host = word_of(one, "interface");
	if (strcmp(word_of(one, "v6only"), "yes") == 0)
		family = LISTEN_IPV6;
	else if (is_word(one, "flags", "IPv4") && !is_word(one, "flags", "IPv6"))
		family = LISTEN_IPV4;
	port = listen_port(service->draft, port_word);
	if (port == 0)
		draft_leave_out(
		    service, store_printf(one->store,
				 _("%s is no TCP service in /etc/services"), port_word));
	else
		listen_add(service, host, family, port,
		    store_printf(one->store, "bind %s", host));
}

/* xinetd: no supplementary groups unless asked for, and a number is its own group. */
static void
read_rights(const struct entry *one)
{
	const char *user = word_of(one, "user"), *group = word_of(one, "group");
	bool is_number = *user != '\0' && user[strspn(user, "0123456789")] == '\0';

	if (*user != '\0')
		draft_set_rights(one->service, "user", user,
		    store_printf(one->store, "user %s", user));
	if (*group == '\0' && is_number)
		group = user;
	if (*group != '\0')
		draft_set_rights(one->service, "group", group,
		    store_printf(one->store, "group %s", group));
	if (*user != '\0' && strcmp(word_of(one, "groups"), "yes") != 0)
		(void)draft_set(one->service, "groups", "none", "groups no");
}

static void
read_internal(const struct entry *one)
{
	struct draft_service *service = one->service;
	const char *builtin = argv_builtin(one->entry->name);

	if (builtin == NULL) {
		draft_leave_out(service,
		    store_printf(one->store, _("%s is not built in"), one->entry->name));
		return;
	}
	words_add(&service->program, one->store, builtin);
	(void)draft_set(service, "user", "nobody", "type INTERNAL");
	draft_tell(service, "type INTERNAL: the built-in needs no rights");
}

static void
read_program(const struct entry *one)
{
	const char *server = word_of(one, "server");
	struct words values, args = { .count = 0 };

	if (is_word(one, "type", "INTERNAL")) {
		read_internal(one);
		return;
	}
	if (*word_of(one, "user") == '\0')
		draft_hold(one->service, "no user: xinetd does not start it so");
	read_rights(one);
	if (*server == '\0')
		return;
	(void)value_of(one, "server_args", &values);
	if (!is_word(one, "flags", "NAMEINARGS"))
		words_add(&args, one->store,
		    strrchr(server, '/') == NULL ? server : strrchr(server, '/') + 1);
	for (size_t i = 0; i < values.count; i++)
		words_add(&args, one->store, values.at[i]);
	argv_set(one->service, server, &args, 0);
}

/* ---- all others ------------------------------------------------------------------- */

/* "25", and for sizes "16M", which are ours as well; UNLIMITED is what we have unless
 * something is set. */
static void
read_count(
    const struct entry *one, const char *setting, const char *word, const char *theirs)
{
	if (strcmp(word, "UNLIMITED") == 0)
		return;
	if (draft_set(one->service, setting, word, theirs) && strcmp(setting, "max") == 0)
		(void)draft_set(one->service, "when-full", "refuse", theirs);
}

static void
read_rlimit(
    const struct entry *one, const char *name, const char *word, const char *theirs)
{
	if (strcmp(word, "UNLIMITED") != 0)
		(void)draft_set(one->service, "limit",
		    store_printf(one->store, "%s=%s", name, word), theirs);
}

static void
read_attribute(const struct entry *one, const struct xinetd_attribute *attribute)
{
	struct words words;
	const char *theirs;

	if (!value_of(one, attribute->name, &words))
		return;
	theirs = store_printf(
	    one->store, "%s %s", attribute->name, words_join(&words, one->store, 0));
	switch (attribute->fate) {
	case XINETD_READ:
	case XINETD_NOTHING:
		break;
	case XINETD_LOST:
		draft_lose(one->service, theirs, attribute->word);
		break;
	case XINETD_COUNT:
		read_count(one, attribute->word, word_of(one, attribute->name), theirs);
		break;
	case XINETD_RLIMIT:
		read_rlimit(one, attribute->word, word_of(one, attribute->name), theirs);
		break;
	case XINETD_WORD:
		(void)draft_set(
		    one->service, attribute->word, word_of(one, attribute->name), theirs);
		break;
	case XINETD_LIST:
		for (size_t i = 0; i < words.count; i++)
			(void)draft_set(one->service, attribute->word, words.at[i],
			    store_printf(
				one->store, "%s %s", attribute->name, words.at[i]));
		break;
	}
}

static void
read_admission(const struct entry *one)
{
	struct words only_from, no_access, cps;

	(void)value_of(one, "only_from", &only_from);
	(void)value_of(one, "no_access", &no_access);
	(void)value_of(one, "cps", &cps);
	xinetd_rules_read(one->service, &only_from, &no_access);
	xinetd_rules_read_cps(one->service, &cps);
}

static void
read_flags(const struct entry *one)
{
	struct words flags;

	(void)value_of(one, "flags", &flags);
	for (size_t i = 0; i < flags.count; i++)
		if (!xinetd_attributes_flag(one->service, flags.at[i]))
			draft_lose(one->service,
			    store_printf(one->store, "flags %s", flags.at[i]),
			    "not a flag xinetd knows");
}

static void
read_unknown(const struct entry *one)
{
	for (const struct xinetd_assignment *at = one->entry->first; at; at = at->next) {
		if (xinetd_attributes_find(at->name) != NULL)
			continue;
		draft_complain(one->xinetd->draft, at->path, at->line,
		    "%s is no attribute of a service", at->name);
		draft_lose(one->service,
		    store_printf(one->store, "%s %s", at->name,
			words_join(&at->values, one->store, 0)),
		    "not an attribute xinetd knows");
	}
}

void
xinetd_entry_read(struct xinetd *xinetd, const struct xinetd_entry *entry)
{
	struct entry one = {
		.xinetd = xinetd, .entry = entry, .store = &xinetd->draft->store
	};
	const char *reason, *id = word_of(&one, "id");
	const struct xinetd_attribute *attribute;

	one.service = draft_add(
	    xinetd->draft, *id == '\0' ? entry->name : id, entry->path, entry->line);
	read_switches(&one);
	reason = why_not(&one);
	if (reason != NULL) {
		draft_leave_out(one.service, reason);
		return;
	}
	read_address(&one);
	read_program(&one);
	read_admission(&one);
	read_flags(&one);
	for (size_t i = 0; (attribute = xinetd_attributes_at(i)) != NULL; i++)
		read_attribute(&one, attribute);
	read_unknown(&one);
}

void
xinetd_entry_check_defaults(struct xinetd *xinetd)
{
	const struct xinetd_assignment *at;

	for (at = xinetd->defaults.first; at != NULL; at = at->next) {
		const struct xinetd_attribute *found = xinetd_attributes_find(at->name);

		if (found == NULL || !found->is_default)
			draft_complain(xinetd->draft, at->path, at->line,
			    "%s is no attribute of defaults", at->name);
	}
}
