/*
 * server -- what the running command holds together
 *
 * Shared by the parts that make it serve: serve (the loop), manage (the control socket),
 * reread (another set of services), upgrade (another program), takeover (the start of
 * that one).
 */
#pragma once

#include <limits.h>

#include "config.h"
#include "handover.h"
#include "logsink.h"
#include "manage.h"
#include "notify.h"
#include "options.h"
#include "prong.h"
#include "upgrade.h"

struct server {
	const struct options *options;
	const struct inherit *inherit;
	struct notify *notify;
	struct logsink log;
	struct prong *prong;
	struct config config; /* in force; empty for a command line */
	struct manage manage;
	struct upgrade upgrade;
	char name[64];              /* of the instance */
	char config_path[PATH_MAX]; /* absolute; "": a command line */
	int signals, children, watchdog;
	bool is_on_terminal; /* text for a person */
	bool is_draining;
	bool saw_child_end;
	msec look_again;     /* when SIGCHLD is listened to again; 0: it is */
	uint32_t told_live;  /* in the last STATUS while draining */
	int64_t started_at;  /* seconds since 1970 */
	uint64_t generation; /* of the set of services, from 1 */
	const char *failed;  /* "reload", "upgrade": the latest was not done; or NULL */
	const char *carried_words; /* keep.h: of a configuration that was not read */
};

/* An event of the command's own, with the field "text". */
void server_say(struct server *, enum prong_level, const char *name, const char *sentence,
    const char *text);

/* The same for each line of `text` that does not begin with a blank: what is left out
 * are the excerpts of a file below a mistake, and what exceeds 64 lines. */
void server_say_lines(struct server *, enum prong_level, const char *name,
    const char *sentence, const char *text);

/* For prong_on_event(): the server is the context. */
void server_on_event(const struct prong_event *, void *context);

/* To the service manager: READY, and as STATUS what is served and what went wrong. */
void server_notify_ready(struct server *);

/* Stops, by prong_drain_within(), or by prong_drain() or prong_kill(). */
int server_stop_within(struct server *, int64_t timeout_ms);
void server_stop(struct server *, int (*how)(struct prong *));
