#include "options.h"

#include <limits.h>
#include <string.h>

#include "listenword.h"
#include "parse.h"
#include "text.h"
#include "words.h"

static const struct option command_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "name", required_argument, NULL, CODE_NAME },
	{ "log", required_argument, NULL, CODE_LOG },
	{ "ready-fd", required_argument, NULL, CODE_READY_FD },
	{ "control", required_argument, NULL, CODE_CONTROL },
	{ "config", required_argument, NULL, CODE_CONFIG },
};

const struct option_help options_command_help[] = {
	{ "-f, --config FILE|DIR",
	    N_("serve what is said there: a YAML file, or all *.yaml "
	       "files of a directory") },
	{ "--name NAME",
	    N_("what the service is called in the log and in PRONG_SERVICE [the "
	       "program's name]; with -f: the server, for --instance") },
	{ "--log FORMAT", N_("text, json or journald [what fits stderr]") },
	{ "--ready-fd N",
	    N_("write each address that is served to descriptor N, then close it") },
	{ "--control PATH|off", N_("the socket that prong ps and its sisters use [below "
				   "/run/prong, $XDG_RUNTIME_DIR or /tmp]") },
	{ "-q, --quiet", N_("log warnings and errors only") },
	{ "-h, --help", N_("this text") },
	{ "-V, --version", N_("version and what this machine offers") },
};
const size_t options_command_count = ARRAY_SIZE(options_command_help);

static int
build_table(struct parse *p)
{
	const size_t commands = ARRAY_SIZE(command_options);

	p->table_count = commands + settings_count;
	p->table = calloc(p->table_count + 1, sizeof(*p->table));
	if (p->table == NULL)
		return -ENOMEM;
	memcpy(p->table, command_options, sizeof(command_options));
	for (size_t i = 0; i < settings_count; i++)
		p->table[commands + i] = (struct option){
			.name = settings_table[i].name,
			.has_arg = settings_table[i].kind == KIND_BOOL
				       ? optional_argument
				       : required_argument,
			.val = CODE_SETTING + (int)i,
		};
	return 0;
}

/* ---- settings -------------------------------------------------------------------- */

static int
add_use(struct parse *p, const char *name, const char *value, char *owned)
{
	struct option_use *use = &p->options->uses[p->options->use_count++];

	*use = (struct option_use){ .name = name, .value = value, .owned = owned };
	return 0;
}

/* "pass-env NAME" becomes "env NAME=value"; the engine reads no environment. */
static int
add_passed_variable(struct parse *p, const char *name)
{
	const char *value = getenv(name);
	char *pair;

	if (strchr(name, '=') != NULL) {
		mistakes_add(p->mistakes,
		    "--pass-env: '%s' is not a variable's name; to set one, use --env",
		    name);
		return 0;
	}
	if (value == NULL)
		return 0;
	if (asprintf(&pair, "%s=%s", name, value) < 0)
		return -ENOMEM;
	return add_use(p, "env", pair, pair);
}

static int
take_setting(struct parse *p, const struct setting *setting, const char *value)
{
	char message[512];
	int failed;

	if (value == NULL)
		value = "yes";
	failed =
	    settings_set(&p->scratch, setting->name, value, message, sizeof(message));
	if (failed == -ENOMEM)
		return failed;
	if (failed < 0) {
		mistakes_add(p->mistakes, "--%s", message);
		return 0;
	}
	if (strcmp(setting->name, "pass-env") == 0)
		return add_passed_variable(p, value);
	return add_use(p, setting->name, value, NULL);
}

/* ---- what only the command has ----------------------------------------------------- */

static void
take_name(struct parse *p, const char *name)
{
	size_t length = strlen(name);

	if (length > 0 && length < sizeof(p->options->name) &&
	    strspn(name, PARSE_NAME_LETTERS) == length) {
		memcpy(p->options->name, name, length + 1);
		return;
	}
	mistakes_add(p->mistakes,
	    "--name: '%s' is not a name: 1 to 63 letters, digits and any of - _ . @",
	    name);
}

