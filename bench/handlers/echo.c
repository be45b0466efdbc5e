/*
 * echo -- a program of the C library, linked statically, that sends each line back
 */
#include <stdio.h>

int
main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		(void)fputs(line, stdout);
		(void)fflush(stdout);
	}
	return 0;
}
