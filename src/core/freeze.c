/*
 * freeze -- everything that is live, written down for the program that takes our place
 *
 * Lines in a fixed order: the server, its ledgers, each service with its settings and
 * listeners, then the sessions.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "ask.h"
#include "closing.h"
#include "frozen.h"
#include "listener.h"
#include "room.h"
#include "turn.h"
#include "version.h"

/* "KIND NAME HEX" */
static void
put_text(FILE *out, const char *kind, const char *name, const char *value)
{
	(void)fprintf(out, "%s %s ", kind, name);
	state_put_bytes(out, value, strlen(value));
	(void)fputc('\n', out);
}

static void
put_words(FILE *out, const char *kind, const char *name, const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_text(out, kind, name, list->words[i]);
}

/* As an operator would say it; what is as if nothing had been said is left out. */
static void
freeze_setting(FILE *out, const struct setting *setting, const struct settings *settings)
{
	const char *field = (const char *)settings + setting->field;
	char value[STATE_VALUE_MAX] = "";
	struct text text = TEXT_ON(value);

	if (setting->kind == KIND_LIST) {
		put_words(out, "set", setting->name, (const void *)field);
		return;
	}
	setting_put_value(&text, setting, settings);
	if (value[0] != '\0' && strcmp(value, setting->preset) != 0)
		put_text(out, "set", setting->name, value);
}

static void
freeze_settings(FILE *out, const struct settings *settings)
{
	for (size_t i = 0; i < settings_count; i++)
		freeze_setting(out, &settings_table[i], settings);
	put_words(out, "word", "listen", &settings->listen);
	put_words(out, "word", "program", &settings->program);
}

static void
freeze_service(FILE *out, const struct prong_service *service)
{
	struct frozen_service frozen = { .is_retired =
					     service->is_retired || service->base != NULL,
		.has_handler = service->handler != NULL };

	memcpy(frozen.name, service->name, sizeof(frozen.name));
	state_put(out, &frozen_service_record, &frozen);
	freeze_settings(out, &service->settings);
	for (size_t i = 0; i < service->listener_count; i++)
		state_put(out, &frozen_listener_record, &service->listeners[i]);
}

/* Services are counted in the order in which they are written: those that serve, with
 * their variants, and those that are retired. */
static const struct prong_service *
next_service(const struct prong *server, const struct prong_service *at)
{
	if (at == NULL)
		return server->services != NULL ? server->services : server->retired;
	return at->next == NULL && !at->is_retired ? server->retired : at->next;
}

static uint32_t
service_index(const struct prong *server, const struct prong_service *wanted)
{
	uint32_t i = 0;

	for (const struct prong_service *at = next_service(server, NULL); at != wanted;
	     at = next_service(server, at))
		i++;
	return i;
}

static void
put_bytes(FILE *out, const char *kind, const char *bytes, size_t count)
{
	(void)fprintf(out, "%s ", kind);
	state_put_bytes(out, bytes, count);
	(void)fputc('\n', out);
}

/* What later versions know of a session; the others need not. */
static void
freeze_more(FILE *out, const struct conn *conn)
{
	struct frozen_arrival more = { .conn = *conn };

	more.has_proxy = conn->introduction != NULL;
	if (more.has_proxy)
		more.proxy = conn->introduction->proxy;
	if (more.has_proxy || conn->is_exempt || conn->time_left > 0)
		state_put(out, &frozen_more_record, &more);
}

/* Its image is not handed over, but copies of that are. */
static void
freeze_alarms(FILE *out, const struct prong *server)
{
	const struct alarm *alarm;

	LIST_FOREACH(alarm, &server->alarms.used, link)
	{
		const struct frozen_alarm frozen = {
			.service = service_index(server, alarm->service), .fd = alarm->fd
		};

		if (alarm->conn == NULL && alarm->fd >= 0)
			state_put(out, &frozen_alarm_record, &frozen);
	}
}

