/*
 * inetd_line -- what one line of inetd.conf means
 */
#pragma once

#include "draft.h"

struct inetd_line {
	const char *path;
	unsigned number;
	struct words words; /* at least one */
	const char *default_host;
	bool is_off;
};

void inetd_line_read(struct draft *, const struct inetd_line *);
