/*
 * systemd_parts -- what takes more than one key: addresses, the program, its rights
 */
#pragma once

#include "systemd_value.h"
#include "unit_file.h"

struct systemd_parts {
	struct draft_service *service;
	struct store *store;
	const char *name;
	const struct unit_file *socket_unit, *service_unit;
};

/* ListenStream, MaxConnections, KeepAlive, SocketUser and others of [Socket]. */
void systemd_socket_read(struct systemd_parts *);

/* ExecStart, User, StandardInput and others of [Service]. */
void systemd_service_read(struct systemd_parts *);
