/*
 * parked_sequence -- a thread that is held within a restartable sequence
 */
#include "parked.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && __has_include(<sys/rseq.h>)

#include <sys/rseq.h>

/* unsigned long sequence_run(struct rseq *, const volatile int *is_over)
 * The kernel writes 0 to rseq_cs when it finds the thread elsewhere.  Before the abort
 * handler stands the signature that the C library has registered. */
__asm__(".pushsection .data.rel, \"aw\"\n"
	".balign 32\n"
	"sequence:\n"
	"	.long 0, 0\n"
	"	.quad sequence_begin, sequence_end - sequence_begin, sequence_abort\n"
	".popsection\n");

#if defined(__x86_64__)
__asm__(".pushsection .text\n"
	"sequence_run:\n"
	"	lea sequence(%rip), %rax\n"
	"	mov %rax, 8(%rdi)\n"
	"sequence_begin:\n"
	"	mov (%rsi), %ecx\n"
	"	test %ecx, %ecx\n"
	"	jz sequence_begin\n"
	"	mov 8(%rdi), %rax\n"
	"	nop\n"
	"sequence_end:\n"
	"	ret\n"
	"	.byte 0x0f, 0xb9, 0x3d\n"
	"	.long 0x53053053\n"
	"sequence_abort:\n"
	"	jmp sequence_run\n"
	".popsection\n");
#else
__asm__(".pushsection .text\n"
	"sequence_run:\n"
	"	adrp x2, sequence\n"
	"	add x2, x2, :lo12:sequence\n"
	"	str x2, [x0, #8]\n"
	"sequence_begin:\n"
	"	ldr w3, [x1]\n"
	"	cbz w3, sequence_begin\n"
	"	ldr x4, [x0, #8]\n"
	"	nop\n"
	"sequence_end:\n"
	"	mov x0, x4\n"
	"	ret\n"
	"	.inst 0xd428bc00\n"
	"sequence_abort:\n"
	"	b sequence_run\n"
	".popsection\n");
#endif

unsigned long sequence_run(struct rseq *, const volatile int *is_over);

static int
is_known_at_end(const volatile int *is_over)
{
	if (__rseq_size == 0)
		return 1;
	return sequence_run(
		   (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset),
		   is_over) != 0;
}

#else

static int
is_known_at_end(const volatile int *is_over)
{
	(void)is_over;
	return 1;
}

#endif

static volatile int is_over;

static void *
stay(void *ret_is_known)
{
	*(int *)ret_is_known = is_known_at_end(&is_over);
	return NULL;
}

/* Does the kernel know of the sequence when it ends?  Where the C library has none, there
 * is nothing to be wrong. */
int
run_sequence(const char *more)
{
	pthread_t thread;
	int is_known = 0;

	(void)more;
	(void)pthread_create(&thread, NULL, stay, &is_known);
	(void)usleep(20000);
	touch();
	(void)usleep(20000);
	is_over = 1;
	(void)pthread_join(thread, NULL);
	dprintf(0, "%s", is_known ? "known" : "unknown to the kernel");
	return 0;
}
