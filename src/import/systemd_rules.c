#include "systemd_rules.h"

#include <string.h>

#include "networkword.h"
#include "words.h"

/* ---- by address -------------------------------------------------------------------- */

static void
gather(struct systemd_parts *parts, const char *key, struct words *ret_networks,
    size_t *ret_lost)
{
	struct words values, words = { .count = 0 };

	*ret_networks = (struct words){ .count = 0 };
	(void)unit_file_values(parts->socket_unit, parts->store, "Socket", key, &values);
	for (size_t i = 0; i < values.count; i++)
		words_split(&words, parts->store, values.at[i]);
	for (size_t i = 0; i < words.count; i++) {
		if (networkword_systemd(ret_networks, parts->store, words.at[i]))
			continue;
		draft_lose(parts->service,
		    store_printf(parts->store, "%s %s", key, words.at[i]),
		    "not a network");
		++*ret_lost;
	}
}

static bool
is_covered(const struct words *networks, const char *network)
{
	for (size_t i = 0; i < networks->count; i++)
		if (networkword_covers(networks->at[i], network))
			return true;
	return false;
}

/* Every client of every family, whether by "any" or by both zeros. */
static bool
have_all(const struct words *networks)
{
	return words_have(networks, "all") ||
	       (words_have(networks, "0.0.0.0/0") && words_have(networks, "::/0"));
}

static void
hold(struct systemd_parts *parts)
{
	draft_hold(
	    parts->service, N_("a rule by address could not be had, and without it "
			       "others are let in or kept out"));
}

static void
set_all(struct systemd_parts *parts, const char *setting, const struct words *networks)
{
	for (size_t i = 0; i < networks->count; i++)
		if (!draft_set(parts->service, setting, networks->at[i], networks->at[i]))
			hold(parts);
}

/*
 * To systemd an address that is allowed is let in whatever is denied, and one that is
 * neither is let in too.  Here the longest prefix decides, and who is not allowed is
 * refused as soon as somebody is.  So what is denied inside of what is allowed is left
 * out, and all are allowed unless all are denied: then both come to the same.
 */
static void
read_addresses(struct systemd_parts *parts)
{
	struct words allowed, denied, kept = { .count = 0 };
	size_t lost = 0;

	gather(parts, "IPAddressAllow", &allowed, &lost);
	gather(parts, "IPAddressDeny", &denied, &lost);
	if (lost > 0)
		hold(parts);
	if (denied.count == 0) {
		if (allowed.count > 0)
			draft_tell(parts->service,
			    N_("IPAddressAllow without IPAddressDeny keeps nobody out"));
		return;
	}
	if (have_all(&denied)) {
		set_all(parts, "allow", &allowed);
		if (allowed.count == 0)
			draft_disable(
			    parts->service, N_("IPAddressDeny any: for nobody"));
		return;
	}
	for (size_t i = 0; i < denied.count; i++)
		if (!is_covered(&allowed, denied.at[i]))
			words_add(&kept, parts->store, denied.at[i]);
	if (kept.count == 0)
		return;
	if (allowed.count > 0)
		(void)draft_set(parts->service, "allow", "all", "IPAddressAllow");
	if (!words_have(&allowed, "all"))
		set_all(parts, "allow", &allowed);
	set_all(parts, "deny", &kept);
}

/* ---- how often --------------------------------------------------------------------- */

static const char *
value_of(const struct systemd_parts *parts, const char *key, const char *otherwise)
{
	const char *value = unit_file_value(parts->socket_unit, "Socket", key);

	return *value == '\0' ? otherwise : value;
}

/* BURST in each INTERVAL, of which one is said at least; false: neither is, or 0. */
static bool
read_rate(struct systemd_parts *parts, const char *interval_key, const char *burst_key,
    const char *most)
{
	const char *interval = value_of(parts, interval_key, "");
	const char *burst = value_of(parts, burst_key, ""), *time;

	if (*interval == '\0' && *burst == '\0')
		return false;
	if (*interval == '\0')
		interval = "2s";
	if (*burst == '\0')
		burst = most;
	time = systemd_value_time(parts->store, interval);
	if (strcmp(burst, "0") == 0 || (time != NULL && strcmp(time, "off") == 0))
		return false;
	return draft_set(parts->service, "rate",
	    store_printf(parts->store, "%s/%s", burst, time == NULL ? interval : time),
	    store_printf(
		parts->store, "%s %s, %s %s", interval_key, interval, burst_key, burst));
}

static void
read_rates(struct systemd_parts *parts)
{
	if (read_rate(parts, "PollLimitIntervalSec", "PollLimitBurst", "150")) {
		if (*value_of(parts, "TriggerLimitBurst", "") != '\0' ||
		    *value_of(parts, "TriggerLimitIntervalSec", "") != '\0')
			draft_tell(parts->service,
			    N_("TriggerLimit: a flood never stops a service here"));
		return;
	}
	if (read_rate(parts, "TriggerLimitIntervalSec", "TriggerLimitBurst", "200"))
		draft_tell(parts->service,
		    N_("TriggerLimit: systemd gives the socket up then; here clients wait for "
		       "their turn, or are refused after rate-wait"));
}

void
systemd_rules_read(struct systemd_parts *parts)
{
	read_addresses(parts);
	read_rates(parts);
}
