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
	KIND_RATE,   /* struct setting_rate, "N/TIME[:BURST]"; "off" */
	KIND_DROP,   /* struct setting_drop, "BEGIN:PERCENT:FULL"; "off" */
	KIND_STRESS, /* struct setting_stress, "FULL:LEFT", both percent; "off" */
	KIND_RANGE,  /* struct setting_range, "FIRST-LAST"; "off" */
	KIND_TEXT,   /* struct setting_text with C escapes resolved */
	KIND_NAME,   /* char *, any non-empty word */
	KIND_PATH,   /* char *, absolute */
	KIND_LIST,   /* struct setting_list; each set adds one */
};

enum setting_group {
	GROUP_LISTENING,
	GROUP_PROGRAM,
	GROUP_START,
	GROUP_RIGHTS,
	GROUP_ISOLATION,
	GROUP_ADMISSION,
	GROUP_RULES,
	GROUP_PENALTY,
	GROUP_PROXY,
	GROUP_ENDING,
	GROUP_COUNT,
};

/* The words of each CHOICE and FLAGS, in the order of their enum. */
enum stderr_to { STDERR_LOG, STDERR_CLIENT, STDERR_INHERIT, STDERR_NULL };
enum start_how { START_FRESH, START_SPARE, START_WARM, START_CLONE };
enum pty_mode { PTY_NO, PTY_RAW, PTY_COOKED };
enum when_full { WHEN_FULL_WAIT, WHEN_FULL_REFUSE };
enum sources_full { SOURCES_FULL_FORGET, SOURCES_FULL_REFUSE };
enum policy_failed { POLICY_FAILED_REFUSE, POLICY_FAILED_ADMIT };
enum orphans { ORPHANS_KEEP, ORPHANS_KILL };
enum choice { CHOICE_AUTO, CHOICE_NO, CHOICE_YES };
enum isolation_preset { ISOLATION_NONE, ISOLATION_BASIC, ISOLATION_STRICT };
enum syscalls_action { SYSCALLS_ERRNO, SYSCALLS_KILL };
enum network { NETWORK_AUTO, NETWORK_HOST, NETWORK_NONE };
enum securebit {
	SECUREBIT_NOROOT = 1 << 0,
	SECUREBIT_NO_SETUID_FIXUP = 1 << 1,
	SECUREBIT_NO_CAP_AMBIENT_RAISE = 1 << 2,
};
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

/* `count` in each `per`; `burst` may come at once.  count 0: no limit. */
struct setting_rate {
	uint32_t count, burst;
	msec per;
};

/* From `begin` sessions on `percent` of the clients are refused, more with each, and all
 * from `full` on.  begin 0: off. */
struct setting_drop {
	uint32_t begin, percent, full;
};

/* From `full` percent of `max` on, `left` percent is left of time limits.  full 0: off.
 */
struct setting_stress {
	uint32_t full, left;
};

/* Both are among it.  first 0: off. */
struct setting_range {
	uint32_t first, last;
};

/* How many numbers a range may have. */
#define SETTING_RANGE_MOST 1048576

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

	/* started before the client comes */
	int start;
	uint32_t spares_min, spares_max, clone_uses;
	msec start_timeout, clone_age;

	/* rights */
	char *user, *group;
	struct setting_list groups;
	struct setting_range uid_range;
	struct setting_size limit_memory, limit_file_size, limit_core;
	msec limit_cpu;
	uint32_t limit_files, limit_processes;
	struct setting_list limits;       /* "NAME=SOFT[:HARD]" */
	struct setting_list capabilities; /* names */
	int no_new_privileges;
	unsigned securebits;

	/* isolation */
	int isolation;
	bool isolation_required;
	struct setting_list read, write, execute; /* paths */
	struct setting_list connect, bind;        /* ports */
	struct setting_list scope, namespaces;
	struct setting_list syscalls; /* sets and names */
	int syscalls_action, network, read_only;
	char *root;
	struct setting_size private_tmp;
	struct setting_list hide; /* paths */
	struct setting_size memory_max;
	uint32_t pids_max, cpu_max;
	char *cgroup;

	/* admission */
	uint32_t max, max_per_source;
	int when_full;
	struct setting_prefix source_prefix;
	struct setting_text refuse_text;
	struct setting_list refuse_text_for; /* "REASON=TEXT" */
	struct setting_rate rate, rate_per_source;
	msec rate_wait;
	uint32_t waiting_max;
	struct setting_drop early_drop;
	uint32_t reserve;
	struct setting_list exempt; /* networks */
	struct setting_stress stress;

	/* rules */
	struct setting_list allow, deny; /* ruleword.h */
	struct setting_list allow_uid, allow_gid;
	struct setting_list policy; /* argv */
	msec policy_timeout;
	int policy_failed;

	/* penalties, and what is remembered */
	struct setting_list penalty; /* penaltyrule.h */
	msec penalty_min, penalty_max, penalty_decay;
	uint32_t sources_max;
	int sources_full;

	/* the real client behind a proxy */
	struct setting_list proxy_from; /* networks */
	msec proxy_timeout;

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
	size_t field, size; /* offset in struct settings, bytes */
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

/* `to` need not be initialised.  After -ENOMEM it can only be settings_done(). */
int settings_copy(struct settings *to, const struct settings *from);

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

/* The setting that other programs call so, or "listen" or "program"; NULL: none. */
const char *settings_synonym(const char *word);

/* Says that there is none of that name, and which was meant. */
struct text;
void settings_put_unknown(const struct settings *, const char *name, struct text *);

/* As if nothing had been said of it.  -ENOENT, -ENOMEM. */
int settings_reset(struct settings *, const char *name);

/* Adds a word to a list (listen, program, env ...).  -ENOMEM. */
int setting_list_add(struct setting_list *, const char *word);
void setting_list_done(struct setting_list *);

/* What is in force, as an operator would write it ("30s", "off", "auto", "32/64"). */
void setting_put_value(struct text *, const struct setting *, const struct settings *);
