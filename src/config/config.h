/*
 * config -- a configuration file, or a directory of them, as plain data
 *
 * YAML (JSON is YAML too) becomes struct config: the facts of the command and the
 * services in order, each with all that was said about it and where.  Every value has
 * been read once by settings_set() and every LISTEN word judged by listenword_check(), so
 * what is left to fail is what only the machine knows; when the engine says so,
 * config_tell() finds the place.
 *
 *     services:
 *       echo:
 *         listen: 9999
 *         program: ["@echo"]
 *
 * Top-level keys: services, defaults, include, log, quiet, control, name.  Scalars stay
 * text until settings.def says what they are, so `no` and `022` are what was written.
 * Defaults hold for the services of their file and of the files it includes, whose own
 * come on top; a service's own value replaces them, except env and pass-env, which are
 * added.  A file is read once: to include it again is a mistake, while a pattern, or the
 * directory that was asked for, passes over files that were read already.
 *
 * The caller makes a service by prong_set(service, use->name, use->value) for each use in
 * order, prong_listen() for each listen ("systemd" words are the caller's to resolve) and
 * prong_program().  "pass-env NAME" is passed on as written: the engine reads no
 * environment, so the caller turns it into "env NAME=value".
 */
#pragma once

#include "diag.h"
#include "arena.h"

/* A word of the configuration; text NULL: it was not said. */
struct config_word {
	const char *text;
	struct mark mark;
};

/* `name` is the setting's name in settings_table. */
struct config_use {
	const char *name, *value;
	struct mark mark;
};

struct config_uses {
	struct config_use *items;
	size_t count;
};

struct config_words {
	struct config_word *items;
	size_t count;
};

struct config_service {
	struct config_word name;
	struct config_words listens; /* at least one */
	struct config_words program; /* argv: at least one */
	struct config_uses uses;
};

struct config {
	struct config_word log;     /* "text", "json" or "journald" */
	struct config_word quiet;   /* "yes" or "no" */
	struct config_word control; /* an absolute path, or "off" */
	struct config_word name;    /* of the instance: as a service's name is spelt */
	struct config_service *services;
	size_t service_count;
	struct input *inputs; /* what was read; marks point into them */
	struct arena arena;
};

/*
 * Reads a file, or all *.yaml and *.yml of a directory in the order of their names.  0;
 * -EINVAL when there were mistakes, all of which have been told; -ENOMEM.  Warnings do
 * not fail.  *ret_config changes only on success.
 */
int config_read(const char *path, struct diags *, struct config *ret_config);

/* The same for a configuration in memory; `name` stands for the file's in messages.
 * Nothing can be included there. */
int config_read_text(const char *name, const char *text, size_t length, struct diags *,
    struct config *ret_config);
void config_free(struct config *);

/* NULL: there is none of that name. */
const struct config_service *config_find(const struct config *, const char *service);

/* Where that setting of that service was said ("listen" and "program" too: the first
 * word); where the service is named if it was not said.  False: no such service. */
bool config_place(const struct config *, const char *service, const char *setting,
    struct mark *ret_mark);

/*
 * Tells what the engine said, as mistakes: lines "SERVICE: SETTING: TEXT" or "SERVICE:
 * TEXT", each at its place; of several listens, at the one that TEXT speaks of.  Where
 * there is one service only it need not be named.  A line that begins with a blank is a
 * hint to the one before.
 */
void config_tell(const struct config *, struct diags *, const char *message);
