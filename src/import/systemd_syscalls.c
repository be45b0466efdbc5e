#include <string.h>

#include "systemd_isolation.h"
#include "words.h"

#define LOST_LIST                                                                        \
	N_("systemd adds to it what every program needs; begin with syscalls: \"@default\"")

/* Sets that have another name here, or are none; others have the same. */
static const char *
set_of(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} sets[] = {
		{ "@system-service", "@default,@network-client,@network-server" },
		{ "@network-io", "@network-client,@network-server" },
		{ "@debug", "@ptrace,@perf" },
		{ "@memlock", "mlock,mlock2,mlockall,munlock,munlockall" },
		{ "@pkey", "pkey_alloc,pkey_free,pkey_mprotect" },
		{ "@default",
		    "" }, /* always allowed there, and not to be taken out here */
	};
	static const char *const same[] = { "@aio", "@basic-io", "@chown", "@clock",
		"@cpu-emulation", "@file-system", "@io-event", "@ipc", "@keyring",
		"@module", "@mount", "@obsolete", "@process", "@raw-io", "@reboot",
		"@resources", "@sandbox", "@setuid", "@signal", "@swap", "@sync",
		"@timer", "@known", "@privileged" };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (strcmp(sets[i].theirs, name) == 0)
			return sets[i].ours;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		if (strcmp(same[i], name) == 0)
			return name;
	return name[0] == '@' ? NULL : name;
}

struct calls {
	struct systemd_parts *parts;
	bool is_taken_out; /* the value in work begins with ~ */
};

static void
set_word(const struct calls *calls, const char *word, const char *theirs)
{
	(void)draft_set(calls->parts->service, "syscalls",
	    calls->is_taken_out ? store_printf(calls->parts->store, "-%s", word) : word,
	    theirs);
}

/* "ptrace", "@clock", "uname:ENOSYS" */
static void
read_word(const struct calls *calls, const char *word)
{
	struct systemd_parts *parts = calls->parts;
	size_t length = strcspn(word, ":");
	const char *theirs = store_printf(parts->store, "SystemCallFilter %s", word);
	const char *ours = set_of(store_copy(parts->store, word, length));
	struct words each = { .count = 0 };

	if (word[length] == ':')
		draft_lose(
		    parts->service, theirs, "all that is forbidden meets the same");
	if (ours == NULL) {
		draft_lose(parts->service, theirs, "a set that is not known here");
		return;
	}
	while (*ours != '\0') {
		size_t name = strcspn(ours, ",");

		words_add(&each, parts->store, store_copy(parts->store, ours, name));
		ours += name + (ours[name] == ',');
	}
	for (size_t i = 0; i < each.count; i++)
		set_word(calls, each.at[i], theirs);
}

static void
read_value(struct calls *calls, const char *value)
{
	struct words words = { .count = 0 };

	calls->is_taken_out = *value == '~';
	words_split(&words, calls->parts->store, value + calls->is_taken_out);
	for (size_t i = 0; i < words.count; i++)
		read_word(calls, words.at[i]);
}

/* What is met there unless it says an error is the end of the process. */
static void
read_action(struct systemd_parts *parts)
{
	const char *number =
	    unit_file_value(parts->service_unit, "Service", "SystemCallErrorNumber");
	const char *theirs =
	    store_printf(parts->store, "SystemCallErrorNumber %s", number);
	bool is_end = *number == '\0' || strcmp(number, "kill") == 0;

	(void)draft_set(
	    parts->service, "syscalls-action", is_end ? "kill" : "errno", theirs);
	if (!is_end && strcmp(number, "EPERM") != 0)
		draft_lose(parts->service, theirs, "it is EPERM");
}

static bool
is_list_of_all(const struct words *values)
{
	return values->at[0][0] == '~' ||
	       strstr(values->at[0], "@system-service") != NULL;
}

void
systemd_syscalls_read(struct systemd_parts *parts)
{
	struct calls calls = { .parts = parts };
	struct words values;

	(void)unit_file_values(
	    parts->service_unit, parts->store, "Service", "SystemCallFilter", &values);
	if (values.count == 0)
		return;
	if (!is_list_of_all(&values)) {
		draft_lose(parts->service,
		    store_printf(parts->store, "SystemCallFilter %s",
			words_join(&values, parts->store, 0)),
		    LOST_LIST);
		return;
	}
	if (values.at[0][0] == '~')
		(void)draft_set(
		    parts->service, "syscalls", "@known", "SystemCallFilter ~");
	for (size_t i = 0; i < values.count; i++)
		read_value(&calls, values.at[i]);
	draft_tell(parts->service,
	    "SystemCallFilter: sets of one name hold about the same calls");
	read_action(parts);
}
