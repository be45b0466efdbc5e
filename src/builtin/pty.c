/*
 * pty -- a program that wants a terminal, behind a socket
 *
 *     prong-pty raw|cooked PATH ARGV0 [ARG ...]
 *
 * The program runs on a terminal line in a session of its own; this process relays, and
 * ends as the program ended.  Should it be killed itself, the program is killed too.
 */
#include "builtin.h"

#include "io.h"
#include "relay.h"
#include "sys.h"

#include <linux/prctl.h>

enum { MODE = 1, PATH, PROGRAM_ARGV };

static const struct sys_signals signals = { {
    SYS_SIGNAL(SIGCHLD) | SYS_SIGNAL(SIGTERM) | SYS_SIGNAL(SIGINT) | SYS_SIGNAL(SIGHUP) |
	SYS_SIGNAL(SIGQUIT),
} };

static int
pty_failed(const char *what, long error)
{
	io_complain("prong-pty: cannot ", what, ": ", io_reason(error));
	return EXIT_SYSTEM;
}

/* Error output that goes to the client goes through the terminal like everything else. */
static bool
pty_is_error_for_client(void)
{
	struct statx output, error;

	return sys_stat(SYS_OUTPUT, &output) >= 0 && sys_stat(SYS_ERROR, &error) >= 0 &&
	       output.stx_ino == error.stx_ino &&
	       output.stx_dev_major == error.stx_dev_major &&
	       output.stx_dev_minor == error.stx_dev_minor;
}

/* In the child: becomes the program, or returns an exit status. */
static int
pty_become(const struct line *line, int relay, char **argv, char **envp)
{
	static const struct sys_signals none;
	bool is_error_for_client = pty_is_error_for_client();
	long error = line_control(line);

	if (error < 0)
		return pty_failed("control a terminal", error);
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sys_getppid() != relay)
		return EXIT_SYSTEM;
	if ((error = sys_dup(line->slave, SYS_INPUT)) < 0 ||
	    (error = sys_dup(line->slave, SYS_OUTPUT)) < 0 ||
	    (is_error_for_client && (error = sys_dup(line->slave, SYS_ERROR)) < 0))
		return pty_failed("give the program a terminal", error);
	(void)sys_mask(SIG_SETMASK, &none, NULL);
	error = sys_execve(argv[PATH], argv + PROGRAM_ARGV, envp);
	io_complain("prong-pty: cannot run '", argv[PATH], "': ", io_reason(error));
	return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

/* A signal that ended the program ends this process, without a second core dump. */
static int
pty_end_like(int how, int status)
{
	static const struct sys_signals none;

	if (how == CLD_EXITED)
		return status;
	if (how != CLD_KILLED && how != CLD_DUMPED)
		return EXIT_FAILED;
	(void)sys_prctl(PR_SET_DUMPABLE, 0);
	(void)sys_mask(SIG_SETMASK, &none, NULL);
	(void)sys_kill(sys_getpid(), status);
	return 128 + status;
}

static int
pty_run(struct relay *relay, char **argv, char **envp)
{
	int self = sys_getpid();
	const char *what;
	long result = line_open(&relay->line, &what);

	if (result < 0)
		return pty_failed(what, result);
	(void)sys_mask(SIG_BLOCK, &signals, NULL);
	result = sys_signalfd(&signals, O_CLOEXEC | O_NONBLOCK);
	if (result < 0)
		return pty_failed("wait for signals", result);
	relay->signals = (int)result;
	result = sys_fork();
	if (result < 0)
		return pty_failed("start a process", result);
	if (result == 0)
		return pty_become(&relay->line, self, argv, envp);
	relay->program = (int)result;
	result = relay_run(relay);
	if (result < 0)
		return pty_failed("wait for the client and the program", result);
	return pty_end_like(relay->how, relay->status);
}

int
pty_serve(char **argv, char **envp)
{
	static struct relay relay;
	bool is_complete = argv[1] != NULL && argv[2] != NULL && argv[3] != NULL;

	relay.line.is_raw = is_complete && io_is_same(argv[MODE], "raw");
	if (!is_complete || (!relay.line.is_raw && !io_is_same(argv[MODE], "cooked"))) {
		io_complain("usage: prong-pty raw|cooked PATH ARGV0 [ARG ...]");
		return EXIT_USAGE;
	}
	return pty_run(&relay, argv, envp);
}
