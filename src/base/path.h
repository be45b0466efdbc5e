/*
 * path -- absolute paths as text: no file is asked
 */
#pragma once

#include <stdbool.h>
#include <string.h>

/* Is it that folder, or beneath it?  Slashes at the folder's end do not matter. */
static inline bool
path_is_within(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	while (length > 0 && folder[length - 1] == '/')
		length--;
	return strncmp(path, folder, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}
