#include "draft.h"

#include <string.h>

#include "scalar.h"
#include "words.h"

#define NAME_MAX_BYTES 63
#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@"

/* Where the next line goes, and whether it is a comment. */
struct page {
	FILE *out;
	const char *margin;
};

struct tally {
	unsigned states[DRAFT_LEFT_OUT + 1], losses;
};

/* ---- names ----------------------------------------------------------------------- */

static bool
is_taken(const struct draft *draft, const char *name)
{
	for (const struct draft_service *one = draft->first; one; one = one->next)
		if (one->is_named && strcmp(one->name, name) == 0)
			return true;
	return false;
}

/* What is no part of a name becomes '-'. */
static const char *
valid_name(struct store *store, const char *wanted)
{
	size_t length = strnlen(wanted, NAME_MAX_BYTES);
	char name[NAME_MAX_BYTES + 1];

	for (size_t i = 0; i < length; i++)
		name[i] = strchr(NAME_BYTES, wanted[i]) != NULL ? wanted[i] : '-';
	if (length == 0)
		name[length++] = '-';
	return store_copy(store, name, length);
}

static void
name_service(struct draft *draft, struct draft_service *service)
{
	const char *base = valid_name(&draft->store, service->name), *name = base;

	for (unsigned i = 2; is_taken(draft, name); i++)
		name =
		    store_printf(&draft->store, "%.*s-%u", NAME_MAX_BYTES - 11, base, i);
	service->name = name;
	service->is_named = true;
}

/* What is served keeps its name, what is commented out takes another if it must. */
static void
name_all(struct draft *draft)
{
	struct draft_service *one;

	for (one = draft->first; one != NULL; one = one->next)
		if (one->state == DRAFT_SERVED)
			name_service(draft, one);
	for (one = draft->first; one != NULL; one = one->next)
		if (one->state == DRAFT_HELD || one->state == DRAFT_DISABLED)
			name_service(draft, one);
}

/* ---- one service ----------------------------------------------------------------- */

static void
put_comment(const struct page *page, const char *text)
{
	(void)fprintf(page->out, "%s  # ", page->margin);
	scalar_put_comment(page->out, text);
	(void)fputc('\n', page->out);
}

/* One word stands alone, several in brackets. */
static void
put_list(const struct page *page, const char *key, const struct words *words,
    void (*put_one)(FILE *, const char *))
{
	if (words->count == 0)
		return;
	(void)fprintf(page->out, "%s  %s: ", page->margin, key);
	if (words->count == 1) {
		put_one(page->out, words->at[0]);
		(void)fputc('\n', page->out);
		return;
	}
	for (size_t i = 0; i < words->count; i++) {
		(void)fputs(i == 0 ? "[" : ", ", page->out);
		put_one(page->out, words->at[i]);
	}
	(void)fputs("]\n", page->out);
}

/* Always a list: one word alone would do, but nobody has to know that. */
static void
put_program(const struct page *page, const struct words *words)
{
	if (words->count != 1) {
		put_list(page, "program", words, scalar_put_word);
		return;
	}
	(void)fprintf(page->out, "%s  program: [", page->margin);
	scalar_put_word(page->out, words->at[0]);
	(void)fputs("]\n", page->out);
}

static void
put_notes(const struct page *page, const struct draft_notes *notes, unsigned *ret_losses)
{
	for (const struct draft_note *note = notes->first; note; note = note->next) {
		put_comment(page, note->text);
		*ret_losses += note->is_loss;
	}
}

static void
put_whole(
    const struct page *page, const struct draft_service *service, struct tally *tally)
{
	(void)fputs(page->margin, page->out);
	scalar_put_word(page->out, service->name);
	(void)fputs(":\n", page->out);
	put_comment(page, service->origin);
	put_list(page, "listen", &service->listen, scalar_put_value);
	put_program(page, &service->program);
	for (const struct draft_value *value = service->first_value; value;
	     value = value->next)
		put_list(page, value->name, &value->words,
		    value->is_list ? scalar_put_word : scalar_put_value);
	put_notes(page, &service->notes, &tally->losses);
}

