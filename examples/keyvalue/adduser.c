#include "adduser.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "users.h"

#define PASSWORD_SIZE 128

/* A line, byte by byte: nothing of it stays in a buffer of stdio. */
static bool
read_line(char *line, size_t size)
{
	size_t length = 0;
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
		if (length + 1 == size)
			return false;
		line[length++] = byte;
	}
	line[length] = '\0';
	return length > 0;
}

/* The same without an echo, if there is one; Ctrl-C waits until it is back. */
static bool
read_password(char *password, size_t size)
{
	struct termios before, silent;
	sigset_t interrupts, old;
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return read_line(password, size);

	(void)sigemptyset(&interrupts);
	(void)sigaddset(&interrupts, SIGINT);
	(void)sigaddset(&interrupts, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &interrupts, &old);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	(void)fputs("Password: ", stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	is_read = read_line(password, size);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)fputc('\n', stderr);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return is_read;
}

static const char *
explain(int error)
{
	if (error == EEXIST)
		return "there is such a user";
	if (error == EINVAL)
		return "a name has no blank and no ':'";
	if (error == EBUSY)
		return "somebody else is adding one; if not, remove the file that ends in .new";
	if (error == EPERM)
		return "others can read or write it: chmod 600";
	return strerror(error);
}

int
adduser(const char *path, const char *name)
{
	char password[PASSWORD_SIZE];
	bool is_read = read_password(password, sizeof(password));
	int error = is_read ? users_add(path, name, password) : 0;

	explicit_bzero(password, sizeof(password));
	if (!is_read)
		warnx("a password has 1 to %d bytes", PASSWORD_SIZE - 1);
	if (error != 0)
		warnx("%s: %s: %s", path, name, explain(error));
	return is_read && error == 0 ? 0 : 1;
}
