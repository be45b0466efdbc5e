/* store.c between processes: those that are killed, those that know another size. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store.h"

#define BYTES (1 << 20)

static char folder[64];

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/keyvalue-store-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/data.mdb", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/lock.mdb", folder);
	(void)unlink(path);
	return rmdir(folder);
}

/* Runs `deed` in a process that has opened the store, and kills it in the middle. */
static void
kill_in(void (*deed)(struct store *), size_t bytes)
{
	struct store store;
	int ends[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(ends[0]);
		if (store_open(&store, folder, bytes, 2) == 0) {
			deed(&store);
			(void)!write(ends[1], "x", 1);
			(void)pause();
		}
		_exit(1);
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void
read_a_key(struct store *store)
{
	char value[8];

	(void)store_get(store, "a", value, sizeof(value));
}

static void
begin_to_write(struct store *store)
{
	char name[] = "half", text[] = "done";
	MDB_val key = { 4, name }, value = { 4, text };
	MDB_txn *txn;

	if (mdb_txn_begin(store->env, NULL, 0, &txn) != 0 ||
	    mdb_put(txn, store->table, &key, &value, 0) != 0)
		_exit(2);
}

static void
write_much(struct store *store)
{
	char key[16], value[8192];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 300; i++) {
		(void)snprintf(key, sizeof(key), "much%d", i);
		if (store_set(store, key, value) != 0)
			_exit(2);
	}
}

static void
readers_that_were_killed_leave_their_places(void **state)
{
	struct store store;
	char value[8];

	(void)state;
	assert_int_equal(store_open(&store, folder, BYTES, 2), 0);
	assert_int_equal(store_set(&store, "a", "1"), 0);
	for (int i = 0; i < 4; i++) /* there are places for two */
		kill_in(read_a_key, BYTES);
	assert_int_equal(store_get(&store, "a", value, sizeof(value)), 0);
	assert_string_equal(value, "1");
	store_close(&store);
}

static void
a_writer_that_was_killed_has_written_nothing_and_holds_nothing(void **state)
{
	struct store store;
	char value[8];

	(void)state;
	assert_int_equal(store_open(&store, folder, BYTES, 2), 0);
	kill_in(begin_to_write, BYTES);
	assert_int_equal(store_set(&store, "a", "2"), 0);
	assert_int_equal(store_get(&store, "half", value, sizeof(value)), MDB_NOTFOUND);
	store_close(&store);
}

static void
a_store_that_another_has_made_larger_is_read_on(void **state)
{
	struct store store;
	char value[8];

	(void)state;
	assert_int_equal(store_open(&store, folder, BYTES, 2), 0);
	assert_int_equal(store_set(&store, "a", "3"), 0);
	kill_in(write_much, 16 * BYTES);
	assert_int_equal(store_get(&store, "a", value, sizeof(value)), 0);
	assert_string_equal(value, "3");
	assert_int_equal(store_set(&store, "b", "4"), 0);
	store_close(&store);
}

static void
a_full_store_has_room_again_when_something_is_deleted(void **state)
{
	struct store store;
	char key[16], value[1000];
	int count = 0;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(store_open(&store, folder, BYTES, 2), 0);
	while (snprintf(key, sizeof(key), "full%d", count),
	    store_set(&store, key, value) == 0)
		count++;
	assert_true(count > 100);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(store_set(&store, key, value), MDB_MAP_FULL);
		assert_int_equal(store_set(&store, "more", value), MDB_MAP_FULL);
	}
	for (int i = 0; i < count; i++) {
		(void)snprintf(key, sizeof(key), "full%d", i);
		assert_int_equal(store_delete(&store, key), 0);
	}
	for (int i = 0; i < count / 2; i++) {
		(void)snprintf(key, sizeof(key), "again%d", i);
		assert_int_equal(store_set(&store, key, value), 0);
	}
	store_close(&store);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(readers_that_were_killed_leave_their_places),
		STORE_TEST(
		    a_writer_that_was_killed_has_written_nothing_and_holds_nothing),
		STORE_TEST(a_store_that_another_has_made_larger_is_read_on),
		STORE_TEST(a_full_store_has_room_again_when_something_is_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
