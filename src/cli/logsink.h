/*
 * logsink -- where events become lines, and lines leave without ever blocking
 *
 * Lines collect in a ring of fixed size and are written once per turn of the main loop.
 * A reader that is too slow costs lines, whole ones, which are counted and told of when
 * it reads again; it never costs the server any time.  No error of the log ends the
 * server.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "format.h"
#include "ring.h"

#define LOGSINK_RING_BYTES (256 * 1024)
#define LOGSINK_LINE_BYTES (16 * 1024)

/* How bytes get out. */
enum logsink_way {
	LOGSINK_WRITE,  /* a regular file, /dev/null, or our own non-blocking description
			 */
	LOGSINK_POLL,   /* a description shared with others: ask first, write little */
	LOGSINK_SOCKET, /* MSG_DONTWAIT */
	LOGSINK_JOURNAL /* a datagram per record, to the journal's socket */
};

struct logsink {
	enum format_kind format;
	enum prong_level most_detailed;
	enum logsink_way way;
	int fd;
	bool fd_is_ours, is_watched, is_regular;
	struct ring ring; /* JOURNAL: each record after its length, in 4 bytes */
	uint64_t dropped; /* lines, not told yet */
	uint64_t told;    /* lines a log-dropped line in the ring speaks of */
	struct format_clock clock;
	char line[LOGSINK_LINE_BYTES];
};

/* Is there a journal that we may write to? */
bool logsink_has_journal(void);

/* Writes to stderr, or to the journal.  -ENOMEM, or why the journal is out of reach. */
int logsink_init(struct logsink *, enum format_kind, bool is_quiet);

/* Gives the lines that are left at most 200 ms. */
void logsink_finish(struct logsink *);

/* The same, and then it is over. */
void logsink_done(struct logsink *);

void logsink_put(struct logsink *, const struct prong_event *);

/* Why the command gives up: in text mode "prong: TEXT", else an event "failed". */
void logsink_fail(struct logsink *, const char *text);

/* Bytes for a person's terminal; nothing in other formats. */
void logsink_put_plain(struct logsink *, const char *text);

void logsink_flush(struct logsink *);

/* Has the server wake up when more can be written, while there is a backlog. */
void logsink_watch(struct logsink *, struct prong *);

/* How long to wait before another logsink_flush(), if nothing can tell: ms, or -1. */
int logsink_wait(const struct logsink *);
