#include "why.h"

#include <string.h>

#include "ctl.h"
#include "harvest.h"
#include "verdict.h"
#include "words.h"

#define FACT_BYTES 1024

/* What is kept of all the answers. */
struct whys {
	const char *address;
	bool is_refused; /* by one of the services */
	bool has_many;   /* servers, which are told apart */
	size_t count;
};

/* ---- words ------------------------------------------------------------------------- */

/* As wide as the widest label of those that have something to say. */
static size_t
label_width(const struct seen_why *why)
{
	size_t width = 0;

	for (size_t i = 0;; i++) {
		char place[FACT_BYTES] = "";
		struct text text = TEXT_ON(place);
		const char *label;

		if (!verdict_put_fact(&text, why, i, &label))
			return width;
		if (place[0] != '\0' && text_columns(label) > width)
			width = text_columns(label);
	}
}

static void
print_facts(const struct seen_why *why)
{
	const size_t width = label_width(why);

	for (size_t i = 0;; i++) {
		char place[FACT_BYTES] = "";
		struct text text = TEXT_ON(place);
		const char *label;

		if (!verdict_put_fact(&text, why, i, &label))
			return;
		if (place[0] != '\0')
			(void)printf("  %s%*s  %s\n", label,
			    (int)(width - text_columns(label)), "", place);
	}
}

static void
print_why(const struct seen_why *why, const char *instance, const char *address)
{
	char place[FACT_BYTES] = "", clean[256];
	struct text text = TEXT_ON(place);

	seen_copy(clean, sizeof(clean), address);
	verdict_put(&text, why);
	if (instance != NULL)
		(void)printf("%s: ", instance);
	(void)printf("%s: %s %s\n", why->service, clean, place);
	print_facts(why);
}

/* ---- asking ------------------------------------------------------------------------ */

static int
take(const json_t *object, void *context)
{
	struct harvest *harvest = context;
	struct whys *whys = harvest->kept;
	struct seen_why why;

	if (json_object_get(object, "service") == NULL)
		return 0;
	verdict_read(&why, object);
	whys->is_refused |= !why.is_admitted;
	whys->count++;
	if (harvest->args->json)
		return harvest_keep(harvest, object) == NULL ? -ENOMEM : 0;
	print_why(&why,
	    whys->has_many ? harvest->instances.all[harvest->at].server.name : NULL,
	    whys->address);
	return 0;
}

int
why_run(const struct args *args)
{
	char address[256] = "";
	struct text text = TEXT_ON(address);
	const char *const words[] = { "why", address, args->service, NULL };
	struct whys whys = { .address = address };
	struct harvest harvest;
	int status = harvest_begin(&harvest, args);

	why_put_address(&text, args->words[0]);
	harvest.kept = &whys;
	whys.has_many = harvest.instances.count > 1;
	if (status == CTL_DONE)
		harvest_ask_all(&harvest, words, take);
	if (status == CTL_DONE && args->json && (whys.count > 0 || !harvest.is_wrong))
		status = harvest_print_json(&harvest);
	status = whys.is_refused ? CTL_FAILED : harvest_status(&harvest, status);
	harvest_end(&harvest);
	return status;
}

/* ---- addresses --------------------------------------------------------------------- */

static bool
is_digits(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

void
why_put_address(struct text *text, const char *word)
{
	static const char vsock[] = "vsock:";
	const char *last = strrchr(word, ':'), *bracket = strchr(word, ']');

	if (last != NULL && !is_digits(last + 1))
		last = NULL;
	if (word[0] == '[' && bracket != NULL &&
	    (bracket[1] == '\0' || last == bracket + 1))
		text_put_bytes(text, word + 1, (size_t)(bracket - word) - 1);
	else if (strncmp(word, vsock, strlen(vsock)) == 0 && last != NULL &&
		 last > word + strlen(vsock))
		text_printf(text, "cid:%.*s", (int)(last - word - strlen(vsock)),
		    word + strlen(vsock));
	else if (last != NULL && strchr(word, ':') == last && strchr(word, '.') != NULL)
		text_put_bytes(text, word, (size_t)(last - word));
	else
		text_put(text, word);
}
