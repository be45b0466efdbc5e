/* keyvalue, step 2: lines of a protocol, in a process for each client. */
#include <err.h>
#include <prong.h>
#include <stdio.h>

#include "session.h"

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
	    prong_handler(service, session_serve, NULL) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("serving on %s\n", prong_bound(service, 0));
	(void)fflush(stdout);
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	return 0;
}
