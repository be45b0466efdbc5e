/*
 * import_main -- import_run() as a program, for tests/import
 *
 *     import inetd|xinetd|socket FILE...
 */
#include "import.h"

int
main(int argc, char *argv[])
{
	const char *kind = argc < 2 ? NULL : argv[1];

	if (argc < 3)
		return (int)import_run(kind, NULL, 0, stdout, stderr);
	return (int)import_run(kind, argv + 2, (size_t)argc - 2, stdout, stderr);
}
