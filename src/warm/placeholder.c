#include "placeholder.h"

#include "io.h"
#include "procfs.h"
#include "sys.h"

long
placeholder_init(struct placeholder *placeholder, int pid)
{
	long got =
	    proc_link(pid, SYS_INPUT, placeholder->name, sizeof(placeholder->name));

	return got < 0 ? got : 0;
}

bool
placeholder_is_hidden(long error)
{
	return error == -EACCES || error == -EPERM;
}

long
placeholder_is(const struct placeholder *placeholder, int pid, int fd)
{
	char name[sizeof(placeholder->name)];
	long got;

	if (fd < 0)
		return 0;
	got = proc_link(pid, fd, name, sizeof(name));
	if (got < 0)
		return placeholder_is_hidden(got) ? got : 0;
	return io_is_same(name, placeholder->name);
}

struct search {
	const struct placeholder *placeholder;
	int pid;
};

/* -EEXIST ends the walk. */
static long
search_fd(int fd, void *context)
{
	const struct search *search = context;
	long is = placeholder_is(search->placeholder, search->pid, fd);

	return is > 0 ? -EEXIST : is;
}

long
placeholder_is_held(const struct placeholder *placeholder, int pid)
{
	struct search search = { placeholder, pid };
	long rc = proc_each_fd(pid, search_fd, &search);

	if (rc == -EEXIST)
		return 1;
	return placeholder_is_hidden(rc) ? rc : 0;
}
