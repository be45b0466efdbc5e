#include "fake_prong.h"

#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>

void
fake_init(struct prong *prong, uint32_t sessions)
{
	*prong = (struct prong){
		.services = { { "echo", "listening" }, { "rev", "held" } },
		.service_count = 2,
		.sessions = sessions,
	};
}

static bool
turn_once(struct prong *prong)
{
	struct fake_watch at[FAKE_WATCHES];
	struct pollfd ready[FAKE_WATCHES];
	nfds_t count = 0;

	for (size_t i = 0; i < FAKE_WATCHES; i++) {
		if (prong->watches[i].fd == 0)
			continue;
		at[count] = prong->watches[i];
		ready[count++] = (struct pollfd){ .fd = prong->watches[i].fd,
			.events = (short)prong->watches[i].events };
	}
	if (poll(ready, count, 0) <= 0)
		return false;
	for (nfds_t i = 0; i < count; i++)
		if (ready[i].revents != 0) {
			at[i].ready((uint32_t)ready[i].revents, at[i].context);
			break;
		}
	return true;
}

bool
fake_turn(struct prong *prong)
{
	bool did = false;

	for (int i = 0; i < 100000 && turn_once(prong); i++)
		did = true;
	return did;
}

size_t
fake_watched(const struct prong *prong)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_WATCHES; i++)
		count += prong->watches[i].fd != 0;
	return count;
}

static void
note(struct prong *prong, const char *what, const char *name)
{
	const size_t used = strlen(prong->calls);

	(void)snprintf(prong->calls + used, sizeof(prong->calls) - used, "%s %s;", what,
	    name == NULL ? "all" : name);
}

/* ---- prong.h ------------------------------------------------------------------ */

static struct fake_watch *
watch_of(struct prong *prong, int fd)
{
	for (size_t i = 0; i < FAKE_WATCHES; i++)
		if (prong->watches[i].fd == fd)
			return &prong->watches[i];
	return NULL;
}

int
prong_watch(
    struct prong *prong, int fd, uint32_t events, prong_ready_fn *ready, void *context)
{
	struct fake_watch *watch = watch_of(prong, fd);

	if (watch == NULL)
		watch = watch_of(prong, 0);
	if (watch == NULL)
		return -ENOSPC;
	*watch = (struct fake_watch){ fd, events, ready, context };
	return 0;
}

void
prong_unwatch(struct prong *prong, int fd)
{
	struct fake_watch *watch = fd > 0 ? watch_of(prong, fd) : NULL;

	if (watch != NULL)
		watch->fd = 0;
}

const char *
prong_error(const struct prong *prong)
{
	(void)prong;
	return "it is broken";
}

void
prong_stats(const struct prong *prong, struct prong_stats *ret_stats, size_t size)
{
	(void)size;
	*ret_stats = (struct prong_stats){
		.accepted = 7, .refused = 1, .live = prong->sessions, .max = 40, .most = 9
	};
}

void
prong_service_stats(
    const struct prong_service *service, struct prong_stats *ret_stats, size_t size)
{
	(void)service;
	(void)size;
	*ret_stats = (struct prong_stats){ 0 };
}

struct prong_service *
prong_service_next(const struct prong *prong, const struct prong_service *previous)
{
	const size_t i = previous == NULL ? 0 : (size_t)(previous - prong->services) + 1;

	return i < prong->service_count ? (struct prong_service *)&prong->services[i]
					: NULL;
}

struct prong_service *
prong_service_find(const struct prong *prong, const char *name)
{
	for (size_t i = 0; i < prong->service_count; i++)
		if (strcmp(prong->services[i].name, name) == 0)
			return (struct prong_service *)&prong->services[i];
	return NULL;
}

void
prong_service_facts(const struct prong_service *service,
    struct prong_service_facts *ret_facts, size_t size)
{
	(void)size;
	*ret_facts = (struct prong_service_facts){ .name = service->name,
		.state = service->state,
		.program = "@echo",
		.max_from = "given" };
}

void
prong_spares(
    const struct prong_service *service, struct prong_spares *ret_spares, size_t size)
{
	(void)size;
	*ret_spares = service->spares;
	if (ret_spares->asked == NULL)
		*ret_spares = (struct prong_spares){
			.asked = "fresh", .in_force = "fresh", .reason = "", .call = ""
		};
}

