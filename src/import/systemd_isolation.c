#include "systemd_isolation.h"

#include <string.h>

#include "words.h"

static const char *
value_of(const struct systemd_parts *parts, const char *key)
{
	return unit_file_value(parts->service_unit, "Service", key);
}

static const char *
theirs_of(const struct systemd_parts *parts, const char *key, const char *value)
{
	return store_printf(
	    parts->store, "%s%s%s", key, *value == '\0' ? "=" : " ", value);
}

/* The words of all its values; false: it is never named. */
static bool
words_of(const struct systemd_parts *parts, const char *key, struct words *ret_words)
{
	struct words values, words = { .count = 0 };
	bool is_set =
	    unit_file_values(parts->service_unit, parts->store, "Service", key, &values);

	for (size_t i = 0; i < values.count; i++)
		if (systemd_value_split(&words, parts->store, values.at[i]) < 0)
			draft_lose(parts->service, theirs_of(parts, key, values.at[i]),
			    "not words");
	*ret_words = words;
	return is_set;
}

static void
lose(struct systemd_parts *parts, const char *key, const char *value, const char *reason)
{
	draft_lose(parts->service, theirs_of(parts, key, value), reason);
}

static void
set(struct systemd_parts *parts, const char *setting, const char *value, const char *key)
{
	(void)draft_set(
	    parts->service, setting, value, theirs_of(parts, key, value_of(parts, key)));
}

/* ---- rights ---------------------------------------------------------------------- */

static void
set_capabilities(struct systemd_parts *parts, const char *key, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		(void)draft_set(parts->service, "capabilities", words->at[i],
		    theirs_of(parts, key, words->at[i]));
	if (words->count == 0)
		(void)draft_set(parts->service, "capabilities", "none", key);
}

/* Without a user the bounding set is what the program has; with one only what is ambient.
 */
static void
read_capabilities(struct systemd_parts *parts)
{
	struct words ambient, bounding;
	bool has_ambient = words_of(parts, "AmbientCapabilities", &ambient);
	bool has_bounding = words_of(parts, "CapabilityBoundingSet", &bounding);
	bool has_user = *value_of(parts, "User") != '\0' ||
			systemd_value_bool(value_of(parts, "DynamicUser")) == 1;
	const struct words *words = has_user ? &ambient : &bounding;
	const char *key = has_user ? "AmbientCapabilities" : "CapabilityBoundingSet";
	const char *all = words_join(words, parts->store, 0);

	if (has_user ? has_ambient : has_bounding) {
		if (words->count > 0 && words->at[0][0] == '~')
			lose(parts, key, all,
			    N_("it says what is taken out; capabilities: says what is kept"));
		else
			set_capabilities(parts, key, words);
	}
	if (has_user && has_bounding)
		lose(parts, "CapabilityBoundingSet",
		    words_join(&bounding, parts->store, 0),
		    N_("a program of another user has none anyway; no-new-privileges: yes keeps "
		       "set-user-id programs from giving it any"));
	if (!has_user && has_ambient && ambient.count > 0)
		draft_tell(parts->service,
		    "AmbientCapabilities: root has them without, as far as its bounding set");
}

static void
read_securebits(struct systemd_parts *parts)
{
	struct words words, ours = { .count = 0 };
	const char *joined = "";

	if (!words_of(parts, "SecureBits", &words))
		return;
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.at[i];
		size_t length = strlen(word);

		if (length > 7 && strcmp(word + length - 7, "-locked") == 0)
			word = store_copy(parts->store, word, length - 7);
		if (strcmp(word, "noroot") != 0 && strcmp(word, "no-setuid-fixup") != 0)
			lose(parts, "SecureBits", words.at[i],
			    N_("not among securebits: noroot, no-setuid-fixup"));
		else if (!words_have(&ours, word))
			words_add(&ours, parts->store, word);
	}
	for (size_t i = 0; i < ours.count; i++)
		joined = store_printf(
		    parts->store, "%s%s%s", joined, i > 0 ? "," : "", ours.at[i]);
	if (ours.count > 0) {
		set(parts, "securebits", joined, "SecureBits");
		draft_tell(parts->service, "SecureBits: they are locked here");
	}
}

/* ---- yes or no ------------------------------------------------------------------- */

