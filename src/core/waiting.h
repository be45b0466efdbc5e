/*
 * waiting -- a library's handler, started before its client comes
 *
 * The one fork of the host: the child goes through its stages and then waits where its
 * handler is about to begin, as prong-spare does for programs (warm.h).  It copies
 * itself when asked, so that the host, however large, is not forked again.
 */
#pragma once

struct prong_service;
struct spawn_request;
struct spawned;

/* As spawn_handler(). */
int waiting_spawn(struct prong_service *, const struct spawn_request *, struct spawned *);