static void
freeze_arrival(FILE *out, const struct prong *server, const struct conn *conn)
{
	struct frozen_arrival frozen = {
		.conn = *conn,
		.has_promise = conn->promised != NULL,
		.has_proxy = conn->introduction != NULL,
		.service = service_index(server, conn->service),
	};

	if (conn->state == CONN_ASKING) /* for a trial: as it would be then */
		frozen.conn.state = CONN_WAITING;
	if (frozen.has_promise)
		frozen.key = conn->promised->key;
	if (frozen.has_proxy)
		frozen.proxy = conn->introduction->proxy;
	state_put(out, &frozen_arrival_record, &frozen);
	if (frozen.has_proxy)
		put_bytes(
		    out, "hello", conn->introduction->bytes, conn->introduction->used);
}

/* How many its sources are is known when they are read: room for them comes first. */
static void
freeze_sources(FILE *out, const struct prong *server)
{
	uint32_t index = 0;

	for (const struct source *at = sources_from(&server->sources, 0, &index);
	     at != NULL; at = sources_from(&server->sources, index + 1, &index)) {
		struct frozen_source frozen = { .owner = at->memory->owner,
			.key = at->key,
			.bucket = at->bucket,
			.penalty = at->penalty };

		if (at->bucket.full_at > 0 || at->penalty.until > 0)
			state_put(out, &frozen_source_record, &frozen);
	}
}

static void
freeze_ledger(FILE *out, const struct ledger *ledger)
{
	state_put(out, &frozen_ledger_record, ledger);
	if (ledger->memory.most > 0 || ledger->gate.bucket.full_at > 0 ||
	    ledger->gate.is_stressed)
		state_put(out, &frozen_memory_record, ledger);
	if (ledger->refused > 0)
		state_put(out, &frozen_refusals_record, ledger);
}

static void
freeze_conn(FILE *out, const struct prong *server, const struct conn *conn)
{
	struct frozen_conn frozen = {
		.conn = *conn,
		.service = service_index(server, conn->service),
	};
	const struct output_rest *rest;

	if (conn->charge.source != NULL)
		frozen.key = conn->charge.source->key;

	if (conn->service->handler != NULL && conn->state != CONN_FINISHING)
		frozen.conn.report = *room_report(server, conn);
	state_put(out, &frozen_conn_record, &frozen);
	freeze_more(out, conn);
	if (conn->confinement.cgroup != NULL)
		state_put(out, &frozen_cgroup_record, conn->confinement.cgroup);
	frozen_put_confinement(out, &conn->confinement);
	if (!conn->has_output_rest)
		return;
	rest = &server->rests.pools[conn->slot.segment][conn->slot.offset];
	put_bytes(out, "rest", rest->bytes, rest->used);
}

static void
freeze_all(FILE *out, const struct prong *server)
{
	(void)fprintf(out, "prong-state %d %s\n", STATE_FORMAT, PRONG_VERSION);
	state_put(out, &frozen_server_record, server);
	state_put(out, &frozen_past_record, &server->ledgers.past);
	(void)fprintf(out, "live %u\n", server->slots.live);
	if (server->remembered > 0)
		(void)fprintf(out, "remembered %u\n", server->remembered);
	for (const struct ledger *at = server->ledgers.first; at != NULL; at = at->next)
		freeze_ledger(out, at);
	for (const struct prong_service *at = next_service(server, NULL); at != NULL;
	     at = next_service(server, at))
		freeze_service(out, at);
	for (const struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at)) {
		if (conn_is_session(at))
			freeze_conn(out, server, at);
		else
			freeze_arrival(out, server, at);
	}
	freeze_alarms(out, server);
	freeze_sources(out, server);
	for (const struct own_range *at = server->own_ids.ranges; at != NULL;
	     at = at->next)
		state_put(out, &frozen_turn_record, at);
	(void)fputs("end\n", out);
}

static int
keep_fd(int fd, int flag)
{
	return fd >= 0 && fcntl(fd, F_SETFD, flag) < 0 ? -errno : 0;
}

/* The first failure, though all are tried. */
static int
keep_session(const struct conn *conn, int flag)
{
	const struct cell *cell = conn->confinement.cell;
	const struct cgroup *cgroup = conn->confinement.cgroup;
	const int fds[] = { conn->pidfd, conn->client_fd, conn->error_fd,
		cgroup == NULL ? -1 : cgroup->fd, cell == NULL ? -1 : cell->pidfd,
		cell == NULL ? -1 : cell->life_fd };
	int first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		int rc = keep_fd(fds[i], flag);

		first = first < 0 ? first : rc;
	}
	return first;
}

