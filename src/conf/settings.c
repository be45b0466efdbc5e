/*
 * settings -- the table made from settings.def, and the one way in
 *
 * How a value is read and written is in value_read.c and value_put.c.
 */
#include "settings.h"

#include <string.h>

#include "text.h"
#include "value.h"

/* A row whose field is not of its kind's type does not compile. */
#define TYPE_COUNT uint32_t
#define TYPE_NUMBER struct setting_number
#define TYPE_TIME msec
#define TYPE_SIZE struct setting_size
#define TYPE_BOOL bool
#define TYPE_CHOICE int
#define TYPE_FLAGS unsigned
#define TYPE_MODE unsigned
#define TYPE_PREFIX struct setting_prefix
#define TYPE_RATE struct setting_rate
#define TYPE_DROP struct setting_drop
#define TYPE_STRESS struct setting_stress
#define TYPE_RANGE struct setting_range
#define TYPE_TEXT struct setting_text
#define TYPE_NAME char *
#define TYPE_PATH char *
#define TYPE_LIST struct setting_list

#define SETTING(row_name, row_kind, row_field, ...)                                      \
	_Static_assert(                                                                  \
	    __builtin_types_compatible_p(                                                \
		__typeof__(((struct settings *)0)->row_field), TYPE_##row_kind),         \
	    row_name);
#include "settings.def"
#undef SETTING

/* The words of CHOICE and FLAGS, each by its field's name. */
static const char *const words_stderr_to[] = { "log", "client", "inherit", "null", NULL };
static const char *const words_start[] = { "fresh", "spare", "warm", "clone", NULL };
static const char *const words_pty[] = { "no", "raw", "cooked", NULL };
static const char *const words_when_full[] = { "wait", "refuse", NULL };
static const char *const words_sources_full[] = { "forget", "refuse", NULL };
static const char *const words_policy_failed[] = { "refuse", "admit", NULL };
static const char *const words_on_hangup[] = { "keep", "term", "kill", NULL };
static const char *const words_orphans[] = { "keep", "kill", NULL };
static const char *const words_no_new_privileges[] = { "auto", "no", "yes", NULL };
static const char *const words_securebits[] = { "noroot", "no-setuid-fixup",
	"no-cap-ambient-raise", NULL };
static const char *const words_isolation[] = { "none", "basic", "strict", NULL };
static const char *const words_syscalls_action[] = { "errno", "kill", NULL };
static const char *const words_network[] = { "auto", "host", "none", NULL };
static const char *const words_read_only[] = { "auto", "no", "yes", NULL };
static const char *const words_env_style[] = { "ucspi", "cgi", "ncat", "socat", "busybox",
	NULL };

#define CHOICES_COUNT(field) NULL
#define CHOICES_NUMBER(field) NULL
#define CHOICES_TIME(field) NULL
#define CHOICES_SIZE(field) NULL
#define CHOICES_BOOL(field) NULL
#define CHOICES_CHOICE(field) words_##field
#define CHOICES_FLAGS(field) words_##field
#define CHOICES_MODE(field) NULL
#define CHOICES_PREFIX(field) NULL
#define CHOICES_RATE(field) NULL
#define CHOICES_DROP(field) NULL
#define CHOICES_STRESS(field) NULL
#define CHOICES_RANGE(field) NULL
#define CHOICES_TEXT(field) NULL
#define CHOICES_NAME(field) NULL
#define CHOICES_PATH(field) NULL
#define CHOICES_LIST(field) NULL

#define SETTING(row_name, row_kind, row_field, row_min, row_max, row_preset, row_group,  \
    row_argument, row_help)                                                              \
	{                                                                                \
		.name = row_name,                                                        \
		.kind = KIND_##row_kind,                                                 \
		.field = offsetof(struct settings, row_field),                           \
		.size = sizeof(((struct settings *)NULL)->row_field),                    \
		.min = row_min,                                                          \
		.max = row_max,                                                          \
		.preset = row_preset,                                                    \
		.group = GROUP_##row_group,                                              \
		.argument = row_argument,                                                \
		.help = row_help,                                                        \
		.choices = CHOICES_##row_kind(row_field),                                \
	},

const struct setting settings_table[] = {
#include "settings.def"
};

#undef SETTING

const size_t settings_count = ARRAY_SIZE(settings_table);

const char *
setting_group_title(enum setting_group group)
{
	static const char *const titles[GROUP_COUNT] = {
		[GROUP_LISTENING] = TONGUE("Listening"),
		[GROUP_PROGRAM] = TONGUE("The program"),
		[GROUP_START] = TONGUE("Started before the client comes"),
		[GROUP_RIGHTS] = TONGUE("Whom it runs as, what it may use"),
		[GROUP_ISOLATION] = TONGUE("What it may do: isolation"),
		[GROUP_ADMISSION] = TONGUE("Who gets in: how many, how often"),
		[GROUP_RULES] = TONGUE("Who gets in: rules"),
		[GROUP_PENALTY] = TONGUE("Who gets in: penalties"),
		[GROUP_PROXY] = TONGUE("The real client behind a proxy"),
		[GROUP_ENDING] = TONGUE("How long"),
	};

	return titles[group];
}

int
settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (*setting->preset == '\0')
			continue;

		struct text nobody = { 0 };
		int r = value_read(setting, setting->preset, s, &nobody);

		bug_if(r < 0 && r != -ENOMEM);
		if (r < 0) {
			settings_done(s);
			return r;
		}
	}
	return 0;
}

