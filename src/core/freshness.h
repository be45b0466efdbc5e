/*
 * freshness -- have the files a program is made of changed since it was started?
 *
 * A process that was started ahead has read its program already.  Looked at are the
 * program, the interpreter of a script, and what of its arguments is a file: not what it
 * loads by itself, nor what `env` finds.  An update in place shows as well as another
 * file under the name; links are followed.  A file that sessions write to and that is an
 * argument changes all the time: what comes of that is the caller's to bound.
 */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "base.h"

#define FRESHNESS_FILES 8

/* So much of a script's first line the kernel reads. */
#define FRESHNESS_LINE 256

struct freshness_file {
	const char *path; /* NULL: the interpreter */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

struct freshness {
	struct freshness_file files[FRESHNESS_FILES];
	uint32_t count;
	const char *dir;  /* where relative paths begin; NULL: where we are */
	const char *root; /* what the program sees as /, or NULL */
	char interpreter[FRESHNESS_LINE];
};

/*
 * Takes note of the program and of every argument that names a regular file, as far as
 * there is room; to be called before the program is started, so that no change is missed.
 * Nothing is copied: `path`, `argv`, `dir` and `root` stay the caller's.
 */
void freshness_note(struct freshness *, const char *path, char *const *argv,
    const char *dir, const char *root);

/* NULL: nothing has changed; else the path of the first that did, or is gone. */
const char *freshness_changed(const struct freshness *);

/* That file, as freshness_changed() has told it, is not looked at until the next note. */
void freshness_forget(struct freshness *, const char *path);
