#include "completion_row.h"

#include <stdio.h>

#include "commands.h"

static void
put_commands(void)
{
	for (size_t i = 0; commands_name(i) != NULL; i++)
		(void)printf("%s%s", i > 0 ? " " : "", commands_name(i));
}

static void
bash_values(void)
{
	struct completion_row row;

	for (size_t i = 0; completion_row_at(i, &row); i++) {
		const char *const *choices = completion_row_choices(row.name);

		if (choices == NULL && !completion_row_is_path(row.argument))
			continue;
		(void)printf("\t--%s)\n\t\tCOMPREPLY=($(compgen ", row.name);
		if (choices == NULL) {
			(void)fputs("-f", stdout);
		} else {
			(void)fputs("-W '", stdout);
			completion_row_put_choices(choices);
			(void)putchar('\'');
		}
		(void)fputs(" -- \"$cur\"))\n\t\treturn\n\t\t;;\n", stdout);
	}
}

static void
bash_ctl(const struct ctl_command *command)
{
	struct completion_row row;

	(void)printf("\t\t%s)\n\t\t\tCOMPREPLY=($(compgen -W '", command->name);
	for (size_t i = 0; completion_row_of(command, i, &row); i++)
		(void)printf("%s--%s", i > 0 ? " " : "", row.name);
	if (command->words != NULL)
		(void)printf(" %s", command->words);
	(void)fputs("' -- \"$cur\"))\n\t\t\treturn\n\t\t\t;;\n", stdout);
}

/* The words of a command are its own. */
static void
bash_commands(void)
{
	(void)fputs(
	    "\tif ((COMP_CWORD > 1)); then\n\t\tcase ${COMP_WORDS[1]} in\n", stdout);
	for (size_t i = 0; i < ctl_command_count; i++)
		bash_ctl(&ctl_commands[i]);
	(void)fputs("\t\tcompletion)\n"
		    "\t\t\tCOMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\"))\n"
		    "\t\t\treturn\n\t\t\t;;\n\t\timport)\n"
		    "\t\t\tif ((COMP_CWORD == 2)); then\n"
		    "\t\t\t\tCOMPREPLY=($(compgen -W '",
	    stdout);
	completion_row_put_kinds();
	(void)fputs("' -- \"$cur\"))\n\t\t\t\treturn\n\t\t\tfi\n\t\t\t;;\n"
		    "\t\tesac\n\tfi\n",
	    stdout);
}

void
completion_bash_print(void)
{
	struct completion_row row;

	(void)fputs(
	    "# bash completion for prong(1)\n_prong()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tlocal i\n"
	    "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
	    "\telif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	    "\t\t\tCOMPREPLY=($(compgen -c -f -- \"$cur\"))\n"
	    "\t\t\treturn\n\t\tfi\n\tdone\n"
	    "\tcase $prev in\n\t-f)\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	    "\t\treturn\n\t\t;;\n",
	    stdout);
	bash_values();
	(void)fputs("\tesac\n", stdout);
	bash_commands();
	(void)fputs("\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '", stdout);
	for (size_t i = 0; completion_row_at(i, &row); i++)
		(void)printf("%s--%s", i > 0 ? " " : "", row.name);
	(void)fputs("' -- \"$cur\"))\n\telif ((COMP_CWORD == 1)); then\n"
		    "\t\tCOMPREPLY=($(compgen -W '",
	    stdout);
	put_commands();
	(void)fputs("' -- \"$cur\"))\n\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
		    "\tfi\n}\ncomplete -o filenames -F _prong prong\n",
	    stdout);
}
