/*
 * prong-load -- puts load on a server on this machine and says what it did
 *
 *     prong-load [--clients N] [--seconds S | --count N] [--pause MS | --per-second R]
 *                [--mode hello|echo|end|stream] [--from ADDRESS] [--sources N] HOST PORT
 *     prong-load --hold K [--from ADDRESS] [--sources N] HOST PORT
 *
 * HOST is an IPv4 loopback address.  Prints one line of JSON: completed, failed,
 * per_second, the times from connect to the end (p50_us, p90_us, p99_us, max_us) and
 * those to the first byte of the answer (first_p50_us, ...); for a stream
 * bytes_per_second, one way.  --pause: each client rests between two exchanges;
 * --per-second: so many are begun, however fast they are answered, as long as one of the
 * clients is free.  `end` waits until the server has ended the connection, whatever it
 * said.  --hold opens K connections, has one byte echoed on each, says "held K" and keeps
 * them until the standard input ends.  --sources: as many addresses take turns, from
 * ADDRESS on (16 from 127.0.1.1 on).
 *
 * Exit status: 0 measured, 1 nothing completed or not all held, 2 usage, 111 the system
 * refused something.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dial.h"
#include "rush.h"
#include "stream.h"
#include "tally.h"

enum mode { HELLO, ECHO, END, STREAM, HOLD };

struct request {
	enum mode mode;
	double seconds, count, clients, pause_ms, per_second, sources;
	const char *from;
	struct dial dial;
};

static const char *const mode_names[] = { "hello", "echo", "end", "stream" };

_Noreturn static void
usage(void)
{
	(void)fputs(
	    "usage: prong-load [--clients N] [--seconds S | --count N]\n"
	    "                  [--pause MS | --per-second R]\n"
	    "                  [--mode hello|echo|end|stream]\n"
	    "                  [--from ADDRESS] [--sources N] HOST PORT\n"
	    "       prong-load --hold K [--from ADDRESS] [--sources N] HOST PORT\n",
	    stderr);
	exit(2);
}

static double
number(const char *name, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= least && value <= most))
		errx(2, "--%s: '%s' is not a number from %g to %g", name, text, least,
		    most);
	return value;
}

static enum mode
mode_of(const char *text)
{
	for (size_t i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
		if (strcmp(text, mode_names[i]) == 0)
			return (enum mode)i;
	errx(2, "--mode: '%s' is not hello, echo, end or stream", text);
}

static void
request_target(struct request *request, const char *host, const char *port)
{
	switch (dial_init(&request->dial, host, port)) {
	case 0:
		return;
	case -EPERM:
		errx(2, "%s is not a loopback address; load is for this machine only",
		    host);
	default:
		errx(2, "'%s' '%s' is not an IPv4 address and a port", host, port);
	}
}

static void
request_sources(struct request *request)
{
	switch (dial_from(&request->dial, request->from, (unsigned)request->sources)) {
	case 0:
		return;
	case -EPERM:
		errx(2, "--from, --sources: not all of them are loopback addresses");
	default:
		errx(2, "--from: '%s' is not an IPv4 address", request->from);
	}
}

static void
request_option(struct request *request, int option, const char *text)
{
	switch (option) {
	case 'c':
		request->clients = number("clients", text, 1, 10000);
		return;
	case 's':
		request->seconds = number("seconds", text, 0.01, 3600);
		return;
	case 'n':
		request->count = number("count", text, 1, 1e9);
		return;
	case 'p':
		request->pause_ms = number("pause", text, 0, 60000);
		return;
	case 'r':
		request->per_second = number("per-second", text, 1, 1e6);
		return;
	case 'f':
		request->from = text;
		return;
	case 'o':
		request->sources = number("sources", text, 1, 1e6);
		return;
	case 'm':
		request->mode = mode_of(text);
		return;
	case 'h':
		request->mode = HOLD;
		request->count = number("hold", text, 1, 1e6);
		return;
	default:
		usage();
	}
}

static void
request_parse(struct request *request, int argc, char **argv)
{
	static const struct option options[] = { { "clients", required_argument, NULL,
						     'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'n' },
		{ "pause", required_argument, NULL, 'p' },
		{ "per-second", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'f' },
		{ "sources", required_argument, NULL, 'o' },
		{ "mode", required_argument, NULL, 'm' },
		{ "hold", required_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int option;

	*request = (struct request){ .clients = 1, .from = "127.0.1.1", .sources = 16 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		request_option(request, option, optarg);
	if (argc - optind != 2)
		usage();
	request_target(request, argv[optind], argv[optind + 1]);
	request_sources(request);
}

static void
raise_descriptor_limit(double needed)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(111, "RLIMIT_NOFILE");
	if ((double)limit.rlim_max < needed)
		errx(111, "%g descriptors are needed, %ju are allowed", needed,
		    (uintmax_t)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(111, "RLIMIT_NOFILE");
}

static int
hold(struct request *request, struct tally *tally)
{
	const struct rush_plan plan = {
		.mode = RUSH_HOLD, .clients = 64, .count = (uint64_t)request->count
	};
	char byte;

	raise_descriptor_limit(request->count + 100);
	rush_run(&plan, &request->dial, tally);
	if (tally->failed > 0) {
		warnx("%ju of %g connections were not served", (uintmax_t)tally->failed,
		    request->count);
		return 1;
	}
	printf("held %ju\n", (uintmax_t)tally->completed);
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

static int
measure(struct request *request, struct tally *tally)
{
	static const enum rush_mode modes[] = { [HELLO] = RUSH_HELLO,
		[ECHO] = RUSH_ECHO,
		[END] = RUSH_END,
		[STREAM] = RUSH_HELLO };
	double seconds = request->seconds, pace = request->per_second;
	const struct rush_plan plan = {
		.mode = modes[request->mode],
		.clients = (unsigned)request->clients,
		.seconds_ns = (uint64_t)(seconds * 1e9),
		.count = (uint64_t)request->count,
		.pause_ns = (uint64_t)(request->pause_ms * 1e6),
		.pace_ns = pace > 0 ? (uint64_t)(1e9 / pace) : 0,
	};

	raise_descriptor_limit(request->clients + 100);
	/* By default the kernel adds 50 us to each pause. */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	if (request->mode == STREAM)
		stream_run(&request->dial, plan.seconds_ns, tally);
	else
		rush_run(&plan, &request->dial, tally);
	tally_print(tally);
	return tally->completed > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct request request;
	struct tally tally;
	int status;

	request_parse(&request, argc, argv);
	if (request.seconds <= 0 && (request.count <= 0 || request.mode == STREAM))
		request.seconds = 1;
	tally_init(&tally);
	status =
	    request.mode == HOLD ? hold(&request, &tally) : measure(&request, &tally);
	tally_done(&tally);
	return status;
}
