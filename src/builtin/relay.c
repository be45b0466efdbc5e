/*
 * relay -- between the client's socket and a program on a terminal line
 *
 * The program's end of the line is held open here too: without it the master would
 * report a hang-up, again and again, whenever the program closes its descriptors for a
 * while.  That the output is drained is known all the same, because poll(2) on a master
 * first moves whatever is still under way into sight.
 */
#include "relay.h"

#include "io.h"
#include "sys.h"

#include <linux/signalfd.h>

/* More than a line can hold.  What comes after is not from the program, which has ended,
 * but from something it left behind, and may go on for ever. */
enum { DRAINED_BYTES = 64 << 10 };

enum { SIGNALS, LINE, CLIENT_INPUT, CLIENT_OUTPUT, POLL_COUNT };

_Static_assert(sizeof(((struct relay_buffer *)0)->bytes) >= LINE_CODED, "a chunk fits");

static bool
relay_is_empty(const struct relay_buffer *buffer)
{
	return buffer->begin == buffer->end;
}

static void
relay_fill(struct relay_buffer *buffer, size_t count)
{
	buffer->begin = 0;
	buffer->end = count;
}

static void
relay_hang_up(struct relay *relay)
{
	line_close(&relay->line);
	relay_fill(&relay->input, 0);
	relay_fill(&relay->output, 0);
}

static bool
relay_is_transient(long error)
{
	return error == -EAGAIN || error == -EINTR;
}

/* ---- towards the program ---------------------------------------------------------- */

static void
relay_take_input(struct relay *relay)
{
	unsigned char chunk[LINE_CHUNK];
	unsigned char *coded = relay->input.bytes;
	long count = sys_read(SYS_INPUT, chunk, sizeof(chunk));

	if (relay_is_transient(count))
		return;
	if (count < 0) {
		relay_hang_up(relay);
		return;
	}
	relay->is_input_over = count == 0;
	relay_fill(&relay->input,
	    count == 0 ? line_encode_end(&relay->line, coded)
		       : line_encode(&relay->line, chunk, (size_t)count, coded));
}

static void
relay_give_input(struct relay *relay)
{
	struct relay_buffer *input = &relay->input;
	long count = sys_write(
	    relay->line.master, input->bytes + input->begin, input->end - input->begin);

	if (count > 0)
		input->begin += (size_t)count;
	else if (!relay_is_transient(count))
		relay_hang_up(relay);
}

/* ---- towards the client ----------------------------------------------------------- */

static void
relay_take_output(struct relay *relay)
{
	struct relay_buffer *output = &relay->output;
	long count = sys_read(relay->line.master, output->bytes, sizeof(output->bytes));

	if (relay_is_transient(count))
		return;
	if (count <= 0) {
		relay_hang_up(relay);
		return;
	}
	relay_fill(output, (size_t)count);
	if (!relay->is_ended)
		return;
	relay->drained_bytes += (size_t)count;
	if (relay->drained_bytes >= DRAINED_BYTES)
		line_close(&relay->line);
}

static void
relay_give_output(struct relay *relay)
{
	struct relay_buffer *output = &relay->output;
	long count = sys_send(SYS_OUTPUT, output->bytes + output->begin,
	    output->end - output->begin, SYS_MSG_DONTWAIT | SYS_MSG_NOSIGNAL);

	if (count > 0)
		output->begin += (size_t)count;
	else if (!relay_is_transient(count))
		relay_hang_up(relay);
}

/* ---- signals ---------------------------------------------------------------------- */

/* The group is ended while the program is still a zombie: its number cannot be taken by
 * anyone else before it has been waited for. */
static void
relay_reap(struct relay *relay)
{
	siginfo_t info = { .si_pid = 0 };
	long error = sys_waitid(relay->program, &info, WEXITED | WNOHANG | WNOWAIT);

	if (error == 0 && info.si_pid == 0)
		return;
	relay->is_ended = true;
	if (error < 0)
		return;
	relay->how = info.si_code;
	relay->status = info.si_status;
	(void)sys_kill(-relay->program, SIGKILL);
	(void)sys_waitid(relay->program, &info, WEXITED);
}

static void
relay_take_signal(struct relay *relay)
{
	struct signalfd_siginfo info;
	int number;

	if (io_read(relay->signals, &info, sizeof(info)) != sizeof(info))
		return;
	number = (int)info.ssi_signo;
	if (number == SIGCHLD)
		relay_reap(relay);
	else if (relay->is_ended)
		relay->is_given_up = true;
	else if (sys_kill(-relay->program, number) == -ESRCH)
		(void)sys_kill(relay->program, number); /* not a group's leader yet */
}

/* ---- the loop --------------------------------------------------------------------- */

/* A descriptor nothing is wanted of must be left out: POLLHUP cannot be masked. */
static struct pollfd
relay_want(int fd, unsigned events)
{
	return (struct pollfd){ .fd = events == 0 ? -1 : fd, .events = (short)events };
}

/* As poll(2); 0 when there is nothing left to wait for. */
static long
relay_poll(const struct relay *relay, struct pollfd polls[static POLL_COUNT])
{
	bool has_output = !relay_is_empty(&relay->output);
	bool has_input = !relay_is_empty(&relay->input) && !relay->is_ended;
	bool wants_input = !has_input && !relay->is_input_over && !relay->is_ended;
	bool is_up = relay->line.master >= 0;

	polls[SIGNALS] = relay_want(relay->signals, POLLIN);
	polls[LINE] = relay_want(
	    relay->line.master, (has_output ? 0U : POLLIN) | (has_input ? POLLOUT : 0U));
	polls[CLIENT_INPUT] = relay_want(SYS_INPUT, is_up && wants_input ? POLLIN : 0U);
	polls[CLIENT_OUTPUT] = relay_want(SYS_OUTPUT, has_output ? POLLOUT : 0U);
	return sys_poll(polls, POLL_COUNT, !relay->is_ended || has_output);
}

static void
relay_turn(struct relay *relay, const struct pollfd polls[static POLL_COUNT])
{
	if (polls[SIGNALS].revents != 0)
		relay_take_signal(relay);
	if (polls[CLIENT_OUTPUT].revents != 0)
		relay_give_output(relay);
	if ((polls[LINE].revents & POLLIN) != 0 && relay->line.master >= 0)
		relay_take_output(relay);
	if ((polls[LINE].revents & POLLOUT) != 0 && relay->line.master >= 0)
		relay_give_input(relay);
	if (polls[CLIENT_INPUT].revents != 0 && relay->line.master >= 0)
		relay_take_input(relay);
}

long
relay_run(struct relay *relay)
{
	struct pollfd polls[POLL_COUNT];
	long count = 0;

	while (!relay->is_given_up && (count = relay_poll(relay, polls)) != 0) {
		if (count < 0 && count != -EINTR)
			return count;
		relay_turn(relay, polls);
	}
	return 0;
}
