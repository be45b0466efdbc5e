#include "program.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "rooted.h"

static const struct {
	const char *name;
	bool needs_file; /* and says on its error output when that cannot be read */
} builtins[] = {
	{ "@echo", false },
	{ "@discard", false },
	{ "@daytime", false },
	{ "@time", false },
	{ "@qotd", true },
	{ "@hello", false },
	{ "@chargen", false },
};

static int
program_fail(struct text *message, const char *name, const char *why, int rc)
{
	text_put(message, "program: '");
	text_put_quoted(message, name, strlen(name));
	text_put(message, "' ");
	text_put(message, why);
	text_put_char(message, '\n');
	return rc;
}

static int
builtin_unknown(const char *name, struct text *message)
{
	const char *names[ARRAY_SIZE(builtins)];
	const char *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		names[i] = builtins[i].name;
	nearest = text_nearest(name, names, ARRAY_SIZE(names));
	(void)program_fail(message, name, "is not built in;", 0);
	message->used--;
	for (size_t i = 0; nearest == NULL && i < ARRAY_SIZE(names); i++)
		text_printf(message, "%s %s", i == 0 ? " known are" : ",", names[i]);
	if (nearest != NULL)
		text_printf(message, " did you mean %s?", nearest);
	text_put_char(message, '\n');
	return -EINVAL;
}

static int
builtin_arguments(size_t which, const struct setting_list *argv, struct text *message)
{
	const char *name = builtins[which].name;

	if (!builtins[which].needs_file)
		return argv->count == 1
			   ? 0
			   : program_fail(message, name, "takes no arguments", -EINVAL);
	if (argv->count != 2 || argv->words[1][0] != '/')
		return program_fail(message, name,
		    "needs the absolute path of a file, as in @qotd /usr/share/fortunes",
		    -EINVAL);
	if (access(argv->words[1], R_OK) < 0) {
		int rc = -errno;

		text_printf(message, "program: %s cannot read ", name);
		text_put_quoted(message, argv->words[1], strlen(argv->words[1]));
		text_printf(message, ": %s\n", text_errno(-rc));
		return rc;
	}
	return 0;
}

bool
program_is_silent(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strcmp(name, builtins[i].name) == 0)
			return !builtins[i].needs_file;
	return false;
}

int
program_check_builtin(const struct setting_list *argv, struct text *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strcmp(argv->words[0], builtins[i].name) == 0)
			return builtin_arguments(i, argv, message);
	return builtin_unknown(argv->words[0], message);
}

static size_t
program_read_head(const char *path, char *head, size_t size)
{
	cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, size - 1);

	if (n < 0)
		n = 0;
	head[n] = '\0';
	return (size_t)n;
}

bool
program_has_format(const char *path)
{
	char head[8];
	struct stat st;
	size_t n = program_read_head(path, head, sizeof(head));

	/* Executable but not readable is legal: then nothing is known. */
	if (n == 0)
		return stat(path, &st) < 0 || st.st_size > 0;
	return strncmp(head, "#!", 2) == 0 || memcmp(head, "\177ELF", 4) == 0;
}

static char *
interpreter_in(char *head)
{
	char *word = head + 2 + strspn(head + 2, " \t");

	word[strcspn(word, " \t\n")] = '\0';
	return word;
}

bool
program_interpreter(const char *path, char *ret_word, size_t size)
{
	char head[256], *word;

	if (program_read_head(path, head, sizeof(head)) < 3 ||
	    strncmp(head, "#!", 2) != 0)
		return false;
	word = interpreter_in(head);
	if (strlen(word) >= size)
		return false;
	memcpy(ret_word, word, strlen(word) + 1);
	return true;
}

