#include "reread.h"

#include <string.h>
#include <time.h>

#include "base.h"
#include "load.h"
#include "manage.h"
#include "mistakes.h"
#include "server.h"
#include "setup.h"
#include "words.h"

/* Whatever the engine said, at its place in the configuration. */
static char *
put_in_words(const struct server *server, const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	if (server->options->config_path == NULL)
		return strdup(prong_error(server->prong));
	out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	config_tell(config, &(struct diags){ .out = out }, prong_error(server->prong));
	return fclose(out) == 0 ? text : NULL;
}

static int
commit_config(struct server *server, const struct config *config, char **ret_text)
{
	const struct setup_order order = { .options = server->options,
		.inherit = server->inherit,
		.config = server->options->config_path == NULL ? NULL : config };
	int failed = prong_reload_begin(server->prong);

	if (failed == 0) {
		failed = setup_services(server->prong, &order);
		if (failed == 0)
			failed = prong_reload_commit(server->prong);
		else
			prong_reload_abort(server->prong);
	}
	if (failed < 0)
		*ret_text = put_in_words(server, config);
	return failed;
}

int
reread_commit(struct server *server, char **ret_text)
{
	return commit_config(server, &server->config, ret_text);
}

/* 0 or -errno; *ret_text also has warnings. */
static int
read_config(const struct server *server, struct config *ret_config, char **ret_text)
{
	struct setup_order order = { .options = server->options,
		.inherit = server->inherit };
	size_t size;
	FILE *out = open_memstream(ret_text, &size);
	struct mistakes mistakes = { .out = out };

	*ret_config = (struct config){ 0 };
	if (out == NULL)
		return -ENOMEM;
	load_all(&order, ret_config, &mistakes);
	if (fclose(out) != 0)
		return -ENOMEM;
	return mistakes.count > 0 ? -EINVAL : 0;
}

/* What only a start can change is told, so that nobody waits for it. */
static void
tell_unchanged(struct server *server, const struct config *config)
{
	const struct config_word *before[] = { &server->config.log, &server->config.quiet,
		&server->config.control, &server->config.name };
	const struct config_word *after[] = { &config->log, &config->quiet,
		&config->control, &config->name };
	static const char *const names[] = { "log", "quiet", "control", "name" };
	char line[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *was = before[i]->text, *is = after[i]->text;

		if (strcmp(was == NULL ? "" : was, is == NULL ? "" : is) == 0)
			continue;
		(void)snprintf(line, sizeof(line),
		    "%s: changed; in force after the next upgrade or start", names[i]);
		server_say(server, PRONG_NOTICE, "note", "{text}", line);
	}
}

static int
reread_all(struct server *server, char **ret_text)
{
	struct config config;
	int failed = read_config(server, &config, ret_text);

	if (failed == 0) {
		if ((*ret_text)[0] != '\0')
			server_say_lines(
			    server, PRONG_WARNING, "warning", "{text}", *ret_text);
		free_text(ret_text);
		failed = commit_config(server, &config, ret_text);
	}
	if (failed < 0) {
		config_free(&config);
		return failed;
	}
	tell_unchanged(server, &config);
	config_free(&server->config);
	server->config = config;
	server->carried_words = "";
	return 0;
}

static void
notify_reloading(struct server *server)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send(server->notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)now.tv_sec * 1000000 +
		(unsigned long long)now.tv_nsec / 1000);
}

void
reread_now(struct server *server, uint64_t token)
{
	cleanup_(free_text) char *text = NULL;
	int failed;

	if (server->is_draining) {
		manage_answer(server, token, N_("the server is stopping"), NULL);
		return;
	}
	notify_reloading(server);
	failed = reread_all(server, &text);
	server->failed = failed == 0 ? NULL : "reload";
	if (failed == 0)
		server->generation++;
	else
		server_say_lines(server, PRONG_ERR, "reload-failed",
		    "nothing was changed, the services go on as they are: {text}",
		    text == NULL ? strerror(-failed) : text);
	server_notify_ready(server);
	manage_answer(server, token, failed == 0 ? NULL : N_("nothing was changed"),
	    text != NULL ? text
	    : failed < 0 ? strerror(-failed)
			 : NULL);
}
