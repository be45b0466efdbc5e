#include "document.h"

#include <string.h>

#include "base.h"

struct mark
document_between(
    const struct input *input, const yaml_mark_t *from, const yaml_mark_t *to)
{
	bool is_one_line = from->line == to->line && to->column >= from->column;

	return (struct mark){
		.input = input,
		.line = (unsigned)from->line + 1,
		.column = (unsigned)from->column + 1,
		.width = is_one_line ? (unsigned)(to->column - from->column) : UINT32_MAX,
	};
}

/* Reads on behind the document: there must be no other, and no mistake either. */
static int
check_end(yaml_parser_t *parser, const struct input *input, struct diags *diags)
{
	yaml_document_t more;
	const yaml_node_t *root;

	if (!yaml_parser_load(parser, &more)) {
		document_complain(input, parser, diags);
		return -EINVAL;
	}
	root = yaml_document_get_root_node(&more);
	if (root == NULL) {
		yaml_document_delete(&more);
		return 0;
	}

	struct mark mark = document_between(input, &more.start_mark, &more.start_mark);

	mark.width = 3;
	diag_mistake(diags, &mark, "a second document begins here");
	diag_hint(diags, "a configuration is one document; put the other one into a file "
			 "of its own and include it");
	yaml_document_delete(&more);
	return -EINVAL;
}

static int
load(struct document *document, yaml_parser_t *parser, struct diags *diags)
{
	const struct input *input = document->input;
	int failed = 0;

	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    parser, (const unsigned char *)input->text, input->length);
	if (!yaml_parser_load(parser, &document->yaml)) {
		document_complain(input, parser, diags);
		return parser->error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
	}
	if (document_root(document) != NULL)
		failed = check_end(parser, input, diags);
	if (failed < 0)
		yaml_document_delete(&document->yaml);
	return failed;
}

int
document_init(struct document *document, const struct input *input, struct diags *diags)
{
	yaml_parser_t parser;
	int failed = document_check(input, diags);

	if (failed < 0)
		return failed;
	document->input = input;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	failed = load(document, &parser, diags);
	yaml_parser_delete(&parser);
	return failed;
}

void
document_done(struct document *document)
{
	yaml_document_delete(&document->yaml);
}

/* libyaml's lookups take what they do not change as if they did. */
static yaml_document_t *
unconst(const struct document *document)
{
	return (yaml_document_t *)(uintptr_t)&document->yaml;
}

const yaml_node_t *
document_root(const struct document *document)
{
	return yaml_document_get_root_node(unconst(document));
}

const yaml_node_t *
document_node(const struct document *document, int number)
{
	const yaml_node_t *node = yaml_document_get_node(unconst(document), number);

	bug_if(node == NULL);
	return node;
}

struct mark
document_mark(const struct document *document, const yaml_node_t *node)
{
	return document_between(document->input, &node->start_mark, &node->end_mark);
}
