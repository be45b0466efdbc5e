/*
 * hangup -- what the client does, seen from outside the connection
 *
 * The program has the socket; we hold a second descriptor of it and are told when the
 * client has said its last byte (EPOLLRDHUP), and when it is gone for certain (a reset:
 * EPOLLERR).  Data moving wakes nobody.  On TCP a close and a half-close look the same
 * until something is sent, so after the last byte the program has eof-grace to answer,
 * and again whenever the client took some more of the answer.
 */
#pragma once

#include "conn.h"

/* The client's watch, not watching yet. */
void hangup_init(struct conn *);

/* -ENOMEM, -ENOSPC. */
int hangup_watch(struct conn *);

void hangup_eof_due(struct conn *, msec now);
void hangup_idle_due(struct conn *, msec now);
void hangup_first_byte_due(struct conn *);
