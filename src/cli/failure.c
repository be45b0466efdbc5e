#include "failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "choose.h"
#include "config.h"
#include "serve.h"

/* sd-daemon(3): what systemd makes the priority of the line. */
#define STREAM_ERR "<3>"

/* The journal knows the unit of a line by the stream that it came by, but of a record by
 * asking for its process, which is over by then: `journalctl -u` would not have it. */
static bool
is_for_stream(const struct server *server)
{
	return server->log.format == FORMAT_JOURNALD && choose_stderr_is_journal();
}

static void
fail_in_lines(
    struct server *server, const struct config *config, const char *why, bool is_stream)
{
	struct diags diags = { .out = stderr };

	logsink_finish(&server->log);
	if (is_stream)
		(void)fputs(STREAM_ERR, stderr);
	if (config != NULL)
		config_tell(config, &diags, why);
	else if (is_stream)
		(void)fprintf(stderr, "prong: %s\n", why);
	else
		logsink_fail(&server->log, why);
}

/* What reads the log as data is given all that is said of it, as one event. */
static void
fail_in_data(struct server *server, const struct config *config, const char *why)
{
	cleanup_(free_text) char *text = NULL;
	size_t size = 0;
	struct diags diags = { .out =
				   config == NULL ? NULL : open_memstream(&text, &size) };

	logsink_finish(&server->log);
	if (diags.out != NULL)
		config_tell(config, &diags, why);
	if (diags.out == NULL || fclose(diags.out) != 0 || size == 0) {
		logsink_fail(&server->log, why);
		return;
	}
	if (text[size - 1] == '\n')
		text[size - 1] = '\0';
	logsink_fail(&server->log, text);
}

/* The spelling of words was checked before; what the engine still calls invalid is
 * usage.  An address, a name or a file may come to be there, and memory; a right or what
 * the kernel does not have will not. */
static int
status_of(int error)
{
	switch (error) {
	case EINVAL:
	case ERANGE:
		return SERVE_USAGE;
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOSYS:
	case EOPNOTSUPP:
		return SERVE_LACKING;
	default:
		return SERVE_FAILED;
	}
}

int
failure_tell(struct server *server, const struct setup_order *order, int failed)
{
	const char *why = prong_error(server->prong);
	const bool is_stream = is_for_stream(server);

	if (server->log.format == FORMAT_TEXT || is_stream)
		fail_in_lines(server, order->config, why, is_stream);
	else
		fail_in_data(server, order->config, why);
	return status_of(-failed);
}
