#include "cgroup_toll.h"

#include "cgroup_home.h"
#include "cgroup_text.h"
#include "cgroup_tree.h"

#define FILE_MOST 4096

static void
read_memory(int fd, struct cgroup_toll *toll)
{
	char text[FILE_MOST];

	if (cgroup_tree_read(fd, "memory.events", text, sizeof(text)) > 0) {
		toll->ooms = cgroup_text_number(text, "oom");
		toll->oom_kills = cgroup_text_number(text, "oom_kill");
		toll->memory_hits = cgroup_text_number(text, "max");
	}
	if (cgroup_tree_read(fd, "memory.pressure", text, sizeof(text)) > 0)
		toll->memory_stall = cgroup_text_stall(text);
	if (cgroup_tree_read(fd, "memory.peak", text, sizeof(text)) > 0)
		toll->memory_peak = strtoull(text, NULL, 10);
}

static void
read_cpu(int fd, struct cgroup_toll *toll)
{
	char text[FILE_MOST];

	if (cgroup_tree_read(fd, "cpu.stat", text, sizeof(text)) > 0) {
		toll->throttled = cgroup_text_number(text, "nr_throttled");
		toll->throttled_usec = cgroup_text_number(text, "throttled_usec");
	}
	if (cgroup_tree_read(fd, "cpu.pressure", text, sizeof(text)) > 0)
		toll->cpu_stall = cgroup_text_stall(text);
}

void
cgroup_toll_read(int fd, unsigned controllers, struct cgroup_toll *toll)
{
	char text[FILE_MOST];

	*toll = (struct cgroup_toll){ 0 };
	if ((controllers & CGROUP_MEMORY) != 0)
		read_memory(fd, toll);
	if ((controllers & CGROUP_CPU) != 0)
		read_cpu(fd, toll);
	if ((controllers & CGROUP_PIDS) != 0 &&
	    cgroup_tree_read(fd, "pids.events", text, sizeof(text)) > 0)
		toll->pids_hits = cgroup_text_number(text, "max");
}

/* With memory.oom.group, which each has (cgroup_leaf.h), the kernel counts whom it chose
 * twice: it kills that one, and then all of the group, where that one still is. */
static uint64_t
killed_of(uint64_t counted)
{
	return counted > 1 ? counted - 1 : counted;
}

/* Of a peak that was not exceeded nobody knows whose it is. */
struct cgroup_toll
cgroup_toll_since(const struct cgroup_toll *now, const struct cgroup_toll *before)
{
	return (struct cgroup_toll){
		.ooms = now->ooms - before->ooms,
		.oom_kills = killed_of(now->oom_kills - before->oom_kills),
		.memory_hits = now->memory_hits - before->memory_hits,
		.pids_hits = now->pids_hits - before->pids_hits,
		.throttled = now->throttled - before->throttled,
		.throttled_usec = now->throttled_usec - before->throttled_usec,
		.memory_stall = now->memory_stall - before->memory_stall,
		.cpu_stall = now->cpu_stall - before->cpu_stall,
		.memory_peak =
		    now->memory_peak > before->memory_peak ? now->memory_peak : 0,
	};
}

static void
put_times(struct text *text, const char *what, uint64_t times)
{
	if (times == 0)
		return;
	text_put(text, text->used > 0 ? ", " : "");
	text_put(text, what);
	if (times == 1)
		text_put(text, " once");
	else
		text_printf(text, " %llu times", (unsigned long long)times);
}

void
cgroup_toll_put(struct text *text, const struct cgroup_toll *toll)
{
	if (toll->oom_kills > 0)
		text_printf(text, "memory-max (%llu killed)",
		    (unsigned long long)toll->oom_kills);
	else
		put_times(text, "memory-max", toll->memory_hits);
	put_times(text, "pids-max", toll->pids_hits);
	if (toll->throttled == 0)
		return;
	text_put(
	    text, text->used > 0 ? ", cpu-max (held up for " : "cpu-max (held up for ");
	text_put_usec(text, toll->throttled_usec);
	text_put_char(text, ')');
}
