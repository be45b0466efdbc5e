#include "presets.h"

#include <string.h>
#include <sys/resource.h>

#include "base.h"

#define PRIVATE_TMP (UINT64_C(64) << 20)

static bool
is_strict(const struct settings *settings)
{
	return settings->isolation == ISOLATION_STRICT;
}

static bool
has_preset(const struct settings *settings)
{
	return settings->isolation != ISOLATION_NONE;
}

static bool
has_word(const struct setting_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->words[i], word) == 0)
			return true;
	return false;
}

bool
presets_is_none(const struct setting_list *list)
{
	return list->count == 1 && strcmp(list->words[0], "none") == 0;
}

/* ---- whom it runs as ------------------------------------------------------------- */

const char *
presets_user(const struct settings *settings)
{
	if (!is_strict(settings) || settings->user != NULL ||
	    settings->uid_range.first != 0)
		return NULL;
	return "nobody";
}

unsigned
presets_securebits(const struct settings *settings)
{
	if (settings->securebits != 0 || !has_preset(settings))
		return settings->securebits;
	return SECUREBIT_NOROOT | SECUREBIT_NO_SETUID_FIXUP;
}

/* ---- limits ---------------------------------------------------------------------- */

static const struct {
	struct preset_limit limit;
	int preset;
} limits_table[] = {
	{ { RLIMIT_CORE, "core", 0 }, ISOLATION_BASIC },
	{ { RLIMIT_DATA, "data", UINT64_C(1) << 30 }, ISOLATION_STRICT },
	{ { RLIMIT_NPROC, "nproc", 1024 }, ISOLATION_STRICT },
	{ { RLIMIT_NOFILE, "nofile", 1024 }, ISOLATION_STRICT },
	{ { RLIMIT_FSIZE, "fsize", UINT64_C(1) << 30 }, ISOLATION_STRICT },
};

/* By the setting of its own, or by `limit: NAME=...`. */
static bool
is_limit_set(const struct settings *settings, const struct preset_limit *limit)
{
	size_t length = strlen(limit->name);

	for (size_t i = 0; i < settings->limits.count; i++) {
		const char *word = settings->limits.words[i];

		if (strncmp(word, limit->name, length) == 0 && word[length] == '=')
			return true;
	}
	switch (limit->resource) {
	case RLIMIT_CORE:
		return settings->limit_core.is_set;
	case RLIMIT_NPROC:
		return settings->limit_processes > 0;
	case RLIMIT_NOFILE:
		return settings->limit_files > 0;
	case RLIMIT_FSIZE:
		return settings->limit_file_size.is_set;
	default:
		return false;
	}
}

size_t
presets_limits(const struct settings *settings, struct preset_limit limits[PRESET_LIMITS])
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(limits_table); i++)
		if (settings->isolation >= limits_table[i].preset &&
		    !is_limit_set(settings, &limits_table[i].limit))
			limits[count++] = limits_table[i].limit;
	return count;
}

/* ---- files ----------------------------------------------------------------------- */

static const struct preset_path paths_table[] = {
	{ PRESET_EXECUTE, "/usr" },
	{ PRESET_EXECUTE, "/bin" },
	{ PRESET_EXECUTE, "/sbin" },
	{ PRESET_EXECUTE, "/lib" },
	{ PRESET_EXECUTE, "/lib32" },
	{ PRESET_EXECUTE, "/lib64" },
	{ PRESET_EXECUTE, "/libx32" },
	{ PRESET_READ, "/etc" },
	{ PRESET_READ, "/proc" },
	{ PRESET_READ, "/sys/devices/system/cpu" },
	{ PRESET_READ, "/dev/random" },
	{ PRESET_READ, "/dev/urandom" },
	{ PRESET_WRITE, "/dev/null" },
	{ PRESET_WRITE, "/dev/zero" },
	{ PRESET_WRITE, "/dev/full" },
	{ PRESET_WRITE, "/dev/tty" },
};

/* What a name service needs, and the relay of a terminal. */
static const struct preset_path resolver = { PRESET_READ, "/run/systemd/resolve" };
static const struct preset_path terminals[] = {
	{ PRESET_WRITE, "/dev/ptmx" },
	{ PRESET_WRITE, "/dev/pts" },
};

size_t
presets_system(struct preset_path paths[PRESET_PATHS])
{
	memcpy(paths, paths_table, sizeof(paths_table));
	return ARRAY_SIZE(paths_table);
}

