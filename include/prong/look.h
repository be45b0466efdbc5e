/*
 * prong/look.h -- what there is: services, numbers, sessions
 *
 * The structs here are the caller's; `size` is the sizeof of the struct.  Later versions
 * may add members at its end: whoever was compiled before gets those it knows, whoever
 * was compiled with a later header than the library that runs finds the rest zero (as
 * clone3(2) and openat2(2) have it).
 */
#ifndef PRONG_PRONG_LOOK_H
#define PRONG_PRONG_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Structs that are called as the function which fills them, as stat(2) has it. */
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

/* Numbers so far. */
struct prong_stats {
	uint64_t accepted, refused, ended, failed; /* failed: no program was started */
	uint32_t live, max, most;                  /* now, allowed, most at once */
};

/* Of all services together, or of one; over reloads and upgrades. */
PRONG_API void prong_stats(const struct prong *, struct prong_stats *, size_t size);
PRONG_API void prong_service_stats(
    const struct prong_service *, struct prong_stats *, size_t size);

/* What serving at the limits of all services at once takes, and what this machine allows
 * (UINT64_MAX: no limit that is known).  After prong_start() or prong_check(). */
struct prong_needs {
	uint64_t sessions;
	uint64_t files, files_allowed;         /* descriptors of this process */
	uint64_t processes, processes_allowed; /* one each, before they start others */
	uint64_t memory, memory_available;     /* bytes of this process, without theirs */
};
PRONG_API void prong_needs(const struct prong *, struct prong_needs *, size_t size);

/* The one that serves after `previous` (NULL: the first), or of that name; or NULL. */
PRONG_API struct prong_service *prong_service_next(
    const struct prong *, const struct prong_service *previous);

PRONG_API struct prong_service *prong_service_find(
    const struct prong *, const char *name);

struct prong_service_facts {
	const char *name;
	const char *state;    /* "listening", "full", "paused", "held", "draining" */
	const char *program;  /* argv[0] as given; NULL: a handler */
	const char *max_from; /* where `max` comes from, in words */
	uint32_t older;       /* of the live sessions: born under earlier settings */
};

/* Texts are valid as long as the service. */
PRONG_API void prong_service_facts(
    const struct prong_service *, struct prong_service_facts *, size_t size);

/* What a service has started ahead of its clients (`start`). */
struct prong_spares {
	const char *asked;    /* "fresh", "spare", "warm", "clone": the setting */
	const char *in_force; /* what there is instead, or the same */
	const char *reason;   /* why it is not what was asked, in words; "" */
	const char *reasons;  /* how often they failed, by reason: "ended 3, timeout 1" */
	uint32_t ready;       /* wait for a client */
	uint32_t starting;    /* on their way there */
	uint32_t wanted;      /* between spares-min and spares-max, by demand */
	uint64_t hits;        /* clients that met a process that was ready */
	uint64_t misses;      /* that came when none was */
	uint64_t failed;      /* processes that did not get to where they wait */
	uint64_t lost;        /* that ended while they waited */
	uint64_t retired;     /* given up: a file has changed, or nobody came */
	/* Of a program that is held: the system call that it was about to make
	 * ("read(0)"), how long it took to get there, and the memory that is its own (PSS
	 * of one that waits, asked of the kernel now).  "", 0, 0: none was held yet. */
	const char *call;
	uint64_t start_ms, memory_kb;
};

/* Texts are valid until the next prong_dispatch(). */
PRONG_API void prong_spares(
    const struct prong_service *, struct prong_spares *, size_t size);

/* A setting's value in force, as an operator would write it; "listen" (the addresses that
 * are bound) and "program" too.  -ENOENT: no such setting; -ERANGE: `size` too small,
 * and what fits is there. */
PRONG_API int prong_get(
    const struct prong_service *, const char *name, char *value, size_t size);

/* One live session.  Texts are valid until the next call on the server. */
struct prong_session {
	const char *id, *service;
	const char *source; /* "127.0.0.1:53412" */
	const char *state;  /* "arriving", "waiting", "asking", "running", "terminating",
			     * "killed", "finishing" */
	const char *proxy;  /* that it came by: "192.0.2.1:4711"; "": none */
	const char *cause; /* why it is being ended: "idle-timeout", ...; "": it is not */
	pid_t pid;         /* also its process group; 0: there is no process */
	uint64_t age_ms;
	bool has_bytes; /* the kernel counts them: TCP, with a descriptor kept */
	uint64_t bytes_in, bytes_out;
	bool is_older; /* born under earlier settings */
};

/* The one at or after *cursor (0: the first), in no special order; moves *cursor behind
 * it.  They may come and go between calls; none that lives throughout is left out or told
 * twice.  False: no more. */
PRONG_API bool prong_session_next(
    struct prong *, uint32_t *cursor, struct prong_session *, size_t size);

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif
