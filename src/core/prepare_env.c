#include "prepare_env.h"

#include <string.h>

#include "engine.h"
#include "environment.h"

/* The value of NAME in the `env` settings, or NULL; the last one counts. */
const char *
prepare_env_value(const struct settings *settings, const char *name)
{
	const char *value = NULL;
	size_t length = strlen(name);

	for (size_t i = 0; i < settings->env.count; i++) {
		const char *word = settings->env.words[i];

		if (strncmp(word, name, length) == 0 && word[length] == '=')
			value = word + length + 1;
	}
	return value;
}

static int
env_add(struct prong_service *service, const char *name, const char *value)
{
	cleanup_(free_text) char *word = NULL;

	if (prepare_env_value(&service->settings, name) != NULL)
		return 0;
	if (asprintf(&word, "%s=%s", name, value) < 0) {
		word = NULL;
		return -ENOMEM;
	}
	return setting_list_add(&service->environment, word);
}

static const char *
libstdbuf(void)
{
	static const char *const places[] = {
		"/usr/libexec/coreutils/libstdbuf.so",
		"/usr/lib/coreutils/libstdbuf.so",
		"/usr/lib/x86_64-linux-gnu/coreutils/libstdbuf.so",
		"/usr/lib/aarch64-linux-gnu/coreutils/libstdbuf.so",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

/* Dynamic C programs listen to stdbuf's library (stdbuf(1)), Python to its variable;
 * a static program cannot be helped. */
static int
prepare_unbuffer(struct prong_service *service)
{
	const char *library = libstdbuf();
	int rc;

	if (!service->settings.unbuffer)
		return 0;
	rc = env_add(service, "PYTHONUNBUFFERED", "1");
	if (rc < 0)
		return rc;
	if (library == NULL) {
		engine_tell(service->server, EVENT_WARNING, service->name,
		    "unbuffer: coreutils' libstdbuf.so was not found, so only Python is "
		    "told to flush; 'pty raw' helps every program");
		return 0;
	}
	rc = env_add(service, "_STDBUF_O", "L");
	return rc < 0 ? rc : env_add(service, "LD_PRELOAD", library);
}

int
prepare_env_user(struct prong_service *service, const struct names_user *user)
{
	int rc;

	if (!user->has_entry)
		return 0;
	if ((rc = env_add(service, "USER", user->name)) < 0 ||
	    (rc = env_add(service, "LOGNAME", user->name)) < 0 ||
	    (rc = env_add(service, "HOME", user->home)) < 0)
		return rc;
	return env_add(service, "SHELL", user->shell);
}

/* Of one name the last word counts, and none where the name is a fact of the connection.
 */
static bool
env_counts(const struct setting_list *env, size_t which)
{
	const char *word = env->words[which];
	size_t length = strcspn(word, "=");

	for (size_t i = which + 1; i < env->count; i++)
		if (strncmp(env->words[i], word, length + 1) == 0)
			return false;
	return !environment_is_ours(word, length);
}

int
prepare_env(struct prong_service *service)
{
	const struct setting_list *env = &service->settings.env;
	int rc;

	for (size_t i = 0; i < env->count; i++) {
		if (!env_counts(env, i))
			continue;
		rc = setting_list_add(&service->environment, env->words[i]);
		if (rc < 0)
			return rc;
	}
	rc = env_add(service, "PATH", PREPARE_PATH);
	if (rc == 0 && service->settings.pty != PTY_NO)
		rc = env_add(service, "TERM", "dumb");
	return rc < 0 ? rc : prepare_unbuffer(service);
}
