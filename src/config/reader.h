/*
 * reader -- the state of one reading of a configuration, and how its nodes are looked at
 *
 * Shared by the parts of src/config that turn nodes into struct config.  Whoever meets a
 * mistake tells it and goes on.  Aliases and defaults can make a small file say very
 * much: every look at a node and every use is counted, and there is an end to it.
 */
#pragma once

#include "config.h"
#include "document.h"

#define READER_SPENT_MAX 400000
#define READER_WORD 64        /* bytes that are looked at for nothing */
#define READER_ITEMS_MAX 1000 /* of one list or mapping */
#define READER_FILES_MAX 1000
#define READER_DEPTH_MAX 16

#define READER_NAME_LETTERS                                                              \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@"
#define READER_NAME_MAX 63

struct reader {
	struct config *config;
	struct diags *diags;
	unsigned mistakes; /* that had been told before */
	size_t spent;
	unsigned files;
	bool is_out_of_memory;
	bool is_in_memory; /* there is no file, so nothing can be included */
};

/* A file in work. */
struct file {
	struct reader *reader;
	const struct input *input;
	struct document document;
	const struct file *includer; /* NULL: named on the command line */
	struct config_uses defaults; /* in force, with those of the includer */
};

struct pair {
	struct config_word key; /* text NULL: not one word */
	const yaml_node_t *value;
};

/* The scalar as a word that lives as long as the configuration; false: it is none, or no
 * text, which was told.  `what` names it in the message. */
bool reader_word(
    struct file *, const yaml_node_t *, const char *what, struct config_word *ret_word);

/* Item `i` of a list; a scalar is a list of one.  NULL: no more. */
const yaml_node_t *reader_item(struct file *, const yaml_node_t *list, size_t i);

/* Pair `i` of a mapping; false: no more.  A key that is no word is passed over in
 * silence: reader_check_words() tells. */
bool reader_pair(
    struct file *, const yaml_node_t *mapping, size_t i, struct pair *ret_pair);

/* Tells a list or mapping that has too many items; then it has to be left alone. */
bool reader_fits(struct file *, const yaml_node_t *, const char *what);

/* Tells each key of a mapping that is no word. */
void reader_check_words(struct file *, const yaml_node_t *mapping);

/* And each that is said twice. */
void reader_check_keys(struct file *, const yaml_node_t *mapping);

/* Whether it is a mapping; tells if not. */
bool reader_is_mapping(struct file *, const yaml_node_t *, const char *what);

bool reader_add_word(struct reader *, struct config_words *, const struct config_word *);
bool reader_add_use(struct reader *, struct config_uses *, const struct config_use *);

/* The name of a service or an instance. */
bool reader_is_name(const char *word);

struct mark reader_mark(const struct file *, const yaml_node_t *);

/* ---- parts ------------------------------------------------------------------------ */

/* config_file.c: reads a file with all it includes, by its path; `mark` is where it was
 * named, NULL: on the command line. */
void config_file_open(
    struct reader *, const char *path, const struct mark *, const struct file *includer);

/* Whether that file was read already. */
bool config_file_is_known(const struct reader *, const char *path);

/* An input that is already the configuration's. */
void config_file_read(struct reader *, const struct input *, const struct file *includer);

/* config_include.c: the value of `include`. */
void config_include_read(struct file *, const yaml_node_t *value);

/* config_fact.c: log, quiet, control, name; false: the key is none of them. */
bool config_fact_read(struct file *, const struct pair *);

/* config_explain.c: a key that means nothing where it stands. */
void config_explain_top(struct file *, const struct pair *);
void config_explain_default(struct file *, const struct pair *, const char *message);
/* Returns the name that was meant, or NULL. */
const char *config_explain_key(struct file *, const struct pair *, const char *message);
void config_explain_program(struct file *, const struct config_word *);

/* Whether what stands below services can be meant as a service; what to say if not. */
bool config_explain_is_service(struct file *, const struct pair *);
void config_explain_service(struct file *, const struct pair *);

/* What a configuration looks like at least, as hints. */
void config_explain_minimum(struct diags *);

/* config_service.c */
void config_service_read(struct file *, const struct pair *);

/* config_setting.c: one setting, its value or values, into `uses`; `scratch` takes each
 * value once. */
struct settings;
void config_setting_read(struct file *, const struct pair *, struct settings *scratch,
    struct config_uses *uses);

/* `own` on top of `base`. */
void config_setting_merge(struct reader *, const struct config_uses *base,
    const struct config_uses *own, struct config_uses *ret_uses);

/* config_overlap.c: tells each address that is listened on twice. */
void config_overlap_check(struct reader *);