static void
take_log(struct parse *p, const char *word)
{
	for (size_t i = 0; i < format_count; i++)
		if (strcmp(word, format_names[i]) == 0) {
			p->options->log = (enum format_kind)i;
			p->options->log_is_set = true;
			return;
		}
	mistakes_add(p->mistakes, "--log: '%s' is not one of text, json, journald", word);
}

static void
take_ready_fd(struct parse *p, const char *word)
{
	uint64_t number;

	if (text_parse_number(word, 1, INT_MAX, &number) == 0 &&
	    number != STDERR_FILENO) {
		p->options->ready_fd = (int)number;
		return;
	}
	mistakes_add(p->mistakes,
	    "--ready-fd: '%s' is not the number of a descriptor to write to: 1, or 3 and more",
	    word);
}

static void
take_config(struct parse *p, const char *path)
{
	if (p->options->config_path == NULL) {
		p->options->config_path = path;
		return;
	}
	mistakes_add(p->mistakes, "-f %s: there is one already: -f %s", path,
	    p->options->config_path);
	mistakes_hint(p->mistakes,
	    "a directory holds several files, and a file can include others");
}

static void
take_control(struct parse *p, const char *word)
{
	p->options->control_is_off = strcmp(word, "off") == 0;
	if (p->options->control_is_off)
		return;
	p->options->control = word;
	if (word[0] != '/')
		mistakes_add(
		    p->mistakes, "--control: '%s' is not an absolute path, or off", word);
	else if (strlen(word) > OPTIONS_CONTROL_MOST)
		mistakes_add(p->mistakes,
		    "--control: '%s' is longer than the %d bytes of a socket's path",
		    word, OPTIONS_CONTROL_MOST);
}

/* ---- the whole line ---------------------------------------------------------------- */

/* What comes after an option nobody knows may be its value; one mistake is enough. */
static bool
is_lost_value(const struct parse *p)
{
	return p->complained_at >= 0 && p->complained_at == p->at - 1 &&
	       strchr(p->argv[p->complained_at], '=') == NULL;
}

static void
take_word(struct parse *p, const char *word)
{
	const char *wrong;

	if (is_lost_value(p))
		return;
	if (listenword_is_other(word))
		complain_word(p, word);
	else if ((wrong = listenword_mistake(word)) != NULL)
		mistakes_add(
		    p->mistakes, "'%s' is not an address: %s", word, words_get(wrong));
	else
		p->options->listens[p->options->listen_count++] = word;
}

/* getopt_long() takes any unique beginning of a name; scripts that rely on it break
 * with the next option we add, so only whole names count. */
static bool
is_abbreviated(const struct parse *p, int index)
{
	const char *word = p->argv[p->at];

	return index >= 0 && strlen(p->table[index].name) != strcspn(word + 2, "=");
}

static int
take_one(struct parse *p, int code)
{
	struct options *options = p->options;

	switch (code) {
	case CODE_WORD:
		take_word(p, optarg);
		return 0;
	case 'h':
		options->wants_help = true;
		return 0;
	case 'V':
		options->wants_version = true;
		return 0;
	case 'q':
		options->is_quiet = true;
		return 0;
	case CODE_NAME:
		take_name(p, optarg);
		return 0;
	case CODE_LOG:
		take_log(p, optarg);
		return 0;
	case CODE_READY_FD:
		take_ready_fd(p, optarg);
		return 0;
	case CODE_CONTROL:
		take_control(p, optarg);
		return 0;
	case 'f':
	case CODE_CONFIG:
		take_config(p, optarg);
		return 0;
	case ':':
		complain_missing(p, optopt);
		return 0;
	case '?':
		complain_option(p);
		return 0;
	default:
		return take_setting(p, &settings_table[code - CODE_SETTING], optarg);
	}
}