/* "  # ftp, inetd.conf:3: left out: ..." */
static void
put_title(FILE *out, const struct draft_service *service, const char *what)
{
	(void)fputs("  # ", out);
	scalar_put_comment(out, service->name);
	if (service->state == DRAFT_LEFT_OUT) {
		(void)fputs(", ", out);
		scalar_put_comment(out, service->origin);
	}
	(void)fprintf(out, ": %s: ", what);
	scalar_put_comment(out, service->reason);
	(void)fputc('\n', out);
}

static void
put_service(FILE *out, const struct draft_service *service, struct tally *tally)
{
	struct page page = { .out = out, .margin = "  # " };

	tally->states[service->state]++;
	switch (service->state) {
	case DRAFT_SERVED:
		page.margin = "  ";
		break;
	case DRAFT_HELD:
		put_title(out, service, _("commented out, decide first"));
		break;
	case DRAFT_DISABLED:
		put_title(out, service, _("commented out, switched off there"));
		break;
	case DRAFT_LEFT_OUT:
		put_title(out, service,
		    service->is_off ? _("left out, switched off there") : _("left out"));
		tally->losses += !service->is_off;
		return;
	}
	put_whole(&page, service, tally);
}

/* ---- the whole ------------------------------------------------------------------- */

static void
put_top(struct draft *draft, FILE *out, struct tally *tally)
{
	const struct page page = { .out = out, .margin = "" };
	bool is_any = false;

	(void)fprintf(
	    out, _("# Made from %s by prong import.\n"), words_get(draft->title));
	for (const struct draft_note *note = draft->notes.first; note;
	     note = note->next) {
		(void)fputs("# ", page.out);
		scalar_put_comment(out, note->text);
		(void)fputc('\n', out);
		tally->losses += note->is_loss;
	}
	for (struct draft_service *one = draft->first; one; one = one->next)
		is_any |= one->state == DRAFT_SERVED;
	(void)fputs("defaults:\n  dir: /\n", out);
	(void)fputs(is_any ? "services:\n" : "services: {}\n", out);
}

static void
put_bottom(FILE *out, const struct tally *tally)
{
	const unsigned served = tally->states[DRAFT_SERVED];

	(void)fprintf(out, words_count("# %u service", "# %u services", served), served);
	if (tally->states[DRAFT_HELD] > 0)
		(void)fprintf(out, _(", %u to decide"), tally->states[DRAFT_HELD]);
	if (tally->states[DRAFT_DISABLED] > 0)
		(void)fprintf(out, _(", %u switched off"), tally->states[DRAFT_DISABLED]);
	(void)fprintf(out,
	    words_count(", %u thing without equivalent\n",
		", %u things without equivalent\n", tally->losses),
	    tally->losses);
}

/* Without an address or a program there is nothing to serve; a word that YAML cannot
 * hold would be another word. */
static void
look_through(struct draft_service *service)
{
	if (service->state == DRAFT_LEFT_OUT)
		return;
	if (service->listen.count == 0)
		draft_leave_out(service, "nothing to listen on");
	else if (service->program.count == 0)
		draft_leave_out(service, "no program");
	for (size_t i = 0; i < service->program.count; i++)
		if (!scalar_may_be(service->program.at[i]))
			draft_leave_out(service, "a word of its program is not UTF-8");
	for (size_t i = 0; i < service->listen.count; i++)
		if (!scalar_may_be(service->listen.at[i]))
			draft_leave_out(service, "an address is not UTF-8");
}

int
draft_print(struct draft *draft, FILE *out)
{
	struct tally tally = { .losses = 0 };

	for (struct draft_service *one = draft->first; one; one = one->next)
		look_through(one);
	name_all(draft);
	if (draft->store.is_exhausted)
		return -ENOMEM;
	put_top(draft, out, &tally);
	for (struct draft_service *one = draft->first; one; one = one->next)
		put_service(out, one, &tally);
	put_bottom(out, &tally);
	return 0;
}
