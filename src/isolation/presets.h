/*
 * presets -- what `isolation: basic` and `strict` put in the place of settings
 *
 * The only place where presets are defined.  Every question is answered from the settings
 * alone: what the operator said if anything was said, else what the preset has.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

/* "none", alone: explicitly nothing, whatever the preset says. */
bool presets_is_none(const struct setting_list *);

/* The user that programs of a root's prong become; NULL: the settings say, or nobody. */
const char *presets_user(const struct settings *);

/* SECUREBIT_... */
unsigned presets_securebits(const struct settings *);

/* Limits that no setting sets: the number of them.  Of one that is lower already the
 * lower one is meant. */
struct preset_limit {
	int resource; /* RLIMIT_... */
	const char *name;
	uint64_t value;
};
#define PRESET_LIMITS 8
size_t presets_limits(const struct settings *, struct preset_limit limits[PRESET_LIMITS]);

/*
 * Paths that a preset allows, besides those of the settings, the program itself, its
 * `dir` and its private /tmp: the settings of that name add to them.  With "none" among a
 * list the preset's of that kind are left out.  A path that is not there is no mistake.
 */
enum preset_access { PRESET_READ, PRESET_WRITE, PRESET_EXECUTE };
struct preset_path {
	enum preset_access access;
	const char *path;
};
#define PRESET_PATHS 40
size_t presets_paths(const struct settings *, struct preset_path paths[PRESET_PATHS]);

/* What the system is made of, whatever the preset: `@system` in `read` and `execute`. */
size_t presets_system(struct preset_path paths[PRESET_PATHS]);

/* Are TCP connections, or listening sockets, forbidden but to the ports of `connect`, or
 * `bind` (which may be none)? */
bool presets_restrict_connect(const struct settings *);
bool presets_restrict_bind(const struct settings *);

/* What ends at the session's own processes. */
bool presets_scope_signals(const struct settings *);
bool presets_scope_sockets(const struct settings *);

/* Words that go before those of `syscalls`, NULL-terminated: the preset's if nothing is
 * said there, or only what is taken out again. */
#define PRESET_SYSCALLS 4
size_t presets_syscalls(const struct settings *, const char *words[PRESET_SYSCALLS + 1]);

/* Has the program a network with nothing in it? */
bool presets_network_none(const struct settings *);

/* Is one of "pid", "mount", "ipc", "uts", "cgroup", "user" asked for by name, or by the
 * preset?  `user` of a preset only where it is needed, which the settings do not know. */
bool presets_namespace(const struct settings *, const char *kind);

/* What a mount namespace is like. */
bool presets_read_only(const struct settings *);
uint64_t presets_private_tmp(const struct settings *); /* bytes; 0: none */

/* Is something asked for, by a setting, that only a mount namespace can do? */
bool presets_need_mounts(const struct settings *);
