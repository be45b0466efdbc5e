#include "explain.h"

#include <string.h>

#include "base.h"
#include "explain_preset.h"
#include "explain_table.h"
#include "text.h"
#include "words.h"

#define COLUMN_VALUE 20
#define COLUMN_HELP 40

/* What happens, in its order.  A step that nothing asks for is one line: `absent`. */
struct step {
	const char *title;
	const char *names[16];
	const char *absent; /* NULL: it is never left out */
	bool is_preset;     /* ... nor where `isolation` may ask for it */
};

static const struct step steps[] = {
	{ N_("A client connects"), { "backlog", "keepalive", "no-delay", "bind-device",
				       "unix-mode", "unix-owner" } },
	{ N_("A PROXY header says who the client is"), { "proxy-from", "proxy-timeout" },
	    N_("No PROXY header is awaited (proxy-from)") },
	{ N_("Rules say whether it may come in"),
	    { "allow", "deny", "allow-uid", "allow-gid" },
	    N_("Whoever it is may come in (allow, deny, allow-uid, allow-gid)") },
	{ N_("Some are spared most of what follows"), { "exempt" },
	    N_("Nobody is spared what follows (exempt)") },
	{ N_("It is counted under its source"),
	    { "source-prefix", "sources-max", "sources-full" } },
	{ N_("What its source has done may keep it out"),
	    { "penalty", "penalty-min", "penalty-max", "penalty-decay" },
	    N_("Nothing is held against its source (penalty)") },
	{ N_("There is room for it, or it waits, or is refused"),
	    { "max", "when-full", "reserve", "max-per-source", "early-drop" } },
	{ N_("It comes in its turn"),
	    { "rate-per-source", "rate", "rate-wait", "waiting-max" },
	    N_("It may come as often as it likes (rate-per-source, rate)") },
	{ N_("A program is asked about it"),
	    { "policy", "policy-timeout", "policy-failed" },
	    N_("No program is asked about it (policy)") },
	{ N_("If it is refused, it is told so"), { "refuse-text", "refuse-text-for" },
	    N_("If it is refused, it is told nothing (refuse-text, refuse-text-for)") },
	{ N_("A process may be waiting for it already"),
	    { "start", "spares-min", "spares-max", "start-timeout", "clone-uses",
		"clone-age" },
	    N_("No process is waiting for it (start)") },
	{ N_("Unless one is waiting, a process is started for it"),
	    { "banner", "env", "pass-env", "env-style" } },
	{ N_("   so much is taken from it at once"),
	    { "isolation", "isolation-required" },
	    N_("   nothing is taken from it at once (isolation)") },
	{ N_("   a cgroup of its own"), { "cgroup", "memory-max", "pids-max", "cpu-max" },
	    N_("   no cgroup of its own (memory-max, pids-max, cpu-max)") },
	{ N_("   stage limits"),
	    { "memory", "cpu-time", "processes", "file-size", "core", "limit" } },
	{ N_("   stage nice"), { "nice" } },
	{ N_("   stages enter, namespaces"), { "network", "namespaces" },
	    N_("   no namespaces of its own (network, namespaces)"), true },
	{ N_("   stages mounts, root"), { "root", "read-only", "private-tmp", "hide" },
	    N_("   it sees the machine's files (root, read-only, private-tmp, hide)"),
	    true },
	{ N_("   stage rules: Landlock"),
	    { "read", "write", "execute", "connect", "bind", "scope" },
	    N_("   no rules for files and ports (read, write, execute, connect, bind, scope)"),
	    true },
	{ N_("   stage descriptors: the socket becomes 0 and 1"),
	    { "stderr", "pty", "unbuffer" } },
	{ N_("   stage files"), { "files" } },
	{ N_("   stage signals: default actions, nothing blocked"), { NULL } },
	{ N_("   stage session: a session and process group of its own"), { NULL } },
	{ N_("   stage bounding"), { "no-new-privileges", "securebits" } },
	{ N_("   stage user"), { "user", "group", "groups", "uid-range" } },
	{ N_("   stage capabilities"), { "capabilities" } },
	{ N_("   stage orphans"), { "orphans" } },
	{ N_("   stage dir"), { "dir", "umask" } },
	{ N_("   stage filter: system calls"), { "syscalls", "syscalls-action" },
	    N_("   it may use every system call (syscalls)"), true },
	{ N_("   stage program: it is executed"), { NULL } },
	{ N_("It runs until one of these ends it"),
	    { "session-timeout", "idle-timeout", "first-byte-timeout", "on-hangup",
		"eof-grace", "stress", "term-grace", "drain-timeout" } },
	{ N_("After it has ended"), { "linger", "log-sample" } },
};

bool
explain_knows(const char *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		for (size_t k = 0; steps[i].names[k] != NULL; k++)
			if (strcmp(steps[i].names[k], setting) == 0)
				return true;
	return false;
}