static void
read_switches(struct systemd_parts *parts)
{
	static const struct {
		const char *key, *setting, *yes;
	} switches[] = {
		{ "NoNewPrivileges", "no-new-privileges", "yes" },
		{ "PrivateNetwork", "network", "none" },
		{ "PrivateIPC", "namespaces", "ipc" },
		{ "ProtectHostname", "namespaces", "uts" },
		{ "PrivateUsers", "namespaces", "user" },
		{ "PrivatePIDs", "namespaces", "pid" },
		{ "PrivateTmp", "private-tmp", "64M" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		const char *key = switches[i].key, *value = value_of(parts, key);
		int truth = systemd_value_bool(value);

		if (*value == '\0' || truth == 0)
			continue;
		if (truth == 1)
			set(parts, switches[i].setting, switches[i].yes, key);
		else
			lose(parts, key, value, N_("yes or no are known here"));
	}
	if (systemd_value_bool(value_of(parts, "PrivateTmp")) == 1)
		draft_tell(parts->service,
		    "PrivateTmp: it is in memory here, and private-tmp: is how much it holds");
}

/* ---- files ----------------------------------------------------------------------- */

static bool
is_strict(const struct systemd_parts *parts)
{
	return strcmp(value_of(parts, "ProtectSystem"), "strict") == 0;
}

/* False: not a path that can be set. */
static bool
path_of(struct systemd_parts *parts, const char *key, const char *word, const char **ret)
{
	const char *known;

	if (*word == '-') {
		lose(parts, key, word, N_("a path that is missing is an error"));
		word++;
	}
	known = systemd_value_expand(parts->store, word, parts->name);
	if (known == NULL || *known == '+') {
		lose(parts, key, word,
		    known == NULL ? N_("a specifier that is not known here")
				  : N_("paths are those of the machine"));
		return false;
	}
	*ret = known;
	return true;
}

/* A `write` alone would forbid to read the rest. */
static void
set_writable(struct systemd_parts *parts)
{
	struct words words;
	const char *path;

	(void)words_of(parts, "ReadWritePaths", &words);
	if (words.count == 0)
		return;
	set(parts, "execute", "/", "ReadWritePaths");
	set(parts, "write", "/dev", "ReadWritePaths");
	for (size_t i = 0; i < words.count; i++)
		if (path_of(parts, "ReadWritePaths", words.at[i], &path))
			(void)draft_set(parts->service, "write", path,
			    theirs_of(parts, "ReadWritePaths", words.at[i]));
}

static void
read_protection(struct systemd_parts *parts)
{
	const char *value = value_of(parts, "ProtectSystem");

	if (is_strict(parts)) {
		set(parts, "read-only", "yes", "ProtectSystem");
		set_writable(parts);
	} else if (*value != '\0' && systemd_value_bool(value) != 0)
		lose(parts, "ProtectSystem", value,
		    N_("read-only: yes makes all of it read-only, but for what write: names"));
	if (!is_strict(parts) && *value_of(parts, "ReadWritePaths") != '\0')
		lose(parts, "ReadWritePaths", value_of(parts, "ReadWritePaths"),
		    N_("nothing is read-only here that it could except; see read-only: and write:"));
}

static void
read_home(struct systemd_parts *parts)
{
	static const char *const homes[] = { "/home", "/root", "/run/user" };
	const char *value = value_of(parts, "ProtectHome");

	if (systemd_value_bool(value) == 1 || strcmp(value, "tmpfs") == 0)
		for (size_t i = 0; i < ARRAY_SIZE(homes); i++)
			set(parts, "hide", homes[i], "ProtectHome");
	else if (*value != '\0' && systemd_value_bool(value) != 0)
		lose(parts, "ProtectHome", value,
		    N_("read-only: yes makes all of it read-only, but for what write: names"));
}

static void
read_hidden(struct systemd_parts *parts)
{
	struct words words;
	const char *path;

	(void)words_of(parts, "InaccessiblePaths", &words);
	for (size_t i = 0; i < words.count; i++)
		if (path_of(parts, "InaccessiblePaths", words.at[i], &path))
			(void)draft_set(parts->service, "hide", path,
			    theirs_of(parts, "InaccessiblePaths", words.at[i]));
}

static void
read_root(struct systemd_parts *parts)
{
	const char *value = value_of(parts, "RootDirectory"), *path;

	if (*value != '\0' && path_of(parts, "RootDirectory", value, &path))
		set(parts, "root", path, "RootDirectory");
}

/* ---- control groups -------------------------------------------------------------- */

/* "20%" is 20 of cpu-max; "20%" of memory or of tasks depends on the machine. */
static void
read_groups(struct systemd_parts *parts)
{
	static const struct {
		const char *key, *setting;
		bool is_percent;
	} rows[] = {
		{ "MemoryMax", "memory-max", false },
		{ "TasksMax", "pids-max", false },
		{ "CPUQuota", "cpu-max", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = value_of(parts, rows[i].key);
		size_t length = strlen(value);
		bool has_percent = length > 0 && value[length - 1] == '%';

		if (*value == '\0' || strcmp(value, "infinity") == 0)
			continue;
		if (has_percent != rows[i].is_percent)
			lose(parts, rows[i].key, value,
			    N_("a part of the machine; say how much"));
		else
			set(parts, rows[i].setting,
			    store_copy(parts->store, value, length - has_percent),
			    rows[i].key);
	}
}

void
systemd_isolation_read(struct systemd_parts *parts)
{
	read_capabilities(parts);
	read_securebits(parts);
	read_switches(parts);
	read_protection(parts);
	read_home(parts);
	read_hidden(parts);
	read_root(parts);
	read_groups(parts);
	systemd_syscalls_read(parts);
}
