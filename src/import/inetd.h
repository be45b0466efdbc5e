/*
 * inetd -- /etc/inetd.conf of OpenBSD (Debian's openbsd-inetd), GNU inetutils, FreeBSD,
 * NetBSD and busybox
 *
 *   [HOST[,HOST]:]SERVICE TYPE PROTOCOL WAIT USER PROGRAM [ARGV0 ARG ...]
 *
 * A line that begins with a blank continues the one before.  Where the dialects give the
 * same word another meaning, the syntax tells which it is, or a comment says what was
 * assumed.  Lines that update-inetd(8) switched off ("#<off># ", "## ") are services
 * that are disabled; other comments are comments.
 */
#pragma once

#include "draft.h"

/* Adds what the text of the file `path` says. */
void inetd_read(struct draft *, const char *path, const char *text);
