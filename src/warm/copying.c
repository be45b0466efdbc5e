#include "copying.h"

#include <linux/prctl.h>

/* The address that the kernel clears and wakes when the thread ends, and which fork()
 * of glibc gives to the copy for its thread's id; musl has a lock there. */
static long
tid_address(struct inject *inject, unsigned long scratch, unsigned long *ret_address)
{
	const struct machine_call ask = {
		.number = __NR_prctl,
		.arguments = { PR_GET_TID_ADDRESS, (long)scratch },
	};
	long rc = inject_call(inject, &ask);

	if (rc == 0)
		rc = trace_read(inject->tid, scratch, ret_address, sizeof(*ret_address));
	return rc;
}

static bool
is_tid(int tid, unsigned long address)
{
	int word = 0;

	return trace_read(tid, address, &word, sizeof(word)) == 0 && word == tid;
}

/* musl has it near the thread pointer, at a place that differs between its versions.
 * 0: not found, or in more than one place. */
static unsigned long
tid_near_thread_pointer(int tid)
{
	unsigned long base = machine_thread_pointer(tid), found = 0;

	if (base == 0)
		return 0;
	base += MACHINE_THREAD_BEGIN;
	for (unsigned long at = base; at < base + MACHINE_THREAD_BYTES;
	     at += sizeof(int)) {
		if (!is_tid(tid, at))
			continue;
		if (found != 0)
			return 0;
		found = at;
	}
	return found;
}

const char *
copying_prepare(
    struct inject *inject, unsigned long scratch, struct parasite_copying *ret_copying)
{
	struct parasite_copying copying = { .flags = CLONE_PARENT | SIGCHLD };
	int tid = inject->tid;

	if (tid_address(inject, scratch, &copying.child_tid) < 0)
		return "the kernel does not tell where it keeps its thread's id";
	if (copying.child_tid != 0)
		copying.flags |= CLONE_CHILD_CLEARTID;
	if (copying.child_tid != 0 && is_tid(tid, copying.child_tid))
		copying.flags |= CLONE_CHILD_SETTID;
	else
		copying.own_tid = tid_near_thread_pointer(tid);
	if (sys_call3(__NR_get_robust_list, tid, (long)&copying.robust_list,
		(long)&copying.robust_size) < 0)
		copying.robust_list = 0;
	*ret_copying = copying;
	return NULL;
}

/* Opened and closed, with what a copy will be allowed. */
static long
file_try(struct inject *inject, unsigned long path, const struct parasite_file *file)
{
	const struct machine_call open = {
		.number = __NR_openat,
		.arguments = { AT_FDCWD, (long)path, file->flags },
	};
	long fd = inject_call(inject, &open);
	const struct machine_call close = { .number = __NR_close, .arguments = { fd } };

	return fd < 0 ? fd : inject_call(inject, &close);
}

int
copying_try_files(
    struct inject *inject, unsigned long shared, const struct parasite_shared *ours)
{
	for (uint32_t i = 0; i < ours->file_count; i++) {
		const struct parasite_file *file = &ours->files[i];
		unsigned long path = shared + offsetof(struct parasite_shared, files) +
				     i * sizeof(*file) +
				     offsetof(struct parasite_file, path);

		if (file->same_as < 0 && file_try(inject, path, file) < 0)
			return file->fd;
	}
	return -1;
}
