/*
 * value_read -- the words each kind of setting accepts
 *
 * A reader checks everything first and writes its field last, so that a refused word
 * changes nothing.  Rates are in value_read_rate.c, lists in value_read_list.c.
 */
#include "value.h"

#include <string.h>

typedef int reader_fn(const struct setting *, const char *word, void *field);

const char *
value_zero_word(const struct setting *setting)
{
	static const struct {
		size_t field;
		const char *word;
	} exceptions[] = {
		{ offsetof(struct settings, backlog), "somaxconn" },
		{ offsetof(struct settings, max), "auto" },
		{ offsetof(struct settings, max_per_source), "none" },
		{ offsetof(struct settings, reserve), "none" },
		{ offsetof(struct settings, proxy_timeout), NULL },
		{ offsetof(struct settings, policy_timeout), NULL },
		{ offsetof(struct settings, penalty_max), NULL },
		{ offsetof(struct settings, limit_cpu), NULL },
		{ offsetof(struct settings, start_timeout), NULL },
		{ offsetof(struct settings, term_grace), NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++)
		if (exceptions[i].field == setting->field)
			return exceptions[i].word;
	return setting->kind == KIND_TIME ? "off" : NULL;
}

bool
value_is_whole_seconds(const struct setting *setting)
{
	return setting->min >= 1000;
}

static bool
is_zero_word(const struct setting *setting, const char *word)
{
	const char *zero = value_zero_word(setting);

	return zero != NULL && strcmp(word, zero) == 0;
}

static int
read_count(const struct setting *setting, const char *word, void *field)
{
	uint64_t number = 0;

	if (!is_zero_word(setting, word)) {
		int r = text_parse_number(
		    word, (uint64_t)setting->min, (uint64_t)setting->max, &number);

		if (r < 0)
			return r;
	}
	*(uint32_t *)field = (uint32_t)number;
	return 0;
}

static int
read_number(const struct setting *setting, const char *word, void *field)
{
	bool is_negative = word[0] == '-';
	uint64_t amount;
	int64_t number;
	int r = text_parse_number(word + is_negative, is_negative, INT32_MAX, &amount);

	if (r < 0)
		return r;
	number = is_negative ? -(int64_t)amount : (int64_t)amount;
	if (number < setting->min || number > setting->max)
		return -ERANGE;
	*(struct setting_number *)field = (struct setting_number){ true, (int)number };
	return 0;
}

static int
read_time(const struct setting *setting, const char *word, void *field)
{
	msec time = 0;

	if (!is_zero_word(setting, word)) {
		int r = text_parse_time(word, setting->min, setting->max, &time);

		if (r < 0)
			return r;
	}
	if (value_is_whole_seconds(setting) && time % 1000 != 0)
		return -EINVAL;
	*(msec *)field = time;
	return 0;
}

static int
read_size(const struct setting *setting, const char *word, void *field)
{
	uint64_t bytes;
	int r =
	    text_parse_size(word, (uint64_t)setting->min, (uint64_t)setting->max, &bytes);

	if (r < 0)
		return r;
	*(struct setting_size *)field = (struct setting_size){ true, bytes };
	return 0;
}

static int
read_bool(const struct setting *setting, const char *word, void *field)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true",
		"0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0) {
			*(bool *)field = i % 2 == 1;
			return 0;
		}
	return -EINVAL;
}

/* The index of the choice that is the first `length` bytes of `word`; -EINVAL: none. */
static int
choice_index(const struct setting *setting, const char *word, size_t length)
{
	for (int i = 0; setting->choices[i] != NULL; i++)
		if (strlen(setting->choices[i]) == length &&
		    memcmp(setting->choices[i], word, length) == 0)
			return i;
	return -EINVAL;
}

static int
read_choice(const struct setting *setting, const char *word, void *field)
{
	int choice = choice_index(setting, word, strlen(word));

	if (choice < 0)
		return choice;
	*(int *)field = choice;
	return 0;
}

