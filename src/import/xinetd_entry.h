/*
 * xinetd_entry -- what one entry of xinetd's configuration means, with the defaults
 */
#pragma once

#include "xinetd.h"

/* Tells what is no attribute of defaults. */
void xinetd_entry_check_defaults(struct xinetd *);

void xinetd_entry_read(struct xinetd *, const struct xinetd_entry *);
