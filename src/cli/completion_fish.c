#include "completion_row.h"

#include <stdio.h>

#include "commands.h"

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

/* `when` of the server's own options is NULL. */
static void
fish_option(const struct completion_row *row, const char *when)
{
	const char *const *choices = completion_row_choices(row->name);

	if (when == NULL)
		(void)printf("complete -c prong -n __prong_serves -l %s", row->name);
	else
		(void)printf(
		    "complete -c prong -n '__fish_seen_subcommand_from %s' -l %s", when,
		    row->name);
	if (choices != NULL) {
		(void)fputs(" -x -a '", stdout);
		completion_row_put_choices(choices);
		(void)putchar('\'');
	} else if (completion_row_is_path(row->argument)) {
		(void)fputs(" -r -F", stdout);
	} else if (row->argument[0] != '\0') {
		(void)fputs(" -x", stdout);
	}
	(void)fputs(" -d ", stdout);
	fish_quoted(row->help);
	(void)putchar('\n');
}

static void
fish_commands(void)
{
	struct completion_row row;

	for (size_t i = 0; i < ctl_command_count; i++) {
		for (size_t k = 0; completion_row_of(&ctl_commands[i], k, &row); k++)
			fish_option(&row, ctl_commands[i].name);
		if (ctl_commands[i].words != NULL)
			(void)printf(
			    "complete -c prong -n '__fish_seen_subcommand_from %s' "
			    "-f -a '%s'\n",
			    ctl_commands[i].name, ctl_commands[i].words);
	}
	(void)fputs("complete -c prong -n '__fish_seen_subcommand_from completion' "
		    "-f -a 'bash zsh fish'\n"
		    "complete -c prong -n '__fish_seen_subcommand_from import' -a '",
	    stdout);
	completion_row_put_kinds();
	(void)fputs("'\n", stdout);
}

/* True where the server's own options belong. */
static void
fish_serves(void)
{
	(void)fputs("function __prong_serves\n"
		    "\tnot __fish_seen_subcommand_from import schema completion",
	    stdout);
	for (size_t i = 0; i < ctl_command_count; i++)
		(void)printf(" %s", ctl_commands[i].name);
	(void)fputs("\nend\n", stdout);
}

void
completion_fish_print(void)
{
	struct completion_row row;

	(void)fputs("# fish completion for prong(1)\n", stdout);
	fish_serves();
	(void)fputs(
	    "complete -c prong -n __prong_serves -s f -r -F -d 'serve what is said there'\n",
	    stdout);
	for (size_t i = 0; commands_name(i) != NULL; i++) {
		(void)printf("complete -c prong -n __fish_use_subcommand -a %s -d ",
		    commands_name(i));
		fish_quoted(commands_help(i));
		(void)putchar('\n');
	}
	fish_commands();
	for (size_t i = 0; completion_row_at(i, &row); i++)
		fish_option(&row, NULL);
}
