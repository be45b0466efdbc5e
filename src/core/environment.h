/*
 * environment -- what a program is told about its connection
 *
 * Variables under the names that peers made customary (see the table in the manual):
 * UCSPI, CGI and others, and ours.  What is not known is unset, never empty; nothing is
 * looked up; what a client can choose is passed on only if it is plain text.
 */
#pragma once

#include "addr.h"

struct conn;
struct listener;
struct prong;

/* Variables a service may have of its own, so that those of the connection always fit. */
#define ENVIRONMENT_OWN_MOST 400

/* Is it one of the variables that describe a connection?  These are never what an
 * operator set. */
bool environment_is_ours(const char *name, size_t length);

/* Fills server->environment for the next child.  Without a listener (it may be gone) the
 * kernel is asked for the session's own end. */
void environment_fill(struct prong *, const struct conn *, const struct listener *);
