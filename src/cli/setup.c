#include "setup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"
#include "mistakes.h"
#include "words.h"

static void
free_words(const char ***words)
{
	free(*words);
}

static int
listen_inherited(
    struct prong_service *service, const struct inherit *inherit, const char *name)
{
	int fd = -1, failed = 0;

	while (failed == 0 && (fd = inherit_next(inherit, name, fd)) >= 0) {
		char word[16];

		(void)snprintf(word, sizeof(word), "fd:%d", fd);
		failed = prong_listen(service, word);
	}
	return failed;
}

static int
listen_one(
    struct prong_service *service, const struct setup_order *order, const char *word)
{
	const char *name;

	if (!inherit_wants(word, &name))
		return prong_listen(service, word);
	if (order->is_only_looking && inherit_next(order->inherit, name, -1) < 0)
		return prong_listen(
		    service, order->stand_in != NULL ? order->stand_in : word);
	return listen_inherited(service, order->inherit, name);
}

/*
 * A program without a slash is what the shell would have found, though programs
 * themselves get a clean PATH.  NULL: the engine looks, and says what is wrong.
 */
static const char *
find_in_path(const char *name, char *path, size_t size)
{
	const char *at = getenv("PATH");

	if (at == NULL || name == NULL || name[0] == '@' || name[0] == '\0' ||
	    strchr(name, '/') != NULL)
		return NULL;
	while (*at != '\0') {
		size_t length = strcspn(at, ":");
		struct stat st;

		(void)snprintf(path, size, "%.*s/%s", (int)length, at, name);
		if (at[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(path, X_OK) == 0)
			return path;
		at += length + (at[length] == ':');
	}
	return NULL;
}

static int
set_program(struct prong_service *service, const char *const *words)
{
	char path[PATH_MAX];
	const char *found = find_in_path(words[0], path, sizeof(path));
	cleanup_(free_words) const char **argv = NULL;
	size_t count = 0;

	if (found == NULL)
		return prong_program(service, words);
	while (words[count] != NULL)
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	if (argv == NULL)
		return -ENOMEM;
	memcpy(argv, words, count * sizeof(*argv));
	argv[0] = found;
	return prong_program(service, argv);
}

/* What the shell would find is not what is there. */
static bool
has_root(const struct options *options)
{
	for (size_t i = 0; i < options->use_count; i++)
		if (strcmp(options->uses[i].name, "root") == 0)
			return true;
	return false;
}

static int
setup_line(struct prong *prong, const struct setup_order *order)
{
	const struct options *options = order->options;
	struct prong_service *service = prong_service_add(prong, options->name);
	int failed = service == NULL ? -EINVAL : 0;

	for (size_t i = 0; failed == 0 && i < options->use_count; i++)
		failed =
		    prong_set(service, options->uses[i].name, options->uses[i].value);
	for (size_t i = 0; failed == 0 && i < options->listen_count; i++)
		failed = listen_one(service, order, options->listens[i]);
	if (failed != 0)
		return failed;
	return has_root(options) ? prong_program(service, options->program)
				 : set_program(service, options->program);
}

/* "pass-env NAME" becomes "env NAME=value"; the engine reads no environment. */
static int
set_use(struct prong_service *service, const struct config_use *use)
{
	cleanup_(free_text) char *pair = NULL;
	const char *value;

	if (strcmp(use->name, "pass-env") != 0)
		return prong_set(service, use->name, use->value);
	value = getenv(use->value);
	if (value == NULL)
		return 0;
	if (asprintf(&pair, "%s=%s", use->value, value) < 0) {
		pair = NULL;
		return -ENOMEM;
	}
	return prong_set(service, "env", pair);
}

static int
set_words(struct prong_service *service, const struct config_words *words)
{
	cleanup_(free_words) const char **argv = calloc(words->count + 1, sizeof(*argv));

	if (argv == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < words->count; i++)
		argv[i] = words->items[i].text;
	return set_program(service, argv);
}

static int
setup_configured(struct prong *prong, const struct setup_order *order,
    const struct config_service *configured)
{
	struct prong_service *service = prong_service_add(prong, configured->name.text);
	int failed = service == NULL ? -EINVAL : 0;

	for (size_t i = 0; failed == 0 && i < configured->uses.count; i++)
		failed = set_use(service, &configured->uses.items[i]);
	for (size_t i = 0; failed == 0 && i < configured->listens.count; i++)
		failed = listen_one(service, order, configured->listens.items[i].text);
	return failed == 0 ? set_words(service, &configured->program) : failed;
}

int
setup_services(struct prong *prong, const struct setup_order *order)
{
	const struct config *config = order->config;
	int failed = 0;

	if (config == NULL)
		return setup_line(prong, order);
	for (size_t i = 0; failed == 0 && i < config->service_count; i++)
		failed = setup_configured(prong, order, &config->services[i]);
	return failed;
}

/* Said, for those who only look, as something to know. */
static bool
is_granted(const struct setup_order *order, const char *word, FILE *out)
{
	if (!order->is_only_looking)
		return false;
	(void)fprintf(out, "%s", _("note: "));
	(void)fprintf(out,
	    _("%s: no socket is handed over here; that a service manager will do so is "
	      "taken for granted\n"),
	    word);
	return true;
}

static void
check_word(const struct setup_order *order, const char *word, struct mistakes *mistakes)
{
	struct inherit_missing missing;

	if (!inherit_is_missing(order->inherit, word, &missing) ||
	    is_granted(order, word, mistakes->out))
		return;
	mistakes_add(mistakes, "%s: %s", word, missing.why);
	mistakes_hint(mistakes, "%s", words_get(missing.hint));
}

static void
check_listen(const struct setup_order *order, const struct config_word *listen,
    struct mistakes *mistakes)
{
	struct diags diags = { .out = mistakes->out };
	struct inherit_missing missing;

	if (!inherit_is_missing(order->inherit, listen->text, &missing) ||
	    is_granted(order, listen->text, mistakes->out))
		return;
	diag_mistake(&diags, &listen->mark, "listen: %s: %s", listen->text, missing.why);
	diag_hint(&diags, "%s", words_get(missing.hint));
	mistakes->count++;
}

void
setup_check(const struct setup_order *order, struct mistakes *mistakes)
{
	const struct options *options = order->options;
	const struct config *config = order->config;

	for (size_t i = 0; config == NULL && i < options->listen_count; i++)
		check_word(order, options->listens[i], mistakes);
	for (size_t i = 0; config != NULL && i < config->service_count; i++)
		for (size_t k = 0; k < config->services[i].listens.count; k++)
			check_listen(
			    order, &config->services[i].listens.items[k], mistakes);
}

static bool
is_listened_on(const struct setup_order *order, int fd)
{
	const struct options *options = order->options;
	const struct config *config = order->config;

	for (size_t i = 0; config == NULL && i < options->listen_count; i++)
		if (inherit_means(order->inherit, options->listens[i], fd))
			return true;
	for (size_t i = 0; config != NULL && i < config->service_count; i++)
		for (size_t k = 0; k < config->services[i].listens.count; k++)
			if (inherit_means(order->inherit,
				config->services[i].listens.items[k].text, fd))
				return true;
	return false;
}

bool
setup_find_unused(const struct setup_order *order, char *message, size_t size)
{
	const struct inherit *inherit = order->inherit;

	for (int i = 0; i < (int)inherit->count; i++) {
		const char *name = inherit->names[i];

		if (is_listened_on(order, INHERIT_FIRST_FD + i))
			continue;
		(void)snprintf(message, size,
		    "socket %d was handed over, but no service listens on 'systemd%s%.100s': "
		    "its clients wait in vain",
		    INHERIT_FIRST_FD + i, name == NULL ? "" : ":",
		    name == NULL ? "" : name);
		return true;
	}
	return false;
}

static void
tell_addresses(const struct prong_service *service, int fd)
{
	const char *address;

	for (size_t i = 0; (address = prong_bound(service, i)) != NULL; i++)
		(void)dprintf(fd, "%s\n", address);
}

void
setup_tell_ready(const struct prong *prong, int fd)
{
	for (const struct prong_service *at = prong_service_next(prong, NULL); at != NULL;
	     at = prong_service_next(prong, at))
		tell_addresses(at, fd);
	if (fd > STDERR_FILENO) {
		(void)close(fd);
		return;
	}
	cleanup_(close_fd) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere >= 0)
		(void)dup2(nowhere, fd);
}
