/*
 * night -- a snapshot to look at, for tests
 */
#pragma once

#include "snapshot.h"
#include "unit.h"

/* A server "night" with the services "echo" and "rev" (held) and `count` sessions S0, S1,
 * ... of echo: the higher the number, the less CPU and the older. */
static inline void
night_init(struct snapshot *snapshot, size_t count)
{
	snapshot_init(snapshot);
	snapshot->server = (struct seen_server){ .name = "night",
		.version = "1.2",
		.state = "serving",
		.pid = 7,
		.uptime_s = 7500,
		.numbers = { .live = (int64_t)count, .max = 40, .most = 9 } };
	snapshot->services = calloc(2, sizeof(*snapshot->services));
	assert_non_null(snapshot->services);
	snapshot->service_count = snapshot->service_room = 2;
	snapshot->services[0] =
	    (struct seen_service){ .name = "echo", .state = "listening" };
	snapshot->services[1] = (struct seen_service){ .name = "rev", .state = "held" };
	for (size_t i = 0; i < count; i++) {
		struct seen_session *session = seen_list_add(&snapshot->sessions);

		assert_non_null(session);
		*session = (struct seen_session){ .service = "echo",
			.state = "running",
			.pid = (pid_t)(100 + i),
			.age_ms = (int64_t)(i + 1) * 1000,
			.permille = (int64_t)(count - i) };
		(void)snprintf(session->id, sizeof(session->id), "S%zu", i);
		(void)snprintf(
		    session->source, sizeof(session->source), "192.0.2.%zu:99", i);
	}
}
