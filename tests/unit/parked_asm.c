/*
 * parked_asm -- parked_asm.h for x86-64, and what is left of it for machines that nobody
 * has written down; for arm64 see parked_asm_arm64.c
 */
#if !defined(__aarch64__)

#include "parked_asm.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Stored after: sixteen general registers in the machine's order, the flags, two words
 * of the red zone; then sixteen vector registers. */
struct seen {
	uint64_t general[16];
	uint64_t flags, red_near, red_far, unused;
	unsigned char vectors[16][32];
};

#define FLAGS "0xcd7" /* CF PF AF ZF SF DF OF and the one that is always set */
#define FLAGS_SEEN 0xcd5

/* %0: struct seen; clobbers all, so a function of its own. */
#define FILL(rcx, r11)                                                                   \
	"	mov $0x1111111111111103, %rbx\n"                                               \
	"	mov $0x1111111111111105, %rbp\n"                                               \
	"	mov $0x1111111111111108, %r8\n"                                                \
	"	mov $0x1111111111111109, %r9\n"                                                \
	"	mov $0x111111111111110a, %r10\n" r11 rcx                                 \
	"	mov $0x111111111111110c, %r12\n"                                               \
	"	mov $0x111111111111110d, %r13\n"                                               \
	"	mov $0x111111111111110e, %r14\n"                                               \
	"	mov $0x111111111111110f, %r15\n"

#define FILL_RED                                                                         \
	"	movq $0x5aed, -8(%rsp)\n"                                                      \
	"	movq $0x5aed, -128(%rsp)\n"

#define PUSH                                                                             \
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n"                               \
	"	push %r14\n	push %r15\n	push %rdi\n"
#define POP                                                                              \
	"	pop %rdi\n	pop %r15\n	pop %r14\n	pop %r13\n"                                   \
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"

/* rax was put away already; mov does not change flags. */
#define STORE                                                                            \
	"	mov 128(%rsp), %rax\n" /* what PUSH put there, see below */              \
	"	mov %rcx, 8(%rax)\n	mov %rdx, 16(%rax)\n	mov %rbx, 24(%rax)\n"                 \
	"	mov %rsp, 32(%rax)\n	mov %rbp, 40(%rax)\n	mov %rsi, 48(%rax)\n"                \
	"	mov %rdi, 56(%rax)\n	mov %r8, 64(%rax)\n	mov %r9, 72(%rax)\n"                  \
	"	mov %r10, 80(%rax)\n	mov %r11, 88(%rax)\n	mov %r12, 96(%rax)\n"                \
	"	mov %r13, 104(%rax)\n	mov %r14, 112(%rax)\n	mov %r15, 120(%rax)\n"             \
	"	mov -8(%rsp), %rbx\n	mov %rbx, 136(%rax)\n"                                    \
	"	mov -128(%rsp), %rbx\n	mov %rbx, 144(%rax)\n"                                  \
	"	pushfq\n	pop %rbx\n	mov %rbx, 128(%rax)\n"                                     \
	"	cld\n"

/* int touch_known(struct seen *, const void *vectors, char *byte) */
__asm__(".pushsection .text\n"
	"touch_known:\n" PUSH "	sub $128, %rsp\n"
	"	mov %rdx, %r11\n"
	"	lea 160(%rdi), %rax\n"
	"	.set at, 0\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	movdqu at(%rax), %xmm\\n\n"
	"	.set at, at + 32\n"
	"	.endr\n"
	"	mov %r11, %rsi\n"
	"	mov $1, %edx\n"
	"	mov $0, %edi\n"
	"	push $" FLAGS "\n	popfq\n" FILL_RED FILL("",
	    "") "	mov $0, %eax\n" /* read */
		"	syscall\n" STORE "	.set at, 0\n"
		"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
		"	movdqu %xmm\\n, at + 160(%rax)\n"
		"	.set at, at + 32\n"
		"	.endr\n"
		"	add $128, %rsp\n" POP "	ret\n"
		".popsection\n");

/* The loop leaves the flags of a comparison of 0 with 0 behind, until it ends. */
__asm__(
    ".pushsection .text\n"
    "spin_known:\n" PUSH "	sub $128, %rsp\n"
    "	mov %rsi, %rdx\n"
    "	movq 160(%rdi), %xmm15\n"
    "	mov $0x11111111, %esi\n"
    "	mov $0x22222222, %edi\n" FILL_RED FILL("	mov $0x1111111111111101, %rcx\n",
	"	mov $0x111111111111110b, %r11\n") "1:	mov (%rdx), %eax\n"
						  "	cmp $0, %eax\n"
						  "	je 1b\n" STORE
						  "	movq %xmm15, 160(%rax)\n"
						  "	add $128, %rsp\n" POP "	ret\n"
						  ".popsection\n");

void touch_known(struct seen *, const void *unused, char *byte);
void spin_known(struct seen *, const volatile int *is_over);

/* Those of FILL, by their numbers: rbx, rbp, r8 to r10, r12 to r15. */
static int
differences(const struct seen *seen)
{
	static const int known[] = { 3, 5, 8, 9, 10, 12, 13, 14, 15 };
	int count = 0;

	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
		count +=
		    seen->general[known[i]] != 0x1111111111111100 + (uint64_t)known[i];
	count += seen->red_near != 0x5aed;
	count += seen->red_far != 0x5aed;
	return count;
}

int
parked_touch(void)
{
	struct seen seen = { 0 }, before;
	char byte = 0;
	int count;

	for (int i = 0; i < 16; i++)
		memset(seen.vectors[i], 0x40 + i, 16);
	before = seen;
	touch_known(&seen, NULL, &byte);
	count = differences(&seen);
	count += memcmp(seen.vectors, before.vectors, sizeof(seen.vectors)) != 0;
	count += seen.general[2] != 1;
	count += seen.general[6] != (uint64_t)&byte;
	count += seen.general[7] != 0;
	count += (seen.flags & FLAGS_SEEN) != FLAGS_SEEN;
	count += byte != 'x';
	return count;
}

int
parked_spin(const volatile int *is_over)
{
	struct seen seen = { 0 };
	int count;

	memset(seen.vectors[0], 0x77, 8);
	spin_known(&seen, is_over);
	count = differences(&seen);
	count += seen.general[1] != 0x1111111111111101;
	count += seen.general[11] != 0x111111111111110b;
	count += seen.general[6] != 0x11111111;
	count += seen.general[7] != 0x22222222;
	count += seen.vectors[0][3] != 0x77;
	return count;
}

#else /* nothing is known there but what the compiler keeps in registers */

int
parked_touch(void)
{
	char byte = 0;

	return read(0, &byte, 1) != 1 || byte != 'x';
}

int
parked_spin(const volatile int *is_over)
{
	while (!*is_over)
		;
	return 0;
}

#endif

int
parked_scale(void)
{
	return 0;
}

#endif