const char *
prong_bound(const struct prong_service *service, size_t i)
{
	(void)service;
	return i == 0 ? "127.0.0.1:7" : i == 1 ? "[::1]:7" : NULL;
}

int
prong_get(const struct prong_service *service, const char *name, char *value, size_t size)
{
	(void)service;
	if (strcmp(name, "env") == 0)
		return -ERANGE;
	(void)snprintf(value, size, "of %s", name);
	return 0;
}

bool
prong_measure_next(const struct prong_service *service, uint32_t *cursor,
    struct prong_measure *ret_measure, size_t size)
{
	(void)size;
	static const struct prong_measure measures[] = {
		{ "files", "read, write, execute", "preset", "in-force", "3 paths", "" },
		{ "pid", "namespaces", "preset", "missing", "", "not permitted" },
		{ "cgroup", "cgroup", "", "off", "", "" },
	};

	(void)service;
	if (*cursor >= sizeof(measures) / sizeof(measures[0]))
		return false;
	*ret_measure = measures[(*cursor)++];
	return true;
}

const char *
prong_refusals(const struct prong_service *service)
{
	return service->refusals == NULL ? "" : service->refusals;
}

int
prong_why(struct prong_service *service, const char *address, struct prong_why *ret_why,
    size_t size)
{
	(void)size;
	if (strcmp(address, "nobody") == 0)
		return -EINVAL;
	*ret_why = service->why;
	if (ret_why->reason == NULL)
		*ret_why = (struct prong_why){ .is_admitted = true,
			.reason = "",
			.text = "is let in",
			.source = address,
			.rule = "",
			.rule_from = "",
			.max = 40 };
	return 0;
}

bool
prong_penalty_next(
    struct prong *prong, uint32_t *cursor, struct prong_penalty *ret_penalty, size_t size)
{
	(void)size;
	const uint32_t i = *cursor;

	if (i >= prong->penalties)
		return false;
	(*cursor)++;
	(void)snprintf(
	    prong->source, sizeof(prong->source), "10.%u.%u.0/24", i / 256, i % 256);
	*ret_penalty = (struct prong_penalty){ .service = i % 2 == 0 ? "echo" : "rev",
		.source = prong->source,
		.last = "exit",
		.owes_ms = 1000 + i,
		.is_shut_out = i % 2 == 0,
		.offences = 3 };
	return true;
}

int
prong_penalties_clear(struct prong *prong, const char *service, const char *what)
{
	char words[64];

	(void)snprintf(
	    words, sizeof(words), "%s %s", what, service == NULL ? "all" : service);
	note(prong, "clear", words);
	return prong->ends;
}

/* Every second one is of "rev". */
bool
prong_session_next(
    struct prong *prong, uint32_t *cursor, struct prong_session *ret_session, size_t size)
{
	(void)size;
	const uint32_t i = *cursor;

	if (i >= prong->sessions)
		return false;
	(*cursor)++;
	(void)snprintf(prong->id, sizeof(prong->id), "S%07u", (unsigned)i);
	(void)snprintf(prong->source, sizeof(prong->source), "192.0.2.%u:%u", i % 256,
	    1024 + i % 60000);
	*ret_session = (struct prong_session){ .id = prong->id,
		.service = i % 2 == 0 ? "echo" : "rev",
		.source = prong->source,
		.state = "running",
		.proxy = i % 3 == 2 ? "10.0.0.1:4711" : "",
		.cause = "",
		.pid = (pid_t)(i + 100),
		.age_ms = 5,
		.has_bytes = true };
	return true;
}

int
prong_end(struct prong *prong, const char *what, int64_t grace_ms)
{
	char words[64];

	(void)snprintf(words, sizeof(words), "%s %lld", what, (long long)grace_ms);
	note(prong, "end", words);
	return prong->ends;
}

int
prong_pause(struct prong *prong, const char *name)
{
	note(prong, "pause", name);
	return 0;
}

int
prong_resume(struct prong *prong, const char *name)
{
	note(prong, "resume", name);
	return 0;
}
