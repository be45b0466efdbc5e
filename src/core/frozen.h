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

/* Of a connection that has no session yet. */
struct frozen_arrival {
	struct conn conn;
	struct addr_key key; /* of the source that it holds, if has_promise */
	struct addr proxy;   /* if has_proxy */
	bool has_promise, has_proxy;
	uint32_t service;
};

/* What is remembered of a client. */
struct frozen_source {
	uint32_t owner; /* number of its ledger */
	struct addr_key key;
	struct bucket bucket;
	struct penalty penalty;
};

/* What a session holds of pools. */
struct frozen_confinement {
	pid_t cell_pid; /* 0: it has no cell */
	int cell_pidfd, cell_life_fd;
	uid_t own_id; /* 0: none */
	int alarm_fd; /* -1: none, or an image's */
};

/* What copies of an image have in common. */
struct frozen_alarm {
	uint32_t service;
	int fd;
};

struct frozen_service {
	char name[64];
	bool is_retired, has_handler;
};

/* Its counts are in the ledger. */
extern const struct state_record frozen_server_record;   /* struct prong */
extern const struct state_record frozen_past_record;     /* struct prong_stats */
extern const struct state_record frozen_ledger_record;   /* struct ledger */
extern const struct state_record frozen_memory_record;   /* struct ledger */
extern const struct state_record frozen_refusals_record; /* struct ledger */
extern const struct state_record frozen_source_record;
extern const struct state_record frozen_arrival_record;
extern const struct state_record
    frozen_more_record; /* struct frozen_arrival: of a conn */
extern const struct state_record frozen_cgroup_record; /* struct cgroup: of a conn */
extern const struct state_record frozen_confined_record;
extern const struct state_record frozen_alarm_record;
extern const struct state_record frozen_turn_record; /* struct own_range */
extern const struct state_record frozen_service_record;
extern const struct state_record frozen_listener_record; /* struct listener */
extern const struct state_record frozen_conn_record;

/* Its line, if it holds anything. */
void frozen_put_confinement(FILE *, const struct confinement *);
