#include "completion.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "completion_row.h"
#include "serve.h"
#include "words.h"

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", completion_bash_print },
	{ "zsh", completion_zsh_print },
	{ "fish", completion_fish_print },
};

int
completion_run(int argc, char *argv[])
{
	const char *shell = argc == 2 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].name, shell) != 0)
			continue;
		shells[i].print();
		return fflush(stdout) == 0 ? SERVE_STOPPED : SERVE_FAILED;
	}
	if (strcmp(shell, "--help") == 0 || strcmp(shell, "-h") == 0) {
		(void)puts(
		    "prong completion bash|zsh|fish\n\n"
		    "  bash: prong completion bash > "
		    "/usr/share/bash-completion/completions/prong\n"
		    "  zsh:  prong completion zsh > /usr/share/zsh/site-functions/_prong\n"
		    "  fish: prong completion fish > "
		    "~/.config/fish/completions/prong.fish");
		return SERVE_STOPPED;
	}
	(void)fputs(_("prong completion: which shell? bash, zsh or fish\n"), stderr);
	return SERVE_USAGE;
}
