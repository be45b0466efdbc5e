#include "room.h"

#include <sys/mman.h>

#include "conn.h"

/* The reports of one segment of the slots. */
static int
reports_map(struct prong *server, uint32_t segment)
{
	size_t size = server->slots.segments[segment].capacity * sizeof(struct report);
	void *reports =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (reports == MAP_FAILED)
		return -ENOMEM;
	server->reports[segment] = (struct iovec){ reports, size };
	server->report_count = segment + 1;
	server->shared[server->shared_count++] = server->reports[segment];
	return 0;
}

/* What belongs to slots that are there and do not have it yet: an earlier try may have
 * come only so far. */
static int
room_complete(struct prong *server)
{
	int rc = 0;

	while (rc == 0 && server->report_count < server->slots.count)
		rc = reports_map(server, server->report_count);
	while (rc == 0 && server->rests.count < server->slots.count)
		rc = output_grow(
		    &server->rests, server->slots.segments[server->rests.count].capacity);
	while (rc == 0 && server->has_proxies &&
	       server->introductions.count < server->slots.count)
		rc = introductions_grow(&server->introductions,
		    server->slots.segments[server->introductions.count].capacity);
	return rc;
}

int
room_grow(struct prong *server, uint32_t capacity)
{
	int rc = slots_grow(&server->slots, capacity);

	if (rc == 0)
		rc = room_complete(server);
	return rc < 0 ? rc
		      : sources_grow(&server->sources,
			    server->slots.capacity + server->remembered);
}

void
room_done(struct prong *server)
{
	for (uint32_t i = 0; i < server->report_count; i++)
		(void)munmap(server->reports[i].iov_base, server->reports[i].iov_len);
	server->report_count = server->shared_count = 0;
	slots_done(&server->slots);
	sources_done(&server->sources);
	output_done(&server->rests);
	introductions_done(&server->introductions);
}

struct introduction *
room_introduction(const struct prong *server, const struct conn *conn)
{
	return &server->introductions.pools[conn->slot.segment][conn->slot.offset];
}

struct report *
room_report(const struct prong *server, const struct conn *conn)
{
	struct report *reports = server->reports[conn->slot.segment].iov_base;

	return &reports[conn->slot.offset];
}
