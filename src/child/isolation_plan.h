/*
 * isolation_plan -- what of a program's world is taken away, prepared in advance
 *
 * Written once by core/prepare_isolation, read by the stages.  What costs more than a few
 * system calls (namespaces, mounts, Landlock's rules, the filter's program) was made
 * before: a session enters, restricts itself, and installs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A path and what may be done beneath it: Landlock's access rights
 * (LANDLOCK_ACCESS_FS_...), those of the running kernel only. */
struct plan_rule {
	const char *path;
	uint64_t access;  /* of a directory; a file gets those of files among them */
	bool is_optional; /* where there is no such path nothing is allowed */
};

/* A TCP port (LANDLOCK_ACCESS_NET_...). */
struct plan_port {
	uint16_t port;
	uint64_t access;
};

/* What a Landlock ruleset is made of; all of it is forbidden but what a rule allows. */
struct plan_ruleset {
	const char *root; /* of chroot(2), below which paths are; NULL: none */
	uint64_t files, ports, scoped; /* handled; LANDLOCK_SCOPE_...; 0: not handled */
	const struct plan_rule *rules;
	size_t rule_count;
	const struct plan_port *port_rules;
	size_t port_count;
};

enum plan_mount_kind {
	MOUNT_WRITABLE, /* stays writable below a read-only tree */
	MOUNT_PRIVATE,  /* a place of the session's own small file system: /tmp */
	MOUNT_HIDDEN,   /* nothing is seen there */
};

#define PLAN_WRITABLE_MOST 64 /* each needs a descriptor for a moment */

struct plan_mount {
	enum plan_mount_kind kind;
	bool is_optional; /* where there is no such path nothing is done */
	const char *path; /* as the program sees it */
};

/* What the mount namespace of a cell is like. */
struct plan_mounts {
	const char *root; /* becomes /; NULL: that of the machine */
	bool is_read_only;
	bool has_proc;            /* one of its own pid namespace */
	const char *private_size; /* "size=64M,mode=1777", of MOUNT_PRIVATE */
	const struct plan_mount *all;
	size_t count;
};

struct plan_isolation {
	/* Namespaces.  Those that all sessions of the service share: descriptors of
	 * /proc/PID/ns/..., or -1.  `enter`: those of the session's cell (CLONE_NEW...).
	 */
	int user_fd, network_fd;
	unsigned enter;

	/* Made by the session's process itself, for it begins where that is:
	 * CLONE_NEWCGROUP. */
	unsigned unshare;

	/* Of a cell's own process: what it makes, and what its mounts are like. */
	unsigned make;
	const struct plan_mounts *mounts; /* NULL: as they are */

	const char *root; /* without a mount namespace: chroot(2); NULL: none */

	/* Landlock.  Of a service whose cells have mounts the cell makes the ruleset,
	 * where the paths mean what the program will see; then it is in both plans, and a
	 * session without one fails. */
	const struct plan_ruleset *ruleset; /* NULL: none */
	int ruleset_fd;                     /* made already, or -1 */

	bool has_no_new_privileges;
	bool has_securebits;
	unsigned securebits;    /* SECBIT_... */
	bool has_capabilities;  /* those that are kept: */
	uint64_t capabilities;  /* a bit each */
	uint64_t bounding_drop; /* leave the bounding set; needs CAP_SETPCAP */

	/* seccomp(2): a struct sock_fprog's parts; length 0: none. */
	const void *filter;
	unsigned short filter_length;
	unsigned filter_flags; /* SECCOMP_FILTER_FLAG_... */

	/* Where exec is forbidden: the path of the program, and an empty one, at
	 * addresses that nobody knows, from which exec passes.  NULL: from anywhere. */
	const char *exec_path, *exec_empty;
};

/* Of one session, or of a cell that is being made. */
struct birth_isolation {
	int cell_fd;    /* pidfd of the cell's init, or -1 */
	int ruleset_fd; /* the cell's, or -1: the plan's */
	uid_t own_id;   /* user and group of its own; 0: none */
	int tell_fd; /* below low_end, close-on-exec: the filter's listener is sent there;
			-1 */
	uint64_t tell_number; /* ... with this number */

	/* A second stack, where a process of another pid namespace runs. */
	char *stack;
	size_t stack_size;

	/* What was made, for the supervisor whose memory this is. */
	struct birth_made {
		pid_t pid; /* the process that goes on, as the supervisor sees it; 0: the
			      same */
		int pidfd; /* its, in the supervisor's table; -1 */
		int ruleset_fd; /* a cell's, in the supervisor's table; -1 */
	} * made;
};
