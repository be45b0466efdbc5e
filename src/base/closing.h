/*
 * closing -- for cleanup_(): what is closed where its variable ends
 */
#pragma once

#include <dirent.h>
#include <stdio.h>

static inline void
close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

static inline void
close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}
