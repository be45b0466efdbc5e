/*
 * thaw -- the state of one reading of what another program has frozen
 *
 * Shared by the parts that take its lines; each takes one line without its kind, and
 * returns 0, -EPROTO or -ENOMEM.
 */
#pragma once

#include "frozen.h"

struct thaw {
	struct prong *server;
	bool is_trial, is_same;
	int warden;                      /* pidfd of the old program's; -1: it had none */
	bool is_over;                    /* "end" was read */
	struct prong_service **by_index; /* in the order of the lines */
	uint32_t service_count;
	struct prong_service *twin; /* of the service in work; NULL: none is wanted */
	struct conn *last;          /* whose rest may follow */
	struct ledger *ledger;      /* whose memory may follow */
	const char *problem;        /* more than "not understood" */
};

int thaw_service_take(struct thaw *, char *line);
int thaw_service_set(struct thaw *, char *line);
int thaw_service_word(struct thaw *, char *line);
int thaw_service_listen(struct thaw *, char *line);
int thaw_conn_take(struct thaw *, char *line);
int thaw_conn_cgroup(struct thaw *, char *line);
int thaw_conn_rest(struct thaw *, char *line);
int thaw_conn_confined(struct thaw *, char *line);
int thaw_conn_alarm(struct thaw *, char *line);
int thaw_conn_turn(struct thaw *, char *line);
int thaw_arrival_take(struct thaw *, char *line);
int thaw_arrival_hello(struct thaw *, char *line);
int thaw_arrival_more(struct thaw *, char *line);
int thaw_memory_room(struct thaw *, char *line);
int thaw_memory_take(struct thaw *, char *line);
int thaw_memory_refusals(struct thaw *, char *line);
int thaw_memory_source(struct thaw *, char *line);

/* A slot for the frozen one; `service` as its line has it.  NULL: there is none left. */
struct conn *thaw_conn_place(struct thaw *, uint32_t service, const struct conn *frozen);
