/*
 * replay -- every input of a corpus through a fuzz target, without a fuzzer
 *
 *     replay_NAME DIRECTORY
 *
 * So that every compiler and every sanitizer runs what fuzzing once found.  Fails when
 * there is nothing to run: a corpus that was moved would otherwise pass for ever.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "targets/fuzz.h"

static bool
read_all(int fd, uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t count = read(fd, data, size);

		if (count <= 0)
			return false;
		data += count;
		size -= (size_t)count;
	}
	return true;
}

/* Whether it was an input: a regular file. */
static bool
replay_file(int directory, const char *name)
{
	cleanup_(close_fd) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct stat facts;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &facts) < 0)
		err(1, "%s", name);
	if (!S_ISREG(facts.st_mode))
		return false;
	data = malloc((size_t)facts.st_size + 1);
	if (data == NULL || !read_all(fd, data, (size_t)facts.st_size))
		err(1, "%s", name);
	(void)LLVMFuzzerTestOneInput(data, (size_t)facts.st_size);
	free(data);
	return true;
}

int
main(int argc, char *argv[])
{
	struct dirent **entries;
	int fd, count, inputs = 0;

	if (argc != 2)
		errx(2, "usage: %s DIRECTORY", argv[0]);
	fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = fd < 0 ? -1 : scandir(argv[1], &entries, NULL, alphasort);
	if (count < 0)
		err(1, "%s", argv[1]);
	for (int i = 0; i < count; i++) {
		inputs += replay_file(fd, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	(void)close(fd);
	if (inputs == 0)
		errx(1, "%s: no inputs", argv[1]);
	(void)printf("%d inputs\n", inputs);
	return 0;
}
