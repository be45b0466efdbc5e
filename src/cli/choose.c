#include "choose.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "logsink.h"

/* systemd names the stream it gave us as stderr by its device and inode. */
bool
choose_stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char ours[64];

	if (stream == NULL || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, ours) == 0 && logsink_has_journal();
}

enum format_kind
choose_format(const struct setup_order *order)
{
	const char *word = order->config == NULL ? NULL : order->config->log.text;

	if (order->options->log_is_set)
		return order->options->log;
	for (size_t i = 0; word != NULL && i < format_count; i++)
		if (strcmp(format_names[i], word) == 0)
			return (enum format_kind)i;
	if (choose_stderr_is_journal())
		return FORMAT_JOURNALD;
	return isatty(STDERR_FILENO) ? FORMAT_TEXT : FORMAT_JSON;
}

bool
choose_quiet(const struct setup_order *order)
{
	const char *word = order->config == NULL ? NULL : order->config->quiet.text;

	return order->options->is_quiet || (word != NULL && strcmp(word, "yes") == 0);
}

/* "/etc/prong/site.yaml" is "site", "/etc/prong.d/" is "prong", "." what it is called. */
static void
name_by_path(const char *path, char *name, size_t size)
{
	cleanup_(free_text) char *whole =
	    path[strspn(path, "./")] == '\0' ? realpath(path, NULL) : NULL;
	size_t length, begin;

	path = whole != NULL ? whole : path;
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	begin = length;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	for (size_t i = length; i > begin + 1; i--)
		if (path[i - 1] == '.') {
			length = i - 1;
			break;
		}
	(void)snprintf(name, size, "%.*s", (int)(length - begin), path + begin);
}

void
choose_name(const struct setup_order *order, char *name, size_t size)
{
	const struct options *options = order->options;
	const char *configured = order->config == NULL ? NULL : order->config->name.text;

	if (options->name[0] != '\0')
		(void)snprintf(name, size, "%s", options->name);
	else if (configured != NULL)
		(void)snprintf(name, size, "%s", configured);
	else
		name_by_path(options->config_path, name, size);
}

void
choose_path(const struct setup_order *order, char *path)
{
	const char *said = order->options->config_path;

	path[0] = '\0';
	if (said != NULL && realpath(said, path) == NULL)
		(void)snprintf(path, PATH_MAX, "%s", said);
}
