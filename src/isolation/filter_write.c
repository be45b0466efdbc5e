/*
 * The program: a tree over ranges of numbers, so that a call is decided after a few
 * comparisons, and the kernel, which runs it once for each number when it is installed,
 * is done soon.  The fewer instructions, the sooner.
 */
#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "filter_writer.h"

#define X32_CALLS 0x40000000 /* __X32_SYSCALL_BIT */

/* Numbers that meet the same. */
struct range {
	uint32_t first;
	uint32_t value;         /* what is returned, if there is no guard */
	filter_guard_fn *guard; /* writes what decides */
};

#define RANGES_MAX 1024
/* With all guards and returns it is less than 255 instructions long. */
#define BLOCK_RANGES 128

struct ranges {
	struct range all[RANGES_MAX];
	size_t count;
};

void
filter_put(struct writer *writer, struct sock_filter instruction)
{
	if (writer->used == WRITER_CODE_MAX)
		writer->is_full = true;
	else
		writer->code[writer->used++] = instruction;
}

void
filter_put_return(struct writer *writer, uint32_t value)
{
	filter_put(writer, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

void
filter_put_load(struct writer *writer, size_t offset)
{
	filter_put(writer,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

void
filter_put_jump(
    struct writer *writer, int test, uint32_t value, unsigned then, unsigned otherwise)
{
	filter_put(
	    writer, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | test | BPF_K),
			value, (uint8_t)then, (uint8_t)otherwise));
}

/* ---- ranges ---------------------------------------------------------------------- */

/* Above it every number is of a call that is newer than what we know. */
static uint32_t
highest_known(const struct filter_calls *calls)
{
	uint32_t highest = FILTER_CALLS_MAX - 1;

	while (highest > 0 && calls->of[highest] == FILTER_UNKNOWN)
		highest--;
	return highest;
}

static void
ranges_add(struct ranges *ranges, struct range range)
{
	const struct range *last =
	    ranges->count > 0 ? &ranges->all[ranges->count - 1] : NULL;

	if (last != NULL && range.guard == NULL && last->guard == NULL &&
	    last->value == range.value)
		return;
	if (ranges->count < RANGES_MAX)
		ranges->all[ranges->count++] = range;
}

static uint32_t
value_of(enum filter_grant granted, uint32_t forbidden)
{
	switch (granted) {
	case FILTER_UNKNOWN:
		return SECCOMP_RET_ERRNO | ENOSYS;
	case FILTER_FORBIDDEN:
		return forbidden;
	case FILTER_GUARDED: /* by nothing that we know here */
	case FILTER_ALLOWED:
		break;
	}
	return SECCOMP_RET_ALLOW;
}

/* x32 has the same architecture and other numbers.  But -1 is what a tracer makes of a
 * call that is not to be, and the kernel answers ENOSYS. */
static void
ranges_end(struct ranges *ranges)
{
	if (seccomp_arch_native() == SCMP_ARCH_X86_64)
		ranges_add(
		    ranges, (struct range){ X32_CALLS, SECCOMP_RET_KILL_PROCESS, NULL });
	ranges_add(ranges, (struct range){ 0xffffffff, SECCOMP_RET_ALLOW, NULL });
}

static void
ranges_fill(struct ranges *ranges, const struct filter_calls *calls, uint32_t forbidden)
{
	uint32_t highest = highest_known(calls);

	/* Numbers between, which no call has, go with what stands before them. */
	for (uint32_t i = 0; i < FILTER_CALLS_MAX; i++)
		if (i == 0 || i > highest || calls->of[i] != FILTER_UNKNOWN)
			ranges_add(ranges,
			    (struct range){ i, value_of(calls->of[i], forbidden),
				i > highest ? NULL
					    : filter_guard((int)i, calls->of[i]) });
	ranges_end(ranges);
}

/* ---- the whole ------------------------------------------------------------------- */

/* How far it is from an instruction to the one behind the block that returns this. */
static uint8_t
to_return(struct writer *writer, size_t from, uint32_t value)
{
	size_t i = 0;

	while (i < writer->return_count && writer->returns[i] != value)
		i++;
	bug_if(i == ARRAY_SIZE(writer->returns));
	if (i == writer->return_count)
		writer->returns[writer->return_count++] = value;
	return (uint8_t)(writer->block_end + i - from);
}

/* The lower half follows a test, and the higher one that; of numbers that all meet the
 * same nothing need be written.  At most ten deep. */
static void
put_branches(struct writer *writer, const struct range *ranges, size_t count)
{
	const size_t half = count / 2, test = writer->used;
	const struct range *const parts[] = { ranges, ranges + half };
	const size_t counts[] = { half, count - half };
	uint8_t ways[2];

	if (count == 1) {
		ranges->guard(writer);
		return;
	}
	filter_put_jump(writer, BPF_JGE, ranges[half].first, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		ways[i] = (uint8_t)(writer->used - test - 1);
		if (counts[i] == 1 && parts[i]->guard == NULL)
			ways[i] = to_return(writer, test + 1, parts[i]->value);
		else
			put_branches(writer, parts[i], counts[i]);
	}
	writer->code[test].jf = ways[0];
	writer->code[test].jt = ways[1];
}

/* A tree whose tests lead to common returns behind it.  It is written twice, for where
 * its end is shows only then. */
static void
put_block(struct writer *writer, const struct range *ranges, size_t count)
{
	size_t begin = writer->used;

	writer->return_count = 0;
	writer->block_end = begin;
	put_branches(writer, ranges, count);
	writer->block_end = writer->used;
	writer->used = begin;
	put_branches(writer, ranges, count);
	for (size_t i = 0; i < writer->return_count; i++)
		filter_put_return(writer, writer->returns[i]);
}

/* A test leads 255 instructions far at most, so between blocks it skips one that leads
 * further. */
static void
put_blocks(struct writer *writer, const struct range *ranges, size_t count)
{
	size_t half = count / 2, jump;

	if (count <= BLOCK_RANGES) {
		put_block(writer, ranges, count);
		return;
	}
	filter_put_jump(writer, BPF_JGE, ranges[half].first, 0, 1);
	jump = writer->used;
	filter_put(writer, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	put_blocks(writer, ranges, half);
	writer->code[jump].k = (uint32_t)(writer->used - jump - 1);
	put_blocks(writer, ranges + half, count - half);
}

/* Of another architecture's convention, such as int 0x80, the numbers mean something
 * else. */
static void
put_beginning(struct writer *writer)
{
	filter_put_load(writer, offsetof(struct seccomp_data, arch));
	filter_put_jump(writer, BPF_JEQ, seccomp_arch_native(), 1, 0);
	filter_put_return(writer, SECCOMP_RET_KILL_PROCESS);
	filter_put_load(writer, offsetof(struct seccomp_data, nr));
}

int
filter_write(const struct filter_calls *calls, const struct filter_secret *secret,
    uint32_t forbidden, struct filter_program *ret)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	struct ranges *ranges = calloc(1, sizeof(*ranges));
	int rc = -ENOMEM;

	if (writer != NULL && ranges != NULL) {
		writer->forbidden = forbidden;
		writer->makes_copies = calls->makes_copies;
		writer->secret = secret;
		ranges_fill(ranges, calls, forbidden);
		put_beginning(writer);
		put_blocks(writer, ranges->all, ranges->count);
		bug_if(writer->is_full || ranges->count == RANGES_MAX);
		ret->code = malloc(writer->used * sizeof(*ret->code));
		ret->length = (unsigned short)writer->used;
		rc = ret->code == NULL ? -ENOMEM : 0;
	}
	if (rc == 0)
		memcpy(ret->code, writer->code, writer->used * sizeof(*ret->code));
	free(writer);
	free(ranges);
	return rc;
}
