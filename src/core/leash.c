#include "leash.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

/* The parent may have been killed in this very moment: it is looked for from time to
 * time.
 */
#define LOOK_AFTER_S 1

int
leash_init(struct leash *leash)
{
	void *word = mmap(NULL, sizeof(*leash->gone), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (word == MAP_FAILED)
		return -ENOMEM;
	leash->gone = word;
	return 0;
}

void
leash_done(struct leash *leash)
{
	if (leash->gone != NULL)
		(void)munmap(leash->gone, sizeof(*leash->gone));
	leash->gone = NULL;
}

uint32_t
leash_number(const struct leash *leash)
{
	return __atomic_load_n(leash->gone, __ATOMIC_SEQ_CST) + 1;
}

void
leash_let_go(struct leash *leash)
{
	(void)__atomic_add_fetch(leash->gone, 1, __ATOMIC_SEQ_CST);
	(void)syscall(SYS_futex, leash->gone, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* There may be others behind it: fewer than half of all numbers. */
static bool
is_let_go(uint32_t gone, uint32_t number)
{
	return gone - number <= UINT32_MAX / 2;
}

void
leash_wait(struct leash *leash, uint32_t number, pid_t parent)
{
	const struct timespec most = { .tv_sec = LOOK_AFTER_S };
	uint32_t gone = __atomic_load_n(leash->gone, __ATOMIC_SEQ_CST);

	while (!is_let_go(gone, number) && getppid() == parent) {
		(void)syscall(SYS_futex, leash->gone, FUTEX_WAIT, gone, &most, NULL, 0);
		gone = __atomic_load_n(leash->gone, __ATOMIC_SEQ_CST);
	}
	leash_done(leash);
}
