/*
 * Any lines "NAME VALUE" as settings of one service.
 */
#include "fuzz.h"
#include "settings.h"
#include "text.h"

#define VALUE_MAX 65536

static void
put_value(struct text *text, const struct setting *setting, const struct settings *s)
{
	text->at[0] = '\0';
	setting_put_value(text, setting, s);
	must(fuzz_is_harmless(text->at, text->used));
}

/* Names, paths and lists are printed with escapes they are not read with. */
static bool
is_read_back(const struct setting *setting)
{
	return setting->kind != KIND_NAME && setting->kind != KIND_PATH &&
	       setting->kind != KIND_LIST;
}

/* A value in force, written as an operator would, is the same value. */
static void
check_in_force(const struct setting *setting, struct settings *s)
{
	static char first[VALUE_MAX], second[VALUE_MAX];
	struct text before = TEXT_ON(first), after = TEXT_ON(second);
	char message[512];

	put_value(&before, setting, s);
	if (before.is_cut || before.used == 0 || !is_read_back(setting))
		return;
	must(settings_set(s, setting->name, first, message, sizeof(message)) == 0);
	put_value(&after, setting, s);
	must(strcmp(first, second) == 0);
}

static void
check_set(struct settings *s, const char *name, const char *value)
{
	static char first[VALUE_MAX], second[VALUE_MAX];
	struct text before = TEXT_ON(first), after = TEXT_ON(second);
	const struct setting *setting = settings_find(name);
	char message[512] = "";

	if (setting != NULL)
		put_value(&before, setting, s);

	int r = settings_set(s, name, value, message, sizeof(message));

	must((r == -ENOENT) == (setting == NULL));
	must((r == 0) == (message[0] == '\0'));
	must(fuzz_is_harmless(message, strlen(message)));
	must(strlen(message) + 1 < sizeof(message));
	if (r == 0) {
		check_in_force(setting, s);
	} else if (setting != NULL) {
		put_value(&after, setting, s);
		must(strcmp(first, second) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *lines = fuzz_string(data, size);
	struct settings s;

	must(settings_init(&s) == 0);
	for (char *next = lines; next != NULL && *next != '\0';) {
		char *name = strsep(&next, "\n");
		char *value = name;

		(void)strsep(&value, " ");
		check_set(&s, name, value == NULL ? "" : value);
	}
	settings_done(&s);
	return 0;
}
