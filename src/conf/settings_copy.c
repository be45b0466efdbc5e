/* settings_copy -- all that was said, once more */
#include <string.h>

#include "settings.h"

static int
copy_list(struct setting_list *to, const struct setting_list *from)
{
	int r = 0;

	*to = (struct setting_list){ 0 };
	for (size_t i = 0; i < from->count && r == 0; i++)
		r = setting_list_add(to, from->words[i]);
	return r;
}

static int
copy_text(struct setting_text *to, const struct setting_text *from)
{
	*to = (struct setting_text){ 0 };
	if (from->text == NULL)
		return 0;
	to->text = malloc(from->length + 1);
	if (to->text == NULL)
		return -ENOMEM;
	memcpy(to->text, from->text, from->length);
	to->text[from->length] = '\0';
	to->length = from->length;
	return 0;
}

static int
copy_string(char **to, char *const *from)
{
	*to = *from == NULL ? NULL : strdup(*from);
	return *from != NULL && *to == NULL ? -ENOMEM : 0;
}

/* What the field owns; of plain numbers nothing. */
static int
copy_owned(
    const struct setting *setting, struct settings *to, const struct settings *from)
{
	void *into = (char *)to + setting->field;
	const void *out = (const char *)from + setting->field;

	if (setting->kind == KIND_NAME || setting->kind == KIND_PATH)
		return copy_string(into, out);
	if (setting->kind == KIND_TEXT)
		return copy_text(into, out);
	return setting->kind == KIND_LIST ? copy_list(into, out) : 0;
}

/* Everything is tried, so that nothing is left that is the other one's. */
int
settings_copy(struct settings *to, const struct settings *from)
{
	int r, worst = 0;

	*to = *from;
	for (size_t i = 0; i < settings_count; i++) {
		r = copy_owned(&settings_table[i], to, from);
		worst = r < 0 ? r : worst;
	}
	r = copy_list(&to->listen, &from->listen);
	worst = r < 0 ? r : worst;
	r = copy_list(&to->program, &from->program);
	return r < 0 ? r : worst;
}
