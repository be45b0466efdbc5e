/* keyvalue, step 3: keys and values in a folder. */
#include <err.h>
#include <prong.h>
#include <stdio.h>

#include "session.h"

int
main(int argc, char *argv[])
{
	struct session_context context = { .bytes = 64 << 20 };
	struct prong *server = prong_new();
	struct prong_service *service;

	if (argc != 3)
		errx(2, "usage: keyvalue LISTEN FOLDER");
	if (server == NULL)
		err(1, "prong_new");
	context.folder = argv[2];

	service = prong_service_add(server, "keyvalue");
	if (service == NULL || prong_listen(service, argv[1]) < 0 ||
	    prong_handler(service, session_serve, &context) < 0 ||
	    prong_prepare(service, session_prepare) < 0 || prong_start(server) < 0)
		errx(1, "%s", prong_error(server));

	printf("serving on %s\n", prong_bound(service, 0));
	(void)fflush(stdout);
	while (prong_dispatch(server, -1) == 0)
		;
	prong_free(server);
	return 0;
}
