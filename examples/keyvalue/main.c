/*
 * keyvalue -- a server for keys and values, with libprong; docs/tutorial.md tells how
 * it is made
 */
#include <err.h>
#include <string.h>

#include "adduser.h"
#include "serve.h"

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "adduser") == 0)
		return adduser(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	errx(2, "usage: keyvalue serve FILE | keyvalue adduser USERS NAME");
}
