#include "explain_preset.h"

#include <string.h>

#include "base.h"
#include "said.h"
#include "words.h"

/* While the measure holds. */
struct preset {
	const char *setting, *measure;
	const char *limit;                            /* ... and has this one; NULL */
	bool (*when)(const struct explain_service *); /* ... and this does; NULL */
	void (*put)(struct text *, const struct explain_service *);
	const char *value; /* where there is no `put`; NULL: what the measure comes to */
};

static const char *
what_of(const struct explain_service *service, const char *measure)
{
	return said_measure(service, measure)->what;
}

/* "nobody, uid 65534, gid 65534" */
static bool
is_user_of_preset(const struct explain_service *service)
{
	return strcmp(said_measure(service, "user")->asked, "preset") == 0;
}

static void
put_user(struct text *text, const struct explain_service *service)
{
	const char *what = what_of(service, "user");

	text_put_bytes(text, what, strcspn(what, ","));
}

/* "300 of 381 system calls: @default; others fail" */
static void
put_calls(struct text *text, const struct explain_service *service)
{
	const char *words = strstr(what_of(service, "syscalls"), ": ");

	if (words != NULL)
		text_put_bytes(text, words + 2, strcspn(words + 2, ";"));
}

/* "core 0, data 1.0 GB": is it one of these? */
static bool
has_limit(const struct explain_service *service, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = what_of(service, "limits"); at[0] != '\0';) {
		if (strncmp(at, name, length) == 0 && at[length] == ' ')
			return true;
		at += strcspn(at, ",");
		at += strspn(at, ", ");
	}
	return false;
}

static void
put_processes(struct text *text, const struct explain_service *service)
{
	(void)service;
	text_put(text, _("1024, and one for each session"));
}

static bool
has_mounts_of_preset(const struct explain_service *service)
{
	return said_is_strict(service) &&
	       (said_is(service, "namespaces", "") ||
		   said_has_word(service, "namespaces", "mount"));
}

static void
put_namespaces(struct text *text, const struct explain_service *service)
{
	static const struct {
		const char *measure, *word;
	} kinds[] = { { "pid", "pid" }, { "mount", "mount" }, { "ipc", "ipc" },
		{ "uts", "uts" }, { "cgroup-namespace", "cgroup" } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (said_holds(service, kinds[i].measure))
			text_printf(
			    text, "%s%s", text->used > 0 ? " " : "", kinds[i].word);
}

/* What presets.h has for each; settings go before it. */
static const struct preset presets[] = {
	{ "user", "user", NULL, is_user_of_preset, put_user, NULL },
	{ "capabilities", "capabilities", NULL, NULL, NULL, "none" },
	{ "no-new-privileges", "no-new-privileges", NULL, NULL, NULL, "yes" },
	{ "securebits", "securebits", NULL, NULL, NULL, NULL },
	{ "processes", "limits", "nproc", NULL, put_processes, NULL },
	{ "file-size", "limits", "fsize", NULL, NULL, "1G" },
	{ "core", "limits", "core", NULL, NULL, "0" },
	{ "files", "limits", "nofile", NULL, NULL, "1024" },
	{ "limit", "limits", "data", NULL, NULL, "data=1G" },
	{ "read", "files", NULL, said_is_strict, NULL, "@system" },
	{ "write", "files", NULL, said_is_strict, NULL,
	    "/dev/null /dev/zero /dev/full /dev/tty" },
	{ "execute", "files", NULL, said_is_strict, NULL, "@system" },
	{ "connect", "ports", NULL, said_is_strict, NULL, "none" },
	{ "bind", "ports", NULL, said_is_strict, NULL, "none" },
	{ "scope", "scope", NULL, NULL, NULL, NULL },
	{ "syscalls", "syscalls", NULL, NULL, put_calls, NULL },
	{ "network", "network", NULL, NULL, NULL, "none" },
	{ "namespaces", "pid", NULL, said_is_strict, put_namespaces, NULL },
	{ "namespaces", "mount", NULL, said_is_strict, put_namespaces, NULL },
	{ "namespaces", "ipc", NULL, said_is_strict, put_namespaces, NULL },
	{ "namespaces", "uts", NULL, said_is_strict, put_namespaces, NULL },
	{ "namespaces", "cgroup-namespace", NULL, said_is_strict, put_namespaces, NULL },
	{ "read-only", "mount", NULL, has_mounts_of_preset, NULL, "yes" },
	{ "private-tmp", "mount", NULL, has_mounts_of_preset, NULL, "64M" },
};

bool
explain_preset_put(
    struct text *text, const struct explain_service *service, const char *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
		const struct preset *at = &presets[i];

		if (strcmp(at->setting, setting) != 0 ||
		    !said_holds(service, at->measure) ||
		    (at->limit != NULL && !has_limit(service, at->limit)) ||
		    (at->when != NULL && !at->when(service)))
			continue;
		if (at->put != NULL)
			at->put(text, service);
		else
			text_put(text, at->value != NULL ? at->value
							 : what_of(service, at->measure));
		return text->used > 0;
	}
	return false;
}
