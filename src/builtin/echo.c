/*
 * echo -- RFC 862: every byte back to whom it came from
 *
 * Short sessions are the many, so nothing is set up before the first read, and a client
 * that sends little at a time is served from a few bytes of the stack, where a page is
 * in use anyway.  A plain loop with a larger buffer serves the others: moving pages
 * through a pipe (splice) costs less CPU time, but was slower by a fifth in bench/.
 */
#include "builtin.h"

#include "io.h"
#include "sys.h"

enum {
	SMALL_BYTES = 512,
	BUFFER_BYTES = 64 << 10,
};

enum outcome {
	GO_ON,
	ENDED,
	FAILED,
};

/* Whole pages, so that none holds both file contents and zeros: the kernel would have to
 * copy it at exec. */
static unsigned char buffer[BUFFER_BYTES] __attribute__((aligned(4096)));

static enum outcome
echo_once(unsigned char *bytes, size_t size, size_t *ret_count)
{
	long count = io_read(SYS_INPUT, bytes, size);

	if (count == 0)
		return ENDED;
	if (count < 0 || io_write(SYS_OUTPUT, bytes, (size_t)count) < 0)
		return FAILED;
	*ret_count = (size_t)count;
	return GO_ON;
}

/* Until the client sends more than the stack has room for. */
static enum outcome
echo_small(void)
{
	unsigned char small[SMALL_BYTES];
	enum outcome outcome;
	size_t count = 0;

	do
		outcome = echo_once(small, sizeof(small), &count);
	while (outcome == GO_ON && count < sizeof(small));
	return outcome;
}

static enum outcome
echo_large(void)
{
	enum outcome outcome;
	size_t count;

	do
		outcome = echo_once(buffer, sizeof(buffer), &count);
	while (outcome == GO_ON);
	return outcome;
}

int
echo_serve(char **argv, char **envp)
{
	enum outcome outcome = echo_small();

	(void)argv;
	(void)envp;
	if (outcome == GO_ON)
		outcome = echo_large();
	return outcome == ENDED ? EXIT_DONE : EXIT_FAILED;
}
