/*
 * complain -- what to say about words of the command line that cannot be used
 *
 * The walk itself is in options.c.  What is said here guesses what was meant: the
 * nearest option, a program without --, a switch with its value as a word of its own.
 */
#include "parse.h"

#include <string.h>

#include "settings.h"
#include "text.h"

/* ---- words that are no options -------------------------------------------------- */

/* As a shell would need it; good enough to be copied. */
static void
put_shell_word(struct text *line, const char *word)
{
	if (*word != '\0' &&
	    word[strcspn(word, " \t\n'\"\\$`!*?[]{}()<>|&;#~")] == '\0') {
		text_put(line, word);
		return;
	}
	text_put_char(line, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			text_put(line, "'\\''");
		else
			text_put_char(line, *word);
	text_put_char(line, '\'');
}

/* prong check and prong explain read such lines too: their name is the first word. */
static bool
is_of_command(const struct parse *p)
{
	return strcmp(p->argv[0], "check") == 0 || strcmp(p->argv[0], "explain") == 0;
}

/* `prong 9999 cat -n`: the rest of the line is taken for the program it names. */
static void
suggest_program(struct parse *p, const char *word)
{
	char suggestion[1024];
	struct text line = TEXT_ON(suggestion);

	text_put(&line, "prong");
	for (int i = is_of_command(p) ? 0 : 1; i < p->argc; i++) {
		if (i == p->at)
			text_put(&line, " --");
		text_put_char(&line, ' ');
		put_shell_word(&line, p->argv[i]);
	}
	mistakes_add(p->mistakes, "'%s' is not an address; a program comes after --: %s",
	    word, suggestion);
	if (*word == '/')
		mistakes_hint(
		    p->mistakes, "or, for a Unix socket of that path, unix:%s", word);
	p->is_over = true;
}

static bool
has_separator_after(const struct parse *p, int i)
{
	while (++i < p->argc)
		if (strcmp(p->argv[i], "--") == 0)
			return true;
	return false;
}

/* The word before, if it is a switch written without "=": `--unbuffer no`. */
static const struct setting *
switch_before(const struct parse *p)
{
	const char *before = p->at > 1 ? p->argv[p->at - 1] : "";
	const struct setting *setting;

	if (strncmp(before, "--", 2) != 0)
		return NULL;
	setting = settings_find(before + 2);
	return setting != NULL && setting->kind == KIND_BOOL ? setting : NULL;
}

void
complain_word(struct parse *p, const char *word)
{
	const struct setting *setting = switch_before(p);

	if (setting != NULL && (strcmp(word, "yes") == 0 || strcmp(word, "no") == 0)) {
		mistakes_add(p->mistakes,
		    "'%s' is not an address; the value of a switch is written --%s=%s",
		    word, setting->name, word);
		return;
	}
	if (*word != '\0' && !has_separator_after(p, p->at) &&
	    p->options->config_path == NULL) {
		suggest_program(p, word);
		return;
	}
	mistakes_add(p->mistakes, "'%s' is not an address", word);
	mistakes_hint(p->mistakes,
	    "an address is PORT, :PORT, HOST:PORT, [IPV6]:PORT, unix:/PATH, unix:@NAME, "
	    "vsock:CID:PORT, systemd or fd:N");
}

/* ---- mistakes with options ------------------------------------------------------ */

/* The option that comes nearest to `name`; NULL: none does. */
static const char *
find_nearest(const struct parse *p, const char *name)
{
	const char *names[256] = { NULL }, *nearest;
	size_t count = 0;

	while (count < p->table_count && count < ARRAY_SIZE(names)) {
		names[count] = p->table[count].name;
		count++;
	}
	nearest = text_nearest(name, names, count);
	for (size_t i = 0; i < count && nearest == NULL; i++)
		if (strlen(name) > 2 && strstr(names[i], name) != NULL)
			nearest = names[i];
	return nearest;
}

/* What other programs call an option; NULL: it is not known.  Of one letter only those
 * are, by which many say where they listen. */
static const char *
find_synonym(const char *name)
{
	if (strcmp(name, "p") == 0 || strcmp(name, "l") == 0 ||
	    strcmp(name, "listen") == 0)
		return "listen";
	return strcmp(name, "program") == 0 ? name : settings_synonym(name);
}

void
complain_unknown(struct parse *p)
{
	const char *word = p->argv[p->at], *meant;
	char name[128];

	if (p->complained_at == p->at)
		return;
	p->complained_at = p->at;
	(void)snprintf(name, sizeof(name), "%s", word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	meant = find_synonym(name);
	if (meant == NULL)
		meant = find_nearest(p, name);
	if (meant == NULL)
		mistakes_add(p->mistakes, "%s is not an option", word);
	else if (strcmp(meant, "listen") == 0)
		mistakes_add(p->mistakes,
		    "%s is not an option; an address stands by itself: prong 9999 -- cat",
		    word);
	else if (strcmp(meant, "program") == 0)
		mistakes_add(p->mistakes,
		    "%s is not an option; a program comes after --: prong 9999 -- cat",
		    word);
	else
		mistakes_add(
		    p->mistakes, "%s is not an option; did you mean --%s?", word, meant);
}

void
complain_missing(struct parse *p, int code)
{
	static const char *const command_values[] = { "NAME", "text|json|journald", "N",
		"PATH|off", "FILE|DIR" };

	if (code == 'f')
		code = CODE_CONFIG;
	if (code >= CODE_SETTING) {
		const struct setting *setting = &settings_table[code - CODE_SETTING];

		mistakes_add(p->mistakes, "--%s: the value is missing: --%s %s",
		    setting->name, setting->name, setting->argument);
		return;
	}
	for (size_t i = 0; i < p->table_count; i++)
		if (p->table[i].val == code)
			mistakes_add(p->mistakes, "--%s: the value is missing: --%s %s",
			    p->table[i].name, p->table[i].name,
			    command_values[code - CODE_NAME]);
}

/* getopt_long() says '?' for an unknown option, and for a value where none belongs. */
void
complain_option(struct parse *p)
{
	const char *word = p->argv[p->at];

	if (optopt != 0 && strncmp(word, "--", 2) == 0)
		mistakes_add(p->mistakes, "%s: this option takes no value", word);
	else
		complain_unknown(p);
}
