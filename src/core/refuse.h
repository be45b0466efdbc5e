/*
 * refuse -- telling a client that it does not get a process
 *
 * From the supervisor itself, with one send that cannot block: refusing must not need
 * what is scarce.  Closes the client's socket.
 */
#pragma once

#include "addr.h"
#include "admit.h"
#include "service.h"

/* What policy said; `live` sessions of the source `key`. */
void refuse_verdict(struct prong_service *, int fd, const struct addr *peer, enum verdict,
    const struct addr_key *key, uint32_t live);

/* The machine has not what it takes. */
void refuse_machine(struct prong_service *, int fd, const struct addr *peer, enum refusal,
    const char *why);

/* Sends refuse-text, if there is one, and whatever the client has said already is taken
 * in, for unread input would make the kernel discard the text.  Does not close. */
void refuse_text(const struct prong_service *, int fd);
