/* The lines of a session. */
#include <string.h>

#include "thaw.h"

static int
conn_charge(struct conn *conn, const struct addr_key *key)
{
	struct prong_service *service = conn->service;
	struct source *source =
	    sources_get(&service->server->sources, service->ledger->number, key);

	if (source == NULL)
		return -EPROTO;
	source->live++;
	service->ledger->gate.live++;
	service->live++;
	conn->charge = (struct charge){ &service->ledger->gate, source };
	return 0;
}

static int
conn_take(struct thaw *thaw, const struct frozen_conn *frozen)
{
	struct conn *conn = slots_take(&thaw->server->slots);
	struct slot slot;
	int rc;

	if (conn == NULL)
		return -EPROTO;
	slot = conn->slot;
	*conn = frozen->conn;
	conn->slot = slot;
	conn->service = thaw->by_index[frozen->service];
	rc = conn_charge(conn, &frozen->key);
	thaw->last = conn;
	return rc;
}

int
thaw_conn_take(struct thaw *thaw, char *line)
{
	struct frozen_conn frozen = { 0 };
	int rc = state_get(line, &frozen_conn_record, &frozen);

	if (rc < 0 || frozen.service >= thaw->service_count ||
	    frozen.conn.state <= CONN_FREE || frozen.conn.state > CONN_FINISHING ||
	    memchr(frozen.conn.id, '\0', sizeof(frozen.conn.id)) == NULL)
		return -EPROTO;
	/* Where it is only tried no session is open: these numbers are others' there. */
	return thaw->is_trial ? 0 : conn_take(thaw, &frozen);
}

int
thaw_conn_rest(struct thaw *thaw, char *line)
{
	struct output_rest scratch, *rest = &scratch;
	size_t length;

	if (thaw->last != NULL)
		rest = &thaw->server->rests
			    .pools[thaw->last->slot.segment][thaw->last->slot.offset];
	if (state_get_bytes(line, rest->bytes, sizeof(rest->bytes), &length) < 0)
		return -EPROTO;
	rest->used = (uint32_t)length;
	return 0;
}
