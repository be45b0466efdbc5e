#include "limitword.h"

#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "text.h"
#include "value.h"

#define PREFIX "RLIMIT_"
#define SIZE_MOST ((uint64_t)1 << 60)
#define NUMBER_MOST INT32_MAX
#define TIME_MOST 31536000000 /* ms: a year */

enum unit { UNIT_NUMBER, UNIT_SIZE, UNIT_SECONDS, UNIT_MICROSECONDS };

static const struct limit {
	const char *name;
	int resource;
	enum unit unit;
	uint64_t min, max; /* of a number or a size */
	const char *setting;
} limits[] = {
	{ "as", RLIMIT_AS, UNIT_SIZE, 65536, SIZE_MOST, "memory" },
	{ "core", RLIMIT_CORE, UNIT_SIZE, 0, SIZE_MOST, "core" },
	{ "cpu", RLIMIT_CPU, UNIT_SECONDS, 0, 0, "cpu-time" },
	{ "data", RLIMIT_DATA, UNIT_SIZE, 0, SIZE_MOST, NULL },
	{ "fsize", RLIMIT_FSIZE, UNIT_SIZE, 0, SIZE_MOST, "file-size" },
	{ "locks", RLIMIT_LOCKS, UNIT_NUMBER, 0, NUMBER_MOST, NULL },
	{ "memlock", RLIMIT_MEMLOCK, UNIT_SIZE, 0, SIZE_MOST, NULL },
	{ "msgqueue", RLIMIT_MSGQUEUE, UNIT_SIZE, 0, SIZE_MOST, NULL },
	{ "nice", RLIMIT_NICE, UNIT_NUMBER, 0, 40, NULL },
	{ "nofile", RLIMIT_NOFILE, UNIT_NUMBER, 3, NUMBER_MOST, "files" },
	{ "nproc", RLIMIT_NPROC, UNIT_NUMBER, 1, NUMBER_MOST, "processes" },
	{ "rss", RLIMIT_RSS, UNIT_SIZE, 0, SIZE_MOST, NULL },
	{ "rtprio", RLIMIT_RTPRIO, UNIT_NUMBER, 0, 99, NULL },
	{ "rttime", RLIMIT_RTTIME, UNIT_MICROSECONDS, 0, 0, NULL },
	{ "sigpending", RLIMIT_SIGPENDING, UNIT_NUMBER, 0, NUMBER_MOST, NULL },
	{ "stack", RLIMIT_STACK, UNIT_SIZE, 65536, SIZE_MOST, NULL },
};

#define NAME_MOST 32
#define VALUE_MOST 32

static const struct limit *
limit_of(int resource)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].resource == resource)
			return &limits[i];
	return NULL;
}

const char *
limitword_name(int resource)
{
	const struct limit *limit = limit_of(resource);

	return limit == NULL ? NULL : limit->name;
}

const char *
limitword_setting(int resource)
{
	const struct limit *limit = limit_of(resource);

	return limit == NULL ? NULL : limit->setting;
}

size_t
limitword_name_length(const char *word)
{
	return strcspn(word, "=");
}

/* ---- names ------------------------------------------------------------------------ */

/* "RLIMIT_NOFILE", "files" and "nofil" all mean nofile, perhaps. */
static const char *
name_near(const char *name)
{
	const char *names[ARRAY_SIZE(limits)];

	if (strncasecmp(name, PREFIX, sizeof(PREFIX) - 1) == 0)
		name += sizeof(PREFIX) - 1;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		names[i] = limits[i].name;
		if (strcasecmp(name, limits[i].name) == 0 ||
		    (limits[i].setting != NULL && strcmp(name, limits[i].setting) == 0))
			return limits[i].name;
	}
	return text_nearest(name, names, ARRAY_SIZE(limits));
}

static int
say_name(const char *name, struct text *wrong, tongue_fn *tongue)
{
	const char *near = name_near(name);
	char shown[4 * VALUE_QUOTED_MAX + 8] = "";
	struct text quoted = TEXT_ON(shown);

	value_put_word(&quoted, name);
	if (near != NULL) {
		text_printf(wrong,
		    tongue_say(tongue, "'%s' is not a limit; did you mean %s?"), shown,
		    near);
		return -EINVAL;
	}
	text_printf(wrong, tongue_say(tongue, "'%s' is not a limit; there are"), shown);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		text_printf(wrong, "%s %s", i == 0 ? "" : ",", limits[i].name);
	return -EINVAL;
}

static const struct limit *
find(const char *word, struct text *wrong, tongue_fn *tongue)
{
	char name[NAME_MOST + 1];
	size_t length = limitword_name_length(word);

	(void)snprintf(name, sizeof(name), "%.*s",
	    (int)(length > NAME_MOST ? NAME_MOST : length), word);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (strcmp(limits[i].name, name) == 0)
			return &limits[i];
	(void)say_name(name, wrong, tongue);
	return NULL;
}

