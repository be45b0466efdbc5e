/*
 * import_file -- the files an import reads, and where they are
 */
#pragma once

#include "draft.h"

/* The whole text; NULL, and told why, if it cannot be read or is no text. */
const char *import_file_read(struct draft *, const char *path);

/* The files of a directory, sorted by their bytes, hidden ones left out.  False: it is
 * none, and nothing was said. */
bool import_file_list(struct draft *, const char *path, struct words *ret_paths);

/* A unit: beside `neighbour`, then where systemd keeps them.  NULL: nowhere. */
const char *import_file_find(struct draft *, const char *neighbour, const char *name);