static void
take_program(struct parse *p)
{
	static const char *const echo[] = { "@echo", NULL };

	p->options->program = echo;
	if (p->is_over || p->at >= p->argc)
		return;
	p->has_program = true;
	if (p->at + 1 == p->argc || p->argv[p->at + 1][0] == '\0')
		mistakes_add(p->mistakes, "a program is missing after --");
	p->options->program = (const char *const *)&p->argv[p->at + 1];
}

static int
parse_line(struct parse *p)
{
	int code, failed = 0;

	optind = 0; /* both C libraries start anew */
	opterr = 0;
	p->at = 1;
	while (!p->is_over && failed == 0) {
		int index = -1;

		p->at = optind > 0 ? optind : 1;
		code = getopt_long(p->argc, p->argv, "-:hVqf:", p->table, &index);
		if (code < 0)
			break;
		if (is_abbreviated(p, index))
			complain_unknown(p);
		else
			failed = take_one(p, code);
	}
	if (failed == 0)
		take_program(p);
	return failed;
}

static void
name_service(struct options *options)
{
	const char *word = options->program[0], *slash;
	size_t length = 0;

	if (options->name[0] != '\0' || word == NULL)
		return;
	slash = strrchr(word, '/');
	if (slash != NULL)
		word = slash + 1;
	if (*word == '@')
		word++;
	for (; word[length] != '\0' && length < sizeof(options->name) - 1; length++)
		options->name[length] =
		    strchr(PARSE_NAME_LETTERS, word[length]) != NULL ? word[length] : '_';
	options->name[length] = '\0';
	if (length == 0)
		memcpy(options->name, "prong", sizeof("prong"));
}

/* What is served stands in the file, all of it: two places that say it would be one too
 * many. */
static void
check_alone(struct parse *p)
{
	const struct options *options = p->options;
	const char *what = options->use_count > 0      ? _("settings")
			   : options->listen_count > 0 ? _("addresses")
			   : p->has_program            ? _("a program")
						       : NULL;

	if (what == NULL)
		return;
	mistakes_add(p->mistakes,
	    "-f %s: %s on the command line as well: what is served "
	    "stands in the file, or on the command line",
	    options->config_path, what);
	if (options->use_count > 0)
		mistakes_hint(p->mistakes, "in the file it is written %s: %s",
		    options->uses[0].name, options->uses[0].value);
}

int
options_init(
    struct options *ret_options, int argc, char *const argv[], struct mistakes *mistakes)
{
	struct parse p = { .options = ret_options,
		.mistakes = mistakes,
		.argc = argc,
		.argv = argv,
		.complained_at = -1 };
	size_t most = (size_t)(argc > 0 ? argc : 1);
	int failed;

	*ret_options = (struct options){ .ready_fd = -1, .is_bare = argc <= 1 };
	ret_options->uses = calloc(most, sizeof(*ret_options->uses));
	ret_options->listens = calloc(most, sizeof(*ret_options->listens));
	failed = settings_init(&p.scratch);
	p.scratch.tongue = words_get;
	if (failed == 0 && ret_options->uses != NULL && ret_options->listens != NULL &&
	    build_table(&p) == 0)
		failed = parse_line(&p);
	else
		failed = -ENOMEM;
	if (failed == 0 && ret_options->config_path != NULL)
		check_alone(&p);
	else if (failed == 0)
		name_service(ret_options);
	free(p.table);
	settings_done(&p.scratch);
	return failed;
}

void
options_done(struct options *options)
{
	for (size_t i = 0; i < options->use_count; i++)
		free(options->uses[i].owned);
	free(options->uses);
	free(options->listens);
	*options = (struct options){ .ready_fd = -1 };
}

bool
options_has(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->use_count; i++)
		if (strcmp(options->uses[i].name, name) == 0)
			return true;
	return false;
}
