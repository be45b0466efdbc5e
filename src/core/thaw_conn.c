/* The lines of a session. */
#include <string.h>

#include "cells.h"
#include "thaw.h"

static int
conn_charge(struct conn *conn, const struct addr_key *key)
{
	struct prong_service *service = conn->service;
	struct source *source = NULL;

	/* One that is exempt may have come when there was no place for its source. */
	if (key->family != AF_UNSPEC) {
		source = sources_get(&service->server->sources, &service->ledger->memory,
		    key, engine_now(service->server));
		if (source == NULL)
			return -EPROTO;
		source->live++;
	}
	service->ledger->gate.live++;
	service->live++;
	conn->charge = (struct charge){ &service->ledger->gate, source };
	return 0;
}

struct conn *
thaw_conn_place(struct thaw *thaw, uint32_t service, const struct conn *frozen)
{
	struct conn *conn = slots_take(&thaw->server->slots);
	struct slot slot;

	if (conn == NULL)
		return NULL;
	slot = conn->slot;
	*conn = *frozen;
	conn->slot = slot;
	conn->service = thaw->by_index[service];
	thaw->last = conn;
	return conn;
}

static int
conn_take(struct thaw *thaw, const struct frozen_conn *frozen)
{
	struct conn *conn = thaw_conn_place(thaw, frozen->service, &frozen->conn);

	return conn == NULL ? -EPROTO : conn_charge(conn, &frozen->key);
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
thaw_conn_cgroup(struct thaw *thaw, char *line)
{
	struct cgroup frozen = { 0 };
	int rc = state_get(line, &frozen_cgroup_record, &frozen);

	if (rc < 0 || thaw->is_trial)
		return rc;
	if (thaw->last == NULL)
		return -EPROTO;
	return cgroups_adopt(thaw->server, &frozen, &thaw->last->confinement.cgroup);
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

/* The range of a service that was taken over, which nobody has prepared. */
static struct own_range *
own_range_of(struct prong_service *service)
{
	const struct setting_range *range = &service->settings.uid_range;

	if (service->own_range == NULL && range->first != 0)
		service->own_range =
		    own_ids_get(&service->server->own_ids, range->first, range->last);
	return service->own_range;
}

static int
own_id_claim(struct conn *conn, uid_t own_id)
{
	struct own_range *range = own_range_of(conn->service);

	if (range == NULL || !own_ids_claim(range, own_id))
		return -EPROTO;
	conn->confinement.own_id = own_id;
	return 0;
}

/* Of a session that nobody took, in a trial, nothing is taken either. */
int
thaw_conn_confined(struct thaw *thaw, char *line)
{
	struct frozen_confinement frozen = { 0 };
	struct conn *conn = thaw->last;
	int rc = state_get(line, &frozen_confined_record, &frozen);

	if (rc < 0)
		return -EPROTO;
	if (conn == NULL)
		return 0;
	if (frozen.own_id != 0)
		rc = own_id_claim(conn, frozen.own_id);
	if (rc == 0 && frozen.alarm_fd >= 0) {
		conn->confinement.alarm =
		    alarms_adopt(conn->service, conn, frozen.alarm_fd);
		rc = conn->confinement.alarm == NULL ? -ENOMEM : 0;
	}
	if (rc < 0 || frozen.cell_pid == 0)
		return rc;
	conn->confinement.cell = cells_adopt(
	    conn->service, frozen.cell_pid, frozen.cell_pidfd, frozen.cell_life_fd);
	return conn->confinement.cell == NULL ? -ENOMEM : 0;
}

int
thaw_conn_alarm(struct thaw *thaw, char *line)
{
	struct frozen_alarm frozen = { 0 };

	if (state_get(line, &frozen_alarm_record, &frozen) < 0 ||
	    frozen.service >= thaw->service_count)
		return -EPROTO;
	if (thaw->is_trial)
		return 0;
	return alarms_adopt(thaw->by_index[frozen.service], NULL, frozen.fd) == NULL
		   ? -ENOMEM
		   : 0;
}

/* Whose turn it is goes on, so that a number is not given to the next at once. */
int
thaw_conn_turn(struct thaw *thaw, char *line)
{
	struct own_range frozen = { 0 }, *range = NULL;

	if (state_get(line, &frozen_turn_record, &frozen) < 0 ||
	    frozen.turn < frozen.first || frozen.turn > frozen.last)
		return -EPROTO;
	for (uint32_t i = 0; i < thaw->service_count && range == NULL; i++)
		if (thaw->by_index[i]->settings.uid_range.first == frozen.first &&
		    thaw->by_index[i]->settings.uid_range.last == frozen.last)
			range = own_range_of(thaw->by_index[i]);
	if (range != NULL)
		range->turn = frozen.turn;
	return 0;
}
