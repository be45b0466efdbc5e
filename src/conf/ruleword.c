/*
 * ruleword -- one line of `allow` or `deny`
 *
 * Words first: quotes are taken off, but outside of them a backslash is one, for values
 * have escapes of their own.  Then each option is tried on settings that are thrown away,
 * so that what is wrong with a value is said as everywhere else.
 */
#include "ruleword.h"

#include <string.h>

#include "network.h"
#include "text.h"

#define BLANKS " \t\r"
#define QUOTED_MAX 80 /* bytes of a wrong word worth repeating */

/* What can differ from client to client: nothing that the service shares. */
static const char *const of_allow[] = { "env", "session-timeout", "idle-timeout",
	"first-byte-timeout", "eof-grace", "linger", "term-grace", "on-hangup", "memory",
	"cpu-time", "files", "processes", "file-size", "core", "nice", "umask", "dir",
	"user", "group", "banner", "stderr", "max-per-source", "rate-per-source",
	"refuse-text", "log-sample" };

bool
ruleword_is_file(const char *word)
{
	return *word == '/';
}

bool
ruleword_may_set(const struct setting *setting, bool is_allow)
{
	if (setting == NULL)
		return false;
	if (!is_allow)
		return strcmp(setting->name, "refuse-text") == 0;
	for (size_t i = 0; i < ARRAY_SIZE(of_allow); i++)
		if (strcmp(setting->name, of_allow[i]) == 0)
			return true;
	return false;
}

void
ruleword_done(struct ruleword *rule)
{
	setting_list_done(&rule->options);
}

/* ---- words ----------------------------------------------------------------------- */

/* Copies what stands in the quotes that begin at `at`; returns what follows them, NULL:
 * nothing closes them.  In "..." \" and \\ are known, in '...' nothing is. */
static const char *
copy_quoted(const char *at, char **end)
{
	char quote = *at++;

	for (; *at != quote; at++) {
		if (quote == '"' && at[0] == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++;
		if (*at == '\0')
			return NULL;
		*(*end)++ = *at;
	}
	return at + 1;
}

/* The word at *at, without its quotes, into `word`, which has room for the whole text.
 * -EINVAL: *at is the quote that nothing closes. */
static int
take_word(const char **at, bool has_escapes, char *word)
{
	const char *next = *at;

	while (*next != '\0' && strchr(BLANKS "\n", *next) == NULL) {
		if (*next == '\'' || *next == '"') {
			*at = next;
			next = copy_quoted(next, &word);
			if (next == NULL)
				return -EINVAL;
			continue;
		}
		if (has_escapes && next[0] == '\\' && next[1] != '\0')
			next++;
		*word++ = *next++;
	}
	*word = '\0';
	*at = next;
	return 0;
}

int
ruleword_split(const char *text, struct setting_list *words)
{
	cleanup_(free_text) char *word = malloc(strlen(text) + 1);
	int r = word == NULL ? -ENOMEM : 0;

	for (text += strspn(text, BLANKS "\n"); r == 0 && *text != '\0';
	     text += strspn(text, BLANKS "\n")) {
		r = take_word(&text, true, word);
		if (r == 0)
			r = setting_list_add(words, word);
	}
	return r;
}

/* ---- options --------------------------------------------------------------------- */

/* One line while it is read. */
struct reading {
	bool is_allow, has_options, has_program;
	bool is_value_wrong; /* and not its name */
	struct settings scratch;
	const struct setting
	    *seen[ARRAY_SIZE(of_allow)]; /* those that may be said once */
	size_t seen_count;
	struct text *wrong;
};

static int
refuse(struct text *wrong, const char *word, const char *what)
{
	size_t length = strnlen(word, QUOTED_MAX + 1);
	bool is_long = length > QUOTED_MAX;

	if (is_long)
		for (length = QUOTED_MAX; length > 0 && (word[length] & 0xc0) == 0x80;)
			length--;
	text_put_char(wrong, '\'');
	text_put_quoted(wrong, word, length);
	text_put(wrong, is_long ? "...' " : "' ");
	text_put(wrong, what);
	return -EINVAL;
}

static int
refuse_name(const struct reading *reading, const char *name)
{
	return refuse(reading->wrong, name,
	    reading->is_allow
		? "holds for the whole service and cannot be said of some clients"
		: "means nothing for clients that are kept out: only refuse-text can be "
		  "said of them");
}

static int
try_program(struct reading *reading, const char *value)
{
	struct setting_list words = { 0 };
	int r = ruleword_split(value, &words);

	if (r == -EINVAL)
		(void)refuse(reading->wrong, value, "has a quote that is not closed");
	else if (r == 0 && (words.count == 0 || words.words[0][0] == '\0'))
		r = refuse(reading->wrong, value, "is not a program");
	reading->is_value_wrong = r < 0;
	setting_list_done(&words);
	return r;
}

static bool
is_seen(const struct reading *reading, const struct setting *setting)
{
	for (size_t i = 0; i < reading->seen_count; i++)
		if (reading->seen[i] == setting)
			return true;
	return false;
}

static int
try_setting(struct reading *reading, const char *name, const char *value)
{
	const struct setting *setting = settings_find(name);
	char message[512] = "";
	int r;

	if (setting != NULL && !ruleword_may_set(setting, reading->is_allow))
		return refuse_name(reading, name);
	if (is_seen(reading, setting))
		return refuse(reading->wrong, name, "was said before");
	r = settings_set(&reading->scratch, name, value, message, sizeof(message));
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		reading->is_value_wrong = setting != NULL;
		text_put(reading->wrong, message);
		return -EINVAL;
	}
	if (setting != NULL && setting->kind != KIND_LIST)
		reading->seen[reading->seen_count++] = setting;
	return 0;
}

