/*
 * own -- one handler in a program of its own, served by libprong or by the bare loop
 *
 *     own PORT bare PROCESSES            the loop of limits/spares.h
 *     own PORT fresh|spare PROCESSES     prong_handler() with the setting `start`
 *
 * The program and the handler are the same in both; what differs is who starts it.
 */
#include <err.h>
#include <prong.h>
#include <stdio.h>
#include <string.h>

#include "../limits/spares.h"

static char buffer[16384];

static void
own_serve(int fd)
{
	limit_echo(fd, buffer, sizeof(buffer));
}

static int
own_handler(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	own_serve(STDIN_FILENO);
	return 0;
}

static int
own_set(struct prong_service *service, const char *start, const char *processes)
{
	int error = prong_set(service, "start", start);

	if (error < 0 || strcmp(start, "spare") != 0)
		return error;
	error = prong_set(service, "spares-max", processes);
	return error < 0 ? error : prong_set(service, "spares-min", processes);
}

static void
own_run(const char *port, const char *start, const char *processes)
{
	struct prong *server = prong_new();
	struct prong_service *service;
	char where[64];

	(void)snprintf(where, sizeof(where), "127.0.0.1:%s", port);
	if (server == NULL)
		err(111, "prong_new");
	service = prong_service_add(server, "own");
	if (service == NULL || prong_listen(service, where) < 0 ||
	    own_set(service, start, processes) < 0 ||
	    prong_handler(service, own_handler, NULL) < 0 || prong_start(server) < 0)
		errx(111, "%s", prong_error(server));
	while (prong_dispatch(server, -1) == 0)
		;
	errx(111, "%s", prong_error(server));
}

int
main(int argc, char *argv[])
{
	if (argc != 4)
		errx(2, "usage: own PORT bare|fresh|spare PROCESSES");
	if (strcmp(argv[2], "bare") == 0)
		spares_run(limit_listen(argv[1]), argv[3],
		    &(struct spares){ .serve = own_serve });
	own_run(argv[1], argv[2], argv[3]);
}
