#include "systemd_limits.h"

#include <string.h>

#include "limitword.h"
#include "text.h"

#define DIGITS "0123456789"

static bool
is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, DIGITS)] == '\0';
}

/* "-5" and "+5" are nice values, "5" is what the kernel counts. */
static const char *
nice_of(struct store *store, const char *word)
{
	uint64_t amount;

	if ((*word != '-' && *word != '+') ||
	    text_parse_number(word + 1, 0, 20, &amount) < 0)
		return word;
	return store_printf(
	    store, "%d", *word == '-' ? 20 + (int)amount : 20 - (int)amount);
}

/* One of the two, as `limit` has it. */
static const char *
part_of(struct store *store, const char *name, const char *word)
{
	const char *time;

	if (strcmp(word, "infinity") == 0)
		return "unlimited";
	if (strcmp(name, "nice") == 0)
		return nice_of(store, word);
	if (strcmp(name, "cpu") != 0 && (strcmp(name, "rttime") != 0 || is_number(word)))
		return word;
	time = systemd_value_time(store, word);
	return time == NULL || strcmp(time, "off") == 0 ? word : time;
}

/* The setting that says the same, of what is a limit of ours. */
static const char *
setting_of(const char *word)
{
	struct limitword limit;
	struct text nobody = { 0 };

	return limitword_parse(word, &limit, &nobody, NULL) < 0
		   ? NULL
		   : limitword_setting(limit.resource);
}

void
systemd_limits_read(
    struct systemd_parts *parts, const char *name, const char *value, const char *theirs)
{
	struct store *store = parts->store;
	size_t length = strcspn(value, ":");
	const char *soft = part_of(store, name, store_copy(store, value, length));
	const char *hard =
	    value[length] == ':' ? part_of(store, name, value + length + 1) : soft;
	bool is_one = strcmp(soft, hard) == 0,
	     is_unlimited = strcmp(soft, "unlimited") == 0;
	const char *word =
	    store_printf(store, is_one ? "%s=%s" : "%s=%s:%s", name, soft, hard);
	const char *setting = is_one && !is_unlimited ? setting_of(word) : NULL;

	/* systemd then takes what there may be. */
	if (strcmp(name, "nofile") == 0 && strcmp(hard, "unlimited") == 0)
		draft_lose(parts->service, theirs, "a limit is what prong has, or less");
	else if (setting != NULL)
		(void)draft_set(parts->service, setting, soft, theirs);
	else
		(void)draft_set(parts->service, "limit", word, theirs);
}
