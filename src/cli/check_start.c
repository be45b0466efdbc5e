#include "check_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base.h"
#include "check_script.h"
#include "text.h"
#include "words.h"

#define SCRIPT_BYTES (256 * 1024)
#define SPARE_FILES 3 /* its other end, its process, its error output */

static bool
is(const struct check_start *check, const char *start)
{
	return strcmp(check->start, start) == 0;
}

/* What can be read of a file, with a NUL behind it; the caller's.  NULL: nothing. */
static char *
read_text(const char *path, size_t most)
{
	cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_(free_text) char *text = fd < 0 ? NULL : calloc(1, most + 1);
	size_t used = 0;
	ssize_t got = 1;

	while (text != NULL && used < most && got > 0) {
		got = read(fd, text + used, most - used);
		used += got > 0 ? (size_t)got : 0;
	}
	if (text == NULL || used == 0)
		return NULL;
	return take_text(&text);
}

/* At its place in a configuration. */
static void
warn(const struct check_start *check, const struct text *line)
{
	struct diags diags = { .out = check->out };
	struct mark mark;

	if (check->config != NULL &&
	    config_place(check->config, check->service, "start", &mark))
		diag_warning(&diags, &mark, "%s: start: %s", check->service, line->at);
	else
		(void)fprintf(check->out, "%s%s: start: %s\n", _("warning: "),
		    check->service, line->at);
}

/* ---- whether it may be held at all ----------------------------------------------- */

/* -1: the kernel has no such rule. */
static int
ptrace_scope(void)
{
	cleanup_(free_text) char *text =
	    read_text("/proc/sys/kernel/yama/ptrace_scope", 8);

	return text == NULL ? -1 : text[0] - '0';
}

/* Tried on a child that does nothing. */
static bool
may_trace(void)
{
	pid_t pid = fork();
	bool is_denied;

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	if (pid < 0)
		return true;
	is_denied = ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return !is_denied;
}

static void
say_tracing(const struct check_start *check)
{
	const int scope = ptrace_scope();
	char place[512];
	struct text line = TEXT_ON(place);

	if (scope > 2 || (scope == 2 && geteuid() != 0))
		text_printf(&line,
		    _("no process may be traced here (kernel.yama.ptrace_scope is %d), so "
		      "none can be held: clients get fresh; spare works"),
		    scope);
	else if (!may_trace())
		text_printf(&line,
		    _("no process may be traced here (ptrace is not permitted, as by a "
		      "container's filter of system calls), so none can be held: clients "
		      "get fresh; spare works"));
	if (line.used > 0)
		warn(check, &line);
}

/* Rights that its file gives to whoever executes it, unless nothing does. */
static bool
is_privileged(const char *path, const struct stat *st)
{
	char value[64];

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	return (st->st_mode & (S_ISUID | S_ISGID)) != 0 ||
	       getxattr(path, "security.capability", value, sizeof(value)) > 0;
}

/* The same class and machine as ours?  True of what is no ELF file. */
static bool
is_own_kind(const char *path)
{
	enum { CLASS = 4, MACHINE = 18, SIZE = 20 };
	cleanup_(free_text) char *one = read_text(path, SIZE);
	cleanup_(free_text) char *own = read_text("/proc/self/exe", SIZE);

	if (one == NULL || own == NULL || memcmp(one, "\177ELF", 4) != 0)
		return true;
	return one[CLASS] == own[CLASS] && memcmp(one + MACHINE, own + MACHINE, 2) == 0;
}

static void
say_program(const struct check_start *check)
{
	char place[PATH_MAX + 256];
	struct text line = TEXT_ON(place);
	struct stat st;

	if (stat(check->program, &st) < 0)
		return;
	if (!is_own_kind(check->program))
		text_printf(&line,
		    _("%s is code of another kind than this machine's own, so it cannot be "
		      "held: clients get fresh; spare works"),
		    check->program);
	else if (geteuid() == 0)
		return;
	else if (is_privileged(check->program, &st))
		text_printf(&line,
		    _("%s is set-user-id or set-group-id or has capabilities, and would "
		      "lose that while it is held: clients get fresh; spare works"),
		    check->program);
	else if (access(check->program, R_OK) < 0)
		text_printf(&line,
		    _("%s may be executed but not read, so it cannot be held: clients get "
		      "fresh; spare works"),
		    check->program);
	if (line.used > 0)
		warn(check, &line);
}

/* ---- what it says ------------------------------------------------------------------ */

struct found {
	const struct check_language *language;
	const char *where; /* its file; NULL: a word of the command line */
	char *text;
};

