#include "cgroup_text.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "prong-"

/* The word at *line, which then stands at the next one; its length in *ret_length. */
static const char *
word_next(const char **line, size_t *ret_length)
{
	const char *word = *line + strspn(*line, " \n");

	*ret_length = strcspn(word, " \n");
	*line = word + *ret_length;
	return word;
}

static bool
is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' &&
	       digits[1] <= '7' && digits[2] >= '0' && digits[2] <= '7';
}

/* "\040" is a blank, and so on. */
static void
put_path(struct text *path, const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (word[i] == '\\' && i + 3 < length && is_octal(&word[i + 1])) {
			text_put_char(
			    path, (char)((word[i + 1] - '0') << 6 |
					 (word[i + 2] - '0') << 3 | (word[i + 3] - '0')));
			i += 3;
		} else {
			text_put_char(path, word[i]);
		}
	}
}

/* ID PARENT DEVICE ROOT MOUNT OPTIONS [OPTIONAL...] - TYPE SOURCE OPTIONS */
bool
cgroup_text_mount(const char *line, struct text *mount, struct text *root)
{
	const char *type = strstr(line, " - "), *words[5];
	size_t lengths[5];

	if (type == NULL || strncmp(type, " - cgroup2 ", strlen(" - cgroup2 ")) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = word_next(&line, &lengths[i]);
	put_path(root, words[3], lengths[3]);
	put_path(mount, words[4], lengths[4]);
	return !root->is_cut && !mount->is_cut;
}

const char *
cgroup_text_own(const char *line)
{
	return strncmp(line, "0::", 3) == 0 ? line + 3 : NULL;
}

/* "7:cpu,cpuacct:/a/b" */
bool
cgroup_text_is_v1(const char *line, const char *controller)
{
	size_t length = strlen(controller);
	const char *at = strchr(line, ':'),
		   *end = at == NULL ? NULL : strchr(at + 1, ':');

	while (at != NULL && end != NULL && at < end) {
		size_t word = strcspn(at + 1, ",:");

		if (word == length && strncmp(at + 1, controller, length) == 0)
			return true;
		at += 1 + word;
	}
	return false;
}

const char *
cgroup_text_below(const char *own, const char *root)
{
	size_t length = strlen(root);

	/* Of another namespace of cgroups: above the one that we see as /. */
	if (strncmp(root, "/..", 3) == 0 || strncmp(own, "/..", 3) == 0)
		return NULL;
	if (strcmp(root, "/") == 0)
		return strcmp(own, "/") == 0 ? "" : own;
	if (strncmp(own, root, length) != 0 ||
	    (own[length] != '/' && own[length] != '\0'))
		return NULL;
	return own + length;
}

uint64_t
cgroup_text_number(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (text[0] != '\0') {
		if (strncmp(text, key, length) == 0 && text[length] == ' ')
			return strtoull(text + length + 1, NULL, 10);
		text += strcspn(text, "\n");
		text += text[0] == '\n';
	}
	return 0;
}

uint64_t
cgroup_text_stall(const char *text)
{
	const char *total =
	    strncmp(text, "some ", 5) == 0 ? strstr(text, "total=") : NULL;

	return total == NULL ? 0 : strtoull(total + strlen("total="), NULL, 10);
}

bool
cgroup_text_has(const char *text, const char *word)
{
	size_t length = strlen(word), found;

	for (;;) {
		const char *at = word_next(&text, &found);

		if (found == 0)
			return false;
		if (found == length && strncmp(at, word, length) == 0)
			return true;
	}
}

bool
cgroup_text_is_leaf(const char *name, const char *service)
{
	const char *dash = strrchr(name, '-');
	size_t prefix = strlen(PREFIX);

	if (strncmp(name, PREFIX, prefix) != 0 || dash <= name + prefix ||
	    dash[1] == '\0' || dash[1 + strspn(dash + 1, "0123456789")] != '\0')
		return false;
	if (service == NULL)
		return true;
	name += prefix;
	return (size_t)(dash - name) == strlen(service) &&
	       strncmp(name, service, (size_t)(dash - name)) == 0;
}
