/*
 * lines -- answers each line in angle brackets, by stdio
 *
 * Also what each of its copies shall have for itself: `env NAME` tells the variable,
 * `peer` the port of the client.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void
say_peer(void)
{
	struct sockaddr_in6 peer = { 0 };
	socklen_t length = sizeof(peer);

	if (getpeername(0, (struct sockaddr *)&peer, &length) < 0)
		printf("none\n");
	else
		printf("%u\n", ntohs(peer.sin6_port)); /* where sin_port is as well */
}

int
main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "env ", 4) == 0) {
			const char *value = getenv(line + 4);

			printf("%s\n", value == NULL ? "(unset)" : value);
		} else if (strcmp(line, "peer") == 0) {
			say_peer();
		} else {
			printf("<%s>\n", line);
		}
		(void)fflush(stdout);
	}
	return 0;
}
