#include "setup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"

static void
free_words(const char ***words)
{
	free(*words);
}

static int
listen_inherited(
    struct prong_service *service, const struct inherit *inherit, const char *name)
{
	int fd = -1, failed = 0;

	while (failed == 0 && (fd = inherit_next(inherit, name, fd)) >= 0) {
		char word[16];

		(void)snprintf(word, sizeof(word), "fd:%d", fd);
		failed = prong_listen(service, word);
	}
	return failed;
}

static int
listen_all(struct prong_service *service, const struct setup_order *order)
{
	const struct options *options = order->options;
	int failed = 0;

	for (size_t i = 0; failed == 0 && i < options->listen_count; i++) {
		const char *word = options->listens[i], *name;

		failed = inherit_wants(word, &name)
			     ? listen_inherited(service, order->inherit, name)
			     : prong_listen(service, word);
	}
	return failed;
}

static int
set_all(struct prong_service *service, const struct setup_order *order)
{
	const struct options *options = order->options;
	int failed = 0;

	for (size_t i = 0; failed == 0 && i < options->use_count; i++)
		failed =
		    prong_set(service, options->uses[i].name, options->uses[i].value);
	return failed;
}

/*
 * A program without a slash is what the shell would have found, though programs
 * themselves get a clean PATH.  NULL: the engine looks, and says what is wrong.
 */
static const char *
find_in_path(const char *name, char *path, size_t size)
{
	const char *at = getenv("PATH");

	if (at == NULL || name[0] == '@' || name[0] == '\0' || strchr(name, '/') != NULL)
		return NULL;
	while (*at != '\0') {
		size_t length = strcspn(at, ":");
		struct stat st;

		(void)snprintf(path, size, "%.*s/%s", (int)length, at, name);
		if (at[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(path, X_OK) == 0)
			return path;
		at += length + (at[length] == ':');
	}
	return NULL;
}

static int
set_program(struct prong_service *service, const char *const *words)
{
	char path[PATH_MAX];
	const char *found = find_in_path(words[0], path, sizeof(path));
	cleanup_(free_words) const char **argv = NULL;
	size_t count = 0;

	if (found == NULL)
		return prong_program(service, words);
	while (words[count] != NULL)
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	if (argv == NULL)
		return -ENOMEM;
	memcpy(argv, words, count * sizeof(*argv));
	argv[0] = found;
	return prong_program(service, argv);
}

int
setup_service(struct prong *prong, const struct setup_order *order,
    struct prong_service **ret_service)
{
	struct prong_service *service = prong_service_add(prong, order->options->name);
	int failed = service == NULL ? -EINVAL : set_all(service, order);

	if (failed == 0)
		failed = listen_all(service, order);
	if (failed == 0)
		failed = set_program(service, order->options->program);
	if (failed == 0)
		*ret_service = service;
	return failed;
}

void
setup_tell_ready(const struct prong_service *service, int fd)
{
	const char *address;

	for (size_t i = 0; (address = prong_bound(service, i)) != NULL; i++)
		(void)dprintf(fd, "%s\n", address);
	if (fd > STDERR_FILENO) {
		(void)close(fd);
		return;
	}
	cleanup_(close_fd) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere >= 0)
		(void)dup2(nowhere, fd);
}