/* `value` is not NULL. */
static int
try_option(struct reading *reading, const char *name, const char *value)
{
	if (strcmp(name, "program") != 0)
		return try_setting(reading, name, value);
	if (!reading->is_allow)
		return refuse_name(reading, name);
	if (reading->has_program)
		return refuse(reading->wrong, name, "was said before");
	reading->has_program = true;
	return try_program(reading, value);
}

static int
refuse_bare(struct text *wrong, const char *word)
{
	char place[256];
	struct text unused = TEXT_ON(place);
	struct addr_key network;

	if (network_parse(word, &network, &unused) == 0)
		return refuse(
		    wrong, word, "is a second network: each needs a line of its own");
	return refuse(wrong, word, "is not NAME=VALUE");
}

/* `word` as it is without quotes, `raw` as it was written; *ret_where: how far into that
 * the mistake is. */
static int
read_option(struct reading *reading, char *word, const char *raw,
    struct setting_list *options, size_t *ret_where)
{
	char *value = strchr(word, '=');
	int r;

	*ret_where = 0;
	reading->has_options = true;
	if (value == NULL || value == word)
		return refuse_bare(reading->wrong, word);
	*value = '\0';
	r = try_option(reading, word, value + 1);
	if (r < 0 && reading->is_value_wrong)
		*ret_where = strcspn(raw, "=") + 1;
	*value = '=';
	return r < 0 ? r : setting_list_add(options, word);
}

/* ---- the line -------------------------------------------------------------------- */

static int
read_network(const char *word, struct addr_key *ret_network, struct text *wrong)
{
	char place[256] = "";
	struct text what = TEXT_ON(place);

	if (ruleword_is_file(word))
		return refuse(
		    wrong, word, "is a file, which only the setting itself names");
	if (network_parse(word, ret_network, &what) < 0)
		return refuse(wrong, word, place);
	return 0;
}

/* Comments end a line, where a word would begin. */
static const char *
skip_blanks(const char *at)
{
	at += strspn(at, BLANKS "\n");
	return *at == '#' || *at == ';' ? at + strlen(at) : at;
}

static int
read_line(struct reading *reading, const char *line, struct ruleword *rule, char *word,
    size_t *ret_column)
{
	const char *at = skip_blanks(line), *raw = at;
	size_t where = 0;
	int r;

	*ret_column = strspn(line, BLANKS "\n") + 1;
	if (*at == '\0') {
		text_put(reading->wrong, "a network is missing");
		return -EINVAL;
	}
	for (bool is_first = true; *at != '\0'; at = raw = skip_blanks(at)) {
		r = take_word(&at, false, word);
		if (r < 0) {
			text_put(reading->wrong, "a quote is not closed");
			*ret_column = (size_t)(at - line) + 1;
			return r;
		}
		r = is_first ? read_network(word, &rule->network, reading->wrong)
			     : read_option(reading, word, raw, &rule->options, &where);
		if (r < 0) {
			*ret_column = (size_t)(raw - line) + where + 1;
			return r;
		}
		is_first = false;
	}
	return 0;
}

int
ruleword_parse(const char *line, bool is_allow, struct ruleword *ret_rule,
    struct text *wrong, size_t *ret_column)
{
	cleanup_(free_text) char *word = calloc(1, strlen(line) + 1);
	struct reading reading = { .is_allow = is_allow, .wrong = wrong };
	struct ruleword rule = { 0 };
	size_t column = 1;
	int r;

	if (word == NULL)
		return -ENOMEM;
	r = read_line(&reading, line, &rule, word, &column);
	if (reading.has_options)
		settings_done(&reading.scratch);
	if (r < 0) {
		ruleword_done(&rule);
		*ret_column = column;
		return r;
	}
	*ret_rule = rule;
	return 0;
}
