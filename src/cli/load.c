#include "load.h"

#include <fcntl.h>

void
load_check_ready(const struct options *options, struct mistakes *mistakes)
{
	int flags = options->ready_fd < 0 ? O_WRONLY : fcntl(options->ready_fd, F_GETFL);

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
		return;
	mistakes_add(mistakes, "--ready-fd: descriptor %d is not open for writing",
	    options->ready_fd);
	mistakes_hint(mistakes, "from a shell: prong --ready-fd %d %d>FILE",
	    options->ready_fd, options->ready_fd);
}

void
load_all(struct setup_order *order, struct config *config, struct mistakes *mistakes)
{
	struct diags diags = { .out = mistakes->out };
	const char *path = order->options->config_path;

	if (mistakes->count == 0 && path != NULL) {
		if (config_read(path, &diags, config) == 0)
			order->config = config;
		else
			mistakes->count++;
		diag_end(&diags);
	}
	if (mistakes->count == 0)
		setup_check(order, mistakes);
}
