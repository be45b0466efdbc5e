#include "draft.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdarg.h>
#include <string.h>

#include "settings.h"
#include "scalar.h"
#include "words.h"

static unsigned
port_of_machine(const char *service)
{
	const struct servent *entry = getservbyname(service, "tcp");

	return entry == NULL ? 0 : ntohs((uint16_t)entry->s_port);
}

void
draft_init(struct draft *draft, const char *title, FILE *messages)
{
	*draft = (struct draft){
		.title = title,
		.port = port_of_machine,
		.messages = messages,
	};
}

void
draft_done(struct draft *draft)
{
	store_done(&draft->store);
}

void
draft_complain(
    struct draft *draft, const char *path, unsigned line, const char *format, ...)
{
	char text[1024];
	va_list args;

	draft->complaints++;
	if (draft->messages == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), words_get(format), args);
	va_end(args);
	scalar_put_comment(draft->messages, path);
	if (line > 0)
		(void)fprintf(draft->messages, ":%u", line);
	(void)fputs(": ", draft->messages);
	scalar_put_comment(draft->messages, text);
	(void)fputc('\n', draft->messages);
}

/* Once, however often it is said. */
static void
add_note(struct draft *draft, struct draft_notes *notes, const char *text, bool is_loss)
{
	struct draft_note *note;

	for (note = notes->first; note != NULL; note = note->next)
		if (strcmp(note->text, text) == 0)
			return;
	note = store_take(&draft->store, sizeof(*note));

	if (note == NULL)
		return;
	note->text = store_copy(&draft->store, text, strlen(text));
	note->is_loss = is_loss;
	if (notes->last == NULL)
		notes->first = note;
	else
		notes->last->next = note;
	notes->last = note;
}

void
draft_remark(struct draft *draft, const char *text, bool is_loss)
{
	add_note(draft, &draft->notes, words_get(text), is_loss);
}

struct draft_service *
draft_add(struct draft *draft, const char *name, const char *path, unsigned line)
{
	struct draft_service *service = store_take(&draft->store, sizeof(*service));

	if (service == NULL) {
		draft->spare = (struct draft_service){ .draft = draft, .reason = "" };
		return &draft->spare;
	}
	service->draft = draft;
	service->name = store_copy(&draft->store, name, strlen(name));
	service->origin = store_printf(&draft->store, "%s:%u", path, line);
	service->reason = "";
	if (draft->last == NULL)
		draft->first = service;
	else
		draft->last->next = service;
	draft->last = service;
	return service;
}

/* What `setting` is set to, or a new place for it. */
static struct draft_value *
value_of(struct draft_service *service, const char *setting)
{
	struct draft_value *value;

	for (value = service->first_value; value != NULL; value = value->next)
		if (strcmp(value->name, setting) == 0)
			return value;
	value = store_take(&service->draft->store, sizeof(*value));
	if (value == NULL)
		return NULL;
	value->name = setting;
	if (service->last_value == NULL)
		service->first_value = value;
	else
		service->last_value->next = value;
	service->last_value = value;
	return value;
}

/* Whether the words there are and one more can stand together. */
static bool
is_accepted(const struct draft_value *value, const char *setting, const char *word,
    char *message, size_t size)
{
	struct settings settings;
	int r;

	if (!scalar_may_be(word)) {
		(void)snprintf(message, size, _("%s: not UTF-8"), setting);
		return false;
	}
	r = settings_init(&settings);
	settings.tongue = words_get;
	for (size_t i = 0; r == 0 && value->is_list && i < value->words.count; i++)
		r = settings_set(&settings, setting, value->words.at[i], message, size);
	if (r == 0)
		r = settings_set(&settings, setting, word, message, size);
	settings_done(&settings);
	return r == 0;
}

bool
draft_set(struct draft_service *service, const char *setting, const char *word,
    const char *theirs)
{
	const struct setting *row = settings_find(setting);
	struct draft_value *value = value_of(service, setting);
	struct store *store = &service->draft->store;
	char message[512] = "";

	bug_if(row == NULL);
	if (value == NULL)
		return false;
	value->is_list = row->kind == KIND_LIST;
	if (!is_accepted(value, setting, word, message, sizeof(message))) {
		draft_lose(service, theirs, message);
		return false;
	}
	if (!value->is_list)
		value->words.count = 0;
	words_add(&value->words, store, store_copy(store, word, strlen(word)));
	return true;
}

void
draft_set_rights(struct draft_service *service, const char *setting, const char *word,
    const char *theirs)
{
	if (!draft_set(service, setting, word, theirs))
		draft_hold(service,
		    store_printf(&service->draft->store,
			_("without its %s it has the rights of prong"), setting));
}

void
draft_lose(struct draft_service *service, const char *theirs, const char *reason)
{
	struct draft *draft = service->draft;

	add_note(draft, &service->notes,
	    store_printf(&draft->store, "%s: %s", theirs, words_get(reason)), true);
}

void
draft_tell(struct draft_service *service, const char *text)
{
	add_note(service->draft, &service->notes, words_get(text), false);
}

static void
enter_state(struct draft_service *service, enum draft_state state, const char *reason)
{
	struct draft *draft = service->draft;

	reason = words_get(reason);
	if (state <= service->state) {
		add_note(draft, &service->notes, reason, false);
		return;
	}
	if (service->state != DRAFT_SERVED)
		add_note(draft, &service->notes, service->reason, false);
	service->state = state;
	service->reason = store_copy(&draft->store, reason, strlen(reason));
}

void
draft_hold(struct draft_service *service, const char *reason)
{
	enter_state(service, DRAFT_HELD, reason);
}

void
draft_disable(struct draft_service *service, const char *reason)
{
	service->is_off = true;
	enter_state(service, DRAFT_DISABLED, reason);
}

void
draft_leave_out(struct draft_service *service, const char *reason)
{
	enter_state(service, DRAFT_LEFT_OUT, reason);
}
