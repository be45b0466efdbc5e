#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "session.h"

/* The journal of systemd has a clock of its own, and wants the level. */
static void
write_line(enum prong_level level, const char *text)
{
	char clock[16];
	struct tm now;

	if (getenv("JOURNAL_STREAM") != NULL) {
		(void)fprintf(stderr, "<%d>%s\n", (int)level, text);
		return;
	}
	(void)localtime_r(&(time_t){ time(NULL) }, &now);
	(void)strftime(clock, sizeof(clock), "%H:%M:%S", &now);
	(void)fprintf(stderr, "%s %s\n", clock, text);
}

void
log_event(const struct prong_event *event, void *unused)
{
	char text[1024];

	(void)unused;
	if (event->level >= PRONG_DEBUG)
		return;
	(void)prong_event_text(event, text, sizeof(text));
	write_line(event->level, text);
}

void
log_end(const struct prong_ending *ending, void *context)
{
	struct log_account *account = context;

	account->sessions++;
	if (ending->how == PRONG_EXITED && ending->status == SESSION_WRONG_PASSWORD)
		account->wrong_passwords++;
	if (ending->how == PRONG_KILLED)
		account->killed++;
	account->bytes_in += ending->bytes_in;
	account->bytes_out += ending->bytes_out;
	account->cpu_us += ending->cpu_us;
	if (ending->duration_ms > account->longest_ms)
		account->longest_ms = ending->duration_ms;
}

void
log_say(enum prong_level level, const char *format, ...)
{
	char text[1024];
	va_list words;

	va_start(words, format);
	(void)vsnprintf(text, sizeof(text), format, words);
	va_end(words);
	write_line(level, text);
}

void
log_account(const struct log_account *account)
{
	log_say(PRONG_NOTICE,
	    "account: %" PRIu64 " sessions, %" PRIu64 " wrong passwords, %" PRIu64
	    " killed, %" PRIu64 " B in, %" PRIu64 " B out, CPU %" PRIu64
	    " ms, the longest %" PRIu64 " s",
	    account->sessions, account->wrong_passwords, account->killed,
	    account->bytes_in, account->bytes_out, account->cpu_us / 1000,
	    account->longest_ms / 1000);
}
