#include "manage.h"

#include <string.h>

#include "base.h"
#include "reread.h"
#include "server.h"
#include "version.h"

static void
say(struct server *server, const char *text)
{
	server_say(server, PRONG_NOTICE, "note", "{text}", text);
}

/* ---- what the socket asks of us ---------------------------------------------------- */

static void
tell_facts(void *context, struct control_facts *ret_facts)
{
	const struct server *server = context;
	const char *path = server->config_path;

	*ret_facts = (struct control_facts){
		.name = server->name,
		.version = PRONG_VERSION,
		.config = path,
		.state = server->is_draining ? "draining" : "serving",
		.started_at = server->started_at,
		.generation = server->generation,
	};
}

static int
drain(void *context, int64_t timeout_ms)
{
	return server_stop_within(context, timeout_ms);
}

static void
reload(void *context, const struct control_asker *asker)
{
	reread_now(context, asker->token);
}

static void
upgrade(void *context, const struct control_asker *asker)
{
	upgrade_begin(context, asker->token);
}

static void
note(void *context, const struct control_asker *asker, const char *request)
{
	struct server *server = context;
	const struct prong_field fields[] = {
		{ .key = "request", .text = request },
		{ .key = "uid", .number = (int64_t)asker->uid },
		{ .key = "pid", .number = asker->pid },
	};
	const struct prong_event event = { .name = "control",
		.level = PRONG_NOTICE,
		.sentence = "asked to {request} by uid {uid}, pid {pid}",
		.fields = fields,
		.field_count = ARRAY_SIZE(fields) };

	logsink_put(&server->log, &event);
}

/* ---- life -------------------------------------------------------------------------- */

/* Where it is to be: the command line has the last word.  False: nowhere. */
static bool
control_place(const struct server *server, const char **ret_path)
{
	const struct options *options = server->options;
	const char *configured = server->config.control.text;

	*ret_path = options->control;
	if (options->control_is_off)
		return false;
	if (options->control != NULL || configured == NULL)
		return true;
	*ret_path = configured;
	return strcmp(configured, "off") != 0;
}

static bool
manage_begin(struct server *server)
{
	struct manage *manage = &server->manage;
	char message[512];

	*manage = (struct manage){
		.host = { .context = server,
		    .facts = tell_facts,
		    .drain = drain,
		    .reload = reload,
		    .upgrade = upgrade,
		    .note = note },
	};
	manage->control = control_new(server->prong, &manage->host);
	if (manage->control != NULL)
		return true;
	(void)snprintf(
	    message, sizeof(message), "no control socket: %s", strerror(errno));
	say(server, message);
	return false;
}

void
manage_open(struct server *server)
{
	char message[512] = "";
	const char *path;

	if (!control_place(server, &path) || !manage_begin(server))
		return;
	if (control_open(server->manage.control, path, message, sizeof(message)) < 0) {
		/* Where nobody asked for one it costs nobody anything. */
		server_say(server, path == NULL ? PRONG_NOTICE : PRONG_WARNING,
		    path == NULL ? "note" : "warning", "{text}", message);
		manage_close(server);
	}
}

void
manage_close(struct server *server)
{
	control_free(server->manage.control);
	server->manage.control = NULL;
}

void
manage_answer(struct server *server, uint64_t token, const char *error, const char *text)
{
	if (token != 0 && server->manage.control != NULL)
		control_answer(server->manage.control, token, error, text);
}

void
manage_keep(struct server *server, uint64_t token, char *state, size_t size)
{
	state[0] = '\0';
	if (server->manage.control != NULL &&
	    control_keep(server->manage.control, token, state, size) < 0)
		state[0] = '\0';
}

void
manage_unkeep(struct server *server)
{
	if (server->manage.control != NULL)
		control_unkeep(server->manage.control);
}

uint64_t
manage_adopt(struct server *server, const char *state)
{
	uint64_t token = 0;

	if (state[0] == '\0' || !manage_begin(server)) {
		manage_open(server);
		return 0;
	}
	if (control_adopt(server->manage.control, state, &token) < 0) {
		manage_close(server);
		manage_open(server);
	}
	return token;
}