size_t
presets_paths(const struct settings *settings, struct preset_path paths[PRESET_PATHS])
{
	const bool is_left_out[] = {
		[PRESET_READ] = has_word(&settings->read, "none"),
		[PRESET_WRITE] = has_word(&settings->write, "none"),
		[PRESET_EXECUTE] = has_word(&settings->execute, "none"),
	};
	size_t count = 0;

	if (!is_strict(settings))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(paths_table); i++)
		if (!is_left_out[paths_table[i].access])
			paths[count++] = paths_table[i];
	if (!presets_network_none(settings) && !is_left_out[PRESET_READ])
		paths[count++] = resolver;
	for (size_t i = 0; settings->pty != PTY_NO && i < ARRAY_SIZE(terminals); i++)
		paths[count++] = terminals[i];
	return count;
}

/* ---- ports and scope ------------------------------------------------------------- */

static bool
has_ports(const struct setting_list *list)
{
	return list->count > 0 && !presets_is_none(list);
}

bool
presets_network_none(const struct settings *settings)
{
	if (settings->network != NETWORK_AUTO)
		return settings->network == NETWORK_NONE;
	return is_strict(settings) && !has_ports(&settings->connect) &&
	       !has_ports(&settings->bind);
}

/* Whoever says `network: host`, and no ports, means all of it.  And the client's own
 * socket belongs to the machine's network: with `network: none` it is not to be connected
 * anew. */
static bool
restricts_ports(const struct settings *settings)
{
	if (settings->network == NETWORK_NONE)
		return true;
	return is_strict(settings) &&
	       (settings->network != NETWORK_HOST || settings->connect.count > 0 ||
		   settings->bind.count > 0);
}

bool
presets_restrict_connect(const struct settings *settings)
{
	return settings->connect.count > 0 || restricts_ports(settings);
}

bool
presets_restrict_bind(const struct settings *settings)
{
	return settings->bind.count > 0 || restricts_ports(settings);
}

static bool
has_scope(const struct settings *settings, const char *what)
{
	if (settings->scope.count > 0)
		return has_word(&settings->scope, what);
	return has_preset(settings);
}

bool
presets_scope_signals(const struct settings *settings)
{
	return has_scope(settings, "signals");
}

bool
presets_scope_sockets(const struct settings *settings)
{
	return has_scope(settings, "abstract-sockets");
}

/* ---- system calls ---------------------------------------------------------------- */

static bool
only_takes_out(const struct setting_list *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->words[i][0] != '-')
			return false;
	return true;
}

size_t
presets_syscalls(const struct settings *settings, const char *words[PRESET_SYSCALLS + 1])
{
	bool has_host = settings->network == NETWORK_HOST;
	size_t count = 0;

	if (only_takes_out(&settings->syscalls)) {
		if (settings->isolation == ISOLATION_BASIC)
			words[count++] = "@basic";
		else if (is_strict(settings) || settings->syscalls.count > 0)
			words[count++] = "@default";
		if (is_strict(settings) && (has_host || has_ports(&settings->connect)))
			words[count++] = "@network-client";
		if (is_strict(settings) && (has_host || has_ports(&settings->bind)))
			words[count++] = "@network-server";
	}
	words[count] = NULL;
	return count;
}

/* ---- namespaces ------------------------------------------------------------------ */

bool
presets_namespace(const struct settings *settings, const char *kind)
{
	if (settings->namespaces.count > 0)
		return has_word(&settings->namespaces, kind);
	return is_strict(settings) && strcmp(kind, "user") != 0;
}

bool
presets_read_only(const struct settings *settings)
{
	if (settings->read_only != CHOICE_AUTO)
		return settings->read_only == CHOICE_YES;
	return is_strict(settings) && presets_namespace(settings, "mount");
}

uint64_t
presets_private_tmp(const struct settings *settings)
{
	if (settings->private_tmp.is_set)
		return settings->private_tmp.bytes;
	return is_strict(settings) && presets_namespace(settings, "mount") ? PRIVATE_TMP
									   : 0;
}

bool
presets_need_mounts(const struct settings *settings)
{
	return settings->read_only == CHOICE_YES || settings->hide.count > 0 ||
	       (settings->private_tmp.is_set && settings->private_tmp.bytes > 0);
}
