/*
 * facts -- what the kernel says of the calling process
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line "NAME:\tVALUE" of a status file of /proc, read as a number. */
static inline uint64_t
facts_in(const char *text, const char *name, int base)
{
	char wanted[64];
	const char *at;

	(void)snprintf(wanted, sizeof(wanted), "\n%s:\t", name);
	at = strstr(text, wanted);
	return at == NULL ? UINT64_MAX : strtoull(at + strlen(wanted), NULL, base);
}

static inline uint64_t
facts_own(const char *name, int base)
{
	static char text[8192];
	FILE *file = fopen("/proc/self/status", "re");
	size_t length;

	if (file == NULL)
		abort();
	length = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[length] = '\0';
	return facts_in(text, name, base);
}

/* Open descriptors, the one that is needed for counting included. */
static inline int
facts_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = -2;

	if (dir == NULL)
		abort();
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}
