/*
 * settings -- what an operator can say about a service
 *
 * One row in settings.def is one setting: its name, type, range, default and help.
 * settings_set() is the only way in, for the command line, for a configuration and for
 * prong_set(), so all of them accept the same words and answer with the same messages.
 * Plain data: nothing here is resolved, opened or checked against the machine; that is
 * core/prepare and core/bind.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "tongue.h"

enum setting_kind {
	KIND_COUNT,  /* uint32_t, decimal; 0 = unset or automatic */
	KIND_NUMBER, /* struct setting_number, may be negative, may be unset */
	KIND_TIME,   /* msec; "off" = 0 = no limit */
	KIND_SIZE,   /* struct setting_size: a byte count, may be unset */
	KIND_BOOL,   /* bool; yes no on off true false 1 0 */
	KIND_CHOICE, /* int: index of the word in the setting's choices */
	KIND_FLAGS,  /* unsigned: a bit for each word, comma separated; "none" = 0 */
	KIND_MODE,   /* unsigned, octal */
	KIND_PREFIX, /* struct setting_prefix, "V4/V6" */
	KIND_TEXT,   /* struct setting_text with C escapes resolved */
	KIND_NAME,   /* char *, any non-empty word */
	KIND_PATH,   /* char *, absolute */
	KIND_LIST,   /* struct setting_list; each set adds one */
};

enum setting_group {
	GROUP_LISTENING,
	GROUP_PROGRAM,
	GROUP_RIGHTS,
	GROUP_ADMISSION,
	GROUP_ENDING,
	GROUP_COUNT,
};

/* The words of each CHOICE and FLAGS, in the order of their enum. */
enum stderr_to { STDERR_LOG, STDERR_CLIENT, STDERR_INHERIT, STDERR_NULL };
enum pty_mode { PTY_NO, PTY_RAW, PTY_COOKED };
enum when_full { WHEN_FULL_WAIT, WHEN_FULL_REFUSE };
enum orphans { ORPHANS_KEEP, ORPHANS_KILL };
enum on_hangup { ON_HANGUP_KEEP, ON_HANGUP_TERM, ON_HANGUP_KILL };
enum env_style {
	ENV_UCSPI = 1 << 0,
	ENV_CGI = 1 << 1,
	ENV_NCAT = 1 << 2,
	ENV_SOCAT = 1 << 3,
	ENV_BUSYBOX = 1 << 4,
};

struct setting_number {
	bool is_set;
	int value;
};

struct setting_size {
	bool is_set;
	uint64_t bytes;
};

struct setting_prefix {
	uint8_t v4, v6;
};

/* Owned; `text` is NUL-terminated but may hold NUL bytes before `length`. */
struct setting_text {
	char *text;
	size_t length;
};

/* Owned, grows as words are added; `words` is NULL-terminated, or NULL when empty. */
struct setting_list {
	char **words;
	size_t count;
};

/* Times are msec with 0 = off; counts 0 = unset. */
struct settings {
	/* listening */
	struct setting_list listen; /* LISTEN words, as written */
	uint32_t backlog;
	msec keepalive;
	bool no_delay;
	char *bind_device;
	unsigned unix_mode;
	char *unix_owner;

	/* the program: argv as written; argv[0] beginning with '@' is a built-in */
	struct setting_list program;
	char *dir;
	struct setting_list env, pass_env;
	unsigned env_style;
	int stderr_to, pty;
	bool unbuffer;
	struct setting_text banner;
	unsigned umask;
	struct setting_number nice;

	/* rights */
	char *user, *group;
	struct setting_list groups;
	struct setting_size limit_memory, limit_file_size, limit_core;
	msec limit_cpu;
	uint32_t limit_files, limit_processes;

	/* admission */
	uint32_t max, max_per_source;
	int when_full;
	struct setting_prefix source_prefix;
	struct setting_text refuse_text;

	/* ending */
	msec session_timeout, idle_timeout, first_byte_timeout;
	int on_hangup, orphans;
	uint32_t log_sample;
	msec eof_grace, linger, term_grace, drain_timeout;

	/* for the messages of settings_set(); NULL: English */
	tongue_fn *tongue;
};

/* One row of the table. */
struct setting {
	const char *name;
	enum setting_kind kind;
	size_t field; /* offset in struct settings */
	int64_t min, max;
	const char *preset; /* the default, as written; "" = unset */
	enum setting_group group;
	const char *argument, *help;
	const char *const *choices; /* NULL-terminated, for CHOICE and FLAGS; else NULL */
};

extern const struct setting settings_table[];
extern const size_t settings_count;
const char *setting_group_title(enum setting_group);

/* All defaults.  -ENOMEM. */
int settings_init(struct settings *);
void settings_done(struct settings *);

/* NULL if there is none of that name. */
const struct setting *settings_find(const char *name);

/*
 * Sets one setting from its text.  0, -ENOENT (no such setting), -EINVAL (not such a
 * value), -ERANGE, -ENOMEM; on failure `message` holds one line that names the setting,
 * quotes what was said and tells what would be right, for example
 *   max: '0' is not a number from 1 to 1000000 (default auto)
 *   max-conns is not a setting; did you mean max?
 * and *s is unchanged.
 */
int settings_set(struct settings *s, const char *name, const char *value, char *message,
    size_t message_size);

/* Adds a word to a list (listen, program, env ...).  -ENOMEM. */
int setting_list_add(struct setting_list *, const char *word);
void setting_list_done(struct setting_list *);

/* What is in force, as an operator would write it ("30s", "off", "auto", "32/64"). */
struct text;
void setting_put_value(struct text *, const struct setting *, const struct settings *);
