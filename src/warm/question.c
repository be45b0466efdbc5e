#include "question.h"

#include "trace.h"

#include <asm/socket.h>

#define STREAM 1 /* SOCK_STREAM, which no header of the kernel exports */

/* As the kernel does it: as much as there is room for, and the whole length. */
static long
give(int tid, const uint64_t where[2], const void *value, uint32_t length)
{
	int32_t room;

	if (trace_read(tid, where[1], &room, sizeof(room)) < 0)
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (trace_write(tid, where[0], value,
		(uint32_t)room < length ? (uint32_t)room : length) < 0)
		return -EFAULT;
	return trace_write(tid, where[1], &length, sizeof(length));
}

static bool
option_value(const struct hold_order *order, uint64_t option, uint32_t *ret_value)
{
	switch ((int)option) {
	case SO_TYPE:
		*ret_value = STREAM;
		return true;
	case SO_DOMAIN:
		*ret_value = order->family;
		return true;
	case SO_PROTOCOL:
		*ret_value = order->protocol;
		return true;
	case SO_ACCEPTCONN:
		*ret_value = 0;
		return true;
	default:
		return false;
	}
}

/* Unlike an address, an option that does not fit is cut, and so is its length. */
static long
give_option(int tid, const uint64_t where[2], uint32_t value)
{
	uint32_t room;

	if (trace_read(tid, where[1], &room, sizeof(room)) < 0)
		return -EFAULT;
	if (room >= sizeof(value))
		return give(tid, where, &value, sizeof(value));
	return give(tid, where, &value, room);
}

bool
question_answer(const struct hold_order *order, int tid, const struct touch_call *call,
    long *ret_result)
{
	const uint64_t *args = call->args;
	uint32_t value;

	if (call->number == __NR_getsockname && order->local_length > 0) {
		*ret_result = give(tid, &args[1], order->local, order->local_length);
		return true;
	}
	if (call->number != __NR_getsockopt || (int)args[1] != SOL_SOCKET ||
	    order->family == 0 || !option_value(order, args[2], &value))
		return false;
	*ret_result = give_option(tid, &args[3], value);
	return true;
}
