/*
 * frozen -- which facts of a server are handed on when another program takes its place
 *
 * The tables for state.h: freeze.c writes by them, thaw.c reads.  A change here is a
 * change of STATE_FORMAT.
 */
#pragma once

#include "conn.h"
#include "engine.h"
#include "state.h"

/* Of a session: with what it points to. */
struct frozen_conn {
	struct conn conn;
	struct addr_key key; /* of its source */
	uint32_t service;    /* counts the services as they were written, from 0 */
};

struct frozen_service {
	char name[64];
	bool is_retired, has_handler;
};

/* Its counts are in the ledger. */
extern const struct state_record frozen_server_record; /* struct prong */
extern const struct state_record frozen_past_record;   /* struct prong_stats */
extern const struct state_record frozen_ledger_record; /* struct ledger */
extern const struct state_record frozen_service_record;
extern const struct state_record frozen_listener_record; /* struct listener */
extern const struct state_record frozen_conn_record;