/* Of an interpreter its script, of a script itself.  False: neither, or not readable. */
static bool
find_script(const struct check_start *check, struct found *found)
{
	cleanup_(free_text) char *real = realpath(check->program, NULL);
	struct check_script script;
	char path[PATH_MAX];

	*found = (struct found){ .language = check_script_language(check->program) };
	if (found->language == NULL && real != NULL)
		found->language = check_script_language(real);
	if (found->language == NULL) {
		found->where = check->program;
		found->text = read_text(check->program, SCRIPT_BYTES);
		if (found->text != NULL)
			found->language = check_script_hashbang(found->text);
		return found->language != NULL;
	}
	script = check_script_find(found->language, check->argv);
	found->where = script.path;
	if (script.text != NULL)
		found->text = strdup(script.text);
	if (script.path == NULL)
		return found->text != NULL;
	(void)snprintf(path, sizeof(path), "%s%s%s",
	    script.path[0] == '/' ? "" : check->dir,
	    script.path[0] == '/' || check->dir[0] == '\0' ? "" : "/", script.path);
	found->text = read_text(path, SCRIPT_BYTES);
	return found->text != NULL;
}

static void
put_place(struct text *line, const struct found *found, const struct check_place *place)
{
	if (found->where != NULL)
		text_printf(line, "%s:%u: ", found->where, place->line);
}

static void
say_variable(const struct check_start *check, const struct found *found)
{
	const struct check_language *language = found->language;
	const struct check_place place = check_script_variable(found->text);
	char buffer[PATH_MAX + 512];
	struct text line = TEXT_ON(buffer);

	if (place.line == 0)
		return;
	put_place(&line, found, &place);
	if (!language->copies)
		text_printf(&line,
		    _("%s is empty until the program has first read from its client, or "
		      "written to it; start: spare has it from the beginning"),
		    place.word);
	else
		text_printf(&line,
		    _("%s stays empty, for %s copies its environment while it starts; %s "
		      "has it, or start: spare"),
		    place.word, language->name, language->peer);
	warn(check, &line);
}

static void
say_random(const struct check_start *check, const struct found *found)
{
	const struct check_place place =
	    check_script_random(found->language, found->text);
	char buffer[PATH_MAX + 512];
	struct text line = TEXT_ON(buffer);

	if (place.line == 0)
		return;
	put_place(&line, found, &place);
	text_printf(&line,
	    _("%s: what is drawn or seeded before the client is there is the same in all "
	      "copies; %s behind the first read helps, or start: warm"),
	    place.word, found->language->reseed);
	(void)fprintf(
	    check->out, "%s%s: start: %s\n", _("note: "), check->service, buffer);
}

static void
say_no_copies(const struct check_start *check, const struct found *found)
{
	if (found->language->uncopied != NULL)
		(void)fprintf(check->out,
		    _("note: %s: start: %s has %s, and cannot be copied: clients get "
		      "warm\n"),
		    check->service, found->language->name,
		    words_get(found->language->uncopied));
}

/* Root is not counted (RLIMIT_NPROC). */
static void
say_processes(const struct check_start *check)
{
	const unsigned long long most = strtoull(check->most, NULL, 10);
	char place[256];
	struct text line = TEXT_ON(place);

	if (check->processes[0] == '\0' || (check->user[0] == '\0' && geteuid() == 0) ||
	    most < strtoull(check->processes, NULL, 10))
		return;
	text_printf(&line,
	    _("%llu may wait for clients (spares-max), and count against processes, which "
	      "is %s"),
	    most, check->processes);
	warn(check, &line);
}

void
check_start_say(const struct check_start *check)
{
	struct found found;

	say_processes(check);
	if ((!is(check, "warm") && !is(check, "clone")) || check->program[0] == '@')
		return;
	if (check->has_terminal) {
		(void)fprintf(check->out,
		    _("note: %s: start: behind a terminal (pty) a program cannot be held: "
		      "clients get spare\n"),
		    check->service);
		return;
	}
	say_tracing(check);
	say_program(check);
	if (find_script(check, &found)) {
		say_variable(check, &found);
		if (is(check, "clone"))
			say_random(check, &found);
	}
	if (found.language != NULL && is(check, "clone"))
		say_no_copies(check, &found);
	free(found.text);
}

void
check_start_say_limits(
    FILE *out, uint64_t spares, uint64_t files_allowed, uint64_t processes_allowed)
{
	if (spares > processes_allowed)
		(void)fprintf(out,
		    _("warning: spares-max: %llu may wait for clients, but only %llu "
		      "processes are allowed\n"),
		    (unsigned long long)spares, (unsigned long long)processes_allowed);
	if (spares * SPARE_FILES > files_allowed)
		(void)fprintf(out,
		    _("warning: spares-max: %llu that wait for clients take %llu "
		      "descriptors, but only %llu are allowed\n"),
		    (unsigned long long)spares, (unsigned long long)spares * SPARE_FILES,
		    (unsigned long long)files_allowed);
}
