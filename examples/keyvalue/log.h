/*
 * log -- what happened, on standard error, and what it came to
 */
#ifndef KEYVALUE_LOG_H
#define KEYVALUE_LOG_H

#include <prong.h>
#include <stdint.h>

struct log_account {
	uint64_t sessions, wrong_passwords, killed;
	uint64_t bytes_in, bytes_out, cpu_us, longest_ms;
};

/* For prong_on_event(). */
void log_event(const struct prong_event *, void *unused);

/* For prong_on_end(); the context is a struct log_account. */
void log_end(const struct prong_ending *, void *account);

/* A line of our own. */
void log_say(enum prong_level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_account(const struct log_account *);

#endif
