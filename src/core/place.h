/*
 * place -- what a LISTEN word means
 *
 * Pure: nothing is resolved or opened.
 *   9999  :9999  *:9999      every address, both families
 *   127.0.0.1:9999  [::1]:9999
 *   name:9999                all addresses of the name, resolved once, at start
 *   unix:/path  unix:@name   a path, or a name in the abstract space
 *   vsock:CID:PORT           CID empty, "any" or a number
 *   fd:N                     a listening socket that was inherited
 */
#pragma once

#include "addr.h"

enum place_kind {
	PLACE_ANY,      /* every address: port */
	PLACE_LOOPBACK, /* both loopback addresses: port; never written, the default */
	PLACE_ADDRESS,  /* addr */
	PLACE_NAME,     /* name, port */
	PLACE_FD,       /* fd */
};

struct place {
	enum place_kind kind;
	uint16_t port;
	int fd;
	char name[256];
	struct addr addr;
};

/* 0 or -EINVAL, with one line in `message`. */
int place_parse(const char *word, struct place *ret_place, struct text *message);
