/*
 * sys -- the kernel without a C library
 *
 * What a C library does before main() costs more than all that serving a short
 * connection does, so this program has none: each sys_ function is one system call and
 * returns what the kernel returns, a result or a negative errno.  Only the kernel's own
 * headers are used; a libc's would bring structures of another shape.
 *
 * x86_64 and aarch64 have their instruction here.  Anywhere else (or with SYS_LIBC
 * defined) the program is linked statically with the libc, of which it uses start-up
 * and syscall(2) alone.
 */
#pragma once

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(SYS_LIBC) &&                                                                \
    !(defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__)))
#define SYS_LIBC 1
#endif

enum {
	SYS_INPUT = 0,
	SYS_OUTPUT = 1,
	SYS_ERROR = 2,
};

/* The kernel's sigset_t, whatever the headers call so. */
#ifdef __mips__
enum { SYS_SIGNALS_BYTES = 16 };
#else
enum { SYS_SIGNALS_BYTES = 8 };
#endif

struct sys_signals {
	unsigned long words[SYS_SIGNALS_BYTES / sizeof(unsigned long)];
};

#define SYS_SIGNAL(number) (1UL << ((number)-1))

/* Not in the kernel's exported headers; the same on every architecture. */
enum {
	SYS_SHUT_WR = 1,
	SYS_MSG_DONTWAIT = 0x40,
	SYS_MSG_NOSIGNAL = 0x4000,
};

/* Also in code that may call nothing at all (src/warm/parasite.c). */
#define SYS_HERE static inline __attribute__((always_inline))

#if defined(SYS_LIBC)

#include <errno.h>
#include <unistd.h>

static inline long
sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);

	return result == -1 ? -errno : result;
}

static inline long
sys_call3(long number, long a, long b, long c)
{
	return sys_call6(number, a, b, c, 0, 0, 0);
}

#elif defined(__x86_64__)

SYS_HERE long
sys_call3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

SYS_HERE long
sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#else /* aarch64 */

SYS_HERE long
sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

