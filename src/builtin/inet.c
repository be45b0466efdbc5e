/*
 * inet -- the small services of old: discard, daytime, time, chargen, and hello
 */
#include "builtin.h"

#include "io.h"
#include "sys.h"

/* Seconds from 1900, where RFC 868 counts from, to 1970. */
#define SECONDS_TO_1970 2208988800U

enum {
	FIRST_PRINTABLE = ' ',
	PRINTABLE_COUNT = 95,
	CHARGEN_COLUMNS = 72,
	CHARGEN_LINE = CHARGEN_COLUMNS + 2,
};

struct date {
	unsigned year, month, day;
};

static int
inet_answer(const void *bytes, size_t count)
{
	return io_write(SYS_OUTPUT, bytes, count) < 0 ? EXIT_FAILED : EXIT_DONE;
}

int
inet_hello(char **argv, char **envp)
{
	(void)argv;
	(void)envp;
	return inet_answer("hello\n", 6);
}

/* RFC 863 */
int
inet_discard(char **argv, char **envp)
{
	static unsigned char buffer[64 << 10];
	long count;

	(void)argv;
	(void)envp;
	do
		count = io_read(SYS_INPUT, buffer, sizeof(buffer));
	while (count > 0);
	return count < 0 ? EXIT_FAILED : EXIT_DONE;
}

/*
 * Counts from 1 March 0000: a year's leap day is then its last, and the lengths of the
 * months from March on repeat every five, 153 days.
 */
static struct date
inet_date(unsigned days_since_1970)
{
	unsigned days = days_since_1970 + 719468;
	unsigned era = days / 146097, of_era = days % 146097;
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153; /* 0 is March */
	bool is_next_year = month >= 10;

	return (struct date){
		.year = era * 400 + year + is_next_year,
		.month = is_next_year ? month - 9 : month + 3,
		.day = of_year - (153 * month + 2) / 5 + 1,
	};
}

/* Writes `number` so that its last digit stands at `last`. */
static void
inet_digits(char *last, size_t count, unsigned number)
{
	for (; count > 0; count--, number /= 10)
		*last-- = (char)('0' + number % 10);
}

/* RFC 867 */
int
inet_daytime(char **argv, char **envp)
{
	char line[] = "0000-00-00 00:00:00 UTC\r\n";
	uint64_t now = (uint64_t)sys_now();
	unsigned second = (unsigned)(now % 86400);
	struct date date = inet_date((unsigned)(now / 86400));

	(void)argv;
	(void)envp;
	inet_digits(line + 3, 4, date.year);
	inet_digits(line + 6, 2, date.month);
	inet_digits(line + 9, 2, date.day);
	inet_digits(line + 12, 2, second / 3600);
	inet_digits(line + 15, 2, second / 60 % 60);
	inet_digits(line + 18, 2, second % 60);
	return inet_answer(line, sizeof(line) - 1);
}

/* RFC 868: 32 bits that start again at 0 in 2036 */
int
inet_time(char **argv, char **envp)
{
	uint32_t now = (uint32_t)sys_now() + SECONDS_TO_1970;
	unsigned char answer[4];

	(void)argv;
	(void)envp;
	for (size_t i = 0; i < sizeof(answer); i++)
		answer[i] = (unsigned char)(now >> (24 - 8 * i));
	return inet_answer(answer, sizeof(answer));
}

/* RFC 864: each line begins one character later than the one before. */
int
inet_chargen(char **argv, char **envp)
{
	static char lines[PRINTABLE_COUNT][CHARGEN_LINE];

	(void)argv;
	(void)envp;
	for (unsigned i = 0; i < PRINTABLE_COUNT; i++) {
		for (unsigned j = 0; j < CHARGEN_COLUMNS; j++)
			lines[i][j] = (char)(FIRST_PRINTABLE + (i + j) % PRINTABLE_COUNT);
		lines[i][CHARGEN_COLUMNS] = '\r';
		lines[i][CHARGEN_COLUMNS + 1] = '\n';
	}
	for (;;) {
		long error = io_write(SYS_OUTPUT, lines, sizeof(lines));

		if (error < 0) /* a client that leaves is how this service ends */
			return error == -EPIPE || error == -ECONNRESET ? EXIT_DONE
								       : EXIT_FAILED;
	}
}