/* FD_CLOEXEC or 0 for every descriptor that was written down; the first failure. */
static int
keep_all(const struct prong *server, int flag, bool with_sessions)
{
	const struct alarm *alarm;
	int rc, first = 0;

	for (const struct prong_service *at = server->services; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++) {
			rc = keep_fd(at->listeners[i].bound.fd, flag);
			first = first < 0 ? first : rc;
		}
	rc = with_sessions ? keep_fd(server->warden.pidfd, flag) : 0;
	first = first < 0 ? first : rc;
	LIST_FOREACH(alarm, &server->alarms.used, link)
	{
		rc = with_sessions ? keep_fd(alarm->fd, flag) : 0;
		first = first < 0 ? first : rc;
	}
	for (const struct conn *at = slots_next(&server->slots, NULL);
	     with_sessions && at != NULL; at = slots_next(&server->slots, at)) {
		rc = keep_session(at, flag);
		first = first < 0 ? first : rc;
	}
	return first;
}

static int
freeze_into(const struct prong *server, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	cleanup_(close_file) FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

	if (out == NULL) {
		close_fd(&copy);
		return -errno;
	}
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	freeze_all(out, server);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

/* Who was to leave as soon as its question has ended leaves now, which may let others
 * in. */
static void
settle_unwanted(struct prong *server)
{
	const struct slots *slots = &server->slots;

	for (struct conn *at = slots_next(slots, NULL); at != NULL;
	     at = slots_next(slots, at))
		if (at->state == CONN_ASKING && at->cause != CAUSE_NONE)
			ask_forget(at);
}

/* All of them end at once, and are waited for one after the other. */
static void
settle_questions(struct prong *server)
{
	const struct slots *slots = &server->slots;

	for (struct conn *at = slots_next(slots, NULL); at != NULL;
	     at = slots_next(slots, at))
		if (at->state == CONN_ASKING)
			conn_signal(at, SIGKILL);
	for (struct conn *at = slots_next(slots, NULL); at != NULL;
	     at = slots_next(slots, at))
		if (at->state == CONN_ASKING)
			ask_forget(at);
}

/* Every session has its process, so that the process is written down with it.  What is
 * starting ends: nobody would when it takes too long. */
static void
settle_all(struct prong *server)
{
	settle_unwanted(server);
	alarms_collect(server);
	for (struct prong_service *at = server->services; at != NULL; at = at->next) {
		pool_settle(&at->pool);
		pool_end_starting(&at->pool);
	}
	for (struct prong_service *at = server->retired; at != NULL; at = at->next)
		pool_settle(&at->pool);
	settle_questions(server);
}

static int
freeze_fail(struct prong *server, int rc, const char *what)
{
	struct text error = TEXT_ON(server->error);

	text_printf(&error, "what is live could not be %s: %s", what, text_errno(-rc));
	return rc;
}

PRONG_API int
prong_freeze(struct prong *server, int fd, unsigned flags)
{
	int rc;

	if ((flags & ~(unsigned)PRONG_TRIAL) != 0)
		return engine_fail(
		    server, -EINVAL, "cannot freeze: the only flag is PRONG_TRIAL");
	if (!server->is_started || server->is_draining || server->is_making)
		return engine_fail(server, -EBUSY,
		    server->is_draining ? "the server is stopping"
		    : server->is_making ? "a new set of services is being made"
					: "the server was not started");
	if ((flags & PRONG_TRIAL) == 0)
		settle_all(server);
	rc = freeze_into(server, fd);
	if (rc < 0) {
		prong_unfreeze(server);
		return freeze_fail(server, rc, "written down");
	}
	rc = keep_all(server, 0, (flags & PRONG_TRIAL) == 0);
	if (rc == 0)
		return 0;
	prong_unfreeze(server);
	return freeze_fail(server, rc, "kept open");
}

PRONG_API void
prong_unfreeze(struct prong *server)
{
	(void)keep_all(server, FD_CLOEXEC, true);
	for (struct prong_service *at = server->services; at != NULL; at = at->next)
		if (at->pool.is_open)
			pool_arm(&at->pool, engine_now(server));
	turn_serve_all(server); /* of whom the policy program was asked */
}
