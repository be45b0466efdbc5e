#include "import_file.h"
#include "words.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE_LIMIT (1024 * 1024) /* of a file that people write */

static const char *
fail(struct draft *draft, const char *path, const char *why)
{
	draft_complain(draft, path, 0, "%s", why);
	return NULL;
}

const char *
import_file_read(struct draft *draft, const char *path)
{
	cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat facts;
	char *text;
	size_t size = 0;
	ssize_t count;

	if (fd < 0 || fstat(fd, &facts) < 0)
		return fail(draft, path, words_error(errno));
	if (S_ISDIR(facts.st_mode))
		return fail(draft, path, words_error(EISDIR));
	text = store_take(&draft->store, SIZE_LIMIT + 1);
	if (text == NULL)
		return "";
	while ((count = read(fd, text + size, SIZE_LIMIT - size)) > 0)
		size += (size_t)count;
	if (count < 0)
		return fail(draft, path, words_error(errno));
	if (size == SIZE_LIMIT)
		return fail(draft, path, _("more than 1 MB"));
	if (memchr(text, '\0', size) != NULL)
		return fail(draft, path, _("not a text: it has NUL bytes"));
	return text;
}

static int
by_bytes(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

bool
import_file_list(struct draft *draft, const char *path, struct words *ret_paths)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	struct words paths = { .count = 0 };

	if (directory == NULL)
		return false;
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			words_add(&paths, &draft->store,
			    store_printf(&draft->store, "%s/%s", path, entry->d_name));
	(void)closedir(directory);
	if (paths.count > 0)
		qsort(paths.at, paths.count, sizeof(*paths.at), by_bytes);
	*ret_paths = paths;
	return true;
}

const char *
import_file_find(struct draft *draft, const char *neighbour, const char *name)
{
	static const char *const folders[] = { NULL, "/etc/systemd/system",
		"/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	const char *slash = strrchr(neighbour, '/');

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *path = name;

		if (folders[i] != NULL)
			path = store_printf(&draft->store, "%s/%s", folders[i], name);
		else if (slash != NULL)
			path = store_printf(&draft->store, "%.*s/%s",
			    (int)(slash - neighbour), neighbour, name);
		if (access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}