static void
pad(FILE *out, size_t used, size_t column)
{
	(void)fprintf(out, "%*s", used < column ? (int)(column - used) : 2, "");
}

/* The default as a value is put: "1m" and not "60s". */
static bool
is_default(const struct setting *setting, const char *value)
{
	struct settings defaults;
	char put[512] = "";
	struct text text = TEXT_ON(put);

	if (settings_init(&defaults) < 0)
		return false;
	setting_put_value(&text, setting, &defaults);
	settings_done(&defaults);
	return strcmp(put, value) == 0;
}

/* "  * max              64                   sessions at once" */
static void
print_setting(FILE *out, const struct explain_service *service, const char *name)
{
	const struct setting *setting = settings_find(name);
	const char *value = service->values[setting - settings_table];
	bool is_set = value != NULL && !is_default(setting, value);
	const char *shown = value == NULL ? "?" : value[0] == '\0' ? "-" : value;
	char put[512] = "";
	struct text text = TEXT_ON(put);
	bool is_preset =
	    value != NULL && !is_set && explain_preset_put(&text, service, name);

	shown = is_preset ? put : shown;
	(void)fprintf(out, "    %c %s", is_set ? '*' : is_preset ? '+' : ' ', name);
	pad(out, 6 + strlen(name), COLUMN_VALUE + 6);
	(void)fputs(shown, out);
	pad(out, COLUMN_VALUE + 6 + text_columns(shown), COLUMN_HELP + 6);
	(void)fprintf(out, "%s\n", words_get(setting->help));
}

const char *
explain_value(const struct explain_service *service, const char *name)
{
	const struct setting *setting = settings_find(name);
	const char *value =
	    setting == NULL ? NULL : service->values[setting - settings_table];

	return value == NULL ? "" : value;
}

/* What is to wait, or of a server that runs what does.  Of a built-in, and behind a
 * terminal, all that can be done ahead is what `spare` does. */
static void
print_ahead(FILE *out, const struct explain_service *service)
{
	const char *start = explain_value(service, "start");
	const bool is_builtin = service->program != NULL && service->program[0] == '@';
	const char *pty = explain_value(service, "pty");
	const bool is_held = !is_builtin && (pty[0] == '\0' || strcmp(pty, "no") == 0) &&
			     (strcmp(start, "warm") == 0 || strcmp(start, "clone") == 0);

	if (service->now != NULL)
		(void)fprintf(out, _("    now: %s\n"), service->now);
	else if (is_held)
		(void)fprintf(out, "    %s\n    %s\n",
		    strcmp(start, "warm") == 0
			? _("the program runs already, and is held where it first touches "
			    "its client")
			: _("a copy of the program, which is held where it first touches its "
			    "client"),
		    _("what it looks up before that of TCPREMOTEIP and the like is empty"));
	else if (strcmp(start, "") != 0 && strcmp(start, "fresh") != 0)
		(void)fprintf(out, "    %s\n",
		    is_builtin
			? _("the built-in waits for a client")
			: _("all stages are behind it, and only the program has to be "
			    "executed"));
	if (service->counts != NULL)
		(void)fprintf(out, _("    so far: %s\n"), service->counts);
}

/* Nothing of it is other than by default; what is not known may be. */
static bool
is_absent(const struct step *step, const struct explain_service *service)
{
	if (step->absent == NULL ||
	    (step->is_preset && strcmp(explain_value(service, "isolation"), "none") != 0))
		return false;
	for (size_t i = 0; step->names[i] != NULL; i++) {
		const struct setting *setting = settings_find(step->names[i]);
		const char *value = service->values[setting - settings_table];

		if (value == NULL || !is_default(setting, value))
			return false;
	}
	return true;
}

static void
print_step(FILE *out, const struct step *step, const struct explain_service *service)
{
	if (is_absent(step, service)) {
		(void)fprintf(out, "  %s\n", words_get(step->absent));
		return;
	}
	(void)fprintf(out, "  %s\n", words_get(step->title));
	if (step->names[0] != NULL && strcmp(step->names[0], "start") == 0)
		print_ahead(out, service);
	for (size_t i = 0; step->names[i] != NULL; i++)
		print_setting(out, service, step->names[i]);
}

void
explain_print(FILE *out, const struct explain_service *service)
{
	(void)fprintf(out, "%s\n", service->name);
	if (service->listen != NULL)
		(void)fprintf(out, _("  listens on %s\n"),
		    service->listen[0] == '\0' ? _("the loopback addresses")
					       : service->listen);
	if (service->program != NULL)
		(void)fprintf(out, _("  each client gets a process of %s\n"),
		    service->program[0] == '\0' ? _("its own") : service->program);
	(void)fputc('\n', out);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		print_step(out, &steps[i], service);
	(void)fputs(
	    _("\n  * differs from the default; + comes of isolation; - is unset\n"), out);
	explain_table_print(out, service);
}
