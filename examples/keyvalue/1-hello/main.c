/* keyvalue, step 1: each client has a process of its own, which answers lines. */
#include <err.h>
#include <prong.h>
#include <stdio.h>

static int
serve(const struct prong_birth *birth, void *context)
{
	char line[1024];

	(void)context;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	printf("hello %s\n", birth->source);
	while (fgets(line, sizeof(line), stdin) != NULL)
		printf("you said %s", line);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct prong *server = prong_new();
	struct prong_service *service;

	if (server == NULL)
		err(1, "prong_new");
	service = prong_service_add(server, "keyvalue");
	if (service == NULL ||
	    prong_listen(service, argc > 1 ? argv[1] : "127.0.0.1:7878") < 0 ||
	    prong_handler(service, serve, NULL) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("serving on %s\n", prong_bound(service, 0));
	(void)fflush(stdout);
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	return 0;
}
