/*
 * tiny_hello -- the smallest program a connection can get: says hello and ends
 */
#include "tiny.h"

TINY_MAIN(void)
{
	(void)tiny_write(1, "hello\n", 6);
	for (;;)
		tiny_exit();
}
