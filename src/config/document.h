/*
 * document -- one YAML file as a tree of nodes with marks
 *
 * libyaml's, with bounds: its scanner and composer take quadratic time for input that is
 * nested deeply or full of anchors, so the tokens are counted first.
 */
#pragma once

#include <yaml.h>

#include "diag.h"

#define DOCUMENT_DEPTH_MAX 24
#define DOCUMENT_ANCHORS_MAX 256
#define DOCUMENT_DIRECTIVES_MAX 16
#define DOCUMENT_NODES_MAX 100000

struct document {
	const struct input *input;
	yaml_document_t yaml;
};

/* 0; -EINVAL: what is wrong was told; -ENOMEM. */
int document_init(struct document *, const struct input *, struct diags *);
void document_done(struct document *);

/* NULL: the file is empty. */
const yaml_node_t *document_root(const struct document *);

/* By its number in a list or a pair; never NULL. */
const yaml_node_t *document_node(const struct document *, int number);

struct mark document_mark(const struct document *, const yaml_node_t *);

/* For document.c: is it bounded?  0 or -EINVAL, told. */
int document_check(const struct input *, struct diags *);

/* For document.c: tells what the parser stumbled over, and what may have been meant. */
void document_complain(const struct input *, const yaml_parser_t *, struct diags *);

/* A place between two of the parser's marks. */
struct mark document_between(
    const struct input *, const yaml_mark_t *from, const yaml_mark_t *to);
