/*
 * xinetd -- /etc/xinetd.conf, the files it includes, and /etc/xinetd.d
 *
 * Files are read one after the other; what `defaults` says holds for all services of all
 * of them, as in xinetd, so services become part of the draft in xinetd_finish().
 */
#pragma once

#include "draft.h"

enum xinetd_operator { XINETD_SET, XINETD_ADD, XINETD_REMOVE };

struct xinetd_assignment {
	struct xinetd_assignment *next;
	const char *name;
	enum xinetd_operator operator;
	struct words values;
	const char *path;
	unsigned line;
};

/* A service, or the defaults. */
struct xinetd_entry {
	struct xinetd_entry *next;
	const char *name, *path;
	unsigned line;
	struct xinetd_assignment *first, *last;
};

struct xinetd;

/* Called for "include FILE" and "includedir DIR", to read what is there. */
typedef void xinetd_include_fn(struct xinetd *, const char *path, bool is_directory);

struct xinetd {
	struct draft *draft;
	xinetd_include_fn *include; /* NULL: a complaint, and on */
	void *context;              /* for `include` */
	struct words paths;         /* that were read; each is once */
	struct xinetd_entry *first, *last;
	struct xinetd_entry defaults;
};

void xinetd_read(struct xinetd *, const char *path, const char *text);
void xinetd_finish(struct xinetd *);
