#include "freshness.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "program.h"
#include "rooted.h"

static const char *
file_path(const struct freshness *freshness, const struct freshness_file *file)
{
	return file->path == NULL ? freshness->interpreter : file->path;
}

/* Joined anew each time: a descriptor of `dir` would not see that a link to it, as
 * "current" to a release, leads elsewhere now. */
static bool
file_read(const struct freshness *freshness, struct freshness_file *file)
{
	const char *path = file_path(freshness, file);
	char joined[PATH_MAX], seen[PATH_MAX];
	struct stat st;

	if (freshness->dir != NULL && path[0] != '/') {
		int length =
		    snprintf(joined, sizeof(joined), "%s/%s", freshness->dir, path);

		if (length < 0 || (size_t)length >= sizeof(joined))
			return false;
		path = joined;
	}
	if (stat(rooted_path(freshness->root, path, seen), &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->size = st.st_size;
	file->modified = st.st_mtim;
	file->changed = st.st_ctim;
	return true;
}

static void
freshness_add(struct freshness *freshness, const char *path)
{
	struct freshness_file *file = &freshness->files[freshness->count];

	if (freshness->count == FRESHNESS_FILES)
		return;
	file->path = path;
	if (file_read(freshness, file))
		freshness->count++;
}

void
freshness_note(struct freshness *freshness, const char *path, char *const *argv,
    const char *dir, const char *root)
{
	char seen[PATH_MAX];

	freshness->count = 0;
	freshness->dir = dir;
	freshness->root = root;
	freshness_add(freshness, path);
	if (program_interpreter(rooted_path(freshness->root, path, seen),
		freshness->interpreter, sizeof(freshness->interpreter)))
		freshness_add(freshness, NULL);
	for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++)
		freshness_add(freshness, argv[i]);
}

static bool
same_time(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

/* The inode's own time shows what put the old time of modification back. */
static bool
file_is_same(const struct freshness_file *one, const struct freshness_file *other)
{
	return one->dev == other->dev && one->ino == other->ino &&
	       one->size == other->size && same_time(&one->modified, &other->modified) &&
	       same_time(&one->changed, &other->changed);
}

const char *
freshness_changed(const struct freshness *freshness)
{
	for (uint32_t i = 0; i < freshness->count; i++) {
		const struct freshness_file *noted = &freshness->files[i];
		struct freshness_file now = { .path = noted->path };

		if (!file_read(freshness, &now) || !file_is_same(noted, &now))
			return file_path(freshness, noted);
	}
	return NULL;
}

void
freshness_forget(struct freshness *freshness, const char *path)
{
	struct freshness_file *files = freshness->files;

	for (uint32_t i = 0; i < freshness->count; i++)
		if (file_path(freshness, &files[i]) == path) {
			files[i] = files[--freshness->count];
			return;
		}
}
