#include "tracees.h"

#include "procfs.h"

#include <stddef.h>

static int
process_of(int tid)
{
	char status[2048];

	if (proc_read(tid, "status", status, sizeof(status)) < 0 ||
	    proc_number(status, "\nTracerPid:", 10) <= 0)
		return -1;
	return (int)proc_number(status, "\nTgid:", 10);
}

struct tracee *
tracees_find(struct tracees *tracees, int tid)
{
	for (uint32_t i = 0; i < tracees->count; i++)
		if (tracees->all[i].tid == tid)
			return &tracees->all[i];
	return NULL;
}

struct tracee *
tracees_add(struct tracees *tracees, int tid)
{
	struct tracee *tracee = tracees_find(tracees, tid);

	if (tracee != NULL || tracees->count == TRACEES_MAX)
		return tracee;
	tracee = &tracees->all[tracees->count++];
	*tracee = (struct tracee){ .tid = tid, .pid = process_of(tid) };
	return tracee;
}

void
tracees_remove(struct tracees *tracees, int tid)
{
	struct tracee *tracee = tracees_find(tracees, tid);

	if (tracee != NULL)
		*tracee = tracees->all[--tracees->count];
}

void
tracees_remove_others(struct tracees *tracees, int pid)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < tracees->count; i++)
		if (tracees->all[i].pid != pid || tracees->all[i].tid == pid)
			tracees->all[kept++] = tracees->all[i];
	tracees->count = kept;
}

uint32_t
tracees_children(const struct tracees *tracees, int pid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < tracees->count; i++)
		count += tracees->all[i].pid != pid &&
			 tracees->all[i].pid == tracees->all[i].tid;
	return count;
}
