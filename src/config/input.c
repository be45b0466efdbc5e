#include "input.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>

#include "base.h"
#include "words.h"

/* ---- reading --------------------------------------------------------------------- */

static int
say(char *message, size_t size, const char *what)
{
	(void)snprintf(message, size, "%s", what);
	return -EINVAL;
}

static int
say_errno(char *message, size_t size, const char *what, int number)
{
	(void)snprintf(message, size, "%s: %s", what, words_error(number));
	return number == ENOMEM ? -ENOMEM : -EINVAL;
}

/* What is no regular file and would be waited for, or never end. */
static int
check_kind(const struct stat *facts, char *message, size_t size)
{
	if (S_ISREG(facts->st_mode))
		return 0;
	if (S_ISDIR(facts->st_mode))
		return say(message, size, _("is a directory"));
	if (S_ISFIFO(facts->st_mode))
		return say(
		    message, size, _("is a pipe; a configuration is a regular file"));
	if (S_ISSOCK(facts->st_mode))
		return say(
		    message, size, _("is a socket; a configuration is a regular file"));
	return say(message, size, _("is a device; a configuration is a regular file"));
}

/* Opening a device may do something, so it is looked at before; and O_NONBLOCK, because
 * it may have become a pipe since. */
static int
open_file(const char *path, char *message, size_t size)
{
	struct stat facts;
	int fd, failed;

	if (stat(path, &facts) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return say(message, size, _("does not exist"));
		return say_errno(message, size, _("cannot be opened"), errno);
	}
	failed = check_kind(&facts, message, size);
	if (failed < 0)
		return failed;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return say_errno(message, size, _("cannot be opened"), errno);
	return fd;
}

/* Reads to the end of the file, or one byte more than is allowed. */
static int
read_bytes(int fd, char *text, size_t *ret_length)
{
	size_t length = 0;

	while (length <= INPUT_MAX) {
		ssize_t count = read(fd, text + length, INPUT_MAX + 1 - length);

		if (count < 0 && errno != EINTR)
			return -errno;
		if (count == 0)
			break;
		length += count > 0 ? (size_t)count : 0;
	}
	*ret_length = length;
	return 0;
}

static bool
is_changed(const struct stat *before, const struct stat *after, size_t length)
{
	return before->st_size != after->st_size || (off_t)length != after->st_size ||
	       before->st_mtim.tv_sec != after->st_mtim.tv_sec ||
	       before->st_mtim.tv_nsec != after->st_mtim.tv_nsec;
}

/* Files of /proc and /sys have no size to compare with. */
static int
check_read(int fd, const struct stat *before, size_t length, char *message, size_t size)
{
	struct stat after;

	if (length > INPUT_MAX)
		return say(message, size, _("is larger than 4 MB"));
	if (fstat(fd, &after) < 0)
		return say_errno(message, size, _("cannot be read"), errno);
	if (before->st_size > 0 && is_changed(before, &after, length))
		return say(message, size, _("changed while it was read; try again"));
	return 0;
}

static int
check_encoding(const char *text, size_t length, char *message, size_t size)
{
	if (length >= 2 &&
	    (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return say(message, size, _("is UTF-16; a configuration is UTF-8"));
	return 0;
}

int
input_make(const char *name, const char *text, size_t length, struct input **ret_input)
{
	static const char order_mark[] = "\xef\xbb\xbf";
	size_t skipped = length >= 3 && memcmp(text, order_mark, 3) == 0 ? 3 : 0;
	struct input *input = calloc(1, sizeof(*input));

	if (input == NULL)
		return -ENOMEM;
	input->name = strdup(name);
	input->text = malloc(length - skipped + 1);
	if (input->name == NULL || input->text == NULL) {
		input_free(input);
		return -ENOMEM;
	}
	input->length = length - skipped;
	if (input->length > 0)
		memcpy(input->text, text + skipped, input->length);
	input->text[input->length] = '\0';
	*ret_input = input;
	return 0;
}

int
input_read(const char *path, struct input **ret_input, char *message, size_t message_size)
{
	cleanup_(free_text) char *text = NULL;
	cleanup_(close_fd) int fd = open_file(path, message, message_size);
	struct stat facts;
	size_t length = 0;
	int failed;

	if (fd < 0)
		return fd;
	if (fstat(fd, &facts) < 0)
		return say_errno(message, message_size, _("cannot be read"), errno);
	failed = check_kind(&facts, message, message_size);
	if (failed < 0)
		return failed;
	text = malloc(INPUT_MAX + 1);
	if (text == NULL)
		return -ENOMEM;
	failed = read_bytes(fd, text, &length);
	if (failed < 0)
		return say_errno(message, message_size, _("cannot be read"), -failed);
	if ((failed = check_read(fd, &facts, length, message, message_size)) < 0 ||
	    (failed = check_encoding(text, length, message, message_size)) < 0 ||
	    (failed = input_make(path, text, length, ret_input)) < 0)
		return failed;
	(*ret_input)->facts = facts;
	return 0;
}

void
input_free(struct input *input)
{
	if (input == NULL)
		return;
	free(input->name);
	free(input->text);
	free(input);
}

/* ---- whom to believe ------------------------------------------------------------- */

/* In a directory with the sticky bit nobody can put another file in our file's place. */
static bool
is_in_open_directory(const char *path)
{
	char copy[PATH_MAX];
	struct stat facts;

	if (strlen(path) >= sizeof(copy))
		return false;
	memcpy(copy, path, strlen(path) + 1);
	return stat(dirname(copy), &facts) == 0 &&
	       (facts.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH;
}

const char *
input_doubt(const struct input *input, bool is_root)
{
	if ((input->facts.st_mode & S_IWOTH) != 0)
		return N_("everybody may write this file (chmod o-w)");
	if (!is_root)
		return NULL;
	if (input->facts.st_uid != 0)
		return N_("prong runs as root, and this file belongs to somebody else");
	if (is_in_open_directory(input->name))
		return N_("prong runs as root, and everybody may write the directory of "
			  "this file");
	return NULL;
}

/* ---- lines ----------------------------------------------------------------------- */

size_t
input_break(const char *at, size_t left)
{
	if (left == 0)
		return 0;
	if (at[0] == '\r')
		return left > 1 && at[1] == '\n' ? 2 : 1;
	if (at[0] == '\n')
		return 1;
	if (left > 1 && memcmp(at, "\xc2\x85", 2) == 0)
		return 2;
	return left > 2 && (memcmp(at, "\xe2\x80\xa8", 3) == 0 ||
			       memcmp(at, "\xe2\x80\xa9", 3) == 0)
		   ? 3
		   : 0;
}

size_t
input_character(const char *at, size_t left)
{
	unsigned char first = (unsigned char)*at;
	size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < length; i++)
		if (i >= left || ((unsigned char)at[i] & 0xc0) != 0x80)
			return 1;
	return length;
}

/* Bytes to the next end of a line, or all that are left. */
static size_t
line_length(const char *at, size_t left)
{
	size_t i = 0;

	while (i < left && input_break(at + i, left - i) == 0)
		i++;
	return i;
}

bool
input_line(
    const struct input *input, unsigned line, const char **ret_line, size_t *ret_length)
{
	const char *at = input->text, *end = input->text + input->length;

	for (unsigned i = 1; at < end; i++) {
		size_t length = line_length(at, (size_t)(end - at));

		if (i == line) {
			*ret_line = at;
			*ret_length = length;
			return true;
		}
		at += length;
		at += input_break(at, (size_t)(end - at));
	}
	return false;
}
