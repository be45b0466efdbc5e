#include "help.h"

#include <string.h>

#include "options.h"
#include "settings.h"
#include "text.h"
#include "words.h"
#include "wrap.h"

#define COLUMN_HELP 30
#define COLUMN_END 88

static const char usage[] = N_(
    "prong gives every connection a process of its own.\n"
    "\n"
    "  prong [OPTIONS] [LISTEN ...] [-- PROGRAM [ARG ...]]\n"
    "  prong [OPTIONS] -f FILE|DIR\n"
    "                              services from a file: prong.yaml(5)\n"
    "  prong check|explain|import|schema|completion ...\n"
    "                              about configurations: prong check --help\n"
    "  prong ps|top|status|stats|why|penalties|kill|pause|resume|drain|reload|upgrade ...\n"
    "                              about servers that run: prong ps --help\n"
    "  prong help [COMMAND]        this text, or what a command does\n"
    "\n"
    "LISTEN: where to serve; several are allowed [127.0.0.1:9999 and [::1]:9999]\n"
    "  9999  :9999                 a port on every address, IPv4 and IPv6 (0: a free one)\n"
    "  127.0.0.1:9999  [::1]:9999  a port on one address; a host name is looked up once\n"
    "  unix:/PATH  unix:@NAME      a Unix socket: a path, or an abstract name\n"
    "  vsock:CID:PORT              a port for virtual machines; CID may be any\n"
    "  systemd  systemd:NAME       sockets from systemd: all, or those of a name\n"
    "  fd:N                        an inherited socket that listens\n"
    "\n"
    "PROGRAM: what talks to each client on its stdin and stdout [@echo]\n"
    "  built in: @echo @discard @daytime @time @hello @chargen  @qotd FILE\n");

static const char examples[] = N_(
    "\n"
    "Examples:\n"
    "  prong                                        echo on 127.0.0.1:9999 and [::1]:9999\n"
    "  prong 8000 -- cat                            any program, on every address\n"
    "  prong --max 20 --max-per-source 2 7 -- @echo at most 20 clients, 2 from one address\n"
    "  prong --user nobody --session-timeout 1m 79 -- finger-server\n"
    "  prong unix:/run/rev.sock -- sh -c 'rev'      a shell line on a Unix socket\n"
    "\n"
    "Times are 250ms 5s 2m 1h 7d, or off; sizes are 512 64K 1M 2G.\n"
    "Signals: TERM and INT let sessions end, a second one ends them; QUIT kills them;\n"
    "HUP reads the configuration again; USR2 goes on as the program that is installed now.\n"
    "Exit status: 0 asked to stop, 1 failed, 2 usage, 3 not permitted or not there on this\n"
    "machine, 111 a system call failed.\n");

/* Words of `help` from column COLUMN_HELP on; `used` columns of the line are taken. */
static void
print_wrapped(FILE *out, size_t used, const char *help)
{
	if (used + 2 > COLUMN_HELP) {
		(void)fputc('\n', out);
		used = 0;
	}
	(void)fprintf(out, "%*s", (int)(COLUMN_HELP - used), "");
	used = COLUMN_HELP;
	while (*help != '\0') {
		const size_t blanks = *help == ' ';
		size_t columns, length = wrap_piece(help + blanks, &columns);

		if (used > COLUMN_HELP && used + blanks + columns > COLUMN_END) {
			(void)fprintf(out, "\n%*s", COLUMN_HELP, "");
			used = COLUMN_HELP;
		} else if (used > COLUMN_HELP && blanks > 0) {
			(void)fputc(' ', out);
			used++;
		}
		(void)fwrite(help + blanks, 1, length, out);
		used += columns;
		help += blanks + length;
	}
	(void)fputc('\n', out);
}

static void
put_choices(struct text *line, const struct setting *setting)
{
	if (setting->choices == NULL || strchr(setting->argument, '|') != NULL)
		return;
	text_put(line, _(": "));
	for (size_t i = 0; setting->choices[i] != NULL; i++) {
		if (i > 0)
			text_put(line, setting->kind == KIND_FLAGS ? ", " : " | ");
		text_put(line, setting->choices[i]);
	}
}

static void
print_setting(FILE *out, const struct setting *setting)
{
	char left[80], right[512];
	struct text option = TEXT_ON(left), help = TEXT_ON(right);

	text_printf(&option, setting->kind == KIND_BOOL ? "  --%s[=%s]" : "  --%s %s",
	    setting->name, setting->argument);
	text_put(&help, words_get(setting->help));
	put_choices(&help, setting);
	if (setting->preset[0] != '\0')
		text_printf(&help, " [%s]", setting->preset);
	(void)fputs(left, out);
	print_wrapped(out, option.used, right);
}

static void
print_command_options(FILE *out)
{
	(void)fputs(_("\nThe command:\n"), out);
	for (size_t i = 0; i < options_command_count; i++) {
		const struct option_help *row = &options_command_help[i];

		(void)fprintf(out, "  %s", row->spelling);
		print_wrapped(out, 2 + strlen(row->spelling), words_get(row->help));
	}
}

void
help_print(FILE *out)
{
	(void)fputs(words_get(usage), out);
	print_command_options(out);
	for (int group = 0; group < GROUP_COUNT; group++) {
		(void)fprintf(out, _("\n%s:\n"),
		    words_get(setting_group_title((enum setting_group)group)));
		for (size_t i = 0; i < settings_count; i++)
			if ((int)settings_table[i].group == group)
				print_setting(out, &settings_table[i]);
	}
	(void)fputs(words_get(examples), out);
}
