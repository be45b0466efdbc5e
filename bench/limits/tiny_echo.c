/*
 * tiny_echo -- the smallest program that stays: sends back what comes until the end
 */
#include "tiny.h"

TINY_MAIN(void)
{
	char buffer[2048];
	long got;

	while ((got = tiny_read(0, buffer, sizeof(buffer))) > 0)
		if (tiny_write(1, buffer, (size_t)got) != got)
			break;
	for (;;)
		tiny_exit();
}