SYS_HERE long
sys_call3(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

#endif

/* ---- bytes ------------------------------------------------------------------------ */

static inline long
sys_read(int fd, void *bytes, size_t size)
{
	return sys_call3(__NR_read, fd, (long)bytes, (long)size);
}

static inline long
sys_write(int fd, const void *bytes, size_t count)
{
	return sys_call3(__NR_write, fd, (long)bytes, (long)count);
}

/* At an offset below 2 GB. */
static inline long
sys_pread(int fd, void *bytes, size_t count, long offset)
{
#if defined(SYS_LIBC)
	long got = pread(fd, bytes, count, offset);

	return got < 0 ? -errno : got;
#else
	return sys_call6(__NR_pread64, fd, (long)bytes, (long)count, offset, 0, 0);
#endif
}

static inline long
sys_send(int fd, const void *bytes, size_t count, int flags)
{
	return sys_call6(__NR_sendto, fd, (long)bytes, (long)count, flags, 0, 0);
}

/* No more will be written. */
static inline long
sys_shutdown(int fd)
{
	return sys_call3(__NR_shutdown, fd, SYS_SHUT_WR, 0);
}

static inline long
sys_getrandom(void *bytes, size_t size)
{
	return sys_call3(__NR_getrandom, (long)bytes, (long)size, 0);
}

/* ---- descriptors ------------------------------------------------------------------ */

static inline long
sys_open(const char *path, int flags)
{
	return sys_call6(__NR_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static inline long
sys_close(int fd)
{
	return sys_call3(__NR_close, fd, 0, 0);
}

static inline long
sys_dup(int fd, int as)
{
	return sys_call3(__NR_dup3, fd, as, 0);
}

static inline long
sys_ioctl(int fd, unsigned long request, const void *argument)
{
	return sys_call3(__NR_ioctl, fd, (long)request, (long)argument);
}

static inline long
sys_ioctl_number(int fd, unsigned long request, long argument)
{
	return sys_call3(__NR_ioctl, fd, (long)request, argument);
}

/* What `fd` itself is: device and inode. */
static inline long
sys_stat(int fd, struct statx *ret)
{
	return sys_call6(
	    __NR_statx, fd, (long)"", AT_EMPTY_PATH, STATX_INO, (long)ret, 0);
}

/* Waits for ever, or not at all. */
static inline long
sys_poll(struct pollfd *polls, size_t count, bool waits)
{
	int64_t nothing[2] = { 0 }; /* a timespec of whatever width; it is written to */
	long timeout = waits ? 0 : (long)nothing;

#ifdef __NR_ppoll
	return sys_call6(__NR_ppoll, (long)polls, (long)count, timeout, 0, 0, 0);
#else
	return sys_call6(__NR_ppoll_time64, (long)polls, (long)count, timeout, 0, 0, 0);
#endif
}

/* ---- memory ----------------------------------------------------------------------- */

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Pages at just that address, to be written to.  The address, or a negative errno. */
static inline long
sys_map(unsigned long address, size_t size)
{
#ifdef __NR_mmap2
	const long number = __NR_mmap2;
#else
	const long number = __NR_mmap;
#endif

	return sys_call6(number, (long)address, (long)size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

/* ---- processes and signals -------------------------------------------------------- */

static inline void __attribute__((noreturn)) sys_exit(int status)
{
	for (;;)
		(void)sys_call3(__NR_exit_group, status, 0, 0);
}

static inline long
sys_fork(void)
{
#ifdef __NR_fork
	return sys_call3(__NR_fork, 0, 0, 0);
#else
	return sys_call6(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
#endif
}

/* A copy of this process, as another child of its parent. */
static inline long
sys_clone_sibling(void)
{
	return sys_call6(__NR_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0, 0);
}

static inline long
sys_execve(const char *path, char *const *argv, char *const *envp)
{
	return sys_call3(__NR_execve, (long)path, (long)argv, (long)envp);
}

static inline long
sys_waitid(int pid, siginfo_t *ret_info, int options)
{
	return sys_call6(__NR_waitid, P_PID, pid, (long)ret_info, options, 0, 0);
}

static inline long
sys_kill(int pid, int number)
{
	return sys_call3(__NR_kill, pid, number, 0);
}

static inline int
sys_getpid(void)
{
	return (int)sys_call3(__NR_getpid, 0, 0, 0);
}

static inline int
sys_getppid(void)
{
	return (int)sys_call3(__NR_getppid, 0, 0, 0);
}

static inline long
sys_setsid(void)
{
	return sys_call3(__NR_setsid, 0, 0, 0);
}

static inline long
sys_prctl(int what, long argument)
{
	return sys_call6(__NR_prctl, what, argument, 0, 0, 0, 0);
}

/* `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK; `ret_before` may be NULL. */
static inline long
sys_mask(int how, const struct sys_signals *signals, struct sys_signals *ret_before)
{
	return sys_call6(__NR_rt_sigprocmask, how, (long)signals, (long)ret_before,
	    SYS_SIGNALS_BYTES, 0, 0);
}

/* Children of one who ignores SIGCHLD are reaped by the kernel. */
static inline long
sys_ignore(int number)
{
#ifdef __mips__
	unsigned long action[4 + SYS_SIGNALS_BYTES / sizeof(long)] = { 0, (long)SIG_IGN };
#else
	unsigned long action[4 + SYS_SIGNALS_BYTES / sizeof(long)] = { (long)SIG_IGN };
#endif

	return sys_call6(
	    __NR_rt_sigaction, number, (long)action, 0, SYS_SIGNALS_BYTES, 0, 0);
}

static inline long
sys_signalfd(const struct sys_signals *signals, int flags)
{
	return sys_call6(
	    __NR_signalfd4, -1, (long)signals, SYS_SIGNALS_BYTES, flags, 0, 0);
}

/* ---- time ------------------------------------------------------------------------- */

/* Seconds since 1970, UTC. */
static inline int64_t
sys_now(void)
{
#ifdef __NR_clock_gettime64
	int64_t now[2] = { 0 };

	(void)sys_call3(__NR_clock_gettime64, CLOCK_REALTIME, (long)now, 0);
#else
	long now[2] = { 0 };

	(void)sys_call3(__NR_clock_gettime, CLOCK_REALTIME, (long)now, 0);
#endif
	return now[0];
}
