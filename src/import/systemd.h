/*
 * systemd -- a .socket unit with Accept=yes and the service it starts for each client
 */
#pragma once

#include "unit_file.h"

/* A unit's name without its suffix, as "proftpd"; `service` NULL: it was not found.
 * `socket` and `service` hold the drop-ins as well. */
void systemd_read(struct draft *, const char *name, const struct unit_file *socket,
    const struct unit_file *service);

/* The service that a socket of that name ("NAME.socket") starts: what Service= says,
 * NAME@.service with Accept=yes, else NAME.service. */
const char *systemd_service_name(
    struct draft *, const char *name, const struct unit_file *socket);
