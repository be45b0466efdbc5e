#include "variant.h"

#include <string.h>

#include "engine.h"
#include "ruleword.h"

/* The set that the service is in: one that is being made, or the first. */
static struct prong_service **
variant_set_of(const struct prong_service *base)
{
	struct prong *server = base->server;

	return server->is_making ? &server->making : &server->services;
}

struct prong_service *
variant_add(struct prong_service *base)
{
	int rc;
	struct prong_service *variant = service_new(base->server, base->name, &rc);

	if (variant == NULL)
		return NULL;
	settings_done(&variant->settings);
	rc = settings_copy(&variant->settings, &base->settings);
	if (rc < 0) {
		service_free(variant);
		return NULL;
	}
	variant->handler = base->handler;
	variant->prepare = base->prepare;
	variant->context = base->context;
	variant->base = base;
	base->variant_count++;
	variant->next = base->next;
	base->next = variant;
	return variant;
}

struct prong_service *
variant_next(const struct prong_service *base, const struct prong_service *at)
{
	return at->next != NULL && at->next->base == base ? at->next : NULL;
}

static int
variant_set_one(struct prong_service *variant, const char *name, const char *value,
    struct text *message)
{
	char line[512] = "";
	int rc;

	if (strcmp(name, "program") == 0) {
		setting_list_done(&variant->settings.program);
		variant->handler = NULL;
		return ruleword_split(value, &variant->settings.program);
	}
	rc = settings_set(&variant->settings, name, value, line, sizeof(line));
	if (rc < 0)
		text_printf(message, "%s\n", line);
	return rc;
}

int
variant_set(struct prong_service *variant, const struct setting_list *options,
    struct text *message)
{
	int rc = 0;

	for (size_t i = 0; i < options->count && rc == 0; i++) {
		const char *word = options->words[i];
		size_t length = strcspn(word, "=");
		char name[64];

		if (word[length] != '=' || length >= sizeof(name))
			return -EINVAL;
		memcpy(name, word, length);
		name[length] = '\0';
		rc = variant_set_one(variant, name, word + length + 1, message);
	}
	return rc;
}

void
variant_drop_all(struct prong_service *base)
{
	struct prong_service **at = variant_set_of(base);

	while (*at != NULL) {
		struct prong_service *service = *at;

		if (service->base != base) {
			at = &service->next;
			continue;
		}
		*at = service->next;
		service_free(service);
	}
}
