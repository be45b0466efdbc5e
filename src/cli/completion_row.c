#include "completion_row.h"

#include <stdio.h>
#include <string.h>

#include "import.h"
#include "options.h"
#include "settings.h"
#include "words.h"

/* "-f, --config FILE|DIR" */
static void
row_of_command(struct completion_row *row, const struct option_help *option)
{
	const char *at = strstr(option->spelling, "--") + 2;
	size_t length = strcspn(at, " ");

	(void)snprintf(row->name, sizeof(row->name), "%.*s", (int)length, at);
	(void)snprintf(row->argument, sizeof(row->argument), "%s",
	    at[length] == ' ' ? at + length + 1 : "");
	row->help = words_get(option->help);
}

bool
completion_row_at(size_t i, struct completion_row *row)
{
	if (i < options_command_count) {
		row_of_command(row, &options_command_help[i]);
		return true;
	}
	i -= options_command_count;
	if (i >= settings_count)
		return false;
	(void)snprintf(row->name, sizeof(row->name), "%s", settings_table[i].name);
	(void)snprintf(
	    row->argument, sizeof(row->argument), "%s", settings_table[i].argument);
	row->help = words_get(settings_table[i].help);
	return true;
}

bool
completion_row_of(const struct ctl_command *command, size_t i, struct completion_row *row)
{
	struct option_help option;

	if (!args_option(command, i, &option.spelling, &option.help))
		return false;
	row_of_command(row, &option);
	return true;
}

const char *const *
completion_row_choices(const char *name)
{
	static const char *const logs[] = { "text", "json", "journald", NULL };
	static const char *const bools[] = { "yes", "no", NULL };
	const struct setting *setting = settings_find(name);

	if (strcmp(name, "log") == 0)
		return logs;
	if (setting == NULL)
		return NULL;
	return setting->kind == KIND_BOOL ? bools : setting->choices;
}

void
completion_row_put_choices(const char *const *choices)
{
	for (size_t i = 0; choices[i] != NULL; i++)
		(void)printf("%s%s", i > 0 ? " " : "", choices[i]);
}

void
completion_row_put_kinds(void)
{
	for (const char *words = IMPORT_KINDS; *words != '\0'; words++)
		(void)putchar(*words == '|' ? ' ' : *words);
}

bool
completion_row_is_path(const char *argument)
{
	return strstr(argument, "FILE") != NULL || strstr(argument, "DIR") != NULL ||
	       strstr(argument, "PATH") != NULL;
}
