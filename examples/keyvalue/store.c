#include "store.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Pages that only deletions may use: LMDB writes new ones before it gives back old ones.
 */
#define STORE_RESERVE 32
#define STORE_FREE_PAGES                                                                 \
	0 /* where LMDB keeps which pages are free, as mdb_stat(1) reads it */

/* Begins a transaction, and mends what another process has left or changed. */
static int
begin(struct store *store, unsigned flags, MDB_txn **ret_txn)
{
	int error = mdb_txn_begin(store->env, NULL, flags, ret_txn), dead;

	if (error == MDB_READERS_FULL) /* by processes that were killed? */
		(void)mdb_reader_check(store->env, &dead);
	else if (error == MDB_MAP_RESIZED) /* by a process with another `size` */
		(void)mdb_env_set_mapsize(store->env, 0);
	else
		return error;
	return mdb_txn_begin(store->env, NULL, flags, ret_txn);
}

static int
open_table(struct store *store, const char *folder)
{
	MDB_txn *txn;
	int dead, error = mdb_env_open(store->env, folder, MDB_NOTLS, 0600);

	if (error != 0)
		return error;
	(void)mdb_reader_check(store->env, &dead);
	error = begin(store, 0, &txn);
	if (error != 0)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &store->table);
	if (error == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return error;
}

int
store_open(struct store *store, const char *folder, size_t bytes, unsigned processes)
{
	int error = mdb_env_create(&store->env);

	if (error != 0)
		return error;
	error = mdb_env_set_mapsize(store->env, bytes);
	if (error == 0)
		error = mdb_env_set_maxreaders(store->env, processes);
	if (error == 0)
		error = open_table(store, folder);
	if (error != 0)
		store_close(store);
	return error;
}

void
store_close(struct store *store)
{
	mdb_env_close(store->env);
	store->env = NULL;
}

static MDB_val
text(const char *word)
{
	return (MDB_val){ .mv_size = strlen(word), .mv_data = (void *)(uintptr_t)word };
}

int
store_get(struct store *store, const char *key, char *ret_value, size_t size)
{
	MDB_val name = text(key), value;
	MDB_txn *txn;
	int error = begin(store, MDB_RDONLY, &txn);

	if (error != 0)
		return error;
	error = mdb_get(txn, store->table, &name, &value);
	if (error == 0) {
		size_t length = value.mv_size < size ? value.mv_size : size - 1;

		memcpy(ret_value, value.mv_data, length);
		ret_value[length] = '\0';
	}
	mdb_txn_abort(txn);
	return error;
}

/* The free pages among those that were used before, at the last commit. */
static int
count_given_back(struct store *store, size_t *ret_pages)
{
	MDB_val id, list;
	MDB_cursor *cursor;
	MDB_txn *txn;
	int error = begin(store, MDB_RDONLY, &txn);

	if (error != 0)
		return error;
	error = mdb_cursor_open(txn, STORE_FREE_PAGES, &cursor);
	if (error == 0) {
		*ret_pages = 0;
		while (mdb_cursor_get(cursor, &id, &list, MDB_NEXT) == 0)
			*ret_pages += *(const size_t *)list.mv_data;
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return error;
}

/* MDB_MAP_FULL: no more than the reserve is left.  Asked by the only one who writes. */
static int
check_room(struct store *store)
{
	MDB_envinfo info;
	MDB_stat facts;
	size_t untouched, given_back;
	int error;

	(void)mdb_env_info(store->env, &info);
	(void)mdb_env_stat(store->env, &facts);
	untouched = info.me_mapsize / facts.ms_psize - info.me_last_pgno - 1;
	if (untouched >= STORE_RESERVE)
		return 0;
	error = count_given_back(store, &given_back);
	if (error == 0 && untouched + given_back < STORE_RESERVE)
		return MDB_MAP_FULL;
	return error;
}

/* Sets it; deletes it if there is no value. */
static int
change(struct store *store, const char *key, const char *value)
{
	MDB_val name = text(key), new = text(value != NULL ? value : "");
	MDB_txn *txn;
	int error = begin(store, 0, &txn);

	if (error != 0)
		return error;
	if (value == NULL)
		error = mdb_del(txn, store->table, &name, NULL);
	else if ((error = check_room(store)) == 0)
		error = mdb_put(txn, store->table, &name, &new, 0);
	if (error == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return error;
}

int
store_set(struct store *store, const char *key, const char *value)
{
	return change(store, key, value);
}

int
store_delete(struct store *store, const char *key)
{
	return change(store, key, NULL);
}

static int
walk(MDB_cursor *cursor, const char *prefix, FILE *to, size_t *count)
{
	size_t length = strlen(prefix);
	MDB_val name = text(prefix), value;
	int error =
	    mdb_cursor_get(cursor, &name, &value, length > 0 ? MDB_SET_RANGE : MDB_FIRST);

	while (error == 0 && name.mv_size >= length &&
	       memcmp(name.mv_data, prefix, length) == 0) {
		if (fprintf(to, "KEY %.*s\n", (int)name.mv_size,
			(const char *)name.mv_data) < 0)
			return ENOMEM;
		++*count;
		error = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
	}
	return error == MDB_NOTFOUND ? 0 : error;
}

int
store_keys(struct store *store, const char *prefix, FILE *to, size_t *ret_count)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	size_t count = 0;
	int error = begin(store, MDB_RDONLY, &txn);

	if (error != 0)
		return error;
	error = mdb_cursor_open(txn, store->table, &cursor);
	if (error == 0) {
		error = walk(cursor, prefix, to, &count);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	if (error == 0)
		*ret_count = count;
	return error;
}
