/* What a set needs of the machine, and how many sessions that allows. */
#include <string.h>

#include "conn.h"
#include "engine.h"
#include "prepare_own_ids.h"
#include "room.h"
#include "variant.h"

/* A port stands for both families. */
#define SOCKETS_PER_WORD 2

/* The pidfd of its init, what that lives by, Landlock's rules. */
#define FILES_OF_CELL 3

/* While the policy program is asked: its pidfd, its answer, the client. */
#define FILES_OF_QUESTION 3

/* pidfd, client's socket, error output, cgroup: as many as the settings need. */
static uint32_t
files_of_session(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	bool is_ahead = settings->start != START_FRESH;

	return 1 + (alarms_are_wanted(service) ? 1 : 0) +
	       (cells_are_wanted(service) ? FILES_OF_CELL : 0) +
	       (cgroups_are_wanted(settings) ? 1 : 0) +
	       (conn_needs_client(settings) || is_ahead ? 1 : 0) +
	       (settings->stderr_to == STDERR_LOG ? 1 : 0) + (is_ahead ? 1 : 0);
}

uint32_t
engine_files_per_session(const struct prong_service *base)
{
	uint32_t most = 0;

	for (const struct prong_service *at = base; at != NULL;
	     at = variant_next(base, at)) {
		uint32_t files = at->is_asker ? FILES_OF_QUESTION : files_of_session(at);

		most = files > most ? files : most;
	}
	return most;
}

/* Clients without a session, at most. */
uint32_t
engine_waiting(const struct prong_service *base)
{
	return door_makes_wait(base) ? base->settings.waiting_max : 0;
}

/* Of a process that waits: as a session, but no client; and two more that are starting.
 */
static uint64_t
files_of_pool(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;

	if (settings->start != START_FRESH)
		return ((uint64_t)settings->spares_max + 2) *
		       (files_of_session(service) - 1);
	return cells_are_wanted(service) ? CELLS_READY_MAX * FILES_OF_CELL : 0;
}

uint64_t
engine_files_apart(const struct prong_service *base)
{
	const struct settings *settings = &base->settings;
	uint64_t files = SOCKETS_PER_WORD * (uint64_t)settings->listen.count;

	files += engine_waiting(base);
	for (const struct prong_service *at = base; at != NULL;
	     at = variant_next(base, at))
		files += files_of_pool(at) + cgroups_files(&at->settings);
	return files;
}

uint64_t
engine_processes_ahead(const struct prong_service *base)
{
	uint64_t count = 0;

	for (const struct prong_service *at = base; at != NULL;
	     at = variant_next(base, at))
		if (at->settings.start != START_FRESH)
			count += (uint64_t)at->settings.spares_max + 1;
	return count;
}

uint32_t
engine_cells_needed(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	uint32_t ahead =
	    settings->start == START_FRESH ? CELLS_READY_MAX : 2 * settings->spares_max;

	/* As many again may be ending. */
	return 2 * service_base(service)->max + ahead + 16;
}

uint64_t
engine_memory(const struct prong_service *base)
{
	const struct settings *settings = &base->settings;
	uint64_t each = sizeof(struct conn) + sizeof(struct source) +
			sizeof(struct report) + sizeof(struct output_rest);
	uint64_t remembered = door_remembers(base) ? settings->sources_max : 0;

	if (base->server->has_proxies)
		each += sizeof(struct introduction);
	if (cgroups_are_wanted(settings))
		each += sizeof(struct cgroup);
	return ((uint64_t)base->max + engine_waiting(base)) * each +
	       remembered * sizeof(struct source);
}

