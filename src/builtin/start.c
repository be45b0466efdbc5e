/*
 * start -- from the kernel's first instruction to builtin_main()
 *
 * The kernel leaves argc, argv and the environment on the stack, in that order.  The
 * compiler may call memcpy and memset even in a program without a libc, so they are
 * here; their loops must not be recognised and turned into calls of themselves.
 */
#include "builtin.h"

#include "sys.h"

#if defined(SYS_LIBC)

int
main(int argc, char **argv, char **envp)
{
	(void)argc;
	return builtin_main(argv, envp);
}

#else

void start_main(char **stack);
void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int byte, size_t count);

#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start_main\n");
#else
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	b start_main\n");
#endif

void __attribute__((used)) start_main(char **stack)
{
	char **argv = stack + 1;

	sys_exit(builtin_main(argv, argv + (size_t)stack[0] + 1));
}

void *
memcpy(void *restrict to, const void *restrict from, size_t count)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (count-- > 0) {
		*out++ = *in++;
		__asm__ volatile("");
	}
	return to;
}

void *
memset(void *to, int byte, size_t count)
{
	unsigned char *out = to;

	while (count-- > 0) {
		*out++ = (unsigned char)byte;
		__asm__ volatile("");
	}
	return to;
}

#endif
