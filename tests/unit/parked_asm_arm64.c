/*
 * parked_asm_arm64 -- parked_asm.h for arm64, where a system call changes x0 alone
 */
#if defined(__aarch64__)

#include "parked_asm.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#define KNOWN(number) (0x1111111111111100 + (uint64_t)(number))
#define FLAGS 0xa0000000U /* N and C */
#define FPCR 0xc00000U    /* rounds towards zero */
#define FPSR 0x8000010U   /* saturated; inexact */

/* Stored after. */
struct seen {
	uint64_t general[31]; /* x0 to x30 */
	uint64_t stack;       /* sp; before: what it was */
	uint64_t flags, fpcr, fpsr, unused;
	unsigned char vectors[32][16]; /* before: what they are to be */
};

#define VECTORS                                                                          \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, " \
	"22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"

/* The pointer to struct seen lies at sp + 8, room for x0 at sp. */
#define BEGIN                                                                             \
	"	sub sp, sp, #176\n"                                                             \
	"	stp x19, x20, [sp, #16]\n	stp x21, x22, [sp, #32]\n"                            \
	"	stp x23, x24, [sp, #48]\n	stp x25, x26, [sp, #64]\n"                            \
	"	stp x27, x28, [sp, #80]\n	stp x29, x30, [sp, #96]\n"                            \
	"	stp d8, d9, [sp, #112]\n	stp d10, d11, [sp, #128]\n"                            \
	"	stp d12, d13, [sp, #144]\n	stp d14, d15, [sp, #160]\n"                          \
	"	str x0, [sp, #8]\n"                                                             \
	"	mov x9, sp\n	str x9, [x0, #248]\n"                                              \
	"	.set at, 288\n"                                                                 \
	"	.irp n, " VECTORS "	ldr q\\n, [x0, #at]\n"                                \
	"	.set at, at + 16\n"                                                             \
	"	.endr\n"                                                                        \
	"	mov x9, #0xa0000000\n	msr nzcv, x9\n"                                           \
	"	mov x9, #0xc00000\n	msr fpcr, x9\n"                                             \
	"	mov x9, #0x10\n	movk x9, #0x800, lsl #16\n	msr fpsr, x9\n"                      \
	"	.irp n, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, " \
	"23, 24, 25, 26, 27, 28, 29, 30\n"                                                \
	"	mov x\\n, #0x1100 + \\n\n"                                                      \
	"	movk x\\n, #0x1111, lsl #16\n"                                                  \
	"	movk x\\n, #0x1111, lsl #32\n"                                                  \
	"	movk x\\n, #0x1111, lsl #48\n"                                                  \
	"	.endr\n"

#define END                                                                                \
	"	str x0, [sp]\n	ldr x0, [sp, #8]\n"                                               \
	"	.set at, 8\n"                                                                    \
	"	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, " \
	"21, 22, 23, 24, 25, 26, 27, 28, 29, 30\n"                                         \
	"	str x\\n, [x0, #at]\n"                                                           \
	"	.set at, at + 8\n"                                                               \
	"	.endr\n"                                                                         \
	"	ldr x1, [sp]\n	str x1, [x0]\n"                                                   \
	"	mov x1, sp\n	ldr x2, [x0, #248]\n	sub x1, x1, x2\n	str x1, [x0, #248]\n"         \
	"	mrs x1, nzcv\n	str x1, [x0, #256]\n"                                             \
	"	mrs x1, fpcr\n	str x1, [x0, #264]\n"                                             \
	"	mrs x1, fpsr\n	str x1, [x0, #272]\n"                                             \
	"	msr fpcr, xzr\n"                                                                 \
	"	.set at, 288\n"                                                                  \
	"	.irp n, " VECTORS "	str q\\n, [x0, #at]\n"                                 \
	"	.set at, at + 16\n"                                                              \
	"	.endr\n"                                                                         \
	"	ldp x19, x20, [sp, #16]\n	ldp x21, x22, [sp, #32]\n"                             \
	"	ldp x23, x24, [sp, #48]\n	ldp x25, x26, [sp, #64]\n"                             \
	"	ldp x27, x28, [sp, #80]\n	ldp x29, x30, [sp, #96]\n"                             \
	"	ldp d8, d9, [sp, #112]\n	ldp d10, d11, [sp, #128]\n"                             \
	"	ldp d12, d13, [sp, #144]\n	ldp d14, d15, [sp, #160]\n"                           \
	"	add sp, sp, #176\n"                                                              \
	"	ret\n"

__asm__(".pushsection .text\n"
	"touch_known:\n" BEGIN "	mov x0, #0\n"
	"	mov x2, #1\n"
	"	mov x8, #63\n" /* read */
	"	svc #0\n" END ".popsection\n");

/* x0 counts, so that it changes until the thread is stopped and goes on from there. */
__asm__(".pushsection .text\n"
	"spin_known:\n" BEGIN "	mov x0, #0\n"
	"1:	add x0, x0, #1\n"
	"	ldr w2, [x1]\n"
	"	cbz w2, 1b\n"
	"	mov x8, #63\n" END ".popsection\n");

void touch_known(struct seen *, char *byte);
void spin_known(struct seen *, const volatile int *is_over);

#define HWCAP_SCALABLE (1UL << 22) /* HWCAP_SVE */

/* By the first instruction the kernel knows that they are in use. */
int
parked_scale(void)
{
	if ((getauxval(AT_HWCAP) & HWCAP_SCALABLE) == 0)
		return 0;
	__asm__ volatile(".inst 0x2518e3e0\n" /* ptrue p0.b */
			 ".inst 0x2538cb40\n" /* dup z0.b, #0x5a */
			 :
			 :
			 : "v0");
	return 1;
}

static void
make_known(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	for (int i = 0; i < 32; i++)
		memset(seen->vectors[i], 0x40 + i, sizeof(seen->vectors[i]));
}

static int
differences(const struct seen *seen)
{
	struct seen known;
	int count = 0;

	make_known(&known);
	for (int i = 3; i < 31; i++)
		count += seen->general[i] != (i == 8 ? 63 : KNOWN(i));
	for (int i = 0; i < 32; i++)
		count += memcmp(seen->vectors[i], known.vectors[i], 16) != 0;
	count += seen->stack != 0;
	count += seen->flags != FLAGS;
	count += seen->fpcr != FPCR;
	count += seen->fpsr != FPSR;
	return count;
}

int
parked_touch(void)
{
	struct seen seen;
	char byte = 0;
	int count;

	make_known(&seen);
	(void)parked_scale();
	touch_known(&seen, &byte);
	count = differences(&seen);
	count += seen.general[0] != 1;
	count += seen.general[1] != (uint64_t)&byte;
	count += seen.general[2] != 1;
	count += byte != 'x';
	return count;
}

int
parked_spin(const volatile int *is_over)
{
	struct seen seen;

	make_known(&seen);
	spin_known(&seen, is_over);
	return differences(&seen) + (seen.general[0] == 0) +
	       (seen.general[1] != (uint64_t)is_over) + (seen.general[2] != 1);
}

#endif