/* A script fails with its interpreter's error, which names the wrong file. */
static int
program_check_interpreter(const char *root, const char *path, struct text *message)
{
	char head[256], seen[PATH_MAX], *word, *line_end;

	if (program_read_head(rooted_path(root, path, seen), head, sizeof(head)) < 3 ||
	    strncmp(head, "#!", 2) != 0)
		return 0;
	line_end = head + strcspn(head, "\n");
	if (*line_end == '\n' && line_end[-1] == '\r')
		return program_fail(message, path,
		    "has a first line that ends in a carriage return, which the kernel takes "
		    "for part of a name: save it with Unix line ends",
		    -ENOENT);
	word = interpreter_in(head);
	if (access(rooted_path(root, word, seen), X_OK) == 0)
		return 0;
	text_put(message, "program: '");
	text_put_quoted(message, path, strlen(path));
	text_put(message, "' needs the interpreter '");
	text_put_quoted(message, word, strlen(word));
	text_printf(message, "': %s\n", text_errno(errno));
	return -ENOENT;
}

static int
program_check_file(const char *root, const char *path, struct text *message)
{
	char seen[PATH_MAX];
	struct stat st;

	if (stat(rooted_path(root, path, seen), &st) < 0)
		return program_fail(message, path,
		    errno == ENOENT ? "does not exist" : text_errno(errno), -errno);
	if (S_ISDIR(st.st_mode))
		return program_fail(
		    message, path, "is a directory, not a program", -EISDIR);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return program_fail(
		    message, path, "is not executable; chmod +x makes it so", -EACCES);
	return program_check_interpreter(root, path, message);
}

/* `dir` may change the working directory before exec, so a relative path is completed. */
static int
program_absolute(const char *name, char **ret_path)
{
	char cwd[PATH_MAX], *path;

	if (name[0] == '/')
		path = strdup(name);
	else if (getcwd(cwd, sizeof(cwd)) == NULL ||
		 asprintf(&path, "%s/%s", cwd, name) < 0)
		path = NULL;
	*ret_path = path;
	return path == NULL ? -ENOMEM : 0;
}

static bool
is_program(const char *root, const char *path)
{
	char seen[PATH_MAX];
	struct stat st;

	return stat(rooted_path(root, path, seen), &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & 0111) != 0;
}

static int
program_search(const char *root, const char *name, const char *search, char **ret_path)
{
	char path[PATH_MAX];

	while (*search != '\0') {
		size_t length = strcspn(search, ":");

		(void)snprintf(path, sizeof(path), "%.*s/%s", (int)length, search, name);
		if (length > 0 && is_program(root, path))
			return program_absolute(path, ret_path);
		search += length + (search[length] == ':');
	}
	return -ENOENT;
}

static int
find_below(const char *root, const char *name, const char *search, char **ret_path,
    struct text *message)
{
	cleanup_(free_text) char *path = NULL;
	int rc;

	if (name[0] == '\0')
		return program_fail(message, name, "is not a program", -EINVAL);
	if (strchr(name, '/') != NULL)
		rc = program_absolute(name, &path);
	else
		rc = program_search(root, name, search, &path);
	if (rc == -ENOENT) {
		(void)program_fail(
		    message, name, "is in none of the directories of PATH, ", 0);
		message->used--;
		text_put(message, search);
		text_put_char(message, '\n');
		return rc;
	}
	if (rc < 0)
		return program_fail(message, name,
		    "cannot be found from here: the working directory is gone", rc);
	rc = program_check_file(root, path, message);
	if (rc == 0)
		*ret_path = take_text(&path);
	return rc;
}

int
program_find(const char *name, const char *search, char **ret_path, struct text *message)
{
	return find_below(NULL, name, search, ret_path, message);
}

int
program_find_below(const char *root, const char *name, const char *search,
    char **ret_path, struct text *message)
{
	int rc;

	if (root != NULL && name[0] != '/' && strchr(name, '/') != NULL)
		return program_fail(message, name,
		    "is not absolute: with root a program is where it will see itself",
		    -EINVAL);
	rc = find_below(root, name, search, ret_path, message);
	if (rc == 0 || root == NULL)
		return rc;
	message->used--;
	text_put(message, "; looked for below root '");
	text_put_quoted(message, root, strlen(root));
	text_put(message, "'\n");
	return rc;
}
