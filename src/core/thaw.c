/*
 * thaw -- a server becomes what another program has frozen
 *
 * What was written is taken as it comes, strictly: anything that is not understood ends
 * the attempt, with every descriptor still open, so that the old program can go on.
 */
#include <string.h>

#include "entry.h"
#include "finish.h"
#include "room.h"
#include "thaw.h"
#include "version.h"

static int
thaw_server(struct thaw *thaw, char *line)
{
	struct prong *server = thaw->server;
	pid_t self = server->owner;
	int rc = state_get(line, &frozen_server_record, server);

	if (rc == 0 && !thaw->is_trial && server->owner != self) {
		thaw->problem = "it is the state of another process";
		rc = -EINVAL;
	}
	/* Nothing of it is ours to end: prong_free() only forgets. */
	server->owner = thaw->is_trial ? -1 : self;
	thaw->warden = server->warden.pidfd;
	server->warden.pidfd = -1;
	return rc;
}

static int
thaw_past(struct thaw *thaw, char *line)
{
	return state_get(line, &frozen_past_record, &thaw->server->ledgers.past);
}

static int
thaw_live(struct thaw *thaw, char *line)
{
	uint64_t live;

	if (text_parse_number(line, 0, UINT32_MAX / 4, &live) < 0)
		return -EPROTO;
	return room_grow(thaw->server, (uint32_t)live + 1);
}

/* Kept by nobody until a service of its name comes. */
static int
thaw_ledger(struct thaw *thaw, char *line)
{
	struct ledger read = { 0 }, *ledger;
	int rc = state_get(line, &frozen_ledger_record, &read);

	if (rc < 0 || memchr(read.name, '\0', sizeof(read.name)) == NULL)
		return -EPROTO;
	ledger = ledgers_get(&thaw->server->ledgers, read.name);
	if (ledger == NULL)
		return -ENOMEM;
	if (ledger->users != 1)
		return -EPROTO;
	read.next = ledger->next;
	read.users = ledger->users;
	*ledger = read;
	memory_init(&ledger->memory, read.number);
	TAILQ_INIT(&ledger->ready);
	thaw->ledger = ledger;
	return 0;
}

static int
thaw_end(struct thaw *thaw, char *line)
{
	thaw->is_over = line == NULL;
	return thaw->is_over ? 0 : -EPROTO;
}

static const struct {
	const char *kind;
	int (*take)(struct thaw *, char *line);
} kinds[] = {
	{ "server", thaw_server },
	{ "past", thaw_past },
	{ "live", thaw_live },
	{ "ledger", thaw_ledger },
	{ "service", thaw_service_take },
	{ "set", thaw_service_set },
	{ "word", thaw_service_word },
	{ "listener", thaw_service_listen },
	{ "conn", thaw_conn_take },
	{ "rest", thaw_conn_rest },
	{ "cgroup", thaw_conn_cgroup },
	{ "confined", thaw_conn_confined },
	{ "alarm", thaw_conn_alarm },
	{ "turn", thaw_conn_turn },
	{ "arrival", thaw_arrival_take },
	{ "hello", thaw_arrival_hello },
	{ "more", thaw_arrival_more },
	{ "remembered", thaw_memory_room },
	{ "memory", thaw_memory_take },
	{ "refusals", thaw_memory_refusals },
	{ "source", thaw_memory_source },
	{ "end", thaw_end },
};

static int
thaw_line(struct thaw *thaw, char *line)
{
	char *kind = strsep(&line, " ");

	if (thaw->is_over)
		return -EPROTO;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return line == NULL && kinds[i].take != thaw_end
				   ? -EPROTO
				   : kinds[i].take(thaw, line);
	return -EPROTO;
}

