/*
 * store -- keys and values in a folder, for several processes at once
 *
 * LMDB: readers never wait, writers wait for each other, and a process that is killed in
 * the middle of anything leaves the last complete state.  Each process opens the folder
 * by itself: what is open must not be used on the other side of a fork(2).
 *
 * What returns int returns 0, MDB_NOTFOUND, MDB_MAP_FULL or another number for
 * mdb_strerror(3).
 */
#ifndef KEYVALUE_STORE_H
#define KEYVALUE_STORE_H

#include <lmdb.h>
#include <stddef.h>
#include <stdio.h>

struct store {
	MDB_env *env;
	MDB_dbi table;
};

/* `bytes`: the size that the data may grow to; `processes`: that may have it open. */
int store_open(struct store *, const char *folder, size_t bytes, unsigned processes);
void store_close(struct store *);

/* At most size - 1 bytes of the value. */
int store_get(struct store *, const char *key, char *ret_value, size_t size);
int store_set(struct store *, const char *key, const char *value);
int store_delete(struct store *, const char *key);

/* A line "KEY key" for each key that begins so, in order, and how many there are. */
int store_keys(struct store *, const char *prefix, FILE *to, size_t *ret_count);

#endif
