/*
 * bug -- the last words of a program that broke a promise of its own
 *
 * Used from any place, so it needs no memory and no stdio: one write, then abort.
 */
#include "base.h"

#include "text.h"

void
bug_at(const char *file, int line, const char *what)
{
	char place[512];
	struct text message = TEXT_ON(place);

	text_put(&message, "bug at ");
	text_put(&message, file);
	text_put_char(&message, ':');
	text_put_signed(&message, line);
	text_put(&message, ": ");
	text_put(&message, what);
	place[message.used++] = '\n'; /* in place of the NUL */
	if (write(STDERR_FILENO, place, message.used) < 0)
		abort();
	abort();
}
