/*
 * filtered -- filters written from words, and a small interpreter of BPF
 */
#pragma once

#include "filter.h"

#include "unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>

#define FORBIDDEN SECCOMP_RET_USER_NOTIF
#define QUIET (SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOWED SECCOMP_RET_ALLOW

static const struct filter_secret no_secret;

/* ---- the interpreter: what filter_write() writes, and nothing else --------------- */

static inline uint32_t
word_at(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % 4 == 0 && offset + 4 <= sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static inline bool
is_so(const struct sock_filter *at, uint32_t accumulator)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return accumulator == at->k;
	case BPF_JGE:
		return accumulator >= at->k;
	case BPF_JGT:
		return accumulator > at->k;
	case BPF_JSET:
		return (accumulator & at->k) != 0;
	default:
		fail_msg("jump %#x", at->code);
	}
	return false;
}

/* *ret_steps: how long it took. */
static inline uint32_t
run(const struct filter_program *program, const struct seccomp_data *data,
    size_t *ret_steps)
{
	uint32_t accumulator = 0;
	size_t steps = 0;

	for (size_t i = 0; i < program->length; i++, steps++) {
		const struct sock_filter *at = &program->code[i];

		if (at->code == (BPF_RET | BPF_K)) {
			*ret_steps = steps;
			return at->k;
		}
		if (at->code == (BPF_LD | BPF_W | BPF_ABS))
			accumulator = word_at(data, at->k);
		else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
			accumulator &= at->k;
		else if (at->code == (BPF_JMP | BPF_JA))
			i += at->k;
		else
			i += is_so(at, accumulator) ? at->jt : at->jf;
	}
	fail_msg("runs past its end");
	return 0;
}

static inline struct filter_program
written_with(const char *words, const struct filter_secret *secret, uint32_t forbidden)
{
	char line[256] = "";
	struct text wrong = TEXT_ON(line);
	struct filter_calls *calls = malloc(sizeof(*calls));
	struct filter_program program;

	assert_non_null(calls);
	assert_row(filter_read(calls, &words, 1, &wrong) == 0, words);
	assert_int_equal(filter_write(calls, secret, forbidden, &program), 0);
	free(calls);
	return program;
}

static inline struct filter_program
written(const char *words, const struct filter_secret *secret)
{
	return written_with(words, secret, FORBIDDEN);
}

static inline uint32_t
answer_of(const struct filter_program *program, int number, uint64_t first,
    uint64_t second, uint64_t third)
{
	const struct seccomp_data data = { .nr = number,
		.arch = seccomp_arch_native(),
		.args = { first, second, third } };
	size_t steps;

	return run(program, &data, &steps);
}

static inline uint32_t
answer(
    const char *words, const char *call, uint64_t first, uint64_t second, uint64_t third)
{
	struct filter_program program = written(words, &no_secret);
	uint32_t said = answer_of(&program, syscall_number(call), first, second, third);

	free(program.code);
	return said;
}