/* "prong-state 1 0.2.0" */
static int
thaw_header(struct thaw *thaw, char *line)
{
	char *version;
	uint64_t format;

	if (line == NULL || strncmp(line, "prong-state ", 12) != 0) {
		thaw->problem = "it is not the state of a server";
		return -EPROTO;
	}
	version = line + 12;
	if (text_parse_number(strsep(&version, " "), 1, UINT32_MAX, &format) < 0 ||
	    format != STATE_FORMAT || version == NULL) {
		thaw->problem = "it was written in a form that version " PRONG_VERSION
				" does not know";
		return -EPROTO;
	}
	(void)snprintf(
	    thaw->server->frozen_by, sizeof(thaw->server->frozen_by), "%s", version);
	return 0;
}

static int
thaw_all(struct thaw *thaw, char *text)
{
	int rc = thaw_header(thaw, strsep(&text, "\n"));
	char *line;

	while (rc == 0 && (line = strsep(&text, "\n")) != NULL && text != NULL)
		rc = thaw_line(thaw, line);
	return rc == 0 && !thaw->is_over ? -EPROTO : rc;
}

/* Ledgers were counted once more while they waited for their services. */
static void
thaw_settle(struct prong *server)
{
	struct ledger *at = server->ledgers.first;

	while (at != NULL) {
		struct ledger *next = at->next;

		ledgers_put(&server->ledgers, at);
		at = next;
	}
}

/* What we cannot watch the old program can: it is told so.  Nobody is left who could do
 * better once that one is back. */
static int
thaw_resume(struct thaw *thaw)
{
	struct slots *slots = &thaw->server->slots;

	for (struct conn *at = slots_next(slots, NULL); at != NULL;
	     at = slots_next(slots, at)) {
		int rc = conn_resume(at);

		if (rc < 0 && !thaw->is_same) {
			thaw->problem = "a session cannot be watched";
			return rc;
		}
		if (rc < 0 && conn_is_session(at))
			finish_unwatchable(at);
		else if (rc < 0)
			entry_refuse(at, REFUSAL_NO_DESCRIPTORS,
			    "after the upgrade its socket cannot be watched "
			    "(fs.epoll.max_user_watches, or memory)",
			    0);
	}
	return 0;
}

static int
thaw_fail(struct prong *server, const struct thaw *thaw, int rc)
{
	struct text error = TEXT_ON(server->error);

	text_printf(&error, "what was handed over cannot be taken: %s",
	    thaw->problem != NULL ? thaw->problem
	    : rc == -EPROTO       ? "a line of it is not understood"
				  : text_errno(-rc));
	thaw_settle(server);
	return rc;
}

PRONG_API int
prong_thaw(struct prong *server, int fd, unsigned flags)
{
	struct thaw thaw = { .server = server,
		.warden = -1,
		.is_trial = (flags & PRONG_TRIAL) != 0,
		.is_same = (flags & PRONG_SAME) != 0 };
	cleanup_(free_text) char *text = NULL;
	int rc;

	if ((flags & ~(unsigned)(PRONG_TRIAL | PRONG_SAME)) != 0)
		return engine_fail(server, -EINVAL,
		    "cannot thaw: the only flags are PRONG_TRIAL and PRONG_SAME");
	if (server->is_started || server->services != NULL)
		return engine_fail(server, -EINVAL,
		    "cannot thaw: only a new server without services can take over");
	(void)loop_update_now(&server->loop);
	server->is_thawed = true; /* nobody is served before there is a set that can */
	rc = state_read(fd, &text);
	if (rc == 0)
		rc = thaw_all(&thaw, text);
	free(thaw.by_index);
	if (rc == 0)
		rc = thaw_resume(&thaw);
	if (rc < 0)
		return thaw_fail(server, &thaw, rc);
	thaw_settle(server);
	/* It would go on, but its table is not ours. */
	if (!thaw.is_trial && thaw.warden >= 0) {
		warden_end_other(thaw.warden);
		close_fd(&thaw.warden);
	}
	server->is_started = true;
	server->is_making = thaw.is_same;
	return 0;
}

PRONG_API const char *
prong_thawed_from(const struct prong *server)
{
	return server->frozen_by;
}
