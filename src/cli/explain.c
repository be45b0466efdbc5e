#include "explain.h"

#include <string.h>

#include "base.h"
#include "text.h"
#include "words.h"

#define COLUMN_VALUE 20
#define COLUMN_HELP 40

/* What happens, in its order. */
struct step {
	const char *title;
	const char *names[16];
};

static const struct step steps[] = {
	{ N_("A client connects"), { "backlog", "keepalive", "no-delay", "bind-device",
				       "unix-mode", "unix-owner" } },
	{ N_("It is let in, waits, or is refused"),
	    { "max", "when-full", "max-per-source", "source-prefix", "refuse-text" } },
	{ N_("A process is started for it"),
	    { "banner", "env", "pass-env", "env-style" } },
	{ N_("   stage descriptors: the socket becomes 0 and 1"),
	    { "stderr", "pty", "unbuffer" } },
	{ N_("   stage signals: default actions, nothing blocked"), { NULL } },
	{ N_("   stage session: a session and process group of its own"), { NULL } },
	{ N_("   stage limits"),
	    { "memory", "cpu-time", "files", "processes", "file-size", "core" } },
	{ N_("   stage nice"), { "nice" } },
	{ N_("   stage user"), { "user", "group", "groups" } },
	{ N_("   stage orphans"), { "orphans" } },
	{ N_("   stage dir"), { "dir", "umask" } },
	{ N_("   stage program: it is executed"), { NULL } },
	{ N_("It runs until one of these ends it"),
	    { "session-timeout", "idle-timeout", "first-byte-timeout", "on-hangup",
		"eof-grace", "term-grace", "drain-timeout" } },
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
print_setting(FILE *out, const struct setting *setting, const char *value)
{
	bool is_set = value != NULL && !is_default(setting, value);
	const char *shown = value == NULL ? "?" : value[0] == '\0' ? "-" : value;

	(void)fprintf(out, "    %c %s", is_set ? '*' : ' ', setting->name);
	pad(out, 6 + strlen(setting->name), COLUMN_VALUE + 6);
	(void)fputs(shown, out);
	pad(out, COLUMN_VALUE + 6 + text_columns(shown), COLUMN_HELP + 6);
	(void)fprintf(out, "%s\n", words_get(setting->help));
}

static void
print_step(FILE *out, const struct step *step, const struct explain_service *service)
{
	(void)fprintf(out, "  %s\n", words_get(step->title));
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
		(void)fprintf(out, _("  listens on %s\n"),
		    service->listen[0] == '\0' ? _("the loopback addresses")
					       : service->listen);
	if (service->program != NULL)
		(void)fprintf(out, _("  each client gets a process of %s\n"),
		    service->program[0] == '\0' ? _("its own") : service->program);
	(void)fputc('\n', out);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		print_step(out, &steps[i], service);
	(void)fputs(_("\n  * differs from the default; - is unset\n"), out);
}
