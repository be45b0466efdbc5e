#include "snapshot.h"

#include <string.h>

#include "base.h"
#include "proc.h"

/* More sessions than this are listed, but their processes are not looked up: that would
 * take longer than a second. */
#define LOOKED_UP_MOST 5000

void
snapshot_init(struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){ .cpu_us = -1,
		.memory_kb = -1,
		.new_milli = -1,
		.refused_milli = -1,
		.permille = -1 };
}

void
snapshot_done(struct snapshot *snapshot)
{
	free(snapshot->services);
	seen_list_done(&snapshot->sessions);
	snapshot_init(snapshot);
}

static int
add_service(struct snapshot *snapshot, const json_t *object)
{
	if (snapshot->service_count == snapshot->service_room) {
		const size_t room = snapshot->service_room * 2 + 8;
		void *grown =
		    reallocarray(snapshot->services, room, sizeof(*snapshot->services));

		if (grown == NULL)
			return -ENOMEM;
		snapshot->services = grown;
		snapshot->service_room = room;
	}
	seen_service_read(&snapshot->services[snapshot->service_count++], object);
	return 0;
}

int
snapshot_add(struct snapshot *snapshot, const json_t *object)
{
	struct seen_session *session;

	if (json_object_get(object, "instance") != NULL) {
		seen_server_read(&snapshot->server, object);
		return 0;
	}
	if (json_object_get(object, "id") == NULL)
		return json_object_get(object, "service") == NULL
			   ? 0
			   : add_service(snapshot, object);
	session = seen_list_add(&snapshot->sessions);
	if (session == NULL)
		return -ENOMEM;
	seen_session_read(session, object);
	return 0;
}

/* ---- compared with the one before -------------------------------------------------- */

static int
by_id(const void *one, const void *other)
{
	const struct seen_session *a = one, *b = other;

	return strcmp(a->id, b->id);
}

static int64_t
per_second(int64_t now, int64_t before, int64_t passed_ms)
{
	if (now < before || before < 0 || passed_ms <= 0)
		return -1;
	return (now - before) * 1000000 / passed_ms;
}

/* Both lists are in the order of ids. */
static void
compare_sessions(struct seen_list *now, const struct seen_list *before, int64_t passed_ms)
{
	size_t j = 0;

	for (size_t i = 0; i < now->count; i++) {
		struct seen_session *session = &now->sessions[i];
		int64_t used;

		while (
		    j < before->count && strcmp(before->sessions[j].id, session->id) < 0)
			j++;
		if (j == before->count || session->cpu_us < 0 ||
		    strcmp(before->sessions[j].id, session->id) != 0 ||
		    before->sessions[j].cpu_us < 0 || passed_ms <= 0)
			continue;
		used = session->cpu_us - before->sessions[j].cpu_us;
		session->permille = used < 0 ? 0 : used / passed_ms;
	}
}

void
snapshot_compare(struct snapshot *now, const struct snapshot *before)
{
	const int64_t passed_ms = now->taken_ms - before->taken_ms;
	const struct seen_numbers *new = &now->server.numbers;
	const struct seen_numbers *old = &before->server.numbers;

	if (now->sessions.count > 1)
		qsort(now->sessions.sessions, now->sessions.count,
		    sizeof(*now->sessions.sessions), by_id);
	if (before->taken_ms == 0 || now->server.pid != before->server.pid)
		return;
	now->new_milli = per_second(new->accepted, old->accepted, passed_ms);
	now->refused_milli = per_second(new->refused, old->refused, passed_ms);
	if (now->cpu_us >= before->cpu_us && before->cpu_us >= 0 && passed_ms > 0)
		now->permille = (now->cpu_us - before->cpu_us) / passed_ms;
	compare_sessions(&now->sessions, &before->sessions, passed_ms);
}

void
snapshot_finish(struct snapshot *now, const struct snapshot *before, int64_t now_ms)
{
	now->taken_ms = now_ms;
	(void)proc_read(now->server.pid, &now->cpu_us, &now->memory_kb);
	for (size_t i = 0; i < now->sessions.count && i < LOOKED_UP_MOST; i++) {
		struct seen_session *session = &now->sessions.sessions[i];

		(void)proc_read(session->pid, &session->cpu_us, &session->memory_kb);
	}
	snapshot_compare(now, before);
}
