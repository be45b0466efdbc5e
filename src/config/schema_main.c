/*
 * schema_main -- prints the schema while prong is built, so that it can be installed
 */
#include "schema.h"

int
main(void)
{
	schema_write(stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
