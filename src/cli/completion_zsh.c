#include "completion_row.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"

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

static void
zsh_option(const struct completion_row *row)
{
	const char *const *choices = completion_row_choices(row->name);

	(void)printf("\t'*--%s%s[", row->name, row->argument[0] == '\0' ? "" : "=");
	put_quoted(row->help);
	(void)putchar(']');
	if (row->argument[0] != '\0') {
		(void)putchar(':');
		put_quoted(row->argument);
		(void)putchar(':');
		if (choices != NULL) {
			(void)putchar('(');
			completion_row_put_choices(choices);
			(void)putchar(')');
		} else if (completion_row_is_path(row->argument)) {
			(void)fputs("_files", stdout);
		}
	}
	(void)fputs("' \\\n", stdout);
}

static void
zsh_commands(void)
{
	struct completion_row row;

	(void)fputs("\tcase $words[2] in\n", stdout);
	for (size_t i = 0; i < ctl_command_count; i++) {
		(void)printf(
		    "\t%s)\n\t_arguments -S '1:command:' \\\n", ctl_commands[i].name);
		for (size_t k = 0; completion_row_of(&ctl_commands[i], k, &row); k++)
			zsh_option(&row);
		if (ctl_commands[i].words == NULL)
			(void)fputs("\t'*:word:'\n\treturn\n\t;;\n", stdout);
		else
			(void)printf(
			    "\t'*:word:(%s)'\n\treturn\n\t;;\n", ctl_commands[i].words);
	}
	(void)fputs("\tcompletion)\n"
		    "\t_arguments '1:command:' '2:shell:(bash zsh fish)'\n"
		    "\treturn\n\t;;\n\timport)\n\t_arguments '1:command:' '2:kind:(",
	    stdout);
	completion_row_put_kinds();
	(void)fputs(")' '*:file:_files'\n\treturn\n\t;;\n\tesac\n", stdout);
}

void
completion_zsh_print(void)
{
	struct completion_row row;

	(void)fputs("#compdef prong\n# zsh completion for prong(1)\n_prong()\n{\n"
		    "\tlocal -a commands\n\tcommands=(\n",
	    stdout);
	for (size_t i = 0; commands_name(i) != NULL; i++) {
		(void)printf("\t\t'%s:", commands_name(i));
		put_quoted(commands_help(i));
		(void)fputs("'\n", stdout);
	}
	(void)fputs("\t)\n\tif ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n"
		    "\t\t_describe command commands\n\t\treturn\n\tfi\n",
	    stdout);
	zsh_commands();
	(void)fputs("\t_arguments -S \\\n"
		    "\t'-f[serve what is said there]:FILE|DIR:_files' \\\n",
	    stdout);
	for (size_t i = 0; completion_row_at(i, &row); i++)
		zsh_option(&row);
	(void)fputs("\t'*::program:_normal'\n}\n_prong \"$@\"\n", stdout);
}
