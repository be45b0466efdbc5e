/*
 * value_read_isolation -- the words of lists that say what a program may do
 *
 * Their shape only: whether the kernel knows a capability or a system call, and whether a
 * path is there, is found out when the service is prepared.
 */
#include <string.h>

#include "limitword.h"
#include "value_list.h"

#define NONE "none"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"

static bool
is_none(const char *word)
{
	return strcmp(word, NONE) == 0;
}

bool
value_list_crowds_none(const struct joining *joining)
{
	const struct setting_list *list = joining->list;

	return list->count > 0 && (is_none(joining->word) || is_none(list->words[0]));
}

static int
say_crowded(const struct joining *joining)
{
	return value_list_say(
	    joining, TONGUE("cannot stand beside others: 'none' is alone"));
}

int
value_check_limit(const struct joining *joining)
{
	struct limitword limit;
	size_t length = limitword_name_length(joining->word);
	int rc = limitword_parse(joining->word, &limit, joining->wrong, joining->tongue);

	for (size_t i = 0; i < joining->list->count && rc == 0; i++)
		if (strncmp(joining->list->words[i], joining->word, length + 1) == 0)
			return value_list_say(
			    joining, TONGUE("is the second word for this limit"));
	return rc;
}

/* "net_bind_service", "CAP_NET_BIND_SERVICE" */
int
value_check_capability(const struct joining *joining)
{
	const char *word = joining->word;

	if (*word == '\0' || strspn(word, LETTERS DIGITS) != strlen(word) ||
	    strcspn(word, DIGITS) == 0)
		return -EINVAL;
	return value_list_crowds_none(joining) ? say_crowded(joining) : 0;
}

int
value_check_port(const struct joining *joining)
{
	uint64_t port;

	if (!is_none(joining->word) &&
	    text_parse_number(joining->word, 1, UINT16_MAX, &port) < 0)
		return -EINVAL;
	return value_list_crowds_none(joining) ? say_crowded(joining) : 0;
}

static int
say_near(const struct joining *joining, const char *near)
{
	char shown[4 * VALUE_QUOTED_MAX + 8] = "";
	struct text quoted = TEXT_ON(shown);

	value_put_word(&quoted, joining->word);
	text_printf(joining->wrong, tongue_say(joining->tongue, "'%s': did you mean %s?"),
	    shown, near);
	return -EINVAL;
}

/* One of a few words, or "none" alone. */
static int
check_choice(const struct joining *joining, const char *const *words, size_t count)
{
	const char *near;

	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], joining->word) == 0)
			return value_list_crowds_none(joining) ? say_crowded(joining) : 0;
	near = text_nearest(joining->word, words, count);
	return near == NULL ? -EINVAL : say_near(joining, near);
}

int
value_check_scope(const struct joining *joining)
{
	static const char *const words[] = { "signals", "abstract-sockets", NONE };

	return check_choice(joining, words, ARRAY_SIZE(words));
}

int
value_check_namespace(const struct joining *joining)
{
	static const char *const words[] = { "pid", "mount", "ipc", "uts", "user",
		"cgroup", NONE };

	return check_choice(joining, words, ARRAY_SIZE(words));
}

int
value_check_path(const struct joining *joining)
{
	return *joining->word == '/' ? 0 : -EINVAL;
}

/* "none" takes away what a preset has, whatever stands beside it. */
int
value_check_writable(const struct joining *joining)
{
	return is_none(joining->word) ? 0 : value_check_path(joining);
}

int
value_check_access(const struct joining *joining)
{
	return strcmp(joining->word, "@system") == 0 ? 0 : value_check_writable(joining);
}

/* "read", "@default", "-ptrace", "-@clock": the length of the one at `at`, 0: it is none.
 */
static size_t
call_length(const char *at)
{
	size_t sign = *at == '-', set = at[sign] == '@';
	const char *name = at + sign + set;
	size_t length = strspn(name, set ? LOWER DIGITS "-" : LOWER DIGITS "_");

	if (length == 0 || *name == '-' || strchr(",", name[length]) == NULL)
		return 0;
	return sign + set + length;
}

int
value_check_syscalls(const struct joining *joining)
{
	const char *at = joining->word;
	bool has_none = false, has_more = false;

	for (;;) {
		size_t length = call_length(at);

		if (length == 0)
			return -EINVAL;
		has_none |= length == strlen(NONE) && strncmp(at, NONE, length) == 0;
		if (at[length] == '\0')
			break;
		has_more = true;
		at += length + 1;
	}
	return (has_none && has_more) || value_list_crowds_none(joining)
		   ? say_crowded(joining)
		   : 0;
}
