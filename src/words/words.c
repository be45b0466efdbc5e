#include "words.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

#define DOMAIN "prong"

/* What the process has of a language; 0: none, all is English. */
static locale_t people;

/* Everything we write is UTF-8; where that cannot be shown, English can. */
void
words_begin(void)
{
	locale_t found;

	if (people != (locale_t)0)
		return;
	found = newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, "", (locale_t)0);
	if (found == (locale_t)0)
		return;
	if (strcmp(nl_langinfo_l(CODESET, found), "UTF-8") != 0) {
		freelocale(found);
		return;
	}
	(void)bindtextdomain(DOMAIN, PRONG_LOCALEDIR);
	people = found;
}

void
words_end(void)
{
	if (people != (locale_t)0)
		freelocale(people);
	people = (locale_t)0;
}

/* "" would be answered with the catalogue's own head. */
const char *
words_get(const char *english)
{
	const char *found;
	locale_t before;

	if (people == (locale_t)0 || *english == '\0')
		return english;
	before = uselocale(people);
	found = dgettext(DOMAIN, english);
	(void)uselocale(before);
	return found;
}

const char *
words_count(const char *one, const char *many, int64_t number)
{
	const char *found;
	locale_t before;

	if (people == (locale_t)0)
		return number == 1 ? one : many;
	before = uselocale(people);
	found = dngettext(DOMAIN, one, many, (unsigned long)number);
	(void)uselocale(before);
	return found;
}

const char *
words_error(int number)
{
	return people == (locale_t)0 ? strerror(number) : strerror_l(number, people);
}
