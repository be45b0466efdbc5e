/*
 * access -- files, ports and other processes: what Landlock is to allow
 *
 * Pure: settings, preset and the kernel's ABI make a ruleset.  Rights that an ABI does
 * not know are left out, so that what remains works; access_put_missing() names them.
 * Paths are not looked at here.
 */
#pragma once

#include "isolation_plan.h"
#include "settings.h"
#include "text.h"

enum access_kind {
	ACCESS_READ,
	ACCESS_WRITE,   /* and read, make, remove; of a device ioctl(2) as well */
	ACCESS_EXECUTE, /* and read */
};

/* Owns what its ruleset points to. */
struct access {
	int abi; /* of Landlock, from 1 on */
	struct plan_ruleset ruleset;
	struct plan_rule *rules;
	struct plan_port *ports;
};

void access_init(struct access *, int abi);
void access_done(struct access *);

/* Can it be had at all? */
bool access_has_ports(int abi);
bool access_has_scope(int abi);

/* From here on files are forbidden but what the settings and the preset name, and what is
 * added.  -ENOMEM. */
int access_files(struct access *, const struct settings *);

/* The path is copied. */
int access_add(struct access *, enum access_kind, const char *path, bool is_optional);

/* TCP ports, as access_files(). */
int access_ports(struct access *, const struct settings *);

/* Signals and abstract sockets. */
void access_scope(struct access *, const struct settings *);

/* Where there is no scope, from ABI 2 on: a ruleset that forbids nothing, if there is
 * none yet.  Who is in a domain of its own does not trace anybody outside, by whichever
 * way. */
int access_enclose(struct access *);

/* What of files is left alone, and what would help: "Landlock ABI 2 leaves truncate(2)
 * (Linux 6.2) and ioctl(2) of devices (Linux 6.10) alone"; "" if nothing is. */
void access_put_missing(struct text *, int abi);
