/*
 * qotd -- RFC 865: one quote of a file, each as likely as any other
 *
 * Quotes are separated by lines of a single '%', as fortune(6) has them; a file without
 * any is one quote.  The file is read once, front to back, whatever its size: the n-th
 * quote takes the place of the one chosen so far with a chance of 1 in n.
 */
#include "builtin.h"

#include "io.h"
#include "sys.h"

enum {
	QUOTE_BYTES = 511, /* RFC 865: less than 512 characters */
};

struct quote {
	size_t length; /* may be more than is kept */
	unsigned char bytes[QUOTE_BYTES + 1];
};

struct qotd {
	struct quote current, chosen;
	size_t line_length; /* of the current quote's last line, so far */
	uint64_t quotes, random;
};

/* SplitMix64: one seed from the kernel, then no system call for each quote. */
static uint64_t
qotd_random(struct qotd *qotd)
{
	uint64_t mixed = qotd->random += 0x9e3779b97f4a7c15U;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
	return mixed ^ (mixed >> 31);
}

static void
qotd_end_quote(struct qotd *qotd)
{
	if (qotd->current.length > 0) {
		qotd->quotes++;
		if (qotd_random(qotd) % qotd->quotes == 0)
			qotd->chosen = qotd->current;
	}
	qotd->current.length = 0;
	qotd->line_length = 0;
}

/* True when the last line is a '%' and nothing else; it is taken off the quote. */
static bool
qotd_drop_separator(struct qotd *qotd, unsigned char last)
{
	if (qotd->line_length != 1 || last != '%')
		return false;
	qotd->current.length--;
	return true;
}

/* `before` is the byte before `byte`. */
static void
qotd_add(struct qotd *qotd, unsigned char before, unsigned char byte)
{
	struct quote *current = &qotd->current;

	if (byte == '\n' && qotd_drop_separator(qotd, before)) {
		qotd_end_quote(qotd);
		return;
	}
	if (current->length < sizeof(current->bytes))
		current->bytes[current->length] = byte;
	current->length++;
	qotd->line_length = byte == '\n' ? 0 : qotd->line_length + 1;
}

static long
qotd_read(struct qotd *qotd, int fd)
{
	static unsigned char buffer[16 << 10];
	unsigned char before = '\n';
	long count;

	while ((count = io_read(fd, buffer, sizeof(buffer))) > 0)
		for (long i = 0; i < count; i++) {
			qotd_add(qotd, before, buffer[i]);
			before = buffer[i];
		}
	(void)qotd_drop_separator(qotd, before);
	qotd_end_quote(qotd);
	return count;
}

/* What of a quote is sent: whole lines if they fit, else whole characters (UTF-8). */
static size_t
qotd_cut(const struct quote *quote)
{
	size_t end = QUOTE_BYTES;

	if (quote->length <= QUOTE_BYTES)
		return quote->length;
	while (end > 0 && quote->bytes[end - 1] != '\n')
		end--;
	if (end > 0)
		return end;
	end = QUOTE_BYTES;
	while (end > QUOTE_BYTES - 3 && (quote->bytes[end] & 0xc0) == 0x80)
		end--;
	return end;
}

int
qotd_serve(char **argv, char **envp)
{
	static struct qotd qotd;
	long fd, error;

	(void)envp;
	if (argv[1] == NULL || argv[2] != NULL) {
		io_complain(
		    "@qotd: needs a FILE of quotes, separated by lines of one '%'");
		return EXIT_USAGE;
	}
	(void)sys_getrandom(&qotd.random, sizeof(qotd.random));
	fd = sys_open(argv[1], O_RDONLY | O_CLOEXEC);
	error = fd < 0 ? fd : qotd_read(&qotd, (int)fd);
	if (error < 0) {
		io_complain("@qotd: cannot read '", argv[1], "': ", io_reason(error));
		return EXIT_FAILED;
	}
	if (qotd.quotes == 0) {
		io_complain("@qotd: there is no quote in '", argv[1], "'");
		return EXIT_FAILED;
	}
	if (io_write(SYS_OUTPUT, qotd.chosen.bytes, qotd_cut(&qotd.chosen)) < 0)
		return EXIT_FAILED;
	return EXIT_DONE;
}
