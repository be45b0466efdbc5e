/*
 * holder -- which process already has an address
 *
 * For the message "address in use": the socket is found in /proc/net, its owner among
 * the descriptors of the processes we may look at.
 */
#pragma once

#include "addr.h"

/* Appends "by NAME (pid N)", or what is known, or nothing.  That this process has it is
 * said in other words: nobody is to be looked for. */
void holder_put(struct text *, const struct addr *);
