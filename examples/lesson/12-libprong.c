/*
 * 12-libprong -- the same once more, with the library that has all of it
 *
 *     cc -Wall 12-libprong.c -o 12-libprong $(pkg-config --cflags --libs libprong)
 *     ./12-libprong [PORT [SECONDS [ADDRESS [PROGRAM [WORD]...]]]]      cat unless given
 *
 * The rows of `settings` are what the steps before had to be written for.
 */
#include <err.h>
#include <prong.h>
#include <stdio.h>
#include <string.h>

static const char *cat[] = { "cat", NULL };

static void
say(const struct prong_event *event, void *context)
{
	char text[512];

	(void)context;
	prong_event_text(event, text, sizeof(text));
	puts(text);
}

int
main(int argc, char *argv[])
{
	const char *settings[][2] = {
		{ "max", "32" },
		{ "max-per-source", "8" },
		{ "when-full", "refuse" },
		{ "refuse-text", "refused: {reason}\\n" },
		{ "session-timeout", argc > 2 ? argv[2] : "60" },
		{ "start", "spare" },
	};
	const char *host = argc > 3 ? argv[3] : "127.0.0.1";
	const char *const *program = argc > 4 ? (const char *const *)&argv[4] : cat;
	struct prong *server = prong_new();
	struct prong_service *service;
	char where[128];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (server == NULL || (service = prong_service_add(server, "lesson")) == NULL)
		err(1, "prong");
	prong_on_event(server, say, NULL);
	snprintf(where, sizeof(where), strchr(host, ':') == NULL ? "%s:%s" : "[%s]:%s",
	    host, argc > 1 ? argv[1] : "9999");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (prong_set(service, settings[i][0], settings[i][1]) < 0)
			errx(1, "%s", prong_error(server));
	}
	/* To prong each family is an address of its own; ":9999" is both. */
	if (prong_listen(service, strcmp(host, "::") == 0 ? where + 4 : where) < 0 ||
	    prong_program(service, program) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("listening on %s\n", prong_bound(service, 0));
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	return 0;
}
