#include "explain.h"

#include <string.h>

#include "base.h"
#include "text.h"

#define COLUMN_VALUE 20
#define COLUMN_HELP 40

/* What happens, in its order. */
struct step {
	const char *title;
	const char *names[16];
};

static const struct step steps[] = {
	{ "A client connects", { "backlog", "keepalive", "no-delay", "bind-device",
				   "unix-mode", "unix-owner" } },
	{ "It is let in, waits, or is refused",
	    { "max", "when-full", "max-per-source", "source-prefix", "refuse-text" } },
	{ "A process is started for it", { "banner", "env", "pass-env", "env-style" } },
	{ "   stage descriptors: the socket becomes 0 and 1",
	    { "stderr", "pty", "unbuffer" } },
	{ "   stage signals: default actions, nothing blocked", { NULL } },
	{ "   stage session: a session and process group of its own", { NULL } },
	{ "   stage limits",
	    { "memory", "cpu-time", "files", "processes", "file-size", "core" } },
	{ "   stage nice", { "nice" } },
	{ "   stage user", { "user", "group", "groups" } },
	{ "   stage orphans", { "orphans" } },
	{ "   stage dir", { "dir", "umask" } },
	{ "   stage program: it is executed", { NULL } },
	{ "It runs until one of these ends it",
	    { "session-timeout", "idle-timeout", "first-byte-timeout", "on-hangup",
		"eof-grace", "term-grace", "drain-timeout" } },
	{ "After it has ended", { "linger", "log-sample" } },
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
print_setting(FILE *out, const struct setting *setting, const char *value)
{
	bool is_set = value != NULL && !is_default(setting, value);
	const char *shown = value == NULL ? "?" : value[0] == '\0' ? "-" : value;

	(void)fprintf(out, "    %c %s", is_set ? '*' : ' ', setting->name);
	pad(out, 6 + strlen(setting->name), COLUMN_VALUE + 6);
	(void)fputs(shown, out);
	pad(out, COLUMN_VALUE + 6 + strlen(shown), COLUMN_HELP + 6);
	(void)fprintf(out, "%s\n", setting->help);
}

static void
print_step(FILE *out, const struct step *step, const struct explain_service *service)
{
	(void)fprintf(out, "  %s\n", step->title);
	for (size_t i = 0; step->names[i] != NULL; i++) {
		const struct setting *setting = settings_find(step->names[i]);

		print_setting(out, setting, service->values[setting - settings_table]);
	}
}

void
explain_print(FILE *out, const struct explain_service *service)
{
	(void)fprintf(out, "%s\n", service->name);
	if (service->listen != NULL)
		(void)fprintf(out, "  listens on %s\n",
		    service->listen[0] == '\0' ? "the loopback addresses"
					       : service->listen);
	if (service->program != NULL)
		(void)fprintf(out, "  each client gets a process of %s\n",
		    service->program[0] == '\0' ? "its own" : service->program);
	(void)fputc('\n', out);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		print_step(out, &steps[i], service);
	(void)fputs("\n  * differs from the default; - is unset\n", out);
}
