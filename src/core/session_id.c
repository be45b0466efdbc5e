#include "session_id.h"

#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "engine.h"

#define PLACE_BITS 22
#define APART_BITS 10
#define PLACE_MASK ((1U << PLACE_BITS) - 1)

/* 16 bytes that the kernel gives to each program (getauxval(3)); whoever has forked
 * without exec has them in common. */
static uint32_t
chance_of_process(void)
{
	const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
	uint32_t chance = 0;

	if (bytes != NULL)
		memcpy(&chance, bytes, sizeof(chance));
	return chance + (uint32_t)getpid() * 2654435761U;
}

void
session_id_init(struct prong *server)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	server->id_epoch = (msec)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 -
			   loop_update_now(&server->loop);
	/* No two servers have the same descriptor. */
	server->id_place =
	    (chance_of_process() + ((uint32_t)loop_fd(&server->loop) << APART_BITS)) &
	    PLACE_MASK;
}

/* Crockford's base 32: no I, L, O or U to misread. */
static void
put(char *id, uint64_t value)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	id[SESSION_ID_SIZE - 1] = '\0';
	for (int i = SESSION_ID_SIZE - 2; i >= 0; i--) {
		id[i] = digits[value & 31];
		value >>= 5;
	}
}

void
session_id_next(struct prong *server, char id[SESSION_ID_SIZE])
{
	uint64_t now = (uint64_t)(server->id_epoch + engine_now(server));
	uint64_t first = now << PLACE_BITS | server->id_place;

	if (server->id_base < first)
		server->id_base = first;
	put(id, server->id_base++);
}