static void
engine_check_files(struct prong_service *service, const struct capacity_facts *facts,
    const struct capacity_need *need)
{
	uint64_t files = capacity_files_needed(facts, need, service->max);
	char line[256];
	struct text text = TEXT_ON(line);

	if (files <= facts->files)
		return;
	text_printf(&text,
	    "max: %u at once would need %llu descriptors, RLIMIT_NOFILE allows %llu: the "
	    "rest will wait; raise the limit (ulimit -n) or lower max",
	    service->max, (unsigned long long)files, (unsigned long long)facts->files);
	engine_tell(service->server, EVENT_WARNING, service->name, line);
}

/* What the machine can hold, and no more than there are numbers for. */
static uint32_t
engine_default(const struct prong_service *service, const struct capacity_facts *facts,
    const struct capacity_need *need, const struct prong_service *set, struct text *why)
{
	uint32_t max = capacity_default(facts, need, why);
	uint32_t most = prepare_own_ids_most(service, set);

	if (max <= most)
		return max;
	why->used = 0;
	text_put(why, "uid-range");
	return most;
}

static void
engine_size_service(struct prong_service *service, const struct prong_service *set,
    const struct capacity_need *all)
{
	const struct settings *settings = &service->settings;
	const struct capacity_facts *facts = &service->server->facts;
	struct capacity_need need = *all;
	struct text why = TEXT_ON(service->max_from);

	need.files_per_session = engine_files_per_session(service);
	service->max = settings->max;
	if (settings->max == 0)
		service->max = engine_default(service, facts, &need, set, &why);
	else
		text_put(&why, "as asked");
	engine_check_files(service, facts, &need);
}

uint32_t
engine_slots_needed(const struct prong *server, const struct prong_service *set)
{
	uint64_t total = 1 + (uint64_t)server->slots.live;

	for (const struct prong_service *at = set; at != NULL; at = service_next(at))
		total += at->max + engine_waiting(at);
	return total > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)total;
}

/* Sources that may be remembered: of services that are no more, too. */
static void
engine_size_memory(struct prong *server, const struct prong_service *set)
{
	uint64_t total = 0;

	for (const struct ledger *at = server->ledgers.first; at != NULL; at = at->next)
		total += at->memory.most;
	for (const struct prong_service *at = set; at != NULL; at = service_next(at))
		if (door_remembers(at))
			total += at->settings.sources_max;
	if (total > UINT32_MAX / 4)
		total = UINT32_MAX / 4;
	if (total > server->remembered)
		server->remembered = (uint32_t)total;
}

/* One for each session, and for each process that waits for one. */
static uint32_t
engine_alarms(const struct prong_service *set, uint32_t sessions)
{
	uint64_t count = 0;

	for (const struct prong_service *at = set; at != NULL; at = at->next)
		if (alarms_are_wanted(at))
			count += (count == 0 ? sessions : 0) + 2 +
				 (at->settings.start == START_FRESH
					 ? 0
					 : 2 * (uint64_t)at->settings.spares_max);
	return count > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)count;
}

int
engine_size(struct prong *server, struct prong_service *set, struct text *message)
{
	struct capacity_need need = { 0 };
	uint32_t total;
	int rc;

	/* What is free later depends on the sessions that are live then. */
	if (server->facts.files == 0)
		capacity_read(&server->facts);
	for (struct prong_service *at = set; at != NULL; at = service_next(at)) {
		need.services++;
		need.files_apart += engine_files_apart(at);
		server->has_proxies |= at->settings.proxy_from.count > 0;
	}
	for (struct prong_service *at = set; at != NULL; at = service_next(at))
		engine_size_service(at, set, &need);
	for (struct prong_service *at = set; at != NULL; at = at->next)
		if (at->base != NULL)
			at->max = at->base->max;
	rc = prepare_own_ids_check(set, message);
	if (rc < 0)
		return rc;
	engine_size_memory(server, set);
	total = engine_slots_needed(server, set);
	rc = room_grow(server, total);
	if (rc == 0)
		rc = alarms_grow(server, engine_alarms(set, total));
	if (rc < 0)
		text_printf(message, "no memory for %u sessions; lower max\n", total - 1);
	return rc;
}
