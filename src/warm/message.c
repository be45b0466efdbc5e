#include "message.h"

long
message_receive(int fd, void *bytes, size_t size, int fds[2])
{
	return message_receive_here(fd, bytes, size, fds);
}