/* ---- values ----------------------------------------------------------------------- */

/* "8M, or unlimited": what would be right for it. */
static void
put_wanted(struct text *text, const struct limit *limit, tongue_fn *tongue)
{
	switch (limit->unit) {
	case UNIT_NUMBER:
		text_printf(text,
		    tongue_say(tongue, "a number from %llu to %llu, or unlimited"),
		    (unsigned long long)limit->min, (unsigned long long)limit->max);
		return;
	case UNIT_SIZE:
		text_printf(text,
		    tongue_say(
			tongue, "a size of at least %llu, such as 8M, or unlimited"),
		    (unsigned long long)limit->min);
		return;
	case UNIT_SECONDS:
		text_put(text, tongue_say(tongue,
				   "a time in whole seconds, such as 30s, or unlimited"));
		return;
	case UNIT_MICROSECONDS:
		text_put(
		    text, tongue_say(tongue,
			      "a time, such as 200ms, or a number of microseconds, or "
			      "unlimited"));
		return;
	}
}

static int
read_seconds(const char *value, uint64_t *ret)
{
	msec time;
	int rc = text_parse_time(value, 1000, TIME_MOST, &time);

	if (rc < 0 || time % 1000 != 0)
		return -EINVAL;
	*ret = (uint64_t)time / 1000;
	return 0;
}

/* "200us" and "200" as well, which no other time of ours is. */
static int
read_microseconds(const char *value, uint64_t *ret)
{
	char digits[VALUE_MOST + 1];
	size_t length = strspn(value, "0123456789");
	msec time;
	int rc;

	if (value[length] == '\0' || strcmp(value + length, "us") == 0) {
		(void)snprintf(digits, sizeof(digits), "%.*s", (int)length, value);
		return text_parse_number(digits, 1, TIME_MOST * 1000, ret);
	}
	rc = text_parse_time(value, 1, TIME_MOST, &time);
	if (rc == 0)
		*ret = (uint64_t)time * 1000;
	return rc;
}

static int
read_value(const struct limit *limit, const char *value, uint64_t *ret)
{
	if (strcmp(value, "unlimited") == 0) {
		*ret = LIMITWORD_UNLIMITED;
		return 0;
	}
	switch (limit->unit) {
	case UNIT_NUMBER:
		return text_parse_number(value, limit->min, limit->max, ret);
	case UNIT_SIZE:
		return text_parse_size(value, limit->min, limit->max, ret);
	case UNIT_SECONDS:
		return read_seconds(value, ret);
	case UNIT_MICROSECONDS:
		return read_microseconds(value, ret);
	}
	return -EINVAL;
}

static int
say_value(
    const struct limit *limit, const char *value, struct text *wrong, tongue_fn *tongue)
{
	char shown[4 * VALUE_QUOTED_MAX + 8] = "", right[256] = "";
	struct text quoted = TEXT_ON(shown), wanted = TEXT_ON(right);

	value_put_word(&quoted, value);
	put_wanted(&wanted, limit, tongue);
	text_printf(
	    wrong, tongue_say(tongue, "%s: '%s' is not %s"), limit->name, shown, right);
	return -EINVAL;
}

/* One of the two; `end`: what must stand behind it. */
static int
read_part(const struct limit *limit, const char *at, size_t length, uint64_t *ret)
{
	char value[VALUE_MOST + 1];

	if (length >= sizeof(value))
		return -EINVAL;
	memcpy(value, at, length);
	value[length] = '\0';
	return read_value(limit, value, ret);
}

int
limitword_parse(
    const char *word, struct limitword *ret, struct text *wrong, tongue_fn *tongue)
{
	size_t length = limitword_name_length(word), first;
	const struct limit *limit;
	struct limitword read = { 0 };
	const char *value = word + length + 1;

	if (length == 0 || word[length] != '=' || *value == '\0')
		return -EINVAL;
	limit = find(word, wrong, tongue);
	if (limit == NULL)
		return -EINVAL;
	first = strcspn(value, ":");
	read.resource = limit->resource;
	if (read_part(limit, value, first, &read.soft) < 0)
		return say_value(limit, value, wrong, tongue);
	read.hard = read.soft;
	if (value[first] == ':' && read_part(limit, value + first + 1,
				       strlen(value + first + 1), &read.hard) < 0)
		return say_value(limit, value + first + 1, wrong, tongue);
	if (read.soft > read.hard) {
		text_printf(wrong,
		    tongue_say(tongue,
			"%s: %s: the first limit is what holds, the second how far it can "
			"be raised: it must not be less"),
		    limit->name, value);
		return -EINVAL;
	}
	*ret = read;
	return 0;
}