static int
read_flags(const struct setting *setting, const char *word, void *field)
{
	unsigned flags = 0;

	if (strcmp(word, "none") == 0) {
		*(unsigned *)field = 0;
		return 0;
	}
	for (;;) {
		size_t length = strcspn(word, ",");
		int flag = choice_index(setting, word, length);

		if (flag < 0)
			return flag;
		flags |= 1U << flag;
		if (word[length] == '\0')
			break;
		word += length + 1;
	}
	*(unsigned *)field = flags;
	return 0;
}

static int
read_mode(const struct setting *setting, const char *word, void *field)
{
	unsigned mode;
	int r = text_parse_mode(word, &mode);

	if (r < 0)
		return r;
	if (mode > (uint64_t)setting->max)
		return -ERANGE;
	*(unsigned *)field = mode;
	return 0;
}

static int
read_prefix(const struct setting *setting, const char *word, void *field)
{
	size_t length = strcspn(word, "/");
	uint64_t v4, v6;
	char first[4];
	int r;

	if (word[length] == '\0' || length >= sizeof(first))
		return -EINVAL;
	memcpy(first, word, length);
	first[length] = '\0';
	r = text_parse_number(first, 8, 32, &v4);
	if (r < 0)
		return r;
	r = text_parse_number(word + length + 1, 16, 128, &v6);
	if (r < 0)
		return r;
	*(struct setting_prefix *)field =
	    (struct setting_prefix){ (uint8_t)v4, (uint8_t)v6 };
	return 0;
}

static int
read_text(const struct setting *setting, const char *word, void *field)
{
	cleanup_(free_text) char *copy = NULL;
	struct setting_text *text = field;
	size_t length = 0;

	if (*word != '\0') {
		copy = strdup(word);
		if (copy == NULL)
			return -ENOMEM;
		if (text_unescape(copy, &length) < 0)
			return -EINVAL;
	}
	free(text->text);
	*text = (struct setting_text){ take_text(&copy), length };
	return 0;
}

/* Of `cgroup`; any other name may be any word. */
static bool
is_place(const struct setting *setting, const char *word)
{
	return setting->field != offsetof(struct settings, cgroup) || *word == '/' ||
	       strcmp(word, "auto") == 0 || strcmp(word, "off") == 0;
}

static int
read_name(const struct setting *setting, const char *word, void *field)
{
	char **name = field;
	char *copy;

	if (*word == '\0' || !is_place(setting, word))
		return -EINVAL;
	copy = strdup(word);
	if (copy == NULL)
		return -ENOMEM;
	free(*name);
	*name = copy;
	return 0;
}

static int
read_path(const struct setting *setting, const char *word, void *field)
{
	return *word == '/' ? read_name(setting, word, field) : -EINVAL;
}

int
value_read(const struct setting *setting, const char *word, struct settings *s,
    struct text *wrong)
{
	static reader_fn *const readers[] = {
		[KIND_COUNT] = read_count,
		[KIND_NUMBER] = read_number,
		[KIND_TIME] = read_time,
		[KIND_SIZE] = read_size,
		[KIND_BOOL] = read_bool,
		[KIND_CHOICE] = read_choice,
		[KIND_FLAGS] = read_flags,
		[KIND_MODE] = read_mode,
		[KIND_PREFIX] = read_prefix,
		[KIND_RATE] = value_read_rate,
		[KIND_DROP] = value_read_drop,
		[KIND_STRESS] = value_read_stress,
		[KIND_RANGE] = value_read_range,
		[KIND_TEXT] = read_text,
		[KIND_NAME] = read_name,
		[KIND_PATH] = read_path,
	};

	if (setting->kind == KIND_LIST)
		return value_read_list(setting, word, s, wrong);
	return readers[setting->kind](setting, word, (char *)s + setting->field);
}
