/* keyvalue, step 5: limits, time limits, penalties. */
#include <err.h>
#include <prong.h>
#include <stdio.h>
#include <string.h>

#include "adduser.h"
#include "session.h"

/* What prong(1) has as options. */
static const char *const settings[][2] = {
	{ "max", "512" },
	{ "max-per-source", "16" },
	{ "rate-per-source", "20/s" },
	{ "first-byte-timeout", "10s" },
	{ "idle-timeout", "5m" },
	{ "penalty", "exit=10:10s" }, /* SESSION_WRONG_PASSWORD */
	{ "penalty", "exit=11:10s" }, /* SESSION_LINE_TOO_LONG */
	{ "refuse-text", "ERROR {reason}: try again in {seconds} s\\n" },
};

static int
set_up(struct prong_service *service)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(settings) / sizeof(settings[0]); i++)
		error = prong_set(service, settings[i][0], settings[i][1]);
	return error;
}

static int
serve(const char *where, const char *folder, const char *users)
{
	struct session_context context = { .folder = folder, .bytes = 64 << 20 };
	struct prong *server = prong_new();
	struct prong_service *service;
	int error = users_load(&context.users, users);

	if (error != 0)
		errx(1, "%s: %s", users, strerror(error));
	if (server == NULL)
		err(1, "prong_new");

	service = prong_service_add(server, "keyvalue");
	if (service == NULL || set_up(service) < 0 || prong_listen(service, where) < 0 ||
	    prong_handler(service, session_serve, &context) < 0 ||
	    prong_prepare(service, session_prepare) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("serving on %s\n", prong_bound(service, 0));
	(void)fflush(stdout);
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	users_done(&context.users);
	return 0;
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "adduser") == 0)
		return adduser(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3], argv[4]);
	errx(
	    2, "usage: keyvalue serve LISTEN FOLDER USERS | keyvalue adduser USERS NAME");
}
