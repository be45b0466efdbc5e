/*
 * listen -- LISTEN words from what others write
 *
 * Which families a port means is where the dialects differ, so the caller says it.
 */
#pragma once

#include "draft.h"

enum listen_family { LISTEN_BOTH, LISTEN_IPV4, LISTEN_IPV6 };

/* `host` NULL, "" or "*": every address of the family. */
void listen_add(struct draft_service *, const char *host, enum listen_family,
    unsigned port, const char *theirs);

/* An absolute path, or @name. */
void listen_add_unix(struct draft_service *, const char *path, const char *theirs);

/* A number from 1 to 65535, or the name of a TCP service; 0: neither. */
unsigned listen_port(const struct draft *, const char *word);
