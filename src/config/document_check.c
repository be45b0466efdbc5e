/*
 * document_check -- what would make the parser slow is refused before it is parsed
 *
 * Only counts tokens; a mistake in them is left to the parser, which says more.
 */
#include "document.h"

#include "base.h"
#include "words.h"

struct counts {
	unsigned depth, anchors, directives, nodes;
};

static void
count_token(struct counts *counts, yaml_token_type_t type)
{
	switch ((int)type) {
	case YAML_BLOCK_SEQUENCE_START_TOKEN:
	case YAML_BLOCK_MAPPING_START_TOKEN:
	case YAML_FLOW_SEQUENCE_START_TOKEN:
	case YAML_FLOW_MAPPING_START_TOKEN:
		counts->depth++;
		counts->nodes++;
		break;
	case YAML_BLOCK_END_TOKEN:
	case YAML_FLOW_SEQUENCE_END_TOKEN:
	case YAML_FLOW_MAPPING_END_TOKEN:
		counts->depth -= counts->depth > 0;
		break;
	case YAML_ANCHOR_TOKEN:
		counts->anchors++;
		break;
	case YAML_VERSION_DIRECTIVE_TOKEN:
	case YAML_TAG_DIRECTIVE_TOKEN:
		counts->directives++;
		break;
	case YAML_KEY_TOKEN:
	case YAML_VALUE_TOKEN:
	case YAML_BLOCK_ENTRY_TOKEN:
	case YAML_FLOW_ENTRY_TOKEN:
	case YAML_ALIAS_TOKEN:
	case YAML_SCALAR_TOKEN:
		counts->nodes++;
		break;
	default:
		break;
	}
}

/* What there is too much of; NULL: nothing. */
static const char *
excess(const struct counts *counts)
{
	if (counts->depth > DOCUMENT_DEPTH_MAX)
		return N_("this is nested too deeply; a configuration needs four levels");
	if (counts->anchors > DOCUMENT_ANCHORS_MAX)
		return N_("this is one anchor too many: a file may have 256");
	if (counts->directives > DOCUMENT_DIRECTIVES_MAX)
		return N_("this is one directive too many: a file may have 16");
	if (counts->nodes > DOCUMENT_NODES_MAX)
		return N_("the file says too much: more than 100000 words and signs");
	return NULL;
}

static int
check_token(struct counts *counts, const yaml_token_t *token, const struct input *input,
    struct diags *diags)
{
	const char *wrong;

	count_token(counts, token->type);
	wrong = excess(counts);
	if (wrong == NULL)
		return 0;

	struct mark mark = document_between(input, &token->start_mark, &token->end_mark);

	diag_mistake(diags, &mark, "%s", words_get(wrong));
	return -EINVAL;
}

int
document_check(const struct input *input, struct diags *diags)
{
	struct counts counts = { 0 };
	yaml_parser_t parser;
	bool is_over = false;
	int failed = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)input->text, input->length);
	while (!is_over && failed == 0) {
		yaml_token_t token;

		if (!yaml_parser_scan(&parser, &token))
			break;
		is_over = token.type == YAML_STREAM_END_TOKEN;
		failed = check_token(&counts, &token, input, diags);
		yaml_token_delete(&token);
	}
	yaml_parser_delete(&parser);
	return failed;
}
