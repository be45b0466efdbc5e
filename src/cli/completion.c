#include "completion.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "commands.h"
#include "options.h"
#include "serve.h"
#include "settings.h"
#include "words.h"

/* ---- the tables, row by row -------------------------------------------------------- */

/* An option without its dashes, what it takes ("": nothing), and what it is for. */
struct row {
	char name[64], argument[64];
	const char *help;
};

/* "-f, --config FILE|DIR" */
static void
row_of_command(struct row *row, const struct option_help *option)
{
	const char *at = strstr(option->spelling, "--") + 2;
	size_t length = strcspn(at, " ");

	(void)snprintf(row->name, sizeof(row->name), "%.*s", (int)length, at);
	(void)snprintf(row->argument, sizeof(row->argument), "%s",
	    at[length] == ' ' ? at + length + 1 : "");
	row->help = words_get(option->help);
}

static bool
row_at(size_t i, struct row *row)
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

/* The words that an option's value can be, or NULL. */
static const char *const *
choices_of(const char *name)
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

static void
put_choices(const char *const *choices)
{
	for (size_t i = 0; choices[i] != NULL; i++)
		(void)printf("%s%s", i > 0 ? " " : "", choices[i]);
}

/* Inside of a shell's single quotes, and of zsh's brackets. */
static void
put_quoted(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text) != NULL)
			(void)printf("\\%c", *text);
		else
			(void)putchar(*text);
	}
}

static bool
is_path(const char *argument)
{
	return strstr(argument, "FILE") != NULL || strstr(argument, "DIR") != NULL ||
	       strstr(argument, "PATH") != NULL;
}

/* ---- bash -------------------------------------------------------------------------- */

static void
put_commands(void)
{
	for (size_t i = 0; commands_name(i) != NULL; i++)
		(void)printf("%s%s", i > 0 ? " " : "", commands_name(i));
}

static void
bash_values(void)
{
	struct row row;

	for (size_t i = 0; row_at(i, &row); i++) {
		const char *const *choices = choices_of(row.name);

		if (choices == NULL && !is_path(row.argument))
			continue;
		(void)printf("\t--%s)\n\t\tCOMPREPLY=($(compgen ", row.name);
		if (choices == NULL) {
			(void)fputs("-f", stdout);
		} else {
			(void)fputs("-W '", stdout);
			put_choices(choices);
			(void)putchar('\'');
		}
		(void)fputs(" -- \"$cur\"))\n\t\treturn\n\t\t;;\n", stdout);
	}
}

static void
print_bash(void)
{
	struct row row;

	(void)fputs(
	    "# bash completion for prong(1)\n_prong()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tlocal i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	    "\t\t\tCOMPREPLY=($(compgen -c -f -- \"$cur\"))\n"
	    "\t\t\treturn\n\t\tfi\n\tdone\n"
	    "\tcase $prev in\n\t-f)\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	    "\t\treturn\n\t\t;;\n",
	    stdout);
	bash_values();
	(void)fputs(
	    "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '", stdout);
	for (size_t i = 0; row_at(i, &row); i++)
		(void)printf("%s--%s", i > 0 ? " " : "", row.name);
	(void)fputs("' -- \"$cur\"))\n\telif ((COMP_CWORD == 1)); then\n"
		    "\t\tCOMPREPLY=($(compgen -W '",
	    stdout);
	put_commands();
	(void)fputs("' -- \"$cur\"))\n\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
		    "\tfi\n}\ncomplete -o filenames -F _prong prong\n",
	    stdout);
}

/* ---- zsh --------------------------------------------------------------------------- */

static void
zsh_option(const struct row *row)
{
	const char *const *choices = choices_of(row->name);

	(void)printf("\t'*--%s%s[", row->name, row->argument[0] == '\0' ? "" : "=");
	put_quoted(row->help);
	(void)putchar(']');
	if (row->argument[0] != '\0') {
		(void)putchar(':');
		put_quoted(row->argument);
		(void)putchar(':');
		if (choices != NULL) {
			(void)putchar('(');
			put_choices(choices);
			(void)putchar(')');
		} else if (is_path(row->argument)) {
			(void)fputs("_files", stdout);
		}
	}
	(void)fputs("' \\\n", stdout);
}

static void
print_zsh(void)
{
	struct row row;

	(void)fputs("#compdef prong\n# zsh completion for prong(1)\n_prong()\n{\n"
		    "\tlocal -a commands\n\tcommands=(\n",
	    stdout);
	for (size_t i = 0; commands_name(i) != NULL; i++) {
		(void)printf("\t\t'%s:", commands_name(i));
		put_quoted(commands_help(i));
		(void)fputs("'\n", stdout);
	}
	(void)fputs(
	    "\t)\n\tif ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n"
	    "\t\t_describe command commands\n\t\treturn\n\tfi\n\t_arguments -S \\\n"
	    "\t'-f[serve what is said there]:FILE|DIR:_files' \\\n",
	    stdout);
	for (size_t i = 0; row_at(i, &row); i++)
		zsh_option(&row);
	(void)fputs("\t'*::program:_normal'\n}\n_prong \"$@\"\n", stdout);
}

/* ---- fish -------------------------------------------------------------------------- */

static void
fish_quoted(const char *text)
{
	(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			(void)putchar('\\');
		(void)putchar(*text);
	}
	(void)putchar('\'');
}

static void
fish_option(const struct row *row)
{
	const char *const *choices = choices_of(row->name);

	(void)printf("complete -c prong -l %s", row->name);
	if (choices != NULL) {
		(void)fputs(" -x -a '", stdout);
		put_choices(choices);
		(void)putchar('\'');
	} else if (is_path(row->argument)) {
		(void)fputs(" -r -F", stdout);
	} else if (row->argument[0] != '\0') {
		(void)fputs(" -x", stdout);
	}
	(void)fputs(" -d ", stdout);
	fish_quoted(row->help);
	(void)putchar('\n');
}

static void
print_fish(void)
{
	struct row row;

	(void)fputs("# fish completion for prong(1)\n"
		    "complete -c prong -s f -r -F -d 'serve what is said there'\n",
	    stdout);
	for (size_t i = 0; commands_name(i) != NULL; i++) {
		(void)printf("complete -c prong -n __fish_use_subcommand -a %s -d ",
		    commands_name(i));
		fish_quoted(commands_help(i));
		(void)putchar('\n');
	}
	for (size_t i = 0; row_at(i, &row); i++)
		fish_option(&row);
}

/* ---- the command ------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", print_bash },
	{ "zsh", print_zsh },
	{ "fish", print_fish },
};

int
completion_run(int argc, char *argv[])
{
	const char *shell = argc == 2 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].name, shell) != 0)
			continue;
		shells[i].print();
		return fflush(stdout) == 0 ? SERVE_STOPPED : SERVE_FAILED;
	}
	if (strcmp(shell, "--help") == 0 || strcmp(shell, "-h") == 0) {
		(void)puts(
		    "prong completion bash|zsh|fish\n\n"
		    "  bash: prong completion bash > "
		    "/usr/share/bash-completion/completions/prong\n"
		    "  zsh:  prong completion zsh > /usr/share/zsh/site-functions/_prong\n"
		    "  fish: prong completion fish > "
		    "~/.config/fish/completions/prong.fish");
		return SERVE_STOPPED;
	}
	(void)fputs(_("prong completion: which shell? bash, zsh or fish\n"), stderr);
	return SERVE_USAGE;
}
