#include "extend.h"

#include <string.h>

void
extend(void *theirs, size_t size, const void *ours, size_t our_size)
{
	if (size <= our_size) {
		memcpy(theirs, ours, size);
		return;
	}
	memcpy(theirs, ours, our_size);
	memset((char *)theirs + our_size, 0, size - our_size);
}
