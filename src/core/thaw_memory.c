/* The lines of what is remembered of clients. */
#include <string.h>

#include "room.h"
#include "thaw.h"

int
thaw_memory_room(struct thaw *thaw, char *line)
{
	uint64_t remembered;

	if (text_parse_number(line, 0, UINT32_MAX / 4, &remembered) < 0)
		return -EPROTO;
	thaw->server->remembered = (uint32_t)remembered;
	return room_grow(thaw->server, thaw->server->slots.capacity);
}

/* Not yet as one that refuses: sessions come with sources of their own. */
int
thaw_memory_take(struct thaw *thaw, char *line)
{
	struct ledger read = { 0 }, *ledger = thaw->ledger;
	int rc = state_get(line, &frozen_memory_record, &read);

	if (rc < 0 || ledger == NULL || read.memory.limits.decay < 0)
		return -EPROTO;
	ledger->gate.bucket = read.gate.bucket;
	ledger->gate.is_stressed = read.gate.is_stressed;
	memory_limit(&thaw->server->sources, &ledger->memory, read.memory.most, false,
	    &read.memory.limits);
	return 0;
}

int
thaw_memory_refusals(struct thaw *thaw, char *line)
{
	return thaw->ledger == NULL
		   ? -EPROTO
		   : state_get(line, &frozen_refusals_record, thaw->ledger);
}

static struct ledger *
ledger_of(const struct thaw *thaw, uint32_t number)
{
	struct ledger *at = thaw->server->ledgers.first;

	while (at != NULL && at->number != number)
		at = at->next;
	return at;
}

int
thaw_memory_source(struct thaw *thaw, char *line)
{
	struct sources *sources = &thaw->server->sources;
	struct frozen_source read = { 0 };
	msec now = engine_now(thaw->server);
	struct ledger *ledger;
	struct source *source;

	if (state_get(line, &frozen_source_record, &read) < 0)
		return -EPROTO;
	ledger = ledger_of(thaw, read.owner);
	if (ledger == NULL)
		return -EPROTO;
	source = sources_get(sources, &ledger->memory, &read.key, now);
	if (source == NULL)
		return -EPROTO;
	source->bucket = read.bucket;
	source->penalty = read.penalty;
	sources_put(sources, source, now);
	return 0;
}
