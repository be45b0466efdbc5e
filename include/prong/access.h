/*
 * prong/access.h -- who gets in, and who does not, and why
 *
 * As `prong why` and `prong penalties` have it.  For `size` see prong/look.h.
 */
#ifndef PRONG_PRONG_ACCESS_H
#define PRONG_PRONG_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Structs that are called as the function which fills them, as stat(2) has it. */
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

/* How often clients were turned away, by reason: "denied 3, rate 10"; "" if none was.
 * Valid until the next call on the server. */
PRONG_API const char *prong_refusals(const struct prong_service *);

/* What would become of a client that came now, and why.  Nothing changes by asking. */
struct prong_why {
	bool is_admitted;
	const char *reason;    /* "", or as the event "refused" has it: "denied" ... */
	const char *text;      /* the answer in one sentence */
	int64_t wait_ms;       /* until its turn, or a try makes sense; 0: unknown */
	const char *source;    /* what it is counted under: "192.0.2.0/24" */
	const char *rule;      /* that speaks of it: "deny 192.0.2.0/24"; "": none does */
	const char *rule_from; /* where that stands: "deny", "/etc/prong/friends:12" */
	bool is_exempt;        /* one of `exempt` */
	bool is_proxy;    /* one of `proxy-from`: its header says who the client is */
	bool asks_policy; /* the policy program, or the host, has the last word */
	uint32_t source_live, source_max; /* sessions of this source; max 0: no limit */
	uint32_t live, max, reserve;      /* of the service */
	unsigned drop_percent;            /* the chance that early-drop refuses it */
	uint32_t source_tokens, source_burst; /* left, of how many; 0: no such rate */
	uint32_t tokens, burst;
	int64_t penalty_ms, owes_ms; /* shut out for so long; until it owes nothing */
	uint32_t penalty_offences;   /* that still count */
};

/* `address`, without a port: "192.0.2.7", "2001:db8::1", "uid:1000" (of a Unix socket;
 * may block, for its groups are looked up) or "cid:3" (vsock); else, and of a service
 * that does not serve, -EINVAL.  Texts are valid until the next call on the server. */
PRONG_API int prong_why(
    struct prong_service *, const char *address, struct prong_why *, size_t size);

/* A source that owes something; prong_penalty_next() is as prong_session_next(). */
struct prong_penalty {
	const char *service, *source; /* "192.0.2.0/24" */
	const char *last;  /* its latest offence: "exit", "first-byte-timeout" ... */
	int64_t owes_ms;   /* how long until it owes nothing */
	bool is_shut_out;  /* refused meanwhile; else less than penalty-min */
	uint32_t offences; /* that still count */
};

PRONG_API bool prong_penalty_next(
    struct prong *, uint32_t *cursor, struct prong_penalty *, size_t size);

/* Forgets what an address, a network, "uid:1000", "cid:3" or everybody ("all") owes; at
 * every service if `service` is NULL.  Returns how many; -EINVAL, -ENOENT: no such word,
 * no such service. */
PRONG_API int prong_penalties_clear(
    struct prong *, const char *service, const char *what);

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif
