/*
 * seen -- what a server said of itself, its services and its sessions
 *
 * From the objects of its answers into plain structs of fixed size.  Whatever is shown
 * later is made harmless here: no text holds a byte that could move a cursor.  A key
 * that is missing is 0, "" or -1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

/* -1: not known. */
struct seen_numbers {
	int64_t live, max, most, accepted, refused, ended, failed;
};

struct seen_server {
	char name[64], version[32], state[24], config[256];
	pid_t pid;
	int64_t started_at, uptime_s, generation;
	struct seen_numbers numbers;
};

/* What is started before its client comes; asked "": nothing is. */
struct seen_spares {
	char asked[16], in_force[16], reason[256], call[32];
	int64_t ready, starting, wanted, hits, misses, failed, lost, retired;
	int64_t start_ms, memory_kb;
};

struct seen_service {
	char name[64], state[24], program[64], max_from[128], listen[256];
	char refusals[256]; /* by reason: "denied 3, rate 10" */
	int64_t older;
	struct seen_numbers numbers;
	struct seen_spares spares;
};

struct seen_session {
	char id[24], service[64], source[160], proxy[160], state[24], cause[32];
	pid_t pid;
	int64_t age_ms, bytes_in, bytes_out;
	bool is_older;
	int64_t cpu_us, memory_kb; /* of the process: proc_read(); -1: not known */
	int64_t permille;          /* of a processor, since it was last looked at; -1 */
	size_t instance;           /* which of several servers */
};

void seen_server_read(struct seen_server *, const json_t *);
void seen_service_read(struct seen_service *, const json_t *);
void seen_session_read(struct seen_session *, const json_t *);

/* Grows as they are added; all zero at first. */
struct seen_list {
	struct seen_session *sessions;
	size_t count, room;
};

/* One more, which the caller fills; NULL: no memory. */
struct seen_session *seen_list_add(struct seen_list *);
void seen_list_done(struct seen_list *);

/* What a server, a service or a session is doing, as people are told. */
const char *seen_state(const char *state);

/* Printable text of at most size - 1 bytes. */
void seen_copy(char *to, size_t size, const char *from);

/* What an object has at one key, for who reads another kind of answer; the text is made
 * harmless. */
int64_t seen_number(const json_t *object, const char *key);
void seen_text(char *to, size_t size, const json_t *object, const char *key);
