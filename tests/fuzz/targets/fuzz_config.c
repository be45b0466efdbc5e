/*
 * Any bytes as a configuration: what is understood is whole, what is said is harmless.
 */
#include <stdio.h>

#include "config.h"
#include "fuzz.h"
#include "listenword.h"
#include "settings.h"

static void
check_mark(const struct mark *mark)
{
	const char *line;
	size_t length;

	must(mark->input != NULL && mark->line > 0 && mark->column > 0);
	must(input_line(mark->input, mark->line, &line, &length));
	must(line >= mark->input->text);
	must(line + length <= mark->input->text + mark->input->length);
}

static void
check_words(const struct config_words *words)
{
	must(words->count > 0);
	for (size_t i = 0; i < words->count; i++) {
		must(words->items[i].text != NULL);
		check_mark(&words->items[i].mark);
	}
}

/* Settings that have been read once are accepted again, all in order. */
static void
check_uses(const struct config_uses *uses)
{
	char message[512];
	struct settings s;

	must(settings_init(&s) == 0);
	for (size_t i = 0; i < uses->count; i++) {
		const struct config_use *use = &uses->items[i];

		must(settings_set(&s, use->name, use->value, message, sizeof(message)) ==
		     0);
	}
	settings_done(&s);
}

static void
check_service(const struct config *config, const struct config_service *service)
{
	struct mark mark;

	must(config_find(config, service->name.text) == service);
	check_words(&service->listens);
	check_words(&service->program);
	check_uses(&service->uses);
	for (size_t i = 0; i < service->listens.count; i++)
		must(listenword_mistake(service->listens.items[i].text) == NULL);
	must(config_place(config, service->name.text, "max", &mark));
	check_mark(&mark);
	must(config_place(config, service->name.text, "listen", &mark));
	check_mark(&mark);
}

/* One line after the other, each without anything that moves a cursor. */
static void
check_said(const char *said, size_t size)
{
	while (size > 0) {
		const char *end = memchr(said, '\n', size);

		must(end != NULL);
		must(fuzz_is_harmless(said, (size_t)(end - said)));
		must((size_t)(end - said) < 12000);
		size -= (size_t)(end - said) + 1;
		said = end + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags diags = { 0 };
	struct config config;
	char *said = NULL;
	size_t said_size = 0;
	int failed;

	diags.out = open_memstream(&said, &said_size);
	must(diags.out != NULL);
	failed = config_read_text("fuzz.yaml", (const char *)data, size, &diags, &config);
	must((failed == 0) == (diags.mistakes == 0));
	if (failed == 0) {
		must(config.service_count > 0);
		for (size_t i = 0; i < config.service_count; i++)
			check_service(&config, &config.services[i]);
		config_tell(&config, &diags, config.services[0].name.text);
		config_free(&config);
	}
	(void)fclose(diags.out);
	must(failed == 0 || said_size > 0);
	check_said(said, said_size);
	free(said);
	return 0;
}