/* Frees what the field owns. */
static void
done_one(const struct setting *setting, struct settings *s)
{
	void *field = (char *)s + setting->field;

	if (setting->kind == KIND_NAME || setting->kind == KIND_PATH)
		free_text(field);
	else if (setting->kind == KIND_TEXT)
		free_text(&((struct setting_text *)field)->text);
	else if (setting->kind == KIND_LIST)
		setting_list_done(field);
}

int
settings_reset(struct settings *s, const char *name)
{
	const struct setting *setting = settings_find(name);
	struct text nobody = { 0 };

	if (setting == NULL)
		return -ENOENT;
	done_one(setting, s);
	memset((char *)s + setting->field, 0, setting->size);
	if (*setting->preset == '\0')
		return 0;
	return value_read(setting, setting->preset, s, &nobody);
}

void
settings_done(struct settings *s)
{
	for (size_t i = 0; i < settings_count; i++)
		done_one(&settings_table[i], s);
	setting_list_done(&s->listen);
	setting_list_done(&s->program);
	memset(s, 0, sizeof(*s));
}

const struct setting *
settings_find(const char *name)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(settings_table[i].name, name) == 0)
			return &settings_table[i];
	return NULL;
}

/* ---- messages -------------------------------------------------------------------- */

/* "max-conns": "max"; "idle": "idle-timeout" */
static const char *
name_that_begins_like(const char *word)
{
	size_t length = strcspn(word, "-");

	for (size_t i = 0; i < settings_count && length > 0; i++) {
		const char *name = settings_table[i].name;

		if (strcspn(name, "-") == length && memcmp(name, word, length) == 0)
			return name;
	}
	return NULL;
}

void
settings_put_unknown(const struct settings *s, const char *word, struct text *text)
{
	const char *names[ARRAY_SIZE(settings_table)];
	char shown[4 * VALUE_QUOTED_MAX + 8] = "";
	struct text quoted = TEXT_ON(shown);
	const char *nearest;

	for (size_t i = 0; i < settings_count; i++)
		names[i] = settings_table[i].name;
	nearest = text_nearest(word, names, settings_count);
	if (nearest == NULL)
		nearest = name_that_begins_like(word);

	value_put_word(&quoted, word);
	if (nearest == NULL)
		text_printf(text, tongue_say(s->tongue, "%s is not a setting"), shown);
	else
		text_printf(text,
		    tongue_say(s->tongue, "%s is not a setting; did you mean %s?"), shown,
		    nearest);
}

/* `wrong`: what the reader of the value had to say about it itself. */
static void
say_wrong(struct text *text, const struct setting *setting, const char *value,
    const char *wrong, tongue_fn *tongue)
{
	const char *preset = setting->preset;
	char shown[4 * VALUE_QUOTED_MAX + 8] = "", right[512] = "";
	struct text quoted = TEXT_ON(shown), wanted = TEXT_ON(right);

	if (*wrong != '\0') {
		text_printf(text, "%s: %s", setting->name, wrong);
		return;
	}
	if (*preset == '\0')
		preset = value_zero_word(setting);
	value_put_word(&quoted, value);
	value_put_wanted(&wanted, setting, tongue);
	text_printf(
	    text, tongue_say(tongue, "%s: '%s' is not %s"), setting->name, shown, right);
	if (preset == NULL)
		text_put(text, tongue_say(tongue, " (unset by default)"));
	else
		text_printf(text, tongue_say(tongue, " (default %s)"), preset);
}

/* Commas part the words of some settings, but not those that are said several times. */
static bool
is_several(const struct setting *setting, const char *value)
{
	return setting->kind == KIND_LIST && strchr(value, ',') != NULL &&
	       strcmp(setting->name, "syscalls") != 0;
}

int
settings_set(struct settings *s, const char *name, const char *value, char *message,
    size_t message_size)
{
	struct text text = { .at = message, .size = message_size };
	const struct setting *setting = settings_find(name);
	char wrong[448] = "";
	struct text why = TEXT_ON(wrong);

	if (setting == NULL) {
		settings_put_unknown(s, name, &text);
		return -ENOENT;
	}

	int r = value_read(setting, value, s, &why);

	if (r == -ENOMEM) {
		text_printf(&text, tongue_say(s->tongue, "%s: out of memory"), name);
	} else if (r < 0) {
		say_wrong(&text, setting, value, wrong, s->tongue);
		if (is_several(setting, value))
			text_put(&text,
			    tongue_say(s->tongue,
				"; commas do not part them: several are a list in a file, "
				"and the option repeated on a command line"));
	}
	return r;
}

/* ---- lists ----------------------------------------------------------------------- */

int
setting_list_add(struct setting_list *list, const char *word)
{
	cleanup_(free_text) char *copy = strdup(word);
	char **words;

	if (copy == NULL)
		return -ENOMEM;
	words = reallocarray(list->words, list->count + 2, sizeof(*words));
	if (words == NULL)
		return -ENOMEM;
	words[list->count++] = take_text(&copy);
	words[list->count] = NULL;
	list->words = words;
	return 0;
}

void
setting_list_done(struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->words[i]);
	free(list->words);
	*list = (struct setting_list){ 0 };
}
