/*
 * tiny -- the least a served program can be
 *
 * Three system calls without a C library, so that a start costs the kernel's part and
 * next to nothing of its own.  On other machines than x86-64 and arm64 the C library
 * is used, statically linked: slower, for everyone alike.
 */
#pragma once

#include <stddef.h>

#if defined(__x86_64__)
enum tiny_call { TINY_READ = 0, TINY_WRITE = 1, TINY_EXIT = 231 };

static inline long
tiny_syscall(enum tiny_call number, long a, const void *b, size_t c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"((long)number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
enum tiny_call { TINY_READ = 63, TINY_WRITE = 64, TINY_EXIT = 94 };

static inline long
tiny_syscall(enum tiny_call number, long a, const void *b, size_t c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register size_t x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}
#endif

#if defined(__x86_64__) || defined(__aarch64__)
_Noreturn void _start(void);
#define TINY_MAIN _Noreturn void _start
#define tiny_read(fd, data, size) tiny_syscall(TINY_READ, fd, data, size)
#define tiny_write(fd, data, size) tiny_syscall(TINY_WRITE, fd, data, size)
#define tiny_exit() tiny_syscall(TINY_EXIT, 0, NULL, 0)
#else
#include <unistd.h>
#define TINY_MAIN int main
#define tiny_read(fd, data, size) read(fd, data, size)
#define tiny_write(fd, data, size) write(fd, data, size)
#define tiny_exit() _exit(0)
#endif
