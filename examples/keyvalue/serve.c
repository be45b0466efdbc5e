#include "serve.h"

#include <err.h>
#include <errno.h>
#include <prong.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "session.h"

/* What one reading of the configuration has come to. */
struct setup {
	struct config config;
	struct session_context context;
};

struct host {
	const char *path;
	struct prong *server;
	struct setup setup; /* sessions find their context here, whichever it is */
	struct log_account account;
	int signals;
};

/* What holds unless the configuration has a line of that name.  What is safe is ours to
 * know: the sessions need their folder, and nothing else of the machine. */
static const char *const settings[][2] = {
	{ "max", "512" },
	{ "max-per-source", "16" },
	{ "rate-per-source", "20/s" },
	{ "first-byte-timeout", "10s" },
	{ "idle-timeout", "5m" },
	{ "penalty", "exit=10:10s" }, /* SESSION_WRONG_PASSWORD */
	{ "penalty", "exit=11:10s" }, /* SESSION_LINE_TOO_LONG */
	{ "refuse-text", "ERROR {reason}: try again in {seconds} s\\n" },
	{ "refuse-text-for", "policy=ERROR maintenance: come back later\n" },
	{ "start", "spare" },
	{ "spares-min", "2" },
	{ "isolation", "strict" },
	{ "read", "none" },
	{ "execute", "none" },
	{ "syscalls", "-@exec" },
};

static const char *const own[] = { "data", "users", "size", "maintenance" };

static bool
is_own(const char *name)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static int
set_defaults(struct prong_service *service, const struct config *config)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!config_has(config, settings[i][0]))
			error = prong_set(service, settings[i][0], settings[i][1]);
	return error;
}

static int
set_lines(struct prong_service *service, const struct config *config)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < config->count; i++) {
		const struct config_line *line = &config->lines[i];

		if (strcmp(line->name, "listen") == 0)
			error = prong_listen(service, line->value);
		else if (!is_own(line->name))
			error = prong_set(service, line->name, line->value);
	}
	return error;
}

static const char *
admit(const struct prong_client *client, void *context)
{
	const struct host *host = context;

	(void)client;
	return config_get(&host->setup.config, "maintenance", NULL);
}

/* The service, of a new server or of a new set. */
static int
build(struct host *host)
{
	struct setup *setup = &host->setup;
	struct prong_service *service = prong_service_add(host->server, "keyvalue");
	int error;

	if (service == NULL)
		return -ENOMEM;
	error = set_defaults(service, &setup->config);
	if (error == 0)
		error = set_lines(service, &setup->config);
	if (error == 0)
		error = prong_set(service, "write", setup->context.folder);
	if (error == 0)
		error = prong_handler(service, session_serve, &setup->context);
	if (error == 0)
		error = prong_prepare(service, session_prepare);
	if (error == 0)
		error = prong_on_admit(service, admit, host);
	if (error == 0)
		error = prong_on_end(service, log_end, &host->account);
	return error;
}

/* ---- the configuration ----------------------------------------------------------- */

static bool
is_folder(const char *path)
{
	struct stat facts;

	return path[0] == '/' && stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* What the lines of our own say. */
static bool
setup_fill(struct setup *setup, char *why, size_t size)
{
	const char *users = config_get(&setup->config, "users", "");
	const char *bytes = config_get(&setup->config, "size", "67108864");
	struct session_context *context = &setup->context;
	char *end;
	int error;

	context->folder = config_get(&setup->config, "data", "");
	context->bytes = strtoul(bytes, &end, 10);
	if (*end != '\0' || context->bytes < 1 << 20) {
		(void)snprintf(
		    why, size, "size: '%s' is not a number from 1048576 on", bytes);
		return false;
	}
	if (!is_folder(context->folder)) {
		(void)snprintf(why, size, "data: '%s' is no folder with an absolute path",
		    context->folder);
		return false;
	}
	error = users_load(&context->users, users);
	if (error != 0)
		(void)snprintf(why, size, "users: '%s': %s", users, strerror(error));
	return error == 0;
}

static bool
setup_read(struct setup *setup, const char *path, char *why, size_t size)
{
	*setup = (struct setup){ 0 };
	if (!config_read(&setup->config, path, why, size))
		return false;
	if (setup_fill(setup, why, size))
		return true;
	config_done(&setup->config);
	return false;
}

static void
setup_done(struct setup *setup)
{
	users_done(&setup->context.users);
	config_done(&setup->config);
}

/* ---- signals --------------------------------------------------------------------- */

/* All or nothing: on failure everything is as it was. */
static void
reload(struct host *host)
{
	struct setup before = host->setup;
	char why[512];

	if (!setup_read(&host->setup, host->path, why, sizeof(why))) {
		host->setup = before;
		log_say(PRONG_ERR, "nothing was changed: %s", why);
		return;
	}
	if (prong_reload_begin(host->server) == 0 && build(host) == 0 &&
	    prong_reload_commit(host->server) == 0) {
		setup_done(&before);
		log_account(&host->account);
		return;
	}
	log_say(PRONG_ERR, "nothing was changed: %s", prong_error(host->server));
	prong_reload_abort(host->server);
	setup_done(&host->setup);
	host->setup = before;
}

static void
take_signal(uint32_t events, void *context)
{
	struct host *host = context;
	struct signalfd_siginfo signal;

	(void)events;
	if (read(host->signals, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP)
		reload(host);
	else
		(void)prong_drain(host->server);
}

/* A descriptor that is readable when one of them has come. */
static int
open_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
serve(const char *path)
{
	struct host host = { .path = path, .signals = open_signals() };
	char why[512];
	int is_over = 0;

	host.server = prong_new();
	if (host.server == NULL || host.signals < 0)
		err(1, "cannot begin");
	if (!setup_read(&host.setup, path, why, sizeof(why)))
		errx(1, "%s", why);

	prong_on_event(host.server, log_event, NULL);
	if (build(&host) < 0 || prong_start(host.server) < 0 ||
	    prong_watch(host.server, host.signals, EPOLLIN, take_signal, &host) < 0)
		errx(1, "%s", prong_error(host.server));

	while (is_over == 0)
		is_over = prong_dispatch(host.server, -1);
	if (is_over < 0)
		log_say(PRONG_ERR, "%s", prong_error(host.server));
	prong_free(host.server);
	log_account(&host.account);
	setup_done(&host.setup);
	(void)close(host.signals);
	return is_over > 0 ? 0 : 1;
}
