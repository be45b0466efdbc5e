#include "traffic.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* include/net/tcp_states.h, which is not for programs to include. */
enum tcp_state {
	STATE_FIN_WAIT1 = 4,
	STATE_CLOSE = 7,
	STATE_CLOSE_WAIT = 8,
	STATE_LAST_ACK = 9,
	STATE_CLOSING = 11,
};

/* The client's FIN takes one number of the sequence and is counted with the bytes. */
static bool
is_after_fin(uint8_t state)
{
	return state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK ||
	       state == STATE_CLOSING;
}

/* So does ours, as long as it is not sent. */
static bool
has_our_fin(uint8_t state)
{
	return state == STATE_FIN_WAIT1 || state == STATE_LAST_ACK ||
	       state == STATE_CLOSING;
}

/* A connection that is over tells its end of input for either reason, and an error only
 * if it was cut off (net/ipv4/tcp.c, tcp_poll). */
static bool
has_ended_well(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLRDHUP };

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLRDHUP) != 0 &&
	       (poll_fd.revents & POLLERR) == 0;
}

struct traffic
traffic_read(int fd, bool saw_fin)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);
	struct traffic traffic = { 0 };
	uint32_t quiet;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		return traffic;
	traffic.is_known = true;
	traffic.is_over = info.tcpi_state == STATE_CLOSE;
	traffic.client_fin = is_after_fin(info.tcpi_state) ||
			     (traffic.is_over && (saw_fin || has_ended_well(fd)));
	traffic.in = info.tcpi_bytes_received;
	if (traffic.client_fin && traffic.in > 0)
		traffic.in--;
	traffic.out =
	    info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
	if (info.tcpi_notsent_bytes > 0 && has_our_fin(info.tcpi_state))
		traffic.out--;
	traffic.acked = info.tcpi_bytes_acked;
	traffic.unsent = info.tcpi_unacked + info.tcpi_notsent_bytes;
	quiet = info.tcpi_last_data_recv < info.tcpi_last_ack_recv
		    ? info.tcpi_last_data_recv
		    : info.tcpi_last_ack_recv;
	traffic.quiet = (msec)quiet;
	return traffic;
}

static int
queue_size(int fd, unsigned long request)
{
	int size = 0;

	return ioctl(fd, request, &size) < 0 ? 0 : size;
}

int
traffic_unread(int fd)
{
	return queue_size(fd, SIOCINQ);
}

int
traffic_unsent(int fd)
{
	return queue_size(fd, SIOCOUTQ);
}
