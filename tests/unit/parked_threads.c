/*
 * parked_threads -- threads that are held wherever they are
 */
#include "parked.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "parked_asm.h"

static volatile int is_over;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static int pipe_ends[2];
static volatile int failures;
static volatile unsigned begun; /* threads, which whoever traces us knows of by then */

static void
begin(void)
{
	(void)__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
}

static void *
wait_bell(void *unused)
{
	begin();
	(void)pthread_mutex_lock(&lock);
	(void)parked_scale();
	while (!is_over)
		(void)pthread_cond_wait(&bell, &lock);
	(void)pthread_mutex_unlock(&lock);
	return unused;
}

static void *
wait_pipe(void *unused)
{
	char byte;

	begin();
	failures += read(pipe_ends[0], &byte, 1) != 1;
	return unused;
}

/* Interrupted, it goes on for the rest of its time. */
static void *
wait_time(void *unused)
{
	struct timespec time = { .tv_sec = 3 }; /* longer than it takes to hold us */

	begin();
	failures += nanosleep(&time, NULL) != 0;
	return unused;
}

static void *
wait_poll(void *unused)
{
	struct pollfd waits = { pipe_ends[0], POLLIN, 0 };

	begin();
	(void)parked_scale();
	failures += poll(&waits, 1, 60000) != 1;
	return unused;
}

static void *
wait_spinning(void *unused)
{
	begin();
	failures += parked_spin(&is_over) != 0;
	return unused;
}

int
run_threads(const char *more)
{
	void *(*const waits[])(void *) = { wait_bell, wait_pipe, wait_time, wait_poll,
		wait_spinning, wait_spinning };
	pthread_t threads[sizeof(waits) / sizeof(*waits)];
	size_t count = sizeof(waits) / sizeof(*waits);

	(void)more;
	failures += pipe(pipe_ends);
	for (size_t i = 0; i < count; i++)
		failures += pthread_create(&threads[i], NULL, waits[i], NULL);
	while (begun < count)
		(void)usleep(1000);
	(void)usleep(100000); /* until they wait, as a rule */
	touch();
	(void)pthread_mutex_lock(&lock);
	is_over = 1;
	(void)pthread_cond_broadcast(&bell);
	(void)pthread_mutex_unlock(&lock);
	failures += write(pipe_ends[1], "", 1) != 1; /* one is read, */
	(void)usleep(10000);
	failures += write(pipe_ends[1], "", 1) != 1; /* one is polled */
	for (size_t i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	dprintf(0, "%d failures", failures);
	return 0;
}

/* ---- vectors that only instructions keep ----------------------------------------- */

static void *
scale(void *unused)
{
	while (!is_over)
		(void)parked_scale();
	return unused;
}

int
run_scalable(const char *more)
{
	pthread_t thread;

	(void)more;
	(void)pthread_create(&thread, NULL, scale, NULL);
	(void)usleep(20000);
	touch();
	is_over = 1;
	(void)pthread_join(thread, NULL);
	return 0;
}
