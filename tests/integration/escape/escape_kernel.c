/* The kernel itself: what changes the machine, and calls with a history. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#define NOT_THERE "/nowhere/at/all"
#define SYSLOG_READ_ALL 3

/* With neither time nor zone: nothing is set. */
static int
try_settimeofday(const char *unused)
{
	(void)unused;
	return outcome(syscall(SYS_settimeofday, NULL, NULL));
}

/* The length of a tick, to what it is. */
static int
try_adjtimex(const char *unused)
{
	struct timex timex = { 0 };

	(void)unused;
	if (adjtimex(&timex) < 0)
		return -errno;
	timex.modes = ADJ_TICK;
	return outcome(adjtimex(&timex));
}

static int
try_hostname(const char *unused)
{
	struct utsname names;

	(void)unused;
	if (uname(&names) < 0)
		return -errno;
	return outcome(sethostname(names.nodename, strlen(names.nodename)));
}

/* With numbers that are none. */
static int
try_reboot(const char *unused)
{
	(void)unused;
	return outcome_but(syscall(SYS_reboot, 1, 2, 3, NULL), EINVAL);
}

static int
try_kexec(const char *unused)
{
	(void)unused;
	return outcome_but(syscall(SYS_kexec_load, 0, 0, NULL, ~0UL), EINVAL);
}

static int
try_init_module(const char *unused)
{
	int rc;

	(void)unused;
	rc = outcome_but(syscall(SYS_init_module, NULL, 0, ""), ENOEXEC);
	return rc == -EFAULT ? 0 : rc;
}

static int
try_delete_module(const char *unused)
{
	(void)unused;
	return outcome_but(syscall(SYS_delete_module, "escape", O_NONBLOCK), ENOENT);
}

static int
try_swapon(const char *unused)
{
	(void)unused;
	return outcome_but(swapon(NOT_THERE, 0), ENOENT);
}

static int
try_acct(const char *unused)
{
	(void)unused;
	return outcome_but(syscall(SYS_acct, NOT_THERE), ENOENT);
}

static int
try_syslog(const char *unused)
{
	char text[16];

	(void)unused;
	return outcome(klogctl(SYSLOG_READ_ALL, text, sizeof(text)));
}

static int
try_io_uring(const char *unused)
{
	struct io_uring_params params = { 0 };

	(void)unused;
	return outcome_fd((int)syscall(SYS_io_uring_setup, 1, &params));
}

static int
try_bpf(const char *unused)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1 };

	(void)unused;
	return outcome_fd((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* Its own time, the kernel's part of it too. */
static int
try_perf(const char *unused)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK };

	(void)unused;
	return outcome_fd((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

/* Faults of the kernel as well. */
static int
try_userfaultfd(const char *unused)
{
	(void)unused;
	return outcome_fd((int)syscall(SYS_userfaultfd, O_CLOEXEC));
}

/* Those on ioctl: not a terminal is what everybody else hears.  That it is none is looked
 * at by the kernel only, so a filter has let it pass. */
static int
ioctl_of(unsigned long request)
{
	char byte = 'x';

	return outcome_but(syscall(SYS_ioctl, 0, request, &byte), ENOTTY);
}

static int
try_tiocsti(const char *unused)
{
	(void)unused;
	return ioctl_of(TIOCSTI);
}

/* The kernel looks at 32 bits. */
static int
try_tiocsti_high_bits(const char *unused)
{
	(void)unused;
	return ioctl_of(TIOCSTI | 1UL << 32);
}

static int
try_tioclinux(const char *unused)
{
	(void)unused;
	return ioctl_of(TIOCLINUX);
}

/* On a terminal of its own: does the byte come? */
static int
try_inject(const char *unused)
{
	(void)unused;
	return outcome(ioctl(0, TIOCSTI, "\n"));
}

#if defined(__x86_64__)
#include <sys/io.h>

static int
try_iopl(const char *unused)
{
	(void)unused;
	return outcome(iopl(3));
}

static int
try_ioperm(const char *unused)
{
	(void)unused;
	return outcome(ioperm(0x80, 1, 1));
}

/* No entries are read. */
static int
try_modify_ldt(const char *unused)
{
	(void)unused;
	return outcome_but(syscall(SYS_modify_ldt, 1, NULL, 0), EINVAL);
}

/* getpid(2) by the other numbers that the kernel knows: a filter for one table of numbers
 * is none for another. */
static int
call_i386(const char *unused)
{
	int rc = 20;

	(void)unused;
	__asm__ volatile("int $0x80" : "+a"(rc) : : "r8", "r9", "r10", "r11", "memory");
	return rc < 0 ? rc : 0;
}

static int
try_i386(const char *unused)
{
	return apart(call_i386, unused);
}

static int
call_x32(const char *unused)
{
	(void)unused;
	return outcome(syscall(0x40000000 | SYS_getpid));
}

static int
try_x32(const char *unused)
{
	return apart(call_x32, unused);
}
#endif

const struct attempt escape_kernel[] = {
	{ "settimeofday", try_settimeofday },
	{ "adjtimex", try_adjtimex },
	{ "hostname", try_hostname },
	{ "reboot", try_reboot },
	{ "kexec", try_kexec },
	{ "init-module", try_init_module },
	{ "delete-module", try_delete_module },
	{ "swapon", try_swapon },
	{ "acct", try_acct },
	{ "syslog", try_syslog },
	{ "io-uring", try_io_uring },
	{ "bpf", try_bpf },
	{ "perf", try_perf },
	{ "userfaultfd", try_userfaultfd },
	{ "tiocsti", try_tiocsti },
	{ "tiocsti-high-bits", try_tiocsti_high_bits },
	{ "tioclinux", try_tioclinux },
	{ "inject", try_inject },
#if defined(__x86_64__)
	{ "iopl", try_iopl },
	{ "ioperm", try_ioperm },
	{ "modify-ldt", try_modify_ldt },
	{ "i386", try_i386 },
	{ "x32", try_x32 },
#endif
	{ NULL, NULL },
};
