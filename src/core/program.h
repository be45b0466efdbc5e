/*
 * program -- the file that will be executed
 *
 * Found and looked at before the first client comes.
 */
#pragma once

#include "settings.h"
#include "text.h"

/* A built-in that never has anything to say on its error output. */
bool program_is_silent(const char *name);

/* Is it a built-in ("@echo"), and one that we have, with the arguments it needs?  0,
 * -EINVAL or -ENOENT with a line in `message`. */
int program_check_builtin(const struct setting_list *argv, struct text *message);

/*
 * The absolute path of argv[0], looked up in `search` (as PATH) unless it has a slash;
 * *ret_path is the caller's.  -ENOENT, -EACCES, -EISDIR, -ENOMEM with a line in
 * `message`, also for a script whose interpreter is missing.
 */
int program_find(
    const char *name, const char *search, char **ret_path, struct text *message);

/* The same for a program that sees `root` as /: names, and the path, are as it sees them.
 * NULL: there is none. */
int program_find_below(const char *root, const char *name, const char *search,
    char **ret_path, struct text *message);

/* False if the kernel will not know what to do with the file: neither ELF nor "#!". */
bool program_has_format(const char *path);

/* What the first line of a script names, into `size` bytes; false if it is no script that
 * we can read. */
bool program_interpreter(const char *path, char *ret_word, size_t size);
