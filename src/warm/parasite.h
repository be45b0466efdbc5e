/*
 * parasite -- what is put into a program so that it waits
 *
 * The word is that of CRIU, which puts code of its own into processes by ptrace as well.
 *
 * One mapping: the code of parasite.c, then a tail for each thread (machine.h), both not
 * writable; from a page's begin on, not executable, struct parasite_shared and a struct
 * parasite_thread for each thread.  park.c fills all of it; a thread enters at
 * parasite_entry with its parasite_thread as the argument and the stack of that.
 */
#pragma once

#include "machine.h"
#include "park.h"

#define PARASITE_ALIASES_MAX 16
#define PARASITE_FILES_MAX 32
#define PARASITE_STACK 1024
#define PARASITE_PATH 32

/* The program's end when a copy cannot go on. */
#define PARASITE_EXIT 126

struct parasite_alias {
	int32_t fd;
	int32_t flags; /* O_CLOEXEC or 0 */
};

/* A regular file that a copy opens anew, so that the offset is its own. */
struct parasite_file {
	int32_t fd;
	int32_t flags;
	int64_t offset;
	int32_t same_as; /* a descriptor before it with the same offset; -1: none */
	char path[PARASITE_PATH]; /* "/proc/self/fd/N" */
};

struct parasite_copying {
	unsigned long flags;     /* of clone(2) */
	unsigned long child_tid; /* its argument */
	unsigned long own_tid;   /* another place where the C library has it; 0: none */
	unsigned long robust_list, robust_size;
};

struct parasite_shared {
	uint32_t go; /* a futex: the threads may go on */
	uint32_t alias_count, file_count, slot_count;
	struct parasite_alias aliases[PARASITE_ALIASES_MAX]; /* ascending */
	struct parasite_file files[PARASITE_FILES_MAX];
	struct park_slot slots[WARM_SLOTS_MAX];
	struct parasite_copying copying;
	struct warm_order order;
	char texts[WARM_HELD_TEXTS_MAX + 1];
} __attribute__((aligned(16)));

struct parasite_thread {
	struct machine_state state; /* first: the assembly of parasite.c */
	struct parasite_shared *shared;
	unsigned long is_first;
	unsigned char stack[PARASITE_STACK] __attribute__((aligned(16)));
};

/* Set by the linker around the section. */
extern const unsigned char __start_warm_parasite[], __stop_warm_parasite[];
extern const unsigned char parasite_entry[];
