/*
 * hello -- a server of your own, with libprong
 *
 *     hello [LISTEN]      127.0.0.1:9999 unless given; Ctrl-C ends it
 *
 * Each client gets a process that runs hello_serve(): stdin and stdout are its socket.
 */
#include <err.h>
#include <prong.h>
#include <stdio.h>

static int
hello_serve(const struct prong_birth *birth, void *context)
{
	(void)context;
	printf("hello %s, you are number %llu\n", birth->source,
	    (unsigned long long)birth->number);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct prong *server = prong_new();
	struct prong_service *service;

	if (server == NULL)
		err(1, "prong_new");
	service = prong_service_add(server, "hello");
	if (service == NULL || prong_set(service, "max-per-source", "8") < 0 ||
	    prong_listen(service, argc > 1 ? argv[1] : "127.0.0.1:9999") < 0 ||
	    prong_handler(service, hello_serve, NULL) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("serving on %s\n", prong_bound(service, 0));
	(void)fflush(stdout);
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	return 0;
}
