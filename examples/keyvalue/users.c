#include "users.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS_FILE_MAX (1 << 20)

/* The file as a string, in *ret_text. */
static int
read_file(FILE *file, char **ret_text)
{
	struct stat facts;
	char *text;
	size_t length;

	if (fstat(fileno(file), &facts) < 0)
		return errno;
	if (!S_ISREG(facts.st_mode) || facts.st_size > USERS_FILE_MAX)
		return EFBIG;
	if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return EPERM;
	text = calloc(1, (size_t)facts.st_size + 1);
	if (text == NULL)
		return ENOMEM;
	length = fread(text, 1, (size_t)facts.st_size, file);
	text[length] = '\0';
	*ret_text = text;
	return 0;
}

/* The hash of a password, by the method and salt of `setting`; NULL: not a setting. */
static char *
hash(const char *password, const char *setting)
{
	struct crypt_data *work = calloc(1, sizeof(*work));
	char *made = NULL;

	if (work == NULL)
		return NULL;
	if (crypt_r(password, setting, work) != NULL && work->output[0] != '*')
		made = strdup(work->output);
	explicit_bzero(work, sizeof(*work));
	free(work);
	return made;
}

static char *
hash_new(const char *password)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)) == NULL)
		return NULL;
	return hash(password, setting);
}

int
users_load(struct users *users, const char *path)
{
	FILE *file = fopen(path, "re");
	int error;

	if (file == NULL)
		return errno;
	*users = (struct users){ .dummy = hash_new("") };
	error = users->dummy != NULL ? read_file(file, &users->text) : ENOMEM;
	(void)fclose(file);
	if (error != 0)
		users_done(users);
	return error;
}

void
users_done(struct users *users)
{
	free(users->text);
	free(users->dummy);
	*users = (struct users){ 0 };
}

/* Where the user's hash begins, and how long it is; NULL: no such user. */
static const char *
find(const char *text, const char *name, size_t *ret_length)
{
	size_t length = strlen(name);

	for (const char *line = text; *line != '\0';) {
		size_t all = strcspn(line, "\n");

		if (all > length && line[length] == ':' &&
		    memcmp(line, name, length) == 0) {
			*ret_length = all - length - 1;
			return line + length + 1;
		}
		line += all + (line[all] == '\n');
	}
	return NULL;
}

/* Takes as long whatever differs. */
static bool
is_same(const char *one, const char *other)
{
	size_t length = strlen(one);
	unsigned char differs = 0;

	if (strlen(other) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		differs |= (unsigned char)(one[i] ^ other[i]);
	return differs == 0;
}

bool
users_check(const struct users *users, const char *name, const char *password)
{
	size_t length = 0;
	const char *found = find(users->text, name, &length);
	char *wanted = found != NULL ? strndup(found, length) : strdup(users->dummy);
	char *made = wanted != NULL ? hash(password, wanted) : NULL;
	bool is_right = found != NULL && made != NULL && is_same(made, wanted);

	free(made);
	free(wanted);
	return is_right;
}

/* Writes the text and one more line, and closes. */
static int
write_file(FILE *file, const char *text, const char *name, const char *made)
{
	size_t length = strlen(text);
	int error = 0;

	(void)fprintf(file, "%s%s%s:%s\n", text,
	    length > 0 && text[length - 1] != '\n' ? "\n" : "", name, made);
	if (fflush(file) != 0 || fsync(fileno(file)) < 0)
		error = errno;
	if (fclose(file) != 0 && error == 0)
		error = errno;
	return error;
}

/* What the file has, "" if there is none. */
static int
read_or_empty(const char *path, char **ret_text)
{
	FILE *file = fopen(path, "re");
	int error;

	if (file == NULL && errno != ENOENT)
		return errno;
	if (file == NULL) {
		*ret_text = strdup("");
		return *ret_text != NULL ? 0 : ENOMEM;
	}
	error = read_file(file, ret_text);
	(void)fclose(file);
	return error;
}

static int
add(const char *path, FILE *beside, const char *name, const char *made)
{
	char *text = NULL;
	size_t length;
	int error = read_or_empty(path, &text);

	if (text == NULL) {
		(void)fclose(beside);
		return error;
	}
	if (find(text, name, &length) != NULL) {
		error = EEXIST;
		(void)fclose(beside);
	} else {
		error = write_file(beside, text, name, made);
	}
	free(text);
	return error;
}

int
users_add(const char *path, const char *name, const char *password)
{
	char beside[4096], *made;
	int error, fd;

	if (name[0] == '\0' || strpbrk(name, ": \t\r\n") != NULL)
		return EINVAL;
	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return ENAMETOOLONG;
	made = hash_new(password);
	if (made == NULL)
		return EINVAL;

	/* Whoever has made the file beside is the only one who adds. */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		error = errno == EEXIST ? EBUSY : errno;
		free(made);
		return error;
	}
	error = add(path, fdopen(fd, "w"), name, made);
	if (error == 0 && rename(beside, path) < 0)
		error = errno;
	if (error != 0)
		(void)unlink(beside);
	free(made);
	return error;
}
